"""Reads the commands of the kit, and what each takes, without importing them."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docstrings import PACKAGE, UnreadableError
from environment import REPOSITORY

# By annotation, what an option takes.
_TAKES = {"int": "a number", "Path": "a path", "str": "text", "list[str]": "one or more"}


@dataclass(frozen=True)
class Option:
    """One option of a command, or one argument.

    Attributes:
        names: as they are typed, such as `--open/--no-open`; an argument's in capitals.
        takes: what follows it, "" for a switch.
        default: what holds without it, "" where there is nothing to say.
        help: what it does.
    """

    names: str
    takes: str
    default: str
    help: str

    @property
    def is_argument(self) -> bool:
        """Whether it is known by its place."""
        return not self.names.startswith("--")


@dataclass(frozen=True)
class Command:
    """A command of the kit: its name, what it does, and its options."""

    name: str
    help: str
    options: tuple[Option, ...]


def commands() -> str:
    """Return a section for each command of the kit, with its options."""
    return "\n".join(line for command in read_commands() for line in _command(command))


def _command(command: Command) -> Iterator[str]:
    typed = [command.name, *(each.names for each in command.options if each.is_argument)]
    yield from (f"## `pyscript {' '.join(typed)}`", "", command.help, "")
    for option in command.options:
        names = ", ".join(f"`{name}`" for name in option.names.split("/"))
        default = option.default and f"default: {option.default}"
        details = "; ".join(filter(None, (option.takes, default)))
        yield f"- {names}{details and f' ({details})'}: {option.help}"
    yield ""


def read_commands() -> list[Command]:
    """Return the commands that the kit's pyproject.toml registers, in its order.

    Raises:
        UnreadableError: an option is not written as `Annotated[type, typer.Option(…)] = default`,
            or an argument as `Annotated[type, typer.Argument(…)]`.
    """
    settings = tomllib.loads((REPOSITORY / "kit" / "pyproject.toml").read_text(encoding="utf-8"))
    modules = settings["project"]["entry-points"]["pyscript"]
    return [_read_command(name, module) for name, module in modules.items()]


def _read_command(name: str, module: str) -> Command:
    path = PACKAGE.parent / f"{module.replace('.', '/')}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = _TAKES | dict(_choices(tree))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            arguments, defaults = node.args.args, node.args.defaults
            required = len(arguments) - len(defaults)
            options = tuple(
                _read_option(
                    argument, kinds, defaults[place - required] if place >= required else None
                )
                for place, argument in enumerate(arguments)
            )
            return Command(name, ast.get_docstring(node) or "", options)
    raise UnreadableError(f"{module} has no function {name}")


def _choices(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each enumeration of texts in a module, and its values in words."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name, bases=[ast.Name(id="StrEnum")]):
                values = [each.value for each in node.body if isinstance(each, ast.Assign)]
                yield name, " or ".join(f"`{ast.literal_eval(value)}`" for value in values)


def _read_option(argument: ast.arg, kinds: dict[str, str], default: ast.expr | None) -> Option:
    match argument.annotation:
        case ast.Subscript(
            value=ast.Name(id="Annotated"),
            slice=ast.Tuple(
                elts=[
                    ast.Subscript(value=ast.Name(id="Optional"), slice=kind) | kind,
                    ast.Call(func=ast.Attribute(attr="Option" | "Argument" as form)) as option,
                ]
            ),
        ):
            pass
        case _:
            raise UnreadableError(f"line {argument.lineno}: {argument.arg} is not a typer.Option")
    settings: dict[str, Any] = {
        keyword.arg: ast.literal_eval(keyword.value) for keyword in option.keywords if keyword.arg
    }
    spelled = [ast.literal_eval(each) for each in option.args]
    plain = f"--{argument.arg.replace('_', '-')}"
    written = ast.unparse(kind)
    switch = written == "bool"
    if form == "Argument":
        names = f"{argument.arg.upper()}{'…' if written.startswith('list') else ''}"
    else:
        names = spelled[0] if spelled else f"{plain}/--no-{plain[2:]}" if switch else plain
    return Option(
        names=names,
        takes="" if switch else kinds[written],
        default=settings.get("show_default") or _default(names, default),
        help=settings["help"],
    )


def _default(names: str, default: ast.expr | None) -> str:
    if default is None:
        return ""
    value = ast.literal_eval(default)
    if not isinstance(value, bool):
        return f"`{value}`"
    if "/" not in names:
        return ""
    return f"`{names.split('/')[0 if value else 1]}`"
