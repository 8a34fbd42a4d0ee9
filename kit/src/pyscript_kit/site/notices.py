"""Writes the licence texts of what an app ships, as one text for people."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from pyscript_kit.site.components import Component, Shipment
from pyscript_kit.sources.wanted import CDN

LICENSES = "licenses.txt"

_RULE = "=" * 72
_HEAD = """\
What {app} brings to its visitors, and under which licences
{rule}

Made by `pyscript build` from runtime.lock.json. The texts are those that come with each component,
under the name of the file that holds them. Where one names no licence or has no text, it says so.
"""
_ON_CDN = """\
Browsers fetch all but the app itself from {host}, and not from where the app is.
"""
_UNKNOWN = """\
What is inside {name} was not looked into: the list below is that of another release of it.
"""
_NO_TEXT = "It comes without a licence text."
_COMPILED = "It is compiled, and may contain libraries that it does not name."


def notices(shipment: Shipment) -> str:
    """The licence texts of an app and all its components, each text once."""
    app = shipment.app
    parts = [
        _HEAD.format(app=_titled(app), rule=_RULE),
        *([_ON_CDN.format(host=urlsplit(CDN).netloc)] if shipment.on_cdn else []),
        *(_UNKNOWN.format(name=name) for name in shipment.unknown),
        "\n".join(_contents(shipment)) + "\n",
    ]
    said: dict[str, str] = {}
    for component in _all(shipment):
        parts.append("\n".join(_section(component, shipment, said)) + "\n")
    return "\n".join(parts)


def without_text(shipment: Shipment) -> list[str]:
    """The names of components that come with no text of their licence."""
    return [each.name for each in _all(shipment) if not each.texts and each is not shipment.app]


def _all(shipment: Shipment) -> Iterator[Component]:
    """The app, its components, and after each what is inside it."""
    yield shipment.app
    for component in shipment.components:
        yield component
        yield from (part for part in component.parts if part.kind != "file")


def _contents(shipment: Shipment) -> Iterator[str]:
    for component in (shipment.app, *shipment.components):
        yield f"{_titled(component)}: {component.license}"
        for part in component.parts:
            if part.kind != "file":
                yield f"    with {part.name}: {part.license}"


def _section(component: Component, shipment: Shipment, said: dict[str, str]) -> Iterator[str]:
    yield _RULE
    yield _titled(component)
    yield f"License: {component.license}"
    if component.home:
        yield f"Project: {component.home}"
    for part in component.parts:
        if part.changes:
            yield f"{part.name}: {part.changes}."
    if component.reference in shipment.compiled:
        yield _COMPILED
    if not component.texts and component is not shipment.app:
        yield _NO_TEXT
    for text in component.texts:
        former = said.setdefault(text.content, component.name)
        yield f"\n--- {text.origin}" if text.content else f"Text: {text.origin}"
        if former != component.name:
            yield f"\nThe text is that of {former} above."
        elif text.content:
            yield f"\n{text.content}"


def _titled(component: Component) -> str:
    return f"{component.name} {component.version}".rstrip()
