"""Storing files in a base: from a content to the address that a cell refers to it by.

The API token of the base, or an account, is exchanged for a link, and the link takes any number of
files for some hours. It needs no token, so it is a secret.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

import msgspec

from seatable_client.errors import ConfigError, QuotaExhausted, RequestRejected, ServerUnavailable
from seatable_client.files.content import Multipart, stored_name
from seatable_client.files.download import Link, request_link
from seatable_client.http import Effect, LinkRejected, Links, answer_of

if TYPE_CHECKING:
    from seatable_client.api import Base
    from seatable_client.files.content import Content

NO_SPACE = 443
"""The HTTP status with which servers say that a team's space for files is used up."""


class _UploadLink(msgspec.Struct):
    """A link with the place that it leads to; servers of 2020 tell no folders."""

    upload_link: Link
    parent_path: Link
    file_relative_path: str | None = None
    img_relative_path: str | None = None
    workspace_id: int | None = None


class _Stored(msgspec.Struct):
    name: Link
    size: int | None = None


_stored_files = answer_of(list[_Stored])


def _decode_stored(body: bytes) -> list[_Stored]:
    """What became of the files of an upload, each of its own; there is one at least."""
    if not (stored := _stored_files(body)):
        raise msgspec.ValidationError("Expected `array` of length >= 1")
    return stored


class Uploads:
    """Where files are uploaded to one base. Safe under threads.

    Args:
        base: the base.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._links = Links(base.transport)
        self._place: _Place | None = None
        self._lock = threading.Lock()

    def store(self, name: str, content: Content, *, image: bool) -> str:
        """Upload a file; returns the address for the cell. One call, and another one now and then.

        The digest of the content becomes part of the file's name, so that a repeated upload, when
        an answer was lost, replaces the file by itself.

        Args:
            name: what people call it.
            content: what is in it.
            image: whether it is for an image column.

        Raises:
            QuotaExhausted: the team's space for files is used up.
            RequestRejected: the server does not take it.
            ConfigError: the server does not tell where files are kept.
        """
        purpose = f"upload the file {name!r} to base {self._base.name!r}"
        try:
            try:
                place = self._open_place()
                return self._upload(place, name, content, image=image, purpose=purpose)
            except LinkRejected:  # it may have ended
                place = self._open_place(renew=True)
                return self._upload(place, name, content, image=image, purpose=purpose)
        except RequestRejected as refusal:
            if refusal.status != NO_SPACE:
                raise
            raise QuotaExhausted(
                f"Could not {purpose}: the space for files is used up "
                f"({refusal.server_message!r}). "
                "Delete files in SeaTable, or get more space."
            ) from None

    def _upload(
        self, place: _Place, name: str, content: Content, *, image: bool, purpose: str
    ) -> str:
        folder = place.images if image else place.files
        boundary = secrets.token_hex(16)
        fields = {
            "parent_dir": place.parent,
            "relative_path": folder,
            "replace": "1",
        }
        answer = self._links.post(
            place.link + ("&" if "?" in place.link else "?") + "ret-json=1",
            lambda: Multipart(fields, stored_name(name, content.digest), content, boundary),
            {"Content-Type": f"multipart/form-data; boundary={boundary}"},
            purpose=purpose,
            effect=Effect.REPEATABLE,
            decode=_decode_stored,
        )
        stored: _Stored = answer[0]
        if stored.size not in {None, content.size}:
            raise ServerUnavailable(
                f"Could not {purpose}: {content.size} bytes were sent and {stored.size} stored."
            )
        path = quote(f"{place.parent}/{folder}/{stored.name}")
        return f"{self._base.transport.root}/workspace/{place.workspace}{path}"

    def _open_place(self, *, renew: bool = False) -> _Place:
        """Where uploads go at present; another place if that one is no longer open."""
        with self._lock:
            if self._place is None or renew:
                self._place = self._new_place()
            return self._place

    def _new_place(self) -> _Place:
        credential, access = self._base.auth.credential, self._base.auth.access()
        purpose = f"get a link for uploads to base {self._base.name!r}"
        path, params = credential.upload_place()
        answer = request_link(self._base, path, purpose, params, decode=answer_of(_UploadLink))
        link = urljoin(self._base.transport.root, answer.upload_link)
        workspace = answer.workspace_id or access.workspace_id
        if not workspace:
            raise ConfigError(
                f"Could not {purpose}: this server does not show the number of the base's "
                "workspace, which is part of every file's address. Use account_token with "
                "workspace_id and base_name."
            )
        self._base.transport.keep_secret(link)
        month = f"{self._base.transport.server_time or datetime.now(timezone.utc):%Y-%m}"
        return _Place(
            link=link,
            parent="/" + answer.parent_path.strip("/"),
            files=(answer.file_relative_path or f"files/{month}").strip("/"),
            images=(answer.img_relative_path or f"images/{month}").strip("/"),
            workspace=workspace,
        )


@dataclass(frozen=True)
class _Place:
    """Where files of a base are uploaded to; its link is a secret."""

    link: str
    parent: str
    files: str
    images: str
    workspace: int

    def __repr__(self) -> str:
        return "_Place(…)"
