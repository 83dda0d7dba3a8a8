"""The content of an upload: its digest, its name, and the form in which it is sent."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 1 << 18
"""Bytes moved at a time."""

_DIGEST = re.compile(r"-([0-9a-f]{32})(\.[^./]*)?", re.ASCII)
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|#%]')
_SUFFIX = re.compile(r"[A-Za-z0-9]{1,16}")
_LONGEST_NAME = 180  # bytes, of the 255 that file systems take, with room for a digest


@dataclass(frozen=True)
class Content:
    """Something to upload, in a file that can be read from any place.

    Attributes:
        file: what holds it; closed by whoever opened it.
        size: in bytes.
        digest: of the content.
    """

    file: IO[bytes]
    size: int
    digest: str

    @classmethod
    def from_file(cls, file: IO[bytes]) -> Content:
        """The content of a file, read once to learn its size and digest."""
        file.seek(0)
        digest, size = hashlib.blake2b(digest_size=16), 0
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
        return cls(file, size, digest.hexdigest())


def digest_of_address(address: str) -> str | None:
    """The digest of its content in the address of a file that this package has uploaded."""
    name = unquote(urlsplit(address).path).rpartition("/")[2]
    found = _DIGEST.fullmatch(name[name.rfind("-") :]) if "-" in name else None
    return found[1] if found else None


def stored_name(name: str, digest: str) -> str:
    """The name under which a content is stored: readable, and its own."""
    cleaned = _NOT_IN_NAMES.sub("_", name.encode("utf-8", "replace").decode()).strip(". ")
    stem, dot, suffix = cleaned.rpartition(".")
    if not stem or not _SUFFIX.fullmatch(suffix):
        stem, dot, suffix = cleaned, "", ""
    shortened = (stem or "file").encode()[:_LONGEST_NAME].decode("utf-8", "ignore")
    return f"{shortened}-{digest}{dot}{suffix}"


class Multipart:
    """A form with one file, read from the disk while it is sent."""

    def __init__(self, fields: dict[str, str], name: str, content: Content, boundary: str) -> None:
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        )
        head += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        self._head = head.encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._content = content

    def __len__(self) -> int:
        return len(self._head) + self._content.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        self._content.file.seek(0)
        left = self._content.size
        while left and (block := self._content.file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
        yield self._tail
