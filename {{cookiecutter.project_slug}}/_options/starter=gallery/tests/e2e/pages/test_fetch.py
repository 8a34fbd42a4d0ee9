import json

import pytest
from playwright.sync_api import Page, Route, expect
from pyscript_kit.testing import App


@pytest.fixture
def page(app: App) -> Page:
    app.open("fetch")
    return app.page


def get(page: Page, source: str) -> None:
    page.get_by_label("Address").first.select_option(label=source)
    page.get_by_role("button", name="Get", exact=True).click()


def test_json_is_read_into_rows(page: Page) -> None:
    get(page, "Planets: valid JSON")

    expect(page.locator("#get-message")).to_have_text("Received a list.")
    table = page.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["name", "radius_km", "moons"])
    expect(table.get_by_role("row").last.get_by_role("cell")).to_have_text(["Mars", "3389.5", "2"])


def test_a_missing_file_is_a_status_error(app: App, page: Page) -> None:
    app.expect_errors(r"404 .*missing\.json")
    get(page, "Missing: no such file")
    expect(page.locator("#get-message")).to_have_text(
        "StatusError: ./data/missing.json answered 404: there is nothing at this address."
    )


def test_what_is_no_json_is_an_error_that_says_where(page: Page) -> None:
    get(page, "Broken: not JSON")
    expect(page.locator("#get-message")).to_have_text(
        "InvalidJSONError: ./data/broken.json is not valid JSON: "
        "Expecting value in line 4, column 1."
    )


def test_no_connection_is_a_network_error(app: App, page: Page) -> None:
    app.expect_errors("another origin", "request failed", "ERR_NAME_NOT_RESOLVED")
    get(page, "Unreachable: no such host")
    expect(page.locator("#get-message")).to_contain_text(
        "NetworkError: https://unreachable.invalid/planets.json could not be reached"
    )


def test_no_answer_in_time_is_a_timeout(app: App, page: Page) -> None:
    app.hold("data/planets.json")
    app.expect_errors(r"request failed: .*planets\.json")
    page.get_by_label("Give up after").fill("0.2")

    with page.expect_event("requestfailed"):
        get(page, "Planets: valid JSON")

    expect(page.locator("#get-message")).to_have_text(
        "FetchTimeoutError: ./data/planets.json did not answer within 0.2 s."
    )


def test_no_time_at_all_is_a_timeout_too(page: Page) -> None:
    page.get_by_label("Give up after").fill("0")
    get(page, "Planets: valid JSON")
    expect(page.locator("#get-message")).to_contain_text("did not answer within 0 s")


def test_a_request_can_be_cancelled(app: App, page: Page) -> None:
    app.hold("data/planets.json")
    app.expect_errors(r"request failed: .*planets\.json")
    with page.expect_request("**/data/planets.json"):
        get(page, "Planets: valid JSON")
    expect(page.locator("#get-message")).to_have_text("Waiting for the answer ...")

    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Cancel").click()

    expect(page.locator("#get-message")).to_have_text("Cancelled.")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()


def test_leaving_the_page_cancels_what_is_under_way(app: App, page: Page) -> None:
    app.hold("data/planets.json")
    app.expect_errors(r"request failed: .*planets\.json")
    with page.expect_request("**/data/planets.json"):
        get(page, "Planets: valid JSON")

    with page.expect_event("requestfailed"):
        app.follow("home")


def test_json_is_posted_and_the_answer_shown(app: App, page: Page) -> None:
    received: list[object] = []

    def echo(route: Route) -> None:
        request = route.request
        received.append((request.method, request.headers["content-type"], request.post_data_json))
        route.fulfill(json={"stored": request.post_data_json})

    app.page.route("**/echo", echo)
    page.get_by_label("JSON to send").fill('{"mu": 2, "name": "<i>\N{GREEK SMALL LETTER MU}</i>"}')
    page.get_by_role("button", name="Post").click()

    content = {"mu": 2, "name": "<i>\N{GREEK SMALL LETTER MU}</i>"}
    expect(page.locator("#post-message")).to_have_text("Received a dict.")
    answer = page.get_by_role("region", name="Answer").inner_text()
    assert json.loads(answer) == {"stored": content}
    assert received == [("POST", "application/json", content)]


def test_a_plain_file_server_refuses_a_post(app: App, page: Page) -> None:
    app.expect_errors(r"501 .*echo")
    page.get_by_role("button", name="Post").click()
    expect(page.locator("#post-message")).to_have_text(
        "StatusError: ./echo answered 501: the server does not offer this method."
    )


def test_what_is_no_json_is_not_sent(app: App, page: Page) -> None:
    page.get_by_label("JSON to send").fill("{mu: 0}")
    page.get_by_role("button", name="Post").click()
    expect(page.locator("#post-message")).to_contain_text(
        "InvalidJSONError: The text to send is not valid JSON"
    )
