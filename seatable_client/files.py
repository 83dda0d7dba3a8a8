"""The files of a base: which one a cell means, downloading it, uploading another.

Cells hold addresses such as `{server}/workspace/7/asset/{uuid}/files/2024-05/x.pdf`. Nobody but a
person who is logged in gets anything there: the API token of the base is exchanged for a link, and
the link needs no token. The token goes to the configured server only, links go nowhere else.
"""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, unquote, urljoin, urlsplit

from seatable_client.access import plain_id
from seatable_client.auth import AccountBase, ApiToken
from seatable_client.call import Call, Effect
from seatable_client.contents import BLOCK, Content, Multipart, digest_in, stored_name
from seatable_client.errors import (
    NotFound,
    PermissionDenied,
    QuotaExhausted,
    RequestRefused,
    ServerUnavailable,
    SettingError,
)
from seatable_client.links import LinkRefused, Links, host_of
from seatable_client.transport import TokenRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import requests

    from seatable_client.base import Base

__all__ = ["Content", "Files", "Sink", "digest_in", "is_asset", "receiver", "stored_name"]

NO_SPACE = 443
"""The HTTP status with which servers say that a team's space for files is used up."""

_NO_SUCH_PATH = 400
_ASSET = re.compile(r"(?:/workspace/\d+)?/asset/([0-9A-Fa-f-]{32,36})(/.+)", re.ASCII)


class Sink(Protocol):
    """What a download is written to."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""


def is_asset(address: str) -> bool:
    """Whether an address is one of SeaTable's, of whatever base: it is behind a login."""
    try:
        return _ASSET.fullmatch(unquote(urlsplit(address).path)) is not None
    except ValueError:
        return False


class Files:
    """The files of one base.

    Args:
        base: the base.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._links = Links(base.transport)
        self._upload: _Upload | None = None
        self._lock = threading.Lock()

    # Which file

    @property
    def base_id(self) -> str:
        """The id of the base, as its server writes it."""
        return self._base.auth.access().uuid

    def path(self, address: str) -> str | None:
        """Where in the base's own folder a cell's address leads, such as `/files/2024-05/x.pdf`.

        Servers move and become known by other names, so the host is not looked at: the id of the
        base decides, and it is the configured server that is asked. None for what is elsewhere: on
        other hosts, in other bases, in custom folders (`custom-asset://`).
        """
        try:
            found = _ASSET.fullmatch(unquote(urlsplit(address).path))
        except ValueError:
            return None
        if found is None or plain_id(found[1]) != self._base.id:
            return None
        parts = found[2].split("/")[1:]
        if any(part in {"", ".", ".."} or "\0" in part or "\\" in part for part in parts):
            return None
        return found[2]

    # Downloading

    def check_downloads(self) -> None:
        """See that there is a token for downloads.

        Raises:
            SettingError: there is none.
        """
        if not isinstance(self._base.auth.credential, ApiToken):
            raise SettingError(
                f"Files of base {self._base.name!r} cannot be downloaded with an account: SeaTable "
                "gives links to files for an API token only. Set api_token, or attachments to "
                "as_is."
            )

    def download_link(self, path: str) -> str:
        """A link to a file, good for some hours without any token. One call.

        Args:
            path: as `path` gives it.

        Raises:
            NotFound: there is no such file.
            SettingError: there is no token for it.
        """
        self.check_downloads()
        purpose = f"get a link to the file {path!r} of base {self._base.name!r}"
        try:
            answer = self._ask(
                "/api/v2.1/dtable/app-download-link/", "download-link", purpose, {"path": path}
            )
        except RequestRefused as refusal:
            # Some servers say 400 where a file is missing.
            if refusal.status == _NO_SUCH_PATH and "not found" in refusal.words:
                raise NotFound(str(refusal)) from None
            raise
        return self._link(answer, "download_link", purpose)

    def download(self, path: str, open_target: Callable[[], AbstractContextManager[Sink]]) -> int:
        """Download a file, in blocks.

        Args:
            path: as `path` gives it.
            open_target: opens what to write it to, empty; called again for each try.

        Returns:
            Its size, which is the one that the server announced where it did.

        Raises:
            NotFound: there is no such file.
        """
        purpose = f"download the file {path!r} of base {self._base.name!r}"
        for last in (False, True):
            link = self.download_link(path)
            try:
                size: int = self._links.get(link, receiver(open_target), purpose=purpose)
            except LinkRefused:  # it may have ended while others were downloaded
                if last:
                    raise
            else:
                return size
        raise AssertionError

    def fetch(
        self,
        address: str,
        open_target: Callable[[], AbstractContextManager[Sink]],
        *,
        may_follow: Callable[[str], bool],
        most: int,
    ) -> int:
        """Download what is at an address of any host, without a token.

        Args:
            address: where from.
            open_target: opens what to write it to, empty; called again for each try.
            may_follow: whether a redirect may lead to this address.
            most: how many bytes it may have.

        Returns:
            Its size.

        Raises:
            RequestRefused: the host does not give it, or it is larger than that.
        """
        size: int = self._links.get(
            address,
            receiver(open_target, most),
            purpose=f"download a file from {host_of(address)!r}",
            may_follow=may_follow,
        )
        return size

    # Uploading

    def upload(self, name: str, content: Content, *, image: bool) -> str:
        """Upload a file; returns the address for the cell. One call, and another one now and then.

        The digest of the content becomes part of the file's name, so that a repeated upload, when
        an answer was lost, replaces the file by itself.

        Args:
            name: what people call it.
            content: what is in it.
            image: whether it is for an image column.

        Raises:
            QuotaExhausted: the team's space for files is used up.
            RequestRefused: the server does not take it.
            SettingError: the server does not tell where files are kept.
        """
        purpose = f"upload the file {name!r} to base {self._base.name!r}"
        for last in (False, True):
            place = self._upload_place(renew=last)
            try:
                return self._uploaded(place, name, content, image=image, purpose=purpose)
            except LinkRefused:
                if last:
                    raise
            except RequestRefused as refusal:
                if refusal.status != NO_SPACE:
                    raise
                raise QuotaExhausted(
                    f"Could not {purpose}: the space for files is used up ({refusal.words!r}). "
                    "Delete files in SeaTable, or get more space."
                ) from None
        raise AssertionError

    def _uploaded(
        self, place: _Upload, name: str, content: Content, *, image: bool, purpose: str
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
        )
        stored = answer[0] if isinstance(answer, list) and answer else None
        if not isinstance(stored, dict) or not stored.get("name"):
            raise ServerUnavailable(f"Could not {purpose}: the answer is none of SeaTable's.")
        if stored.get("size") not in {None, content.size}:
            raise ServerUnavailable(
                f"Could not {purpose}: {content.size} bytes were sent and {stored['size']} stored."
            )
        path = quote(f"{place.parent}/{folder}/{stored['name']}")
        return f"{self._base.transport.root}/workspace/{place.workspace}{path}"

    def _upload_place(self, *, renew: bool) -> _Upload:
        with self._lock:
            if self._upload is None or renew:
                self._upload = self._new_upload_place()
            return self._upload

    def _new_upload_place(self) -> _Upload:
        credential, access = self._base.auth.credential, self._base.auth.access()
        purpose = f"get a link for uploads to base {self._base.name!r}"
        if isinstance(credential, AccountBase):
            path = f"/api/v2.1/workspace/{credential.workspace_id}/dtable-asset-upload-link/"
            answer = self._ask(path, "upload-link", purpose, {"name": credential.name})
        else:
            answer = self._ask("/api/v2.1/dtable/app-upload-link/", "upload-link", purpose)
        parent = answer.get("parent_path")
        workspace = answer.get("workspace_id") or access.workspace_id
        if not isinstance(parent, str) or not parent:
            raise ServerUnavailable(f"Could not {purpose}: the answer is none of SeaTable's.")
        if not workspace:
            raise SettingError(
                f"Could not {purpose}: this server does not tell the number of the base's "
                "workspace, which is part of every file's address. Use account_token with "
                "workspace_id and base_name."
            )
        link = self._link(answer, "upload_link", purpose)
        self._base.transport.keep_secret(link)
        month = f"{self._base.transport.server_time or datetime.now(timezone.utc):%Y-%m}"
        return _Upload(
            link=link,
            parent="/" + parent.strip("/"),
            files=str(answer.get("file_relative_path") or f"files/{month}").strip("/"),
            images=str(answer.get("img_relative_path") or f"images/{month}").strip("/"),
            workspace=int(workspace),
        )

    # Asking

    def _ask(
        self, path: str, endpoint: str, purpose: str, params: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Ask the server for a link, with the token that it takes for that."""
        transport, credential = self._base.transport, self._base.auth.credential
        if isinstance(credential, AccountBase):
            token = credential.account.token(transport)
        elif isinstance(credential, ApiToken):
            token = credential.token
        else:
            raise SettingError(f"Could not {purpose}: this takes api_token or an account.")
        call = Call(
            "GET",
            path,
            purpose=purpose,
            endpoint=endpoint,
            token=token,
            params=params,
        )
        try:
            answer = transport.send(call)
        except TokenRefused as error:
            raise PermissionDenied(str(error)) from None
        if not isinstance(answer, dict):
            raise ServerUnavailable(f"Could not {purpose}: the answer is none of SeaTable's.")
        return answer

    def _link(self, answer: dict[str, Any], key: str, purpose: str) -> str:
        link = answer.get(key)
        if not isinstance(link, str) or not link:
            raise ServerUnavailable(f"Could not {purpose}: the answer holds no link.")
        return urljoin(self._base.transport.root, link)


@dataclass(frozen=True)
class _Upload:
    """Where files of a base are uploaded to; its link is a secret."""

    link: str
    parent: str
    files: str
    images: str
    workspace: int

    def __repr__(self) -> str:
        return "_Upload(…)"


def receiver(
    open_target: Callable[[], AbstractContextManager[Sink]], most: int | None = None
) -> Callable[[requests.Response], int]:
    """What writes an answer to a file as it arrives; it returns the size.

    A body that is shorter than announced is an error of the connection, which is tried again.
    """

    def receive(response: requests.Response) -> int:
        size = 0
        with open_target() as target:
            for block in response.iter_content(BLOCK):
                size += len(block)
                if most is not None and size > most:
                    raise RequestRefused(
                        f"The file is larger than the {most:,} bytes that are allowed.",
                        status=413,
                        words="",
                    )
                target.write(block)
        return size

    return receive
