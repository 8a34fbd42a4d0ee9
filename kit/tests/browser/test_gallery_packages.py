"""What the gallery's page of packages says where something does not come."""

from playwright.sync_api import expect

from gallery import steps
from pyscript_kit.testing import App

_steps = steps("packages")
packages = _steps.packages
booted = _steps.booted
bare = _steps.bare
load = _steps.load
install_wheel = _steps.install_wheel
install = _steps.install
answer_outside = _steps.answer_outside
project = _steps.project
INDEX_TYPE, OPEN = _steps.INDEX_TYPE, _steps.OPEN


def test_a_file_of_the_runtime_that_does_not_come_is_named(bare: App) -> None:
    bare.page.route("**/pytz-*", lambda route: route.abort())
    bare.expect_errors(r"request failed: .*/pytz-", "Failed to load resource")

    message = load(bare, "pytz")

    expect(message).to_contain_text("UnreachablePackageError: pytz could not be loaded")
    bare.page.unroute_all()
    expect(load(bare, "pytz")).to_have_text("New: pytz.")


def test_a_wheel_for_another_system_is_refused(packages: App) -> None:
    expect(install_wheel(packages, "Compiled for another system")).to_contain_text(
        "IncompatibleWheelError: example_rounding-1.0-cp313-cp313-win_amd64.whl "
        "was not made for a browser. Wheel platform 'win_amd64' is not compatible"
    )


def test_a_missing_wheel_is_said_to_be_missing(packages: App) -> None:
    packages.expect_errors(r"404 .*missing")
    expect(install_wheel(packages, "Missing: no such file")).to_contain_text(
        "UnreachablePackageError: ./data/missing-1.0-py3-none-any.whl answered 404"
    )


def test_a_host_out_of_reach_is_a_matter_of_the_network(packages: App) -> None:
    packages.expect_errors("another origin", "request failed", "ERR_NAME_NOT_RESOLVED")
    expect(install_wheel(packages, "Unreachable: no such host")).to_contain_text(
        "UnreachablePackageError: https://unreachable.invalid/example-1.0-py3-none-any.whl "
        "could not be reached"
    )


def test_a_name_that_the_index_does_not_have_is_unknown(packages: App) -> None:
    # micropip leaves the answer unread, which some browsers call a failed request.
    packages.expect_errors("404|request failed: .*/no-such-package/")
    answer_outside(packages, lambda route: route.fulfill(status=404, headers=OPEN))
    expect(install(packages, "no-such-package")).to_have_text(
        "UnknownPackageError: The package index has no package 'no-such-package'."
    )


def test_a_package_without_a_wheel_for_browsers_is_refused(packages: App) -> None:
    body = project("heavy", "heavy-1.0-cp314-cp314-manylinux_2_28_x86_64.whl", "heavy-1.0.tar.gz")
    answer_outside(
        packages,
        lambda route: route.fulfill(body=body, content_type=INDEX_TYPE, headers=OPEN),
    )
    expect(install(packages, "heavy")).to_contain_text(
        "IncompatibleWheelError: heavy has no wheel that runs in a browser"
    )


def test_without_a_network_the_index_is_said_to_be_out_of_reach(packages: App) -> None:
    packages.expect_errors("request failed", "ERR_INTERNET_DISCONNECTED")
    answer_outside(packages, lambda route: route.abort("internetdisconnected"))
    expect(install(packages, "some-package")).to_contain_text(
        "UnreachablePackageError: The package index, asked for 'some-package', could not be reached"
    )
