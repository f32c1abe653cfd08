"""Every way in which a name or a number may be written down by a program that means no harm."""

import html
import json
import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from hashlib import md5, sha1, sha256
from urllib.parse import quote, quote_plus

LEAST = 6
"""Bytes; what is shorter would be found by chance in what is random."""

_FULLWIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
_LEADING = (0, 2, 3)
"""So many signs of a base64 text hold bits of what goes before, by how many bytes of a group go before."""


def spellings(secret: str) -> dict[bytes, str]:
    """What to search for, with a word for how it is written."""
    found: dict[bytes, str] = {}
    for form, text in _forms(secret):
        for writing, needle in _writings(text):
            if len(needle) >= LEAST:
                found.setdefault(needle, f"{form}, {writing}")
    for kind in (md5, sha1, sha256):
        # who knows the few numbers that there can be finds the right one by its plain hash
        digest = kind(secret.encode(), usedforsecurity=False)
        found[digest.digest()] = f"{digest.name}"
        found[digest.hexdigest().encode()] = f"{digest.name}, in hexadecimal"
    return found


def _forms(secret: str) -> Iterator[tuple[str, str]]:
    yield "as it is", secret
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        yield form, unicodedata.normalize(form, secret)
    yield "fullwidth", secret.translate(_FULLWIDTH)
    yield "lower case", secret.lower()
    yield "upper case", secret.upper()


def _writings(text: str) -> Iterator[tuple[str, bytes]]:
    utf8 = text.encode()
    yield "UTF-8", utf8
    for way in ("utf-16-le", "utf-16-be"):
        yield way, text.encode(way)
    for name, escaped in (("JSON", escaped_for_json(text)), ("JSON capitals", _capitals(text))):
        yield name, escaped
        yield from _in_base64(f"base64 of {name}", escaped)
    yield from _in_base64("base64", utf8)
    yield from _in_base64("base64 of UTF-16", text.encode("utf-16-le"))
    for quoted in (quote(text, safe=""), quote_plus(text)):
        yield "URL", quoted.encode()
        yield "URL in small letters", re.sub("%..", lambda at: at[0].lower(), quoted).encode()
    yield "hexadecimal", utf8.hex().encode()
    yield "hexadecimal capitals", utf8.hex().upper().encode()
    yield "escaped bytes", repr(utf8)[2:-1].encode()
    yield "octal", "".join(chr(one) if 32 <= one < 127 else f"\\{one:03o}" for one in utf8).encode()
    yield "Python's ascii", ascii(text)[1:-1].encode()
    yield "HTML", html.escape(text).encode("ascii", "xmlcharrefreplace")


def escaped_for_json(text: str) -> bytes:
    """As it stands between the quotes of JSON that is all ASCII."""
    return json.dumps(text)[1:-1].encode()


def _capitals(text: str) -> bytes:
    return re.sub(rb"(?<=\\u)....", lambda at: at[0].upper(), escaped_for_json(text))


def _in_base64(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """By where it lies in what is encoded: only the signs that hold nothing of its neighbours."""
    for before, leading in enumerate(_LEADING):
        whole = (before + len(data)) * 8 // 6
        encoded = b64encode(bytes(before) + data)[leading:whole]
        yield f"{name} at {before}", encoded
        yield f"{name} for URLs at {before}", encoded.replace(b"+", b"-").replace(b"/", b"_")
