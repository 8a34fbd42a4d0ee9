"""A site with kept pages and no Python: a script plays its part, so that it starts at once, late or
never, just as a test wants it. The shell, the browser that opens the pages when the site is built,
and what is written of them are the real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pyscript_kit.site.capture import Patience, capture
from pyscript_kit.site.document import Changes, rewrite
from pyscript_kit.site.folder import Site
from pyscript_kit.site.kept import InSite, kept_of
from pyscript_kit.site.shell import shell_script
from pyscript_kit.site.views import Capture

PYTHON = "python.mjs"
# Nothing here takes longer, and a page that does is to be told of soon.
PATIENCE = Patience(start=20_000, settling=5_000, quiet=50)

_DOCUMENT = """<!doctype html>
<html lang="en" data-app="booting">
  <head>
    <meta charset="utf-8">
    <title>Made up</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="./style.css" blocking="render">
    <style id="dark" media="(prefers-color-scheme: dark)"></style>
    <script type="module" src="./boot.js" blocking="render"></script>
    <script type="module" src="./core.mjs" data-pyscript></script>
    <script type="module" src="./python.mjs"></script>
  </head>
  <body>
    <header>
      <select id="scheme" aria-label="Colours">
        <option value="system">System</option><option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
      <nav id="links" aria-label="Pages"></nav>
    </header>
    <section id="missing" role="alert" hidden><button>Reload</button></section>
    <main id="page" tabindex="-1">
      <section id="boot"><h1>Made up</h1>
        <p><progress id="boot-bar" max="1" value="0"></progress> <span id="boot-step"></span></p>
      </section>
    </main>
    <script type="py" src="./main.py"></script>
  </body>
</html>
"""
_STYLE = """
html { font: 16px/1.5 sans-serif; }
main { display: block; max-width: 60rem; margin: 0 auto; padding: 1rem; }
canvas, img { display: block; width: 100%; }
"""
_CORE = """
export const hooks = {
  main: { onReady: new Set(), onWorker: new Set() },
  worker: { onReady: new Set() },
};
export const config = {};
"""
# As patterns/route.py does it: pages are HTML, with a script that is run once they stand.
_PLAYED = """
const PAGES = {pages};
const page = document.querySelector("#page");
const links = document.querySelector("#links");
const name = document.title;
globalThis.did = [];
const note = ({{ type, target, currentTarget }}) => {{
  if (target === currentTarget) did.push(`${{type}} ${{target.id}}`);
}};
let started = false;

async function show() {{
  const route = decodeURIComponent(location.hash.slice(2)) || Object.keys(PAGES)[0];
  const [html, script = ""] = PAGES[route] ?? ["<h1>No such page</h1>"];
  page.setAttribute("aria-busy", "true");
  const root = document.createElement("div");
  root.innerHTML = html;
  page.replaceChildren(root);
  document.title = `${{route}} · ${{name}}`;
  for (const each of root.querySelectorAll("[id]")) {{
    for (const type of ["input", "change"]) each.addEventListener(type, note);
  }}
  await new (Object.getPrototypeOf(show).constructor)("root", script)(root);
  page.setAttribute("aria-busy", "false");
  page.dataset.route = route;
  if (!started) dispatchEvent(new Event("app:ready"));
  started = true;
}}

dispatchEvent(new Event("app:opening"));
for (const route of Object.keys(PAGES)) {{
  const link = document.createElement("a");
  Object.assign(link, {{ href: `#/${{route}}`, textContent: route }});
  links.append(link, " ");
}}
addEventListener("hashchange", () => location.hash.startsWith("#/") && show());
show().catch((error) => {{
  const detail = {{ title: "It could not start", message: String(error), fatal: true }};
  dispatchEvent(new CustomEvent("app:error", {{ detail }}));
}});
"""

# HTML, and the body of an async function of its root, by route.
Pages = Mapping[str, tuple[str, ...]]


def played(pages: Pages) -> str:
    """What plays Python, with these pages."""
    return _PLAYED.format(pages=json.dumps(pages))


def laid_out(folder: Path, pages: Pages) -> Site:
    """A site of pages, none of them kept."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(folder)
    for name, text in {
        "index.html": _DOCUMENT,
        "style.css": _STYLE,
        "boot.js": shell_script(),
        "core.mjs": _CORE,
        PYTHON: played(pages),
    }.items():
        site.write(name, text.encode())
    site.shell = "./boot.js"
    return site


def prerendered(
    folder: Path, pages: Pages, leave_out: tuple[str, ...] = (), patience: Patience = PATIENCE
) -> dict[str, Capture]:
    """Write a site of pages that are kept, but for some; and return what was kept of which."""
    site = laid_out(folder, pages)
    routes = [route for route in pages if route not in leave_out]
    captures = capture(folder, routes, {}, patience=patience)
    kept = kept_of(
        {route: found for route, found in captures.items() if found.views},
        next(iter(pages)),
        "Made up",
        InSite(site),
    )
    changes = Changes(
        {},
        title=kept.title,
        copies=kept.copies,
        before_sheets=kept.start,
        head_last=kept.head,
        body_last=kept.body,
        waits_not=kept.shell,
        late=("./core.mjs",),
    )
    site.write("index.html", rewrite(_DOCUMENT, changes).encode())
    return captures
