"""Kept pages before and while Python takes over, and what a visitor does to them: a script plays
Python (see standin.py), so that it comes exactly when a test says so."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

import standin
from pyscript_kit.site.capture import Patience
from pyscript_kit.testing import App
from pyscript_kit.testing.fixtures import VIEWPORT, close
from pyscript_kit.testing.servers import static_host

FORM = """
<h1>A form</h1>
<p><a href="#/drawn">To the figure</a> <a href="#end">To the end</a></p>
<form id="form">
  <label for="name">Name</label> <input id="name" name="name" value="world" required>
  <button id="add">Add</button>
</form>
<ul id="added"></ul>
<label>Notes <textarea name="notes">first</textarea></label>
<label>Number <input type="number" name="number" value="5"></label>
<label>Share <input type="range" name="share" min="0" max="10" value="2" id="share"></label>
<label>Day <input type="date" name="day" value="2026-01-31"></label>
<label>Size <select id="size"><option>small</option><option>large</option></select></label>
<label>Colours of it
  <select id="several" multiple>
    <option>red</option><option>green</option><option>blue</option>
  </select>
</label>
<label><input type="radio" name="way" value="there" checked> There</label>
<label><input type="radio" name="way" value="back"> Back</label>
<input type="checkbox" id="formal"> <label for="formal">Formal</label>
<label>File <input type="file" id="file"></label>
<details id="more"><summary>More</summary><p>Inside</p></details>
<button type="button" id="count">Count</button> <output id="counted">0</output>
<div role="button" tabindex="0" id="tap">Tap</div>
<div id="area">An area that hears clicks</div>
<div contenteditable id="editor">An editor</div>
<div id="scroller" style="height: 3rem; overflow: auto"><div style="height: 30rem">tall</div></div>
<p id="filler" style="height: 120vh">Long</p>
<p id="end">The end</p>
"""
FORM_RUNS = """
const by = (id) => root.querySelector(`#${id}`);
by("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = by("name");
  by("added").append(Object.assign(document.createElement("li"), { textContent: value }));
});
const count = () => (by("counted").textContent = String(1 + Number(by("counted").textContent)));
by("count").addEventListener("click", count);
by("tap").addEventListener("click", count);
by("area").addEventListener("click", count);
"""
DRAWN = '<h1>Drawn</h1><canvas width="300" height="150" role="img" aria-label="A square"></canvas>'
DRAWN_RUNS = """
// Before the document has come to its end for other scripts.
const style = document.createElement("style");
style.textContent = "h1 { column-rule-color: rgb(1, 2, 3); }";
document.head.append(style);
const draw = () => {
  const context = root.querySelector("canvas").getContext("2d");
  context.fillStyle = getComputedStyle(root).colorScheme === "dark" || (
    !getComputedStyle(document.documentElement).colorScheme.match(/^(light|dark)$/) &&
    matchMedia("(prefers-color-scheme: dark)").matches) ||
    getComputedStyle(document.documentElement).colorScheme === "dark" ? "#00ff00" : "#0000ff";
  context.fillRect(0, 0, 300, 150);
};
addEventListener("app:scheme", draw);
draw();
"""
HOSTILE = "</script> <!-- --> \"quoted\" 'single' &amp; <b> ]]>"
ODD = "<h1>Odd</h1>" + (
    '<p id="odd" dir="auto" title="&lt;/script&gt; &quot;&lt;!--">'
    "أهلا &lt;/script&gt; &lt;!-- --&gt; &quot;quoted&quot; 'single' &amp;amp; &lt;b&gt; ]]&gt;</p>"
    "<pre>\n\n  two lines above</pre><textarea>\n\nand here</textarea>"
)
# A megabyte of cells.
LARGE = (
    '<h1>Large</h1><div style="overflow: auto; white-space: nowrap">'
    '<table id="large"></table></div>'
)
LARGE_RUNS = """
const table = root.querySelector("table");
for (let row = 0; row < 500; row++) {
  const line = table.insertRow();
  const words = `${row} <&> `.repeat(25);
  for (let column = 0; column < 10; column++) line.insertCell().textContent = words;
}
"""
# As large as a plot: a file of its own.
PICTURE = '<h1>Picture</h1><canvas width="300" height="150" role="img" aria-label="Dots"></canvas>'
PICTURE_RUNS = """
const context = root.querySelector("canvas").getContext("2d");
for (let dot = 0; dot < 4000; dot++) {
  context.fillStyle = `hsl(${(dot * 47) % 360} 80% 50%)`;
  context.fillRect((dot * 7919) % 300, (dot * 104729) % 150, 3, 3);
}
"""
PAGES = {
    "form": (FORM, FORM_RUNS),
    "drawn": (DRAWN, DRAWN_RUNS),
    "größe": (ODD,),
    "large": (LARGE, LARGE_RUNS),
    "picture": (PICTURE, PICTURE_RUNS),
    "clock": ("<h1>Clock</h1>",),
}

WATCH_SHIFTS = """
globalThis.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""

Come = Callable[..., AbstractContextManager[App]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose last page has opted out."""
    folder = tmp_path_factory.mktemp("kept")
    captures = standin.prerendered(folder, PAGES, leave_out=("clock",))
    assert not [found.problem for found in captures.values() if found.problem or found.differs]
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with static_host(site) as address:
        yield address


# Whether boot.js heeds what a visitor does, as it does where a page was kept.
HEEDS = """() => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["a,b"], "table.csv"));
  const event = new DragEvent("dragover", { cancelable: true, dataTransfer });
  dispatchEvent(event);
  return event.defaultPrevented;
}"""


def wait_for_shell(app: App) -> None:
    """Give boot.js two seconds to come: no visitor is as fast as a test."""
    for _ in range(100):
        if app.page.evaluate(HEEDS):
            return
        app.page.wait_for_timeout(20)


@pytest.fixture
def come(browser: Browser, output_path: str, address: str) -> Come:
    """Visitors of the site for whom Python is late: it comes when they `go_on`."""

    @contextmanager
    def visit(
        route: str = "", host: str = address, *, shell: bool = True, **options: object
    ) -> Iterator[App]:
        context = browser.new_context(**{"viewport": VIEWPORT, **options})  # type: ignore[arg-type]
        app = App(context, host, {})
        app.page.add_init_script(WATCH_SHIFTS)
        app.python = app.hold(standin.PYTHON)  # type: ignore[assignment]
        if not shell:
            app.shell = app.hold("boot.js")  # type: ignore[attr-defined]
        failed = True
        try:
            app.go(route)
            expect(app.page.locator("html")).to_have_attribute("data-app", "booting")
            if shell:
                wait_for_shell(app)
            yield app
            failed = False
        finally:
            close(app, output_path, failed=failed)
            context.close()

    return visit


def go_on(app: App) -> None:
    """Have Python come."""
    app.python.release()  # type: ignore[attr-defined]
    app.wait_for_start()


def heading(page: Page) -> str | None:
    return page.locator("h1:visible").text_content()


def status(page: Page) -> str | None:
    return page.locator("#prerendered-status").text_content()


def test_what_is_typed_and_chosen_comes_to_python(come: Come, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("a,b\n", encoding="utf-8")
    with come() as app:
        page = app.page
        page.get_by_label("Name").fill("you")
        page.get_by_label("Notes").fill("two\nlines")
        page.get_by_label("Number").fill("7")
        page.get_by_label("Share").fill("9")
        page.get_by_label("Day").fill("2026-02-28")
        page.get_by_label("Size").select_option("large")
        page.get_by_label("Colours of it").select_option(["red", "blue"])
        page.get_by_role("radio", name="Back").check()
        page.get_by_text("Formal").click()
        page.get_by_label("File").set_input_files(file)
        page.get_by_text("More", exact=True).click()
        go_on(app)

        expect(page.get_by_label("Name")).to_have_value("you")
        expect(page.get_by_label("Notes")).to_have_value("two\nlines")
        expect(page.get_by_label("Number")).to_have_value("7")
        expect(page.get_by_label("Share")).to_have_value("9")
        expect(page.get_by_label("Day")).to_have_value("2026-02-28")
        expect(page.get_by_label("Size")).to_have_value("large")
        expect(page.get_by_label("Colours of it")).to_have_values(["red", "blue"])
        expect(page.get_by_role("radio", name="Back")).to_be_checked()
        expect(page.get_by_role("radio", name="There")).not_to_be_checked()
        expect(page.get_by_label("Formal")).to_be_checked()
        assert page.get_by_label("File").evaluate("({ files }) => files[0].name") == "table.csv"
        expect(page.get_by_text("Inside")).to_be_visible()
        told = page.evaluate("did")
        for name in ("name", "share", "size", "several", "formal", "file"):
            assert told.count(f"change {name}") == 1, f"Python hears of {name} once: {told}"
        expect(page.locator("#prerendered-lost")).to_have_count(0)
        assert page.evaluate("shifts") < 0.02


def test_presses_are_done_in_their_order_with_what_stood_there_then(come: Come) -> None:
    with come() as app:
        page = app.page
        name, add = page.get_by_label("Name"), page.get_by_role("button", name="Add")
        name.fill("")
        add.click()
        assert page.locator("[data-kept]").count() == 0, "the form refuses to be sent"
        name.fill("first")
        add.click()
        assert status(page) == "Add: saved, and done as soon as Python is ready."
        add.click()
        assert status(page) == "Add: already saved, and done once, as soon as Python is ready."
        name.fill("second")
        name.press("Enter")
        page.get_by_role("button", name="Count").click()
        go_on(app)

        expect(page.locator("#added li")).to_have_text(["first", "second"])
        expect(page.locator("#counted")).to_have_text("1")
        assert status(page) == "This page is ready."


def test_what_is_done_before_the_shell_is_there_is_kept_as_well(come: Come) -> None:
    with come(shell=False) as app:
        page = app.page
        page.wait_for_function("performance.getEntriesByType('paint').length > 0")
        page.get_by_label("Name").fill("early")
        page.get_by_role("button", name="Add").click()
        page.get_by_role("button", name="Count").click()
        page.get_by_text("Formal").click()
        assert page.url.endswith("/"), "no form was sent"
        app.shell.release()  # type: ignore[attr-defined]
        expect(page.locator("#prerendered-status")).to_contain_text("Count: saved")
        go_on(app)

        expect(page.locator("#added li")).to_have_text(["early"])
        expect(page.locator("#counted")).to_have_text("1")
        expect(page.get_by_label("Formal")).to_be_checked()


def test_a_link_that_is_followed_before_the_shell_is_there_leads_to_its_page(come: Come) -> None:
    with come(shell=False) as app:
        app.page.get_by_role("link", name="To the figure").click()
        app.shell.release()  # type: ignore[attr-defined]
        expect(app.page.get_by_role("heading", name="Drawn")).to_be_visible()
        go_on(app)
        assert heading(app.page) == "Drawn"


def test_nothing_is_painted_in_other_colours_than_those_that_were_chosen(come: Come) -> None:
    with come() as app:
        app.page.locator("#scheme").select_option("dark")
        app.python.release()  # type: ignore[attr-defined]
        app.shell = app.hold("boot.js")  # type: ignore[attr-defined]
        app.page.reload(wait_until="commit")
        app.page.wait_for_selector("#end", state="attached")
        app.page.wait_for_timeout(300)
        assert app.page.evaluate("performance.getEntriesByType('paint').length") == 0
        app.shell.release()  # type: ignore[attr-defined]
        app.wait_for_start()
        assert app.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_the_keyboard_does_what_a_pointer_does(come: Come) -> None:
    with come() as app:
        page = app.page
        page.locator("#count").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        expect(page.locator("#tap:visible")).to_be_focused()
        page.keyboard.press("Enter")
        page.locator("#scroller").evaluate("(element) => element.scrollTo(0, 40)")
        page.get_by_role("link", name="large").focus()
        go_on(app)
        expect(page.locator("#counted")).to_have_text("2")
        expect(page.get_by_role("link", name="large")).to_be_focused()
        assert page.locator("#scroller").evaluate("({ scrollTop }) => scrollTop") == 40


def test_what_cannot_be_kept_says_that_it_is_not_ready(come: Come) -> None:
    with come() as app:
        page = app.page
        for deaf in ("An area that hears clicks", "An editor"):
            page.evaluate("document.querySelector('#prerendered-status').textContent = ''")
            page.get_by_text(deaf).click()
            assert status(page) == "This is not ready yet: it waits for Python."
            expect(page.locator("#prerendered-note")).to_have_text(status(page) or "")
        page.evaluate("document.querySelector('#prerendered-status').textContent = ''")
        page.get_by_text("The end", exact=True).click()
        assert status(page) == "", "a text answers nobody"
        go_on(app)
        expect(page.locator("#counted")).to_have_text("0")


def test_what_has_no_place_in_pythons_page_is_shown(come: Come) -> None:
    other = FORM.replace('id="name" name="name"', 'id="other" name="other"').replace(
        "<option>large</option>", ""
    )
    other += '<button type="button">Row</button>'
    with come() as app:
        page = app.page
        app.python.abort()  # type: ignore[attr-defined]
        app.expect_errors(r"python\.mjs")
        page.unroute_all()
        page.get_by_label("Name").fill("a long text")
        page.get_by_label("Size").select_option("large")
        page.get_by_label("Day").press("Backspace")
        # Another Python than when the site was built.
        page.evaluate(
            "(text) => document.head.append(Object.assign(document.createElement('script'),"
            " { type: 'module', textContent: text }))",
            standin.played({**PAGES, "form": (other, "")}),
        )
        app.wait_for_start()
        lost = page.get_by_role("alert").filter(has_text="while the page was loading")
        expect(lost.get_by_role("listitem")).to_have_text(
            ["Name: a long text", "Size: large", "Day: what you typed is not complete"]
        )
        lost.get_by_role("button", name="Dismiss").click()
        expect(lost).to_have_count(0)


def test_back_and_forward_find_what_was_typed(come: Come) -> None:
    with come() as app:
        page = app.page
        page.get_by_label("Name").fill("you")
        page.get_by_role("link", name="To the figure").click()
        expect(page.get_by_role("img", name="A square")).to_be_visible()
        expect(page.get_by_role("heading", name="Drawn")).to_be_focused()
        expect(page).to_have_title("drawn · Made up")
        page.evaluate("history.back()")
        expect(page.get_by_label("Name")).to_have_value("you")
        expect(page).to_have_title("form · Made up")
        page.evaluate("history.forward()")
        expect(page.get_by_role("img", name="A square")).to_be_visible()
        page.evaluate("history.back()")
        page.get_by_label("Name").focus()
        go_on(app)
        assert heading(page) == "A form"
        expect(page.get_by_label("Name")).to_have_value("you")
        expect(page.get_by_label("Name")).to_be_focused()


@pytest.mark.parametrize(
    ("route", "shown"),
    [
        ("", "A form"),
        ("form", "A form"),
        ("drawn", "Drawn"),
        ("gr%C3%B6%C3%9Fe", "Odd"),
        ("large", "Large"),
        ("drawn?a=1", "Drawn"),
        ("clock", "Made up"),
        ("nowhere", "Made up"),
        ("%E0%A4%A", "Made up"),
    ],
)
def test_each_address_shows_its_page_or_the_boot_screen(come: Come, route: str, shown: str) -> None:
    with come(route) as app:
        expect(app.page.locator("h1:visible")).to_have_text(shown)


def test_a_link_to_a_part_of_a_page_stays_on_it(come: Come) -> None:
    with come("form") as app:
        page = app.page
        page.get_by_role("link", name="To the end").click()
        expect(page.locator("#end:visible")).to_be_in_viewport()
        assert page.evaluate("location.hash") == "#/form"
        # An address that leads to no page is that of a page which was not kept, however often.
        page.evaluate("location.hash = '#/clock'")
        expect(page.locator("h1:visible")).to_have_text("Made up")
        page.evaluate("location.hash = '#/clock?again'")
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))")
        expect(page.locator("h1:visible")).to_have_text("Made up")
        go_on(app)


HEARD = """async () => {
  await prerendered.goesOn;
  const { hooks } = await import(document.querySelector("[data-pyscript]").src);
  while (!hooks.main.onReady.size) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const hear of hooks.main.onReady) hear({ type: "mpy", io: {}, config: {} });
}"""


def test_python_reads_the_apps_name_whatever_page_is_shown_meanwhile(come: Come) -> None:
    with come("drawn") as app:
        page = app.page
        expect(page).to_have_title("drawn · Made up")
        page.evaluate(HEARD)
        expect(page).to_have_title("Made up")
        page.get_by_role("link", name="form", exact=True).click()
        expect(page.locator("h1:visible")).to_have_text("A form")
        go_on(app)
        expect(page).to_have_title("form · Made up")


CORE_ASKED = "performance.getEntriesByName(new URL('core.mjs', document.baseURI).href).length"
LATE = "document.getElementById('late')"


@pytest.mark.parametrize("route", ["", "picture", "clock"])
def test_what_starts_python_follows_once_the_page_is_painted(come: Come, route: str) -> None:
    with come(route) as app:
        app.page.wait_for_function(CORE_ASKED)
        assert app.page.evaluate(f"{LATE} === null"), "the template is empty and gone"
        go_on(app)


@pytest.mark.parametrize("comes", [True, False])
def test_it_waits_for_the_first_figure_but_not_for_long(
    browser: Browser, address: str, *, comes: bool
) -> None:
    with browser.new_context(viewport=VIEWPORT) as context:  # type: ignore[arg-type]
        page = context.new_page()
        held: list[Route] = []
        page.route(f"**/{standin.PYTHON}", lambda _: None)
        page.route("**/figure-*", lambda route: held.append(route))
        page.add_init_script("setTimeout(() => (globalThis.early = !!window.late), 700);")
        page.goto(f"{address}/#/picture", wait_until="commit")
        page.wait_for_function("globalThis.early !== undefined")
        assert page.evaluate("early"), "it lies in its template still"
        assert held, "the figure is a file of its own"
        if comes:
            for route in held:
                route.continue_()
        page.wait_for_function(CORE_ASKED)
        page.unroute_all(behavior="ignoreErrors")


def test_a_text_that_is_selected_stays_so(come: Come) -> None:
    with come() as app:
        page = app.page
        page.locator("main[data-prerendered] #end").evaluate(
            "(element) => getSelection().selectAllChildren(element)"
        )
        go_on(app)
        assert page.evaluate("getSelection().toString()") == "The end"
        assert page.evaluate("page.contains(getSelection().anchorNode)")


def test_a_syllable_that_is_being_composed_is_let_be(come: Come) -> None:
    with come() as app:
        page = app.page
        copy = page.locator("main[data-prerendered]")
        name = copy.locator("#name")
        name.dispatch_event("compositionstart", {"bubbles": True})
        name.evaluate("(field) => (field.value = 'か')")
        app.python.release()  # type: ignore[attr-defined]
        page.wait_for_timeout(500)
        expect(copy).to_have_count(1)
        name.dispatch_event("compositionend", {"bubbles": True})
        app.wait_for_start()
        expect(copy).to_have_count(0)
        expect(page.get_by_label("Name")).to_have_value("か")


DROPPED = """() => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["a,b"], "table.csv"));
  const event = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer });
  document.querySelector("h1").dispatchEvent(event);
  return event.defaultPrevented;
}"""


def test_a_file_dropped_before_python_is_there_does_not_take_the_pages_place(come: Come) -> None:
    with come() as app:
        assert app.page.evaluate(DROPPED)
        go_on(app)
        assert not app.page.evaluate(DROPPED), "from now on the app decides"


HELD = """(page) => [...page.querySelectorAll("textarea, [title]")].map(({ value, title }) =>
  [value ?? "", title])"""


@pytest.mark.parametrize("route", ["gr%C3%B6%C3%9Fe", "large"])
def test_content_of_any_kind_comes_through(come: Come, route: str) -> None:
    with come(route) as app:
        page = app.page
        kept = page.locator("main[data-prerendered]")
        expect(kept.locator("h1")).to_be_visible()
        before = kept.inner_text()
        assert len(before) > (900_000 if route == "large" else 50)
        assert "</script> <!--" in before or route == "large"
        held = kept.evaluate(HELD)
        go_on(app)
        live = page.locator("#page")
        assert live.inner_text() == before
        assert live.evaluate(HELD) == held
        assert page.evaluate("shifts") < 0.02


COLOUR = """async (element) => {
  if (element.decode) await element.decode();
  const context = new OffscreenCanvas(9, 9).getContext("2d");
  context.drawImage(element, 0, 0, 9, 9);
  const [red, green, blue] = context.getImageData(4, 4, 1, 1).data;
  return green > blue ? "dark" : "light";
}"""


@pytest.mark.parametrize(
    "visitor",
    [
        {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
        {"color_scheme": "dark", "viewport": {"width": 1920, "height": 1080}},
        # Zoomed to 200 %: half the pixels of CSS, each twice as large.
        {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
        {"locale": "ar", "timezone_id": "Pacific/Auckland"},
    ],
    ids=["narrow", "wide and dark", "zoomed", "from elsewhere"],
)
def test_every_visitor_sees_the_figure_that_python_draws(
    come: Come, visitor: dict[str, object]
) -> None:
    with come("drawn", **visitor) as app:
        page = app.page
        image = page.get_by_role("img", name="A square")
        expect(image).to_be_visible()
        assert image.evaluate(COLOUR) == visitor.get("color_scheme", "light")
        box = image.bounding_box()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        go_on(app)
        live = page.locator("canvas:visible").bounding_box()
        assert box
        assert live
        pairs = zip(box.values(), live.values(), strict=True)
        assert all(abs(one - other) < 1.5 for one, other in pairs), (box, live)  # type: ignore[operator]
        assert page.evaluate("shifts") < 0.02


def test_a_style_sheet_that_a_page_adds_at_once_is_kept(come: Come) -> None:
    with come("drawn") as app:
        assert app.page.get_by_role("heading", name="Drawn").evaluate(COLUMN) == "rgb(1, 2, 3)"
        go_on(app)
        assert app.page.get_by_role("heading", name="Drawn").evaluate(COLUMN) == "rgb(1, 2, 3)"


COLUMN = "(element) => getComputedStyle(element).columnRuleColor"


def test_the_colours_that_a_visitor_chooses_are_those_of_the_figure(come: Come) -> None:
    with come("drawn", color_scheme="light") as app:
        page = app.page
        image = page.get_by_role("img", name="A square")
        assert image.evaluate(COLOUR) == "light"
        page.get_by_label("Colours").select_option("dark")
        assert image.evaluate(COLOUR) == "dark"
        app.page.reload(wait_until="commit")
        expect(image).to_be_visible()
        assert image.evaluate(COLOUR) == "dark"
        go_on(app)
        assert page.locator("canvas:visible").evaluate(COLOUR) == "dark"


def test_what_was_typed_can_be_read_and_copied_where_python_fails(come: Come) -> None:
    with come() as app:
        page = app.page
        page.get_by_label("Notes").fill("an hour's work")
        page.get_by_role("button", name="Count").click()
        app.expect_errors("gone", "python")
        page.evaluate(
            "dispatchEvent(new CustomEvent('app:error', { detail: "
            "{ title: 'No start', message: 'python is gone', fatal: true } }))"
        )
        expect(page.get_by_role("alert").filter(has_text="python is gone")).to_be_visible()
        assert heading(page) == "A form"
        expect(page.get_by_label("Notes")).to_have_value("an hour's work")
        expect(page.get_by_label("Notes")).not_to_be_editable()
        expect(page.get_by_label("Notes")).to_be_enabled()
        expect(page.get_by_role("button", name="Count")).to_be_disabled()
        expect(page.locator("[data-kept]")).to_have_count(0)
        page.get_by_role("link", name="To the figure").click()
        expect(page.get_by_role("img", name="A square")).to_be_visible()


def test_it_is_there_where_the_script_of_the_shell_is_blocked(
    browser: Browser, address: str
) -> None:
    page = browser.new_page()
    try:
        page.route("**/boot.js", lambda route: route.abort())
        page.goto(f"{address}/")
        expect(page.get_by_role("heading", name="A form")).to_be_visible()
    finally:
        page.close()


def test_nothing_is_seen_without_its_style_and_nothing_jumps_after_it(come: Come) -> None:
    with come() as app:
        page = app.page
        sheet = app.hold("style.css")
        page.reload(wait_until="commit")
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 300))")
        assert page.evaluate("performance.getEntriesByName('first-contentful-paint').length") == 0
        sheet.release()
        expect(page.get_by_role("heading", name="A form")).to_be_visible()
        go_on(app)
        assert page.evaluate("shifts") < 0.02


def busy(pages: standin.Pages) -> dict[str, tuple[str, ...]]:
    """The same, with a figure that never comes."""
    return {**pages, "form": (f'<div aria-busy="true" id="never">Drawing</div>{FORM}', FORM_RUNS)}


def test_a_page_that_is_not_complete_takes_over_as_it_is(come: Come, site: Path) -> None:
    with come() as app:
        page = app.page
        text = standin.played(busy(PAGES))
        app.python.abort()  # type: ignore[attr-defined]
        app.expect_errors(r"python\.mjs")
        page.evaluate("document.querySelector('#prerendered-bar').dataset.patience = '600'")
        page.evaluate(
            "(text) => document.head.append(Object.assign(document.createElement('script'),"
            " { type: 'module', textContent: text }))",
            text,
        )
        expect(page.locator("#never")).to_be_attached()
        # Python's page is there, unseen: a label is still that of what is seen.
        assert app.state == "booting"
        page.locator("main[data-prerendered] label[for=formal]").dispatch_event("click")
        assert page.locator("main[data-prerendered] #formal").is_checked()
        page.evaluate("document.querySelector('#prerendered-bar').dataset.patience = '0'")
        app.wait_for_start()
        expect(page.get_by_label("Formal")).to_be_checked()


def test_a_press_that_has_begun_is_waited_for(come: Come) -> None:
    with come() as app:
        page = app.page
        page.get_by_role("button", name="Count").hover()
        page.mouse.down()
        app.python.release()  # type: ignore[attr-defined]
        expect(page.locator("#page #count")).to_be_attached()
        page.wait_for_timeout(200)
        assert app.state == "booting"
        page.mouse.up()
        app.wait_for_start()
        expect(page.locator("#counted")).to_have_text("1")


def test_a_tab_in_the_background_takes_over_as_well(come: Come) -> None:
    with come() as app:
        # As there: nothing is painted.
        app.page.add_init_script("globalThis.requestAnimationFrame = () => 0;")
        app.page.reload(wait_until="commit")
        expect(app.page.locator("html")).to_have_attribute("data-app", "booting")
        app.page.get_by_label("Name").fill("you")
        go_on(app)
        expect(app.page.get_by_label("Name")).to_have_value("you")


def test_a_document_never_shows_pages_of_another_build(
    come: Come, site: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    standin.prerendered(other, {**PAGES, "drawn": (f"{DRAWN}<p>Of another build</p>", DRAWN_RUNS)})
    new = (other / "index.html").read_bytes()
    (other / "index.html").write_bytes((site / "index.html").read_bytes())
    with static_host(other) as host, come("drawn", host) as app:
        app.expect_errors("404|integrity")
        # What the address names is not there any more; Python shows it.
        expect(app.page.locator("h1:visible")).to_have_text("Made up")
        (other / "index.html").write_bytes(new)
        app.page.reload(wait_until="commit")
        expect(app.page.get_by_text("Of another build")).to_be_visible()
        go_on(app)
        expect(app.page.get_by_text("Of another build")).to_be_visible()


def test_a_page_that_cannot_be_kept_is_named(tmp_path: Path) -> None:
    captures = standin.prerendered(
        tmp_path,
        {
            # Of some hundred screens, which is no reason.
            "good": ('<h1>Good</h1><p style="height: 100000px">Long</p>',),
            "restless": ("<h1>0</h1>", "setInterval(() => root.firstChild.textContent++, 20)"),
            "busy": ('<h1>Busy</h1><p aria-busy="true">Drawing</p>',),
            "broken": ("<h1>Broken</h1>", "throw new RangeError('no such thing')"),
            "clock": ("<h1></h1>", "root.firstChild.textContent = new Date(0).toTimeString()"),
        },
        patience=Patience(start=20_000, settling=3_000, quiet=50),
    )
    problems = {route: found.problem for route, found in captures.items() if found.problem}
    assert problems == {
        "restless": "it never stops changing",
        "busy": "a part of it stays busy (aria-busy)",
        "broken": "it raises: RangeError: no such thing",
    }
    assert "was" in captures["clock"].differs
    assert not captures["good"].differs
