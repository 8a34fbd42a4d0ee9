"""A built site as a static host serves it: compressed where the browser takes it and the build left
a compressed copy beside the file. Browsers may keep the runtime forever, as its names tell the
content."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from pyscript_kit.errors import ToolError
from pyscript_kit.serving.files import Files, guarded
from pyscript_kit.serving.isolation import ISOLATED

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Scope

# In the order of preference, where the browser has none.
_ENDINGS = {"br": ".br", "gzip": ".gz"}
_BASE = re.compile(r"[A-Za-z0-9._~/-]*")

# What is here has its hash in its name; see `pyscript_kit.site.names`.
_KEPT = "runtime"
_FOR_EVER = "public, max-age=31536000, immutable"
_CHECKED = "no-cache"


def site_app(folder: Path, base: str = "/", *, isolated: bool = False) -> ASGIApp:
    """Serve a site below a path, to which the host's root leads.

    Args:
        folder: where the site lies.
        base: the path, from `read_base`.
        isolated: whether the page is isolated from other origins, as few hosts have it.
    """

    async def to_base(_: Request) -> Response:
        return RedirectResponse(base)

    routes: list[BaseRoute] = [Mount(base, SiteFiles(folder))]
    if base != "/":
        routes.insert(0, Route("/", to_base))
    return guarded(Starlette(routes=routes), ISOLATED if isolated else {})


def read_base(text: str) -> str:
    """A path as the user writes it, with a slash at both ends.

    Raises:
        ToolError: when it is none.
    """
    parts = [part for part in text.split("/") if part]
    if not _BASE.fullmatch(text) or {".", ".."} & set(parts):
        raise ToolError(f"--base is {text!r}: write a path such as /my-app/")
    return f"/{'/'.join(parts)}/" if parts else "/"


class SiteFiles(Files):
    """The files of a site, each in the encoding that suits the browser best."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        file = Path(full_path)
        encodings = {
            name: copy
            for name, ending in _ENDINGS.items()
            if (copy := file.with_name(file.name + ending)).is_file()
        }
        headers = {"Cache-Control": caching(self.path_of(file), status_code)}
        if encodings:
            headers["Vary"] = "Accept-Encoding"
        chosen = choose_encoding(Headers(scope=scope).get("accept-encoding", ""), encodings)
        if chosen:
            headers["Content-Encoding"] = chosen
        served = encodings.get(chosen or "", file)
        return self.answer(served, scope, headers=headers, status_code=status_code, name=file.name)


def caching(path: str, status_code: int = 200) -> str:
    """The header Cache-Control for a file of a site, by its path there."""
    return _FOR_EVER if status_code == 200 and path.startswith(f"{_KEPT}/") else _CHECKED


def choose_encoding(accepted: str, available: Collection[str]) -> str | None:
    """The encoding that a browser likes best, None for the file as it is (RFC 9110, 12.5.3).

    Args:
        accepted: the header Accept-Encoding, "" for none.
        available: names of encodings; of two that are liked as well, the first is taken.
    """
    weights = _weights(accepted)
    others = weights.get("*", 0.0)
    # Whoever says nothing of the plain file takes it, and would rather have less to fetch.
    plain = weights.get("identity", 0.0)
    best = max(available, key=lambda name: weights.get(name, others), default=None)
    if best is None:
        return None
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= plain else None


def _weights(accepted: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        weight = 1.0
        for parameter in parameters.split(";"):
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        if name.strip():
            found[name.strip()] = weight
    return found
