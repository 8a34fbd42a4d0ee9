import pytest
from pyscript import window

from patterns.interop import expose, is_development, shared_view


@pytest.mark.parametrize("host_name", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_is_where_one_develops(host_name: str) -> None:
    assert is_development(host_name)


@pytest.mark.parametrize(
    "host_name", ["", "example.org", "localhost.example.org", "my-localhost", "192.168.0.10", "::1"]
)
def test_everywhere_else_is_not(host_name: str) -> None:
    assert not is_development(host_name)


def test_an_exposed_function_can_be_called_until_it_is_removed() -> None:
    exposed = expose("halve", lambda number: number / 2)
    proxy = window.halve
    assert proxy(5) == 2.5

    exposed.remove()

    assert not hasattr(window, "halve")
    assert proxy.destroyed


def test_a_name_that_javascript_has_already_is_refused() -> None:
    with pytest.raises(ValueError, match="'location' already: choose another name"):
        expose("location", print)
    assert window.location.hash == ""


def test_an_array_with_gaps_is_not_lent() -> None:
    with pytest.raises(ValueError, match="without gaps"), shared_view(memoryview(b"abcd")[::2]):
        pass
