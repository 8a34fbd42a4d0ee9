"""Pages as Python made them when the site was built, for visitors to see before Python is there."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from pyscript_kit.errors import ToolError
from pyscript_kit.project.pages import read_pages
from pyscript_kit.project.settings import Project
from pyscript_kit.site.capture import capture
from pyscript_kit.site.elements import as_json
from pyscript_kit.site.folder import Site
from pyscript_kit.site.identity import identity_of
from pyscript_kit.site.kept import InDocument, InSite, Kept, kept_of
from pyscript_kit.site.offline import SERVICE_WORKER
from pyscript_kit.site.views import Capture, captures_text, read_captures
from pyscript_kit.sources.cache import Cache
from pyscript_kit.terminal import say, warn

# What captures depend on beside the site.
_HERE = Path(__file__).parent
_MADE_BY = ("capture.js", "capture.py", "views.py")


def prerendered_site(
    project: Project, cache: Cache, site: Site, on_cdn: Mapping[str, Path], *, picture: bool
) -> Kept | None:
    """Open the pages of a site that is laid out, write what is kept of them into it, and return
    what belongs into its document; None where nothing is kept.

    Says which pages are left out, and which look different for other visitors.

    Args:
        project: the project.
        cache: keeps what came of the last builds.
        site: the site.
        on_cdn: files by the address of a CDN that the site has them from.
        picture: whether to make a picture of the first page, for links to it.
    """
    # It lists all that the site consists of, with its hashes.
    consists_of = (site.folder / SERVICE_WORKER).read_bytes()
    first, captures = _captures(project, cache, site.folder, consists_of, on_cdn, picture=picture)
    name = identity_of(project).title
    return kept_of(captures, first, name, InSite(site)) if captures else None


def prerendered_document(
    project: Project, cache: Cache, document: str, on_cdn: Mapping[str, Path]
) -> Kept | None:
    """The same for an app that is one document; what is kept is in what belongs into it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        (Path(folder) / "index.html").write_text(document, encoding="utf-8")
        first, captures = _captures(project, cache, Path(folder), document.encode(), on_cdn)
    name = identity_of(project).title
    return kept_of(captures, first, name, InDocument()) if captures else None


def _captures(
    project: Project,
    cache: Cache,
    folder: Path,
    consists_of: bytes,
    on_cdn: Mapping[str, Path],
    *,
    picture: bool = False,
) -> tuple[str, dict[str, Capture]]:
    """The route of the first page, and what of the pages can be kept."""
    table = read_pages(project.app)
    routes = [route for route, page in table.items() if route and page.prerender] or (
        [] if table else [""]
    )
    first = table[""].route if table else ""
    picture_of = first if picture else None
    captures = _found(routes, cache, folder, consists_of, on_cdn, picture_of) if routes else {}
    for route, found in captures.items():
        name = route or "/"
        if found.problem:
            warn(f'The page "{name}" is not prerendered: {found.problem}')
        elif found.differs:
            warn(
                f'The page "{name}" showed another visitor something else ({found.differs}): if '
                "that would mislead anybody before Python is there, add prerender=False to its "
                "line in PAGES"
            )
    return first, {route: found for route, found in captures.items() if found.views}


def _found(
    routes: Collection[str],
    cache: Cache,
    folder: Path,
    consists_of: bytes,
    on_cdn: Mapping[str, Path],
    picture_of: str | None,
) -> dict[str, Capture]:
    """What the pages show, from the last build where the site is the same."""
    told = hashlib.sha256(consists_of + as_json([[*routes], picture_of]).encode())
    for name in _MADE_BY:
        told.update((_HERE / name).read_bytes())
    place = cache.folder / "prerendered" / f"{told.hexdigest()}.json"
    try:
        return read_captures(place.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    say("Prerendering each page in a browser (--no-prerender skips this) …")
    try:
        captures = capture(folder, routes, on_cdn, picture_of)
    except ToolError as error:
        warn(f"No page is prerendered: {error}")
        return {}
    # What went wrong once may have been the network's fault.
    if not any(found.problem for found in captures.values()):
        cache.keep(place, captures_text(captures))
    return captures
