"""What is found in wheels, in the kept texts and in a project about what it ships."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pyscript_kit.project.settings import read_project
from pyscript_kit.site.components import Component, Shipment
from pyscript_kit.site.license import License, Text
from pyscript_kit.site.license import declared as license_of
from pyscript_kit.site.notices import notices, without_text
from pyscript_kit.site.sbom import sbom
from pyscript_kit.site.shipment import shipped
from pyscript_kit.site.wheels import read_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from madeup import Release, TestedProject


def wheel_with(metadata: str = "", **texts: str) -> bytes:
    """A wheel with these lines in its metadata, and with texts by the end of their path.

    The same ones give the same bytes, whatever the time is.
    """
    content = io.BytesIO()
    texts = {"a-1.dist-info/METADATA": f"Metadata-Version: 2.4\nName: a\n{metadata}", **texts}
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return content.getvalue()


def declared(*lines: str) -> License:
    """What a wheel with these lines in its metadata declares."""
    return license_of(read_wheel(wheel_with("\n".join(lines) + "\n"))[0])


OSI = "Classifier: License :: OSI Approved ::"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["License-Expression: mit OR Apache-2.0"], "MIT OR Apache-2.0", id="SPDX"),
        pytest.param(["License: BSD-3-Clause"], "BSD-3-Clause", id="a field that is SPDX"),
        pytest.param(["License: the MIT", f"{OSI} MIT License"], "MIT", id="an exact classifier"),
        pytest.param(
            ["License: BSD", f"{OSI} BSD License"], ("BSD License",), id="a classifier of several"
        ),
        pytest.param(
            ["License: Dual", f"{OSI} MIT License", f"{OSI} Apache Software License"],
            ("MIT License", "Apache Software License"),
            id="two of which one may choose, or not",
        ),
        pytest.param(["License: Our own"], ("Our own",), id="a name"),
        pytest.param(["License: A\n  whole text"], (), id="a text"),
        pytest.param(["License: UNKNOWN"], (), id="unknown"),
        pytest.param([], (), id="nothing"),
    ],
)
def test_a_license_is_an_expression_only_where_it_is_sure(
    lines: list[str], expected: str | tuple[str, ...]
) -> None:
    found = declared(*lines)

    assert (found.expression or found.names) == expected


def test_texts_come_from_all_of_a_wheel_its_own_first_each_once() -> None:
    content = wheel_with(
        **{
            "a/_vendored/b/LICENSE.APACHE": "of b",
            "a/license.py": "no text",
            "a/licenses/__init__.py": "no text",
            "a/fonts/LICENSE_FONT": "of a font",
            "Again/COPYING": "own",
            "a-1.dist-info/licenses/any/name.md": "other",
            "a-1.dist-info/licenses/LICENSE": "own\r\n\f",
        }
    )

    _, texts = read_wheel(content)

    assert [(text.origin, text.content) for text in texts] == [
        ("a-1.dist-info/licenses/LICENSE", "own"),
        ("a-1.dist-info/licenses/any/name.md", "other"),
        ("a/_vendored/b/LICENSE.APACHE", "of b"),
        ("a/fonts/LICENSE_FONT", "of a font"),
    ]


def test_a_wheel_with_wrong_bytes_ends_nothing() -> None:
    whole = wheel_with("License: MIT\n", LICENSE="words " * 20)
    for place in range(len(whole)):
        for changed in (whole[place] ^ 1, whole[place] ^ 0x80, 0, 0xFF):
            license_of(read_wheel(bytes((*whole[:place], changed, *whole[place + 1 :])))[0])


def test_what_is_no_wheel_declares_nothing() -> None:
    metadata, texts = read_wheel(b"\0asm")

    assert license_of(metadata) == License()
    assert texts == []


@pytest.fixture
def shipment(project: TestedProject, release: Release) -> Shipment:
    """What the made-up project ships, with a wheel of its own."""
    (project.root / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "2.0"\nlicense = "MIT"\n', encoding="utf-8"
    )
    (project.root / "LICENSE").write_text("my terms", encoding="utf-8")
    return ship(project, release)


def ship(project: TestedProject, release: Release, *, on_cdn: bool = False) -> Shipment:
    """What a project ships that needs alpha, and so beta."""
    lock = release.lock("alpha")
    for file in lock.files:
        path = project.runtime / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(release.files.get(file.path, b"{}"))
    own = {"data/own-1-py3-none-any.whl": wheel_with("License: MIT"), "data/table.csv": b""}
    return shipped(read_project(project.root), lock, project.runtime, own, on_cdn=on_cdn)


def every(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Components and all that is inside them."""
    for component in components:
        yield component
        yield from every(component.get("components", []))


def test_every_file_of_the_lock_is_in_the_bill_with_its_hash(
    shipment: Shipment, release: Release
) -> None:
    bill = json.loads(sbom(shipment))

    hashes = {
        each["hashes"][0]["content"] for each in every(bill["components"]) if "hashes" in each
    }
    assert {file.sha256 for file in release.lock("alpha").files} < hashes
    assert len(hashes) == len(release.lock("alpha").files) + 1  # the app's own wheel


def test_what_a_build_has_changed_is_said_and_nothing_else(
    shipment: Shipment, project: TestedProject, release: Release
) -> None:
    def said(shipment: Shipment) -> list[str]:
        components = every(json.loads(sbom(shipment))["components"])
        notes = [each["pedigree"]["notes"] for each in components if "pedigree" in each]
        return [note for note in notes if f"pyodide.asm.wasm: {note}.\n" in notices(shipment)]

    (note,) = said(shipment)
    assert note.startswith("pyscript build has changed it")
    assert not said(ship(project, release, on_cdn=True))
    release.files["pyodide/pyodide.asm.wasm"] = b"no WebAssembly"
    assert not said(ship(project, release))


def test_the_bill_names_all_by_version_and_package_url(shipment: Shipment) -> None:
    bill = json.loads(sbom(shipment))

    assert bill["metadata"]["component"]["name"] == "mine"
    assert bill["metadata"]["component"]["licenses"][0]["expression"] == "MIT"
    named = {each["name"]: each for each in bill["components"]}
    assert named["pyodide"]["purl"] == "pkg:npm/pyodide@1.2.3"
    assert named["@pyscript/core"]["purl"] == "pkg:npm/%40pyscript/core@0.9.9"
    assert named["cpython"]["version"] == "3.14.0"
    assert named["beta"]["purl"].startswith("pkg:pypi/beta@2.1?file_name=beta-2.1-cp314")
    assert named["a"]["bom-ref"] == "app/data/own-1-py3-none-any.whl"


def test_references_in_the_bill_are_unique_and_lead_somewhere(shipment: Shipment) -> None:
    bill = json.loads(sbom(shipment))

    references = ["app", *(each["bom-ref"] for each in every(bill["components"]))]
    assert len(references) == len(set(references))
    edges = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    for named in (*edges, *(to for ends in edges.values() for to in ends)):
        assert named in references
    (alpha,) = [name for name in edges["app"] if "/alpha@" in name]
    assert not [name for name in edges["app"] if "/beta@" in name]
    (beta,) = edges[alpha]
    assert "/beta@" in beta
    (unknown,) = [each for each in bill["compositions"] if each["aggregate"] == "unknown"]
    assert unknown["assemblies"] == [beta]


def test_the_same_shipment_gives_the_same_bytes(
    shipment: Shipment, project: TestedProject, release: Release
) -> None:
    again = ship(project, release)

    assert sbom(again) == sbom(shipment)
    assert notices(again) == notices(shipment)


def test_notices_say_what_has_no_text_and_what_was_not_looked_into(shipment: Shipment) -> None:
    text = notices(shipment)

    assert "\nmy terms\n" in text
    assert "What is inside pyodide 1.2.3 was not looked into" in text
    sections = {part.split("\n")[1]: part for part in text.split("=" * 72) if part.count("\n") > 1}
    assert "License: not declared\n" in sections["alpha 1.0"]
    assert "It comes without a licence text." in sections["alpha 1.0"]
    assert "It is compiled" in sections["beta 2.1"]
    assert "It is compiled" not in sections["alpha 1.0"]


def test_a_text_stands_there_once_and_is_pointed_to_afterwards() -> None:
    def library(name: str) -> Component:
        return Component("library", name, name, texts=(Text("LICENSE", "the same terms"),))

    app = Component("application", "app", "app")
    text = notices(Shipment(app, (library("one"), library("two"))))

    assert text.count("the same terms") == 1
    assert "The text is that of one above." in text


def test_every_core_and_all_in_it_has_a_text_or_says_that_it_has_none(shipment: Shipment) -> None:
    for core in shipment.components[:3]:
        assert core.license.expression
        assert core.texts
        for part in (core, *core.parts):
            assert all(len(text.content) > 60 or "below" in text.origin for text in part.texts)
    assert {"hiwire", "codedent", "to-json-callback", "alpha", "beta", "a"} == set(
        without_text(shipment)
    )


def test_a_core_has_what_its_python_needs(project: TestedProject, release: Release) -> None:
    def linked(python: str) -> set[str]:
        pin = replace(release.pin, pyodide=replace(release.pin.pyodide, python=python))
        release.pin = pin
        return {part.name for core in ship(project, release).components[:2] for part in core.parts}

    assert linked("3.14.0") - linked("3.13.2") == {"sqlite", "xz", "zstd"}
    assert {"expat", "libffi", "musl"} < linked("3.13.2")
