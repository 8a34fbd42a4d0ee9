# mypy: ignore-errors
# ruff: noqa: S314
"""Text and bytes: expressions, encodings, formats, digests and compression."""

import base64
import binascii
import bz2
import codecs
import configparser
import csv
import difflib
import gzip
import hashlib
import hmac
import html
import importlib.util
import io
import json
import locale
import re
import string
import struct
import textwrap
import tomllib
import unicodedata
import urllib.parse
import zlib
from collections.abc import Callable
from xml.etree import ElementTree

from outcomes import Cases, attempt, refusal

TEXT = "Grüße, naïve ﬁancée: \N{GREEK SMALL LETTER FINAL SIGMA} \N{FAMILY} \u0301 ½ ²\n\ttab\r"
CONTENT = bytes(range(256)) * 40

PATTERNS = {
    r"(?P<word>\w+)": "words",
    r"(?<=: ).(?! )": "looking around",
    r"(?i)GRÜSSE|naï\w+": "case ignored",
    r"(a*)*b": "backtracking",
    r"[^\W\d_]{2,}+": "possessive",
}
BAD_PATTERNS = ("(", "[z-a]", r"\8", "(?P<1>x)", "a**", "(?<=a+)b")
ENCODINGS = ("utf-8", "utf-16", "utf-32-le", "latin-1", "cp1252", "ascii", "utf-7", "idna", "big5")
JSON = ('{"a": [1, 2.50, null, true]}', "[1,]", '{"a" 1}', "NaN", '"\\ud83d"', "[" * 300)
FORMATS = ("{:>8.3f}", "{:+,.2e}", "{:08b}", "{:x^9}", "{!r:.4}", "{:%}", "{:_}")


def cases() -> Cases:
    """Yield what becomes of text and bytes."""
    for pattern, what in PATTERNS.items():
        yield f"expression, {what}", lambda pattern=pattern: re.findall(pattern, TEXT)
    for pattern in BAD_PATTERNS:
        yield f"expression, {pattern}", lambda pattern=pattern: refusal(lambda: re.compile(pattern))
    yield "expression, substitution", lambda: re.subn(r"(\w)(\w)", r"\2\1", TEXT)

    for encoding in ENCODINGS:
        for errors in ("strict", "replace", "backslashreplace", "xmlcharrefreplace"):
            yield (
                f"encode to {encoding}, {errors}",
                lambda encoding=encoding, errors=errors: attempt(
                    lambda: TEXT.encode(encoding, errors)
                ),
            )
        yield (
            f"decode from {encoding}",
            lambda encoding=encoding: attempt(lambda: CONTENT[:512].decode(encoding)),
        )
    yield "unknown encoding", lambda: refusal(lambda: codecs.lookup("klingon"))
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        yield f"normal form {form}", lambda form=form: unicodedata.normalize(form, TEXT)
    yield "names of characters", lambda: [unicodedata.name(letter, "none") for letter in TEXT]
    yield "Unicode version", lambda: unicodedata.unidata_version
    yield (
        "changes of case",
        lambda: [TEXT.upper(), TEXT.casefold(), TEXT.title(), TEXT.swapcase(), TEXT.isprintable()],
    )
    yield "formats", lambda: [attempt(lambda f=f: f.format(1234.5)) for f in FORMATS]
    yield "templates", lambda: refusal(lambda: string.Template("$a $b").substitute(a=1))
    yield "wrapping", lambda: textwrap.fill(TEXT * 5, 30)
    yield "differences", lambda: list(difflib.unified_diff([*"abcd"], [*"abxd"], lineterm=""))

    for text in JSON:
        yield f"JSON, {text[:20]}", lambda text=text: attempt(lambda: json.loads(text))
    yield "JSON of objects", lambda: json.dumps({"b": TEXT, "a": [1e300, -0.0]}, sort_keys=True)
    yield "JSON of a set", lambda: refusal(lambda: json.dumps({1, 2}))
    yield "TOML", lambda: tomllib.loads("a = 1979-05-27T07:32:00Z\nb = [1, 0x2f, 1e6]")
    yield "TOML, broken", lambda: refusal(lambda: tomllib.loads("a = \n"))
    yield "CSV", lambda: list(csv.reader(io.StringIO('a,"b ""c""\n",d\r\n1,2,3\n')))
    yield "CSV dialect", lambda: vars(csv.Sniffer().sniff("a;b;c\n1;2;3\n"))["delimiter"]
    yield "settings file", lambda: _configuration("[a]\nb = %(c)s\nc = 1\n")
    yield "settings file, broken", lambda: refusal(lambda: _configuration("b = 1\n"))
    yield "XML", lambda: ElementTree.tostring(ElementTree.fromstring("<a b='&lt;'>c<d/></a>"))
    yield "XML, broken", lambda: refusal(lambda: ElementTree.fromstring("<a><b></a>"))
    yield "HTML", lambda: (html.escape(TEXT), html.unescape("&eacute;&notit;&#x1F600;"))
    yield "addresses", lambda: urllib.parse.urlsplit("https://a:b@c.org:80/d;e?f=g%20h#i")
    yield "quoted", lambda: urllib.parse.quote(TEXT)

    for name in sorted(hashlib.algorithms_guaranteed):
        yield f"digest {name}", lambda name=name: attempt(lambda: _digest(name))
    yield "keyed digest", lambda: hmac.new(b"key", CONTENT, "sha256").hexdigest()
    yield (
        "checksums",
        lambda: (zlib.crc32(CONTENT), zlib.adler32(CONTENT), binascii.crc_hqx(b"a", 0)),
    )
    packers: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
        "base64": (base64.b64encode, base64.b64decode),
        "base85": (base64.b85encode, base64.b85decode),
        "bz2": (bz2.compress, bz2.decompress),
        "gzip": (lambda content: gzip.compress(content, mtime=0), gzip.decompress),
        "zlib": (zlib.compress, zlib.decompress),
    }
    # Some runtimes come without it.
    if importlib.util.find_spec("lzma"):
        import lzma

        packers["lzma"] = (lzma.compress, lzma.decompress)
    for name, (pack, unpack) in packers.items():
        yield f"packed by {name}", lambda pack=pack: pack(CONTENT)
        yield f"back from {name}", lambda p=pack, u=unpack: u(p(CONTENT)) == CONTENT
        yield f"broken for {name}", lambda unpack=unpack: refusal(lambda: unpack(b"\xff broken"))
    yield "structures", lambda: struct.pack("<hIqd5sx?", -2, 3, -4, 0.1, b"text", True)
    yield "structure, too short", lambda: refusal(lambda: struct.unpack("<q", b"1234"))
    yield "locale", lambda: (locale.setlocale(locale.LC_ALL), locale.localeconv())
    yield "other locale", lambda: attempt(lambda: _in_locale("de_DE.UTF-8"))
    yield "no such locale", lambda: attempt(lambda: _in_locale("klingon"))
    yield "locale afterwards", lambda: locale.setlocale(locale.LC_ALL)


def _digest(name: str) -> str:
    digest = hashlib.new(name, CONTENT)
    return digest.hexdigest() if digest.digest_size else digest.hexdigest(20)


def _in_locale(name: str) -> object:
    before = locale.setlocale(locale.LC_ALL)
    try:
        return locale.setlocale(locale.LC_ALL, name), locale.format_string("%.2f", 1.5)
    finally:
        locale.setlocale(locale.LC_ALL, before)


def _configuration(text: str) -> dict[str, str]:
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return dict(parser["a"])
