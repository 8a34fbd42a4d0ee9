"""Whatever stands in an address, it names a page, or none, and nothing else."""

from urllib.parse import quote

from hypothesis import example, given
from hypothesis import strategies as st
from pages import PAGES
from patterns.route import find_page, parse_route

# A browser's address holds no halves of characters, but what is typed or pasted may be anything.
ANY_TEXT = st.text(st.characters(exclude_categories=()))
FRAGMENTS = ANY_TEXT | ANY_TEXT.map("#".__add__) | ANY_TEXT.map("#/".__add__)
ROUTES = st.text().filter(lambda route: route == route.strip("/"))


@given(ROUTES)
@example("a?b#c%2Fd")
@example("\N{FULLWIDTH SOLIDUS}..\N{FULLWIDTH FULL STOP}/x")
def test_a_route_that_is_written_into_an_address_is_read_out_of_it(route: str) -> None:
    assert parse_route(f"#/{quote(route, safe='')}") == route


@given(ROUTES, ANY_TEXT)
def test_what_follows_a_question_mark_changes_no_route(route: str, query: str) -> None:
    assert parse_route(f"#/{quote(route)}/?{query}") == route


@given(FRAGMENTS)
@example("#/%")
@example("#/%ff%fe")
@example("#/\ud800")
@example("#/" + "%2F" * 1000)
def test_any_fragment_is_a_route_or_none(fragment: str) -> None:
    route = parse_route(fragment)

    if fragment in {"", "#"} or fragment.startswith("#/"):
        assert route is not None
        assert route == route.strip("/")
    else:
        assert route is None


@given(FRAGMENTS)
@example("#/../main")
@example("#/__init__")
@example("#/__proto__")
@example("#/constructor")
def test_any_fragment_opens_a_page_of_the_table_or_none(fragment: str) -> None:
    # What is fetched and imported is named by the table, never by the address.
    route = parse_route(fragment) or ""

    page = find_page(PAGES, route)

    assert page is None or page in PAGES
    assert page is None or route in {"", page.route}
