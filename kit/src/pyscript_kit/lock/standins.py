"""Empty wheels that stand in for packages while pip resolves: for those of the distribution, which
the index need not have, and for those that only this machine would need."""

from __future__ import annotations

import zipfile
from pathlib import Path

from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.project.pins import PyodidePin

_BUILD = 999999


class StandIns:
    """A folder of empty wheels, for the browser's Python and platform.

    Attributes:
        folder: where they lie, for pip to look into.
        platforms: the platforms that pip chooses for, the first one theirs.
    """

    def __init__(self, distribution: Distribution, pin: PyodidePin, folder: Path) -> None:
        self.folder = folder
        self.platforms = distribution.platforms or ["any"]
        self._pin = pin
        folder.mkdir()

    def play(self, distribution: Distribution) -> list[str]:
        """Write one for each package of a distribution that pip can know, and return what holds pip
        at their versions."""
        from packaging.version import InvalidVersion, Version

        constraints = []
        for name, entry in distribution.packages.items():
            if entry.package.package_type == "shared_library" or name.endswith("-tests"):
                continue
            try:
                Version(entry.package.version)
            except InvalidVersion:
                continue
            self.write(name, entry.package.version)
            constraints.append(f"{name}=={entry.package.version}\n")
        return constraints

    def write(self, name: str, version: str) -> None:
        """Write one."""
        stem = f"{name.replace('-', '_')}-{version}"
        # The first choice of the browser's platform and a high build number put it before a wheel
        # of the same version on the index, whose requirements are not the distribution's.
        major, minor, *_ = self._pin.python.split(".")
        tag = f"cp{major}{minor}-cp{major}{minor}-{self.platforms[0]}"
        files = {
            "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            "WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\nBuild: {_BUILD}\n",
            "RECORD": "",
        }
        with zipfile.ZipFile(self.folder / f"{stem}-{_BUILD}-{tag}.whl", "w") as wheel:
            for file, text in files.items():
                # Not the time of day, which an archive cannot hold where the clock says 1970.
                wheel.writestr(zipfile.ZipInfo(f"{stem}.dist-info/{file}"), text)
