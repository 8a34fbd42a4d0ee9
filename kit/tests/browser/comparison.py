"""Runs the modules of outcomes/ in two boots of the app, and says where their outcomes differ."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from pyscript_kit.testing import App

OUTCOMES = Path(__file__).with_name("outcomes")

STANDARD_LIBRARY = (
    "imports",
    "interpreter",
    "memory",
    "chance",
    "numbers",
    "texts",
    "stored",
    "dates",
    "tasks",
    "tracebacks",
)

# So many differences are shown, at most.
_MOST = 25

_RUN = """async ([code, argument]) => {
  const { whenDefined } = await import(document.querySelector("script[data-pyscript]").src);
  const { interpreter } = await whenDefined("py");
  const globals = interpreter.toPy({ __name__: "__main__", argument });
  try {
    const result = await interpreter.runPythonAsync(code, { globals });
    return result?.toJs ? result.toJs() : result;
  } finally {
    globals.destroy();
  }
}"""

_WRITE = """import json, os
for name, source in json.loads(argument).items():
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "w", encoding="utf-8") as file:
        file.write(source)
"""


def visit(browser: Browser, origin: str, cdn: dict[str, Path]) -> App:
    """Return the app in a tab of a visitor who lives far from where snapshots are made."""
    context = browser.new_context(timezone_id="America/St_Johns", locale="de-DE")
    return App(context, origin, cdn)


def boot(app: App, route: str, *, plainly: bool = False) -> None:
    """Boot the app at a route, without its snapshot if so asked; bring it the cases to run."""
    query = "?preboot=off" if plainly else ""
    app.page.goto(f"{app.origin}/{query}#/{route}", wait_until="commit")
    app.wait_for_start()
    app.wait_for_page(route)
    sources = {
        path.relative_to(OUTCOMES.parent).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(OUTCOMES.glob("*.py"))
    }
    run(app, _WRITE, json.dumps(sources))


def booted_from(app: App) -> str | None:
    """Return what the loader says the app was booted from: "packages", "base", "off", "failed"."""
    return app.page.locator("html").get_attribute("data-preboot")


def run(app: App, code: str, argument: str = "") -> Any:
    """Run Python in the app, where it may wait, and return the last expression's value."""
    return app.page.evaluate(_RUN, [code, argument])


def call(app: App, module: str, function: str) -> Any:
    """Call a function of a module of outcomes/ in the app, and return its result through JSON."""
    code = f"import json; from outcomes import {module}; json.dumps({module}.{function}())"
    return json.loads(run(app, code))


def modules(app: App) -> set[str]:
    """Return what the app has imported, but for what only unpacks packages on a plain boot."""
    return set(call(app, "interpreter", "modules")) - {"encodings.cp437", "tarfile"}


def outcomes(app: App, module: str) -> dict[str, str]:
    """Return the outcomes of a module's cases in the app; fail on cases that could not be told."""
    code = "from outcomes import collect; await collect(argument)"
    collected = json.loads(run(app, code, module))
    failures = collected["failures"]
    assert not failures, f"In the boot from {booted_from(app)}:\n\n" + "\n".join(
        f"{key}\n{failure}" for key, failure in failures.items()
    )
    return dict(collected["outcomes"])


def differences(plain: dict[str, str], snapshot: dict[str, str]) -> list[str]:
    """Return the keys of the outcomes that are not equal."""
    return [key for key in plain | snapshot if plain.get(key) != snapshot.get(key)]


def assert_same(plain: dict[str, str], snapshot: dict[str, str]) -> None:
    """Fail with the first differences, told by their keys, if outcomes are not equal."""
    different = differences(plain, snapshot)
    assert not different, f"{len(different)} of {len(plain)} outcomes differ:\n" + "\n".join(
        f"{key}\n    plain boot  {_around(plain.get(key), snapshot.get(key))}\n"
        f"    snapshot    {_around(snapshot.get(key), plain.get(key))}"
        for key in different[:_MOST]
    )


def _around(text: str | None, other: str | None) -> str:
    """Return a text from a little before the place where it differs from another."""
    if text is None or other is None:
        return "is not there" if text is None else text[:300]
    pairs = zip(text, other, strict=False)
    same = next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(text), len(other)))
    start = max(0, same - 60)
    return f"{'...' if start else ''}{text[start : start + 300]!r}"
