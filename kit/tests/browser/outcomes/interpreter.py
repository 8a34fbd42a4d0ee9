# mypy: ignore-errors
"""The interpreter as it finds itself: its settings, its environment, where it looks for modules."""

import builtins
import codecs
import contextlib
import importlib.machinery
import io
import os
import platform
import site
import sys
import sysconfig
import time
import warnings

import js
import pyodide_js

from outcomes import Cases, attempt, refusal


def cases() -> Cases:
    """Yield what the interpreter says of itself."""
    yield "version", lambda: (sys.version, sys.implementation, sys.hexversion, sys.api_version)
    yield "flags", lambda: sys.flags
    yield "hash of numbers", lambda: (sys.hash_info, hash(2.5), hash((1, 2)), hash(None))
    yield "hash of text is not that of a number", lambda: hash("") == 0
    yield "floats and integers", lambda: (sys.float_info, sys.int_info, sys.maxsize)
    yield "prefixes", lambda: (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.executable)
    yield "arguments", lambda: (sys.argv, sys.orig_argv, sys.warnoptions, sys._xoptions)
    yield "path", lambda: sys.path
    yield "finders", lambda: [_name(finder) for finder in sys.meta_path]
    yield "path hooks", lambda: [_name(hook) for hook in sys.path_hooks]
    yield (
        "importers kept",
        lambda: {
            path: _name(importer) for path, importer in sorted(sys.path_importer_cache.items())
        }.get(sys.path[0], "none"),
    )
    yield "endings of modules", importlib.machinery.all_suffixes
    yield "built-in modules", lambda: sys.builtin_module_names
    yield "standard modules", lambda: sys.stdlib_module_names
    yield "environment", lambda: dict(sorted(os.environ.items()))
    yield "changed environment", _changed_environment
    yield (
        "encodings",
        lambda: (
            sys.getdefaultencoding(),
            sys.getfilesystemencoding(),
            sys.getfilesystemencodeerrors(),
        ),
    )
    yield (
        "hooks",
        lambda: [
            _name(hook)
            for hook in (sys.excepthook, sys.displayhook, sys.unraisablehook, sys.breakpointhook)
        ],
    )
    yield "tracing", lambda: (sys.gettrace(), sys.getprofile(), sys.getswitchinterval())
    yield "bytecode is written", lambda: (sys.dont_write_bytecode, sys.pycache_prefix)
    yield "platform", lambda: (platform.platform(), platform.machine(), platform.python_build())
    yield "system", lambda: (os.uname(), os.name, os.sep, os.getpid(), os.getuid())
    yield "build settings", lambda: sysconfig.get_config_vars()
    yield "paths", sysconfig.get_paths
    yield "site", lambda: (site.ENABLE_USER_SITE, attempt(site.getsitepackages))
    yield "limits", lambda: (sys.get_int_max_str_digits(), sys.getrecursionlimit())
    yield "assertions hold", lambda: (__debug__, refusal(_assert_nothing))
    yield "built-in names", lambda: sorted(set(dir(builtins)) - {"_"})
    yield "umask", lambda: os.umask(os.umask(0o022))
    yield "time runs", lambda: time.process_time() >= 0
    yield (
        "codec errors",
        lambda: [
            _name(codecs.lookup_error(name)) for name in ("strict", "replace", "surrogateescape")
        ],
    )
    yield "warning filters", lambda: [(f[0], f[2].__name__, f[4]) for f in _filters()]
    yield "warned once for each place", lambda: _warned("default")
    yield "warned always", lambda: _warned("always")
    yield "warned never", lambda: _warned("ignore")
    yield "raised instead", lambda: refusal(lambda: _warned("error"))
    yield "main module", lambda: sys.modules["__main__"].__name__
    yield "version of Pyodide", lambda: pyodide_js.version
    yield (
        "kinds of JavaScript",
        lambda: (type(js.Object.new()).__name__, js.eval("[1, 2.5]").to_py()),
    )
    yield "JavaScript error", lambda: refusal(lambda: js.eval("null.member"))
    yield "exit", lambda: _exit()


def modules() -> list[str]:
    """Return the names of all modules that have been imported."""
    return sorted(sys.modules)


def _name(thing: object) -> str:
    return getattr(thing, "__qualname__", type(thing).__qualname__)


def _changed_environment() -> object:
    os.environ["SHADE"] = "ß"
    kept = os.environ.pop("SHADE")
    return kept, os.getenv("SHADE"), refusal(lambda: os.environ.update({"": "x"}))


def _assert_nothing() -> None:
    assert not __debug__, "an assertion"


def _filters() -> list[tuple[str, object, type, object, int]]:
    # The first is that of `collect`.
    return list(warnings.filters)[1:]


def _warned(action: str) -> object:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)
        for _ in range(3):
            warnings.warn("again", ResourceWarning, stacklevel=1)
    return [(str(warning.message), warning.category, warning.lineno > 0) for warning in caught]


def _exit() -> object:
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            sys.exit("enough")
    except SystemExit as error:
        return error
