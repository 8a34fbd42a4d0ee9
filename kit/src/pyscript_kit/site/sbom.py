"""Writes what an app ships as a software bill of materials: CycloneDX 1.6, in JSON.

The same shipment gives the same bytes, so it names no time and has no serial number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pyscript_kit.site.components import Component, Shipment
from pyscript_kit.site.license import License

SBOM = "sbom.cdx.json"


def sbom(shipment: Shipment) -> bytes:
    """The bill of materials of an app: https://cyclonedx.org/docs/1.6/json/."""
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "build"}],
            "component": _component(shipment.app),
        },
        "components": [_component(each) for each in shipment.components],
        "dependencies": _dependencies([shipment.app, *shipment.components]),
        "compositions": _compositions(shipment),
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _component(component: Component) -> dict[str, Any]:
    optional = {
        "version": component.version,
        "licenses": _licenses(component.license),
        "cpe": component.cpe,
        "purl": component.reference if component.reference.startswith("pkg:") else "",
        "hashes": [{"alg": "SHA-256", "content": component.sha256}] if component.sha256 else [],
        "externalReferences": [
            {"type": kind, "url": address}
            for kind, address in (("website", component.home), ("distribution", component.source))
            if address
        ],
        "pedigree": {"notes": component.changes} if component.changes else {},
        "components": [_component(part) for part in component.parts],
    }
    return {
        "type": component.kind,
        "bom-ref": component.reference,
        "name": component.name,
        **{key: value for key, value in optional.items() if value},
    }


def _licenses(declared: License) -> list[dict[str, Any]]:
    how = {"acknowledgement": "declared"}
    if declared.expression:
        return [{"expression": declared.expression, **how}]
    return [{"license": {"name": name, **how}} for name in declared.names]


def _dependencies(components: Iterable[Component]) -> list[dict[str, Any]]:
    return [
        {"ref": each.reference, **({"dependsOn": sorted(each.depends)} if each.depends else {})}
        for each in components
    ]


def _compositions(shipment: Shipment) -> list[dict[str, Any]]:
    """How far this goes: every file and dependency, but not all that is linked in."""
    cores = [each.reference for each in shipment.components if each.parts]
    compiled = sorted(shipment.compiled)
    entries = [
        {"aggregate": "complete", "dependencies": [shipment.app.reference]},
        {"aggregate": "incomplete", "assemblies": cores},
        {"aggregate": "unknown", "assemblies": compiled},
    ]
    return [entry for entry in entries if entry.get("assemblies", True)]
