"""Where a project lies and what its `app/pyscript.toml` says, as far as the runtime goes."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pyscript_kit.errors import ToolError
from pyscript_kit.project.asked import Asked, names_of, read_asked, without_secrets
from pyscript_kit.project.asked import canonical_name as canonical_name

CONFIG = "app/pyscript.toml"
LOCK_NAME = "runtime.lock.json"
LOCAL_INTERPRETER = "./runtime/preboot/preboot.mjs"
# Pyodide itself, without the loader in front of it.
PLAIN_INTERPRETER = "./runtime/pyodide/pyodide.mjs"
CDN_INTERPRETER = "https://cdn.jsdelivr.net/pyodide/v{version}/full/pyodide.mjs"

# What PyScript loads before the first page, and what pages load when they are opened.
AT_START = "packages"
ON_DEMAND = "packages_on_demand"
_BARE_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_FILE_OR_ADDRESS = re.compile(r"[/\\:]|\.(whl|zip|tar|toml|json)$")


@dataclass(frozen=True, slots=True)
class Project:
    """A project on disk.

    Attributes:
        asked: what the file asks for, at once or later.
        packages_at_start: names that PyScript loads before the first page.
        files: what it fetches of the app, by addresses relative to it.
        places: where it puts each of these.
    """

    root: Path
    asked: tuple[Asked, ...]
    interpreter: str
    packages_at_start: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    @property
    def packages(self) -> tuple[str, ...]:
        return names_of(self.asked)

    @property
    def app(self) -> Path:
        return self.root / "app"

    @property
    def runtime(self) -> Path:
        return self.app / "runtime"

    @property
    def lock_path(self) -> Path:
        return self.root / LOCK_NAME

    @property
    def mode(self) -> Literal["self-hosted", "cdn"]:
        local = (LOCAL_INTERPRETER, PLAIN_INTERPRETER)
        return "self-hosted" if self.interpreter in local else "cdn"

    @property
    def preboots(self) -> bool:
        """Whether the loader starts Pyodide."""
        return self.interpreter == LOCAL_INTERPRETER


def find_root(start: Path) -> Path:
    """The nearest folder at or above `start` that holds `app/pyscript.toml`.

    Raises:
        ToolError: when there is none, or nobody can tell.
    """
    try:
        start = start.resolve()
        for folder in (start, *start.parents):
            if _is_file(folder / CONFIG):
                return folder
    except (OSError, RuntimeError) as error:  # Python 3.11 calls a loop of links the latter
        reason = (error.strerror if isinstance(error, OSError) else "") or error
        raise ToolError(
            f"{start} cannot be searched ({reason}): "
            "make it readable, or name the folder of your project with --project"
        ) from error
    raise ToolError(
        f"{start} is not inside a project: neither it nor a folder above it holds {CONFIG}: "
        f"change into your project, or name it with --project"
    )


def _is_file(path: Path) -> bool:
    """Whether it is one; unlike `Path.is_file`, no says that somebody looked."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def read_project(root: Path) -> Project:
    """Read `app/pyscript.toml` of the project at `root`.

    Raises:
        ToolError: when the file is missing, is not TOML, or asks for what cannot be locked.
    """
    config = read_config(root)
    at_start = tuple(_names(config, AT_START))
    files = filled_files(files_of(config))
    return Project(
        root,
        asked_in(config),
        _interpreter(config),
        at_start,
        tuple(files),
        tuple(files.values()),
    )


def read_config(root: Path) -> dict[str, Any]:
    """What `app/pyscript.toml` of the project at `root` says.

    Raises:
        ToolError: when it is missing, or no TOML.
    """
    try:
        return tomllib.loads((root / CONFIG).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ToolError(
            f"{root} holds no {CONFIG}: name a project's folder with --project"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ToolError(f"{CONFIG} is not valid TOML ({error}): fix it there") from error
    except OSError as error:
        raise ToolError(f"{CONFIG} cannot be read ({error.strerror}): make it readable") from error


def asked_in(config: Mapping[str, Any]) -> tuple[Asked, ...]:
    """What `app/pyscript.toml` asks for, at the start and later, each once.

    Raises:
        ToolError: when that is not a list of packages.
    """
    at_start = [Asked(name, canonical_name(name)) for name in _names(config, AT_START)]
    where = f"{CONFIG}: {ON_DEMAND} holds"
    later = [read_asked(text, where) for text in _texts(config, ON_DEMAND)]
    found = dict.fromkeys([*at_start, *later])
    # What only names a package says nothing beside what says more of it.
    more = {each.name for each in found if not each.is_bare}
    return tuple(each for each in found if not (each.is_bare and each.name in more))


def files_of(config: Mapping[str, Any]) -> dict[str, str]:
    """The table of the files that PyScript fetches, and where it puts each.

    Raises:
        ToolError: when it is none.
    """
    files = config.get("files", {})
    if not isinstance(files, dict) or not all(isinstance(to, str) for to in files.values()):
        raise ToolError(
            f"{CONFIG}: files is no table of addresses: "
            'write lines such as "./name.py" = "./" below [files]'
        )
    return files


def filled_files(files: Mapping[str, str]) -> dict[str, str]:
    """That table with its templates, such as "{FROM}", filled in and left out."""
    templates: dict[str, str] = {}
    found: dict[str, str] = {}
    for source, target in files.items():
        if re.fullmatch(r"\{.+\}", source):
            templates[source] = target
        else:
            found[_filled(source, templates)] = _filled(target, templates)
    return found


def _filled(text: str, templates: Mapping[str, str]) -> str:
    return re.sub(r"\{.+?\}", lambda name: templates.get(name[0], name[0]), text)


def _names(config: Mapping[str, Any], key: str) -> list[str]:
    """The entries of a list of packages that PyScript reads, too."""
    names = _texts(config, key)
    for name in names:
        if _FILE_OR_ADDRESS.search(name):
            raise ToolError(
                f"{CONFIG}: {key} holds {without_secrets(name)!r}, a file or an address: "
                f"write the bare name of its package, and the wheel into {ON_DEMAND}"
            )
        if not _BARE_NAME.fullmatch(name):
            raise ToolError(
                f"{CONFIG}: {key} holds {name!r}, but only bare names can be loaded: "
                f"write versions and extras into {ON_DEMAND}"
            )
    return names


def _texts(config: Mapping[str, Any], key: str) -> list[str]:
    names = config.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ToolError(f'{CONFIG}: {key} is not a list of names: write ["numpy"], for example')
    return names


def _interpreter(config: dict[str, Any]) -> str:
    interpreter = config.get("interpreter")
    pattern = re.escape(CDN_INTERPRETER).replace(re.escape("{version}"), r"[0-9][0-9A-Za-z.]*")
    if interpreter in (LOCAL_INTERPRETER, PLAIN_INTERPRETER):
        return str(interpreter)
    if isinstance(interpreter, str) and re.fullmatch(pattern, interpreter):
        return interpreter
    raise ToolError(
        f"{CONFIG}: interpreter is {interpreter!r}: write {LOCAL_INTERPRETER!r} "
        f"to serve the runtime yourself, or {CDN_INTERPRETER!r} with the version of the lock"
    )
