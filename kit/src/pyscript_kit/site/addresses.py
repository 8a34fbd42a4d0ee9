"""Addresses of an app's files: encoded, as a page has to write them, and from an address back to
the file. A file may be called whatever its file system allows, `#`, `?` and `%` among it."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote, unquote, urlsplit

# What may be in the path of an address as it is (RFC 3986), but for what a name begins with that
# would be a scheme.
_PLAIN = "/~!$&'()*+,;=:@"
_SUFFIX = re.compile(r"[?#].*", re.DOTALL)


def address_of(path: str) -> str:
    """The address of a file by its path in the app, or in the site, relative to the document."""
    return f"./{quote(path, safe=_PLAIN)}"


def path_of(address: str, folder: str = "") -> str | None:
    """The path in the app of what one of its addresses leads to, whether that is there or not.

    Args:
        address: relative, or from the host's root, which is the app's as long as it is written.
        folder: the one in the app that a relative address starts from.

    Returns:
        None where it is another site's, or none of a file below the app.
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not parts.path or "\\" in parts.path:
        return None
    name = unquote(parts.path)
    start = "" if name.startswith("/") else folder
    path = posixpath.normpath(posixpath.join(start, name.lstrip("/")))
    return None if path in (".", "..") or path.startswith("../") or "\0" in path else path


def is_elsewhere(address: str) -> bool:
    """Whether an address is one of another site."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") or (not parts.scheme and bool(parts.netloc))


def suffix_of(address: str) -> str:
    """What follows the path in an address: `?query#fragment`."""
    found = _SUFFIX.search(address)
    return found[0] if found else ""


def within(address: str) -> str:
    """An address of the app's own as it has to be below any path of a host: relative, encoded."""
    path = path_of(address)
    if path is None:
        return address
    folder = "/" if urlsplit(address).path.endswith("/") else ""
    return address_of(path) + folder + suffix_of(address)
