"""The wheel that the page "Packages" installs: it is what its source says, and works."""

import base64
import hashlib
import importlib.util
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "wheels" / "example-rounding"
WHEEL = ROOT / "app" / "data" / "example_rounding-1.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def example_rounding() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "example_rounding", SOURCE / "example_rounding.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_wheel_holds_the_source_beside_it() -> None:
    with zipfile.ZipFile(WHEEL) as wheel:
        assert wheel.read("example_rounding.py") == (SOURCE / "example_rounding.py").read_bytes()
        metadata = wheel.read("example_rounding-1.0.dist-info/METADATA").decode()
        license_text = wheel.read("example_rounding-1.0.dist-info/licenses/LICENSE.txt")
    project = tomllib.loads((SOURCE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"Name: {project['name']}\n" in metadata
    assert f"Version: {project['version']}\n" in metadata
    assert f"License-Expression: {project['license']}\n" in metadata
    assert license_text == (SOURCE / "LICENSE.txt").read_bytes()


def test_the_wheels_record_is_right() -> None:
    with zipfile.ZipFile(WHEEL) as wheel:
        record = wheel.read("example_rounding-1.0.dist-info/RECORD").decode().splitlines()
        entries = [line.split(",") for line in record]
        assert sorted(entry[0] for entry in entries) == sorted(wheel.namelist())
        for name, digest, size in entries:
            if not digest:
                continue
            content = wheel.read(name)
            sha256 = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            assert digest == f"sha256={sha256.decode()}"
            assert int(size) == len(content)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1.23456, 0.0789, "1.235 \N{PLUS-MINUS SIGN} 0.079"),
        (1234.5, 56.7, "1234 \N{PLUS-MINUS SIGN} 57"),
        (-0.00125, 0.00033, "-0.00125 \N{PLUS-MINUS SIGN} 0.00033"),
        (5, 300.0, "5 \N{PLUS-MINUS SIGN} 300"),
    ],
)
def test_values_are_rounded_to_their_error(
    example_rounding: ModuleType, value: float, error: float, text: str
) -> None:
    assert example_rounding.round_to_error(value, error) == text


@pytest.mark.parametrize("error", [0, -1, float("nan")])
def test_an_error_that_is_none_is_refused(example_rounding: ModuleType, error: float) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        example_rounding.round_to_error(1.0, error)
