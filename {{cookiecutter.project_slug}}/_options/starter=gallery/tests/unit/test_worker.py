from pathlib import Path

import pytest

from patterns.worker import named_worker, own_imports


def test_a_name_leads_to_the_same_worker_from_everywhere() -> None:
    worker = named_worker("sums", "workers.sums")

    assert named_worker("sums", "workers.sums") is worker
    assert worker.state == "off"


@pytest.mark.parametrize("source", ["from . import paths", "from workers.paths import shortest"])
def test_a_worker_gets_what_its_module_imports(source: str) -> None:
    assert "workers.paths" in own_imports(source, Path("workers/orbits.py"))
