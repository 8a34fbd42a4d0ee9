"""What a name is that no package has: a module of one that has another name, or of Python itself.
Whoever asks an index for such a name gets nothing, or a package of somebody else's."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyscript_kit.errors import ToolError
from pyscript_kit.lock.advice import held, instead, leave_out
from pyscript_kit.lock.distribution import Distribution
from pyscript_kit.lock.paths import CORES
from pyscript_kit.project.parsing import tree_of
from pyscript_kit.project.settings import canonical_name
from pyscript_kit.sources.archives import content_of, opened_zip
from pyscript_kit.sources.inbox import SourceError

# What a release brings to every page, under the names that its modules would have on an index.
_OF_EVERY_PAGE = (*CORES, "js", "polyscript", "pyodide-js")
# What says of a build of Python which modules are in its program and not in its archive, and those
# that it need not say it of.
_BUILD = "_sysconfigdata"
_IN_EVERY_PROGRAM = ("builtins", "gc", "marshal", "sys")


@dataclass(frozen=True, slots=True)
class StandardLibrary:
    """The standard library of a release.

    Attributes:
        release: how messages call it.
        modules: the names that can be imported there.
    """

    release: str
    modules: frozenset[str]


def check_parts_of_the_page(names: Iterable[str]) -> None:
    """Refuse what every page has, whatever the index has by that name.

    Args:
        names: what the app asks for, as it is written there.

    Raises:
        ToolError: when one is.
    """
    for name in names:
        if canonical_name(name) in _OF_EVERY_PAGE:
            raise ToolError(f"{held(name)} is part of every page: {leave_out('it')}")


def check_modules_of_packages(names: Iterable[str], distribution: Distribution) -> None:
    """Refuse the name of a module that a package of the distribution has under another name.

    Args:
        names: what the app asks for, as it is written there.

    Raises:
        ToolError: when one is.
    """
    owners = {
        canonical_name(module): name
        for name, entry in distribution.packages.items()
        for module in entry.package.imports
    }
    for name in names:
        canonical = canonical_name(name)
        if canonical not in distribution.packages and canonical in owners:
            raise ToolError(
                f"{held(name)} is a module of the package {owners[canonical]}: "
                f"{instead(owners[canonical])}"
            )


def check_modules_of_python(
    names: Iterable[str], library: StandardLibrary, distribution: Distribution
) -> None:
    """Refuse the name of a module of the standard library, unless the distribution has that apart.

    Args:
        names: what the app asks for, as it is written there.

    Raises:
        ToolError: when one is.
    """
    for name in names:
        if canonical_name(name) in distribution.packages:
            continue
        spellings = {name, name.lower()}
        if spellings & library.modules:
            raise ToolError(
                f"{held(name)} is part of Python in {library.release}, and needs no package: "
                f"{leave_out('it')}"
            )
        if spellings & sys.stdlib_module_names:
            raise ToolError(
                f"{held(name)} is a module of Python's standard library that {library.release} "
                f"does not have: {leave_out('it')}, and do not import it"
            )


def read_standard_library(archive: Path, release: str) -> StandardLibrary:
    """The standard library by a release's `python_stdlib.zip`, with what is in the program.

    Args:
        release: how messages call it.

    Raises:
        ToolError: when it cannot be read.
    """
    try:
        with opened_zip(archive) as opened:
            members = opened.namelist()
            found = {member.partition("/")[0].removesuffix(".py") for member in members}
            for member in filter(lambda name: name.startswith(_BUILD), members):
                found |= _built_in(b"".join(content_of(opened, member)))
    except SourceError as trouble:
        raise ToolError(
            f"the standard library of {release} cannot be read ({trouble}): update the kit"
        ) from trouble
    return StandardLibrary(
        release, frozenset({*filter(str.isidentifier, found), *_IN_EVERY_PROGRAM})
    )


def _built_in(source: bytes) -> set[str]:
    """The modules that a build has in its program, by what `sysconfig` reads there."""
    tables = (node for node in ast.walk(tree_of(source)) if isinstance(node, ast.Dict))
    return {
        name
        for table in tables
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "MODBUILT_NAMES"
        for name in str(ast.literal_eval(value)).split()
    }
