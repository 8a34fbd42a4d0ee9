from patterns.install import imported_packages
from patterns.packages import Package


def test_modules_lead_to_packages_that_are_not_loaded() -> None:
    known = {
        "pillow": Package("Pillow", "1", imports=("PIL",)),
        "numpy": Package("numpy", "1", imports=("numpy",)),
    }
    assert imported_packages(["PIL", "numpy", "json"], known, {"numpy"}) == ["pillow"]
