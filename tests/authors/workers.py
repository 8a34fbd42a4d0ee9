"""Which of an app's files a worker gets."""

import asyncio
from pathlib import Path

import pytest
from patterns import worker as worker_module
from patterns.fetch import StatusError
from patterns.worker import bring_module, own_imports


@pytest.mark.parametrize(
    ("path", "imports"),
    [
        ("workers/orbits.py", ["numpy", "patterns", "patterns.plot", "workers.paths", "workers"]),
        ("workers/deep/orbits.py", ["numpy", "patterns", "patterns.plot", "workers.deep.paths"]),
    ],
)
def test_the_imports_of_a_module_are_found_wherever_they_stand(
    path: str, imports: list[str]
) -> None:
    source = (
        "import numpy\n"
        "from patterns import plot\n"
        "def draw():\n"
        "    from .paths import Path\n"
        "    from . import planets\n"
    )
    folder = path.replace("/", ".").rpartition(".orbits")[0]

    found = own_imports(source, Path(path))

    assert set(imports) <= set(found)
    assert {f"{folder}.paths", f"{folder}.paths.Path", folder, f"{folder}.planets"} <= set(found)


class Site(dict[str, str]):
    """The app's files on its host."""

    async def get_text(self, address: str, *, timeout: float) -> str:
        path = address.removeprefix("./")
        if path not in self:
            raise StatusError(address, 404)
        return self[path]


def test_what_a_module_imports_from_its_app_comes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(
        {
            "workers/deep/first.py": "from . import second\nfrom ..tools import third\n",
            "workers/deep/second.py": "import workers.deep.first\nfrom science.units import m\n",
            "workers/tools.py": "third = 3\n",
        }
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(worker_module, "get_text", site.get_text)
    # As PyScript puts there what stands below [files].
    for name in ("science/units.py", "science/__init__.py", "data/\N{GREEK SMALL LETTER MU}.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("m = 1\n", encoding="utf-8")

    asyncio.run(bring_module("workers.deep.first"))

    files = worker_module.files_here()
    assert sorted(files) == sorted(
        [*site, "science/units.py", "science/__init__.py", "data/\N{GREEK SMALL LETTER MU}.csv"]
    )
    assert files["workers/tools.py"] == b"third = 3\n"


def test_a_module_that_is_not_there_is_an_error_with_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(worker_module, "get_text", Site().get_text)

    with pytest.raises(StatusError, match=r"\./workers/none\.py answered 404"):
        asyncio.run(bring_module("workers.none"))
