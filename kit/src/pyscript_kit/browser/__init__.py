"""JavaScript that visitors' browsers get: the boot screen and error panel, the loader that boots
Python from a snapshot, and what makes a built site work without a network.

This package only says where the files lie, and joins modules; `pyscript vendor` puts them into
`app/runtime/`, and `pyscript build` into the site.
"""

from pathlib import Path

_HERE = Path(__file__).parent

BOOT = _HERE / "boot"
LOADER = _HERE / "loader"
OFFLINE = _HERE / "offline"

# Python that the boot screen runs, which a snapshot has compiled.
WATCHED = BOOT / "watched.mjs"

# Modules of the loader that begin something: two on the page, the first one sooner, and a thread.
AHEAD = "ahead.mjs"
LOADER_ENTRIES = (AHEAD, "preboot.mjs", "aside.mjs")


def files_of(folder: Path) -> list[Path]:
    """The files of one of these folders, by name."""
    return sorted(path for path in folder.iterdir() if path.is_file())


def texts_of(folder: Path) -> dict[str, str]:
    """The texts of these files, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in files_of(folder)}
