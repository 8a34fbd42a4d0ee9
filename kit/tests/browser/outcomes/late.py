# mypy: ignore-errors
# ruff: noqa: SIM905
"""Modules of the standard library that are imported late, and what each of them holds."""

import importlib
from types import ModuleType

from outcomes import Cases, attempt

# Seldom wanted, so that a snapshot has hardly imported them.
LATE = """
aifc asyncio.windows_events bdb cProfile cgitb chunk cmd code colorsys compileall
concurrent.futures.process concurrent.interpreters ctypes ctypes.util curses dbm dbm.dumb dbm.gnu
difflib dis distutils doctest email.mime.multipart encodings.cp037 encodings.idna ensurepip
filecmp fileinput ftplib getopt getpass graphlib http.client http.cookiejar http.cookies
http.server idlelib imaplib importlib.readers json.tool lib2to3 logging.config logging.handlers
mailbox mmap modulefinder multiprocessing.pool multiprocessing.shared_memory netrc optparse pdb
pickletools plistlib poplib profile pty py_compile pyclbr pyexpat quopri readline resource
rlcompleter runpy sched select selectors smtplib socketserver sqlite3.dump ssl statistics
stringprep symtable tabnanny telnetlib test termios timeit tkinter trace tracemalloc tty turtle
unittest unittest.mock urllib.robotparser uuid venv wave webbrowser wsgiref.simple_server
xml.dom.minidom xml.dom.pulldom xml.etree.ElementInclude xml.sax.expatreader xmlrpc.client zipapp
zoneinfo
""".split()


def cases() -> Cases:
    """Yield what imports give."""
    for name in LATE:
        yield f"import {name}", lambda name=name: attempt(lambda: imported(name))


def imported(name: str) -> object:
    """Import a module; return its file, its documentation, and its public names."""
    module = importlib.import_module(name)
    # Submodules are there once somebody has imported them.
    public = sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    )
    return getattr(module, "__file__", "none"), module.__doc__, public
