"""All that a built app ships: the app itself, its packages, and the runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pyscript_kit.lock.lockfile import RuntimeLock, wanted_by
from pyscript_kit.project.pyproject import read_pyproject, table_in
from pyscript_kit.project.settings import Project, read_config
from pyscript_kit.site.components import Component, Shipment
from pyscript_kit.site.cores import cores_of
from pyscript_kit.site.license import UNDECLARED, Text, is_license_text, license_of, readable_text
from pyscript_kit.site.served import CHANGED, changes_of
from pyscript_kit.site.wheels import own_wheel, package_of, reference_of
from pyscript_kit.sources.wanted import cdn_url


def shipped(
    project: Project,
    lock: RuntimeLock,
    runtime: Path,
    files: Mapping[str, bytes],
    *,
    on_cdn: bool = False,
) -> Shipment:
    """All that a built app ships.

    Args:
        runtime: a folder with every file of the lock.
        files: what is served of the app as it is, by path in `app/`; wheels among it count.
        on_cdn: whether the browser has the runtime from the CDN, as it was published.
    """
    cores, unknown = cores_of(lock, {} if on_cdn else _changes(lock, runtime))
    wheels = {file.package: file for file in lock.files if file.package in lock.packages}
    references = {name: reference_of(name, lock, file) for name, file in wheels.items()}
    sources = {wanted.path: cdn_url(wanted, lock.pin) or "" for wanted in wanted_by(lock)}
    packages = []
    for name, package in lock.packages.items():
        file = wheels[name]
        made = package_of(name, package, file, (runtime / file.path).read_bytes())
        packages.append(
            replace(
                made,
                reference=references[name],
                source=sources[file.path],
                depends=tuple(references[other] for other in package.depends),
            )
        )
    own = [own_wheel(path, content) for path, content in sorted(files.items()) if _is_wheel(path)]
    asked = [references[name] for name in lock.roots]
    needed = [core.reference for core in cores] + asked + [each.reference for each in own]
    app = replace(_app(project), depends=tuple(needed))
    compiled = {references[name] for name, file in wheels.items() if _is_compiled(file.path)}
    return Shipment(app, (*cores, *packages, *own), tuple(unknown), frozenset(compiled), on_cdn)


def _changes(lock: RuntimeLock, runtime: Path) -> dict[str, str]:
    """What is changed in files of a runtime, by their paths."""
    paths = [file.path for file in lock.files if Path(file.path).name in CHANGED]
    found = {path: changes_of(Path(path).name, (runtime / path).read_bytes()) for path in paths}
    return {path: changes for path, changes in found.items() if changes}


def _app(project: Project) -> Component:
    """The app itself, by its `pyproject.toml`; by `app/pyscript.toml` where it has none."""
    metadata = table_in(read_pyproject(project.root), "project")
    name = metadata.get("name") or read_config(project.root).get("name") or project.root.name
    text = metadata.get("license")
    texts = [
        Text(place.name, readable_text(place.read_bytes()))
        for place in sorted(project.root.iterdir())
        if place.is_file() and is_license_text(place.name)
    ]
    return Component(
        "application",
        str(name),
        "app",
        str(metadata.get("version") or ""),
        license_of(text) if isinstance(text, str) else UNDECLARED,
        tuple(texts),
    )


def _is_wheel(path: str) -> bool:
    return path.endswith(".whl")


def _is_compiled(path: str) -> bool:
    return not path.endswith("-none-any.whl")
