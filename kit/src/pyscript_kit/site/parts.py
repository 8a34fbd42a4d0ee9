"""What a site is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyscript_kit.lock.lockfile import RuntimeLock
from pyscript_kit.project.pyproject import BuildSettings
from pyscript_kit.project.settings import Project
from pyscript_kit.site.named import Named


@dataclass(frozen=True)
class Parts:
    """What a site is made from.

    Attributes:
        project: the project.
        lock: its lock.
        modules: the app's modules by their path in the folder that Python runs in.
        bytecode: `.pyc` files by their path there.
        settings: what the project says of its site.
        named: what the app names of its own files.
    """

    project: Project
    lock: RuntimeLock
    modules: Mapping[str, bytes]
    bytecode: Mapping[str, bytes]
    settings: BuildSettings
    named: Named
