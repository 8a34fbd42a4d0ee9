"""What a built app brings to its visitors, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyscript_kit.site.license import UNDECLARED, License, Text

Kind = Literal["application", "file", "framework", "library", "platform"]


@dataclass(frozen=True)
class Component:
    """Something that visitors get.

    Attributes:
        reference: what tells it from all others here; its package URL where it has one.
        home: the address of the project that makes it.
        source: the address that its file comes from, where a CDN has it.
        changes: what is changed in the file that an app has, in a sentence without a stop.
        parts: what is inside it, as far as that is known.
        depends: references of what it needs.
    """

    kind: Kind
    name: str
    reference: str
    version: str = ""
    license: License = UNDECLARED
    texts: tuple[Text, ...] = ()
    sha256: str = ""
    cpe: str = ""
    home: str = ""
    source: str = ""
    changes: str = ""
    parts: tuple[Component, ...] = ()
    depends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shipment:
    """An app and all that comes with it.

    Attributes:
        unknown: cores of the runtime whose release is another than those that `site/licenses/`
            was made from, so that there may be more in them.
        compiled: references of packages with native code, whose wheels need not name all that is
            linked into it.
        on_cdn: whether the browser has the runtime from the CDN, and nothing but the app from the
            site.
    """

    app: Component
    components: tuple[Component, ...]
    unknown: tuple[str, ...] = ()
    compiled: frozenset[str] = frozenset()
    on_cdn: bool = False
