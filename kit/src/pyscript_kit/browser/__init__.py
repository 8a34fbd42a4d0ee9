"""JavaScript that visitors' browsers get: the boot screen and error panel, the loader that boots
Python from a snapshot, and what makes a built site work without a network.

This package only says where the files lie; `pyscript vendor` puts them into `app/runtime/`, and
`pyscript build` into the site.
"""

from pathlib import Path

_HERE = Path(__file__).parent

BOOT = _HERE / "boot"
LOADER = _HERE / "loader"
OFFLINE = _HERE / "offline"


def files_of(folder: Path) -> list[Path]:
    """The files of one of these folders, by name."""
    return sorted(path for path in folder.iterdir() if path.is_file())
