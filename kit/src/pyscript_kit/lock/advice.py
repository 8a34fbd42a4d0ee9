"""Ways out of what cannot be locked, in the words of the command that somebody has typed: what
`pyscript add` could not add is in no file that it could be removed from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pyscript_kit.project.settings import CONFIG

_ADDING: ContextVar[bool] = ContextVar("_ADDING", default=False)


@contextmanager
def adding() -> Iterator[None]:
    """Speak to somebody who adds a package, for a while."""
    token = _ADDING.set(True)
    try:
        yield
    finally:
        _ADDING.reset(token)


def leave_out(what: str) -> str:
    """That something has to be left out."""
    return f"do without {what}" if _ADDING.get() else f"remove {what} from packages in {CONFIG}"


def fix_spelling() -> str:
    """That a name may be spelled otherwise."""
    where = "" if _ADDING.get() else f" in packages in {CONFIG}"
    return f"check its spelling{where}, as the name to install can differ from the name to import"


def held(name: str) -> str:
    """How a message begins that is about a name that was asked for."""
    return repr(name) if _ADDING.get() else f"{CONFIG}: packages holds {name!r}, which"


def instead(name: str) -> str:
    """That another name is the right one."""
    return f'add "{name}"' if _ADDING.get() else f'write "{name}"'


def again() -> str:
    """That the command has to be run once more."""
    return f"then run `pyscript {'add' if _ADDING.get() else 'lock'}` again"
