"""The page's shell in a site: the document with all that it needs in it, and the scripts of the
shell as one."""

from __future__ import annotations

from collections.abc import Collection

from pyscript_kit.browser import BOOT, texts_of
from pyscript_kit.browser.joining import joined
from pyscript_kit.project.reading import read_text
from pyscript_kit.runtime.shell import ENTRY, PARTS, elements, parts_text
from pyscript_kit.site.document import INDEX
from pyscript_kit.site.folder import Site
from pyscript_kit.site.identity import shown
from pyscript_kit.site.names import FOR_EVER, hashed
from pyscript_kit.site.parts import Parts
from pyscript_kit.site.scripts import completed


def document_of(parts: Parts, modules: Collection[str] = ()) -> str:
    """The app's document with what `boot.js` would insert, so that browsers have it at once.

    Args:
        modules: those of the loader that browsers fetch ahead, beside the ones that begin
            something.
    """
    document = read_text(parts.project.app / "index.html", INDEX)
    return shown(completed(document, elements(parts.project, parts.lock, modules)))


def shell_script() -> str:
    """The shell's scripts as one module, which has nothing left to insert."""
    return joined({**texts_of(BOOT), PARTS: parts_text([])}, "boot.js")


def copy_shell(site: Site) -> dict[str, str]:
    """Write the shell's scripts under a name with their hash, and return their new address."""
    content = shell_script().encode()
    name = f"{FOR_EVER}/{hashed('boot.js', content)}"
    address = site.write(name, content)
    site.keep(name)
    site.at_start.append(address)
    site.shell = address
    return {ENTRY: address}
