"""The head of a built document: its policy, hashes of what it loads, what it fetches ahead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyscript_kit.project.pyproject import ORIGINS
from pyscript_kit.site.archive import Archive
from pyscript_kit.site.elements import as_json, integrity_of, link, meta, script
from pyscript_kit.site.folder import Site, files_below
from pyscript_kit.site.icons import APPLE
from pyscript_kit.site.identity import Identity


def head_first(
    modules: Mapping[str, str],
    inline: Iterable[str],
    cdn: Iterable[str],
    origins: Mapping[str, Iterable[str]],
) -> str:
    """What the head begins with: the policy, and the hashes of the modules that it lets in."""
    import_map = as_json({"integrity": modules})
    content = policy(cdn, [*inline, integrity_of(import_map.encode())], origins)
    return (
        "\n    "
        + meta(http_equiv="Content-Security-Policy", content=content)
        + "\n    "
        + script(import_map, type="importmap")
    )


def head_last(site: Site, theme: str | None, *, has_shell: bool) -> str:
    """What the head ends with: what an installed app is called, and which version this is.

    Args:
        theme: the colour of the browser's own parts, if the app has one.
        has_shell: whether boot.js is there, which tells browsers of the manifest in good time.
    """
    relation = {"data_rel" if has_shell else "rel": "manifest"}
    lines = [link(**relation, href="./manifest.webmanifest"), meta_of_version()]
    if theme:
        lines.append(meta(name="theme-color", content=theme))
    if (site.folder / APPLE).exists():
        lines.append(link(rel="apple-touch-icon", href=f"./{APPLE}"))
    return "".join(f"  {line}\n  " for line in lines)


def fetched_ahead(site: Site, archive: Archive, addresses: Mapping[str, str], offline: str) -> str:
    """What a visit needs beside the scripts that the document names, for browsers to have it at
    once; and the script that keeps the app for visits without a network."""
    lines = [
        link(rel="preload", as_="fetch", href=address, crossorigin="")
        for address in archive.addresses
    ]
    pyscript = addresses.get("./runtime/pyscript/")
    if pyscript:
        lines += [
            link(rel="modulepreload", href=address)
            for address in site.at_start
            if address.startswith(pyscript) and address.endswith(".js")
        ]
    lines.append(script("", type="module", src=offline))
    return "".join(f"  {line}\n  " for line in lines)


def link_preview(identity: Identity, address: str, picture: str) -> str:
    """What services show of a link to the app, and search engines of the app.

    Args:
        identity: what the app is called.
        address: where the site is published, if it is known.
        picture: the path of a picture there, if there is one.
    """
    told = {"og:type": "website", "og:title": identity.title}
    if identity.description:
        told["og:description"] = identity.description
    lines = []
    if address:
        told["og:url"] = address
        lines.append(link(rel="canonical", href=address))
    if address and picture:
        told["og:image"] = f"{address}{picture}"
        lines.append(meta(name="twitter:card", content="summary_large_image"))
    lines += [meta(property=name, content=text) for name, text in told.items()]
    return "".join(f"  {line}\n  " for line in lines)


def integrity_of_modules(site: Site, on_cdn: Mapping[str, str]) -> dict[str, str]:
    """The hashes of all JavaScript modules, by address."""
    found = dict(on_cdn)
    for path in files_below(site.folder):
        if path.suffix in (".js", ".mjs") and site.never_changes(path):
            found[site.address(path)] = integrity_of(path.read_bytes())
    return found


def integrity_of_styles(site: Site) -> dict[str, str]:
    """The hashes of all style sheets, by address."""
    return {
        site.address(path): integrity_of(path.read_bytes())
        for path in files_below(site.folder)
        if path.suffix == ".css"
    }


def policy(
    sources: Iterable[str], inline: Iterable[str], origins: Mapping[str, Iterable[str]]
) -> str:
    """The Content-Security-Policy of a document: what it may load and run.

    `'wasm-unsafe-eval'` compiles WebAssembly, without `'unsafe-eval'` Pyodide does not start,
    `blob:` starts PyScript's workers, and inline styles are what PyScript and its editor write.

    Args:
        sources: where scripts, styles and the runtime come from, beside the document's own origin:
            folders, for what else is on a public CDN is anybody's.
        inline: hashes of the scripts that are in the document, those in attributes among them.
        origins: where else the app may take something, by the names of the project's settings.
    """
    own = ["'self'", *sources]
    hashes = [f"'{each}'" for each in inline]
    more = {name: list(origins.get(name, ())) for name in ORIGINS}
    rules = {
        "default-src": ["'self'"],
        "script-src": [*own, *more["scripts"], "'wasm-unsafe-eval'", "'unsafe-eval'", *hashes],
        "worker-src": ["'self'", "blob:"],
        "style-src": [*own, *more["styles"], "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:", *more["images"]],
        "font-src": ["'self'", "data:", *more["fonts"]],
        "media-src": ["'self'", "data:", "blob:", *more["media"]],
        "frame-src": ["'self'", *more["frames"]],
        "connect-src": [*own, "data:", "blob:", *more["connect"]],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in rules.items())


def meta_of_version(version: str = "") -> str:
    """The element that says of which version a document is; without one, the place for it."""
    return meta(name="version", content=version)
