"""The files of a base: which one a cell means, and downloading it.

Cells hold addresses such as `{server}/workspace/7/asset/{uuid}/files/2024-05/x.pdf`. Nobody but a
person who is logged in gets anything there: the API token of the base is exchanged for a link, and
the link needs no token. The token goes to the configured server only, links go nowhere else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

import msgspec

from seatable_client.auth import plain_id
from seatable_client.errors import (
    ConfigError,
    NotFound,
    PermissionDenied,
    RequestRejected,
)
from seatable_client.files.content import BLOCK
from seatable_client.http import Call, LinkRejected, Links, TokenRejected, answer_of, host_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import requests

    from seatable_client.api import Base
    from seatable_client.http import HostRules

Answer = TypeVar("Answer")
Link = Annotated[str, msgspec.Meta(min_length=1)]

_NO_SUCH_PATH = 400
_ASSET = re.compile(r"(?:/workspace/\d+)?/asset/([0-9A-Fa-f-]{32,36})(/.+)", re.ASCII)


class _DownloadLink(msgspec.Struct):
    download_link: Link


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
            ConfigError: the credential gives no token for downloads.
        """
        if not self._base.auth.credential.gives_download_links:
            raise ConfigError(
                f"Files of base {self._base.name!r} cannot be downloaded with an account: SeaTable "
                "gives links to files for an API token only. Set api_token, or attachments to "
                "as_is."
            )

    def download_link(self, path: str) -> str:
        """A link to a file, good for some hours without any token. One call.

        Args:
            path: as `path` gives it.

        Raises:
            NotFound: the file does not exist.
            ConfigError: the credential gives no token for downloads.
        """
        self.check_downloads()
        purpose = f"get a link to the file {path!r} of base {self._base.name!r}"
        try:
            answer = request_link(
                self._base,
                "/api/v2.1/dtable/app-download-link/",
                purpose,
                {"path": path},
                decode=answer_of(_DownloadLink),
            )
        except RequestRejected as refusal:
            # Some servers say 400 where a file is missing.
            if refusal.status == _NO_SUCH_PATH and "not found" in refusal.server_message:
                raise NotFound(str(refusal)) from None
            raise
        return urljoin(self._base.transport.root, answer.download_link)

    def download(self, path: str, open_target: Callable[[], AbstractContextManager[Sink]]) -> int:
        """Download a file, in blocks.

        Args:
            path: as `path` gives it.
            open_target: opens what to write it to, empty; called again for each try.

        Returns:
            Its size, which is the one that the server announced where it did.

        Raises:
            NotFound: the file does not exist.
        """
        try:
            return self._download(path, open_target)
        except LinkRejected:  # it may have ended while others were downloaded
            return self._download(path, open_target)

    def _download(self, path: str, open_target: Callable[[], AbstractContextManager[Sink]]) -> int:
        size: int = self._links.get(
            self.download_link(path),
            receive_into(open_target),
            purpose=f"download the file {path!r} of base {self._base.name!r}",
        )
        return size

    def fetch(
        self,
        address: str,
        open_target: Callable[[], AbstractContextManager[Sink]],
        *,
        rules: HostRules,
        max_bytes: int,
    ) -> int:
        """Download what is at an address of any host, without a token.

        Args:
            address: where from.
            open_target: opens what to write it to, empty; called again for each try.
            rules: which hosts may be asked, redirects included.
            max_bytes: how many bytes it may have.

        Returns:
            Its size.

        Raises:
            ConfigError: the text is not an address, or its host is not allowed.
            RequestRejected: the host does not give it, or it is larger than that.
        """
        size: int = self._links.get(
            address,
            receive_into(open_target, max_bytes),
            purpose=f"download a file from {host_of(address)!r}",
            rules=rules,
        )
        return size


def receive_into(
    open_target: Callable[[], AbstractContextManager[Sink]], max_bytes: int | None = None
) -> Callable[[requests.Response], int]:
    """What writes an answer to a file as it arrives; it returns the size.

    A body that is shorter than announced is an error of the connection, which is tried again.
    """

    def receive(response: requests.Response) -> int:
        size = 0
        with open_target() as target:
            for block in response.iter_content(BLOCK):
                size += len(block)
                if max_bytes is not None and size > max_bytes:
                    raise RequestRejected(
                        f"The file is larger than the {max_bytes:,} bytes that are allowed.",
                        status=413,
                        server_message="",
                    )
                target.write(block)
        return size

    return receive


def request_link(
    base: Base,
    path: str,
    purpose: str,
    params: dict[str, str] | None = None,
    *,
    decode: Callable[[bytes], Answer],
) -> Answer:
    """A link to move files by, for the token that the server takes for that. One call.

    Args:
        base: the base that the files are of.
        path: where the server is asked.
        purpose: completes "Could not …".
        params: what it is asked.
        decode: reads the answer; see `answer_of`.

    Raises:
        NotFound: what it is to lead to is not there.
        PermissionDenied: the token is not accepted.
        AuthenticationError: the account does not get a token for it.
        ServerUnavailable: no answer holds a link, however often it is asked for.
    """
    transport = base.transport
    call = Call(
        "GET",
        path,
        purpose=purpose,
        endpoint="download-link" if "download" in path else "upload-link",
        token=base.auth.credential.link_token(transport),
        params=params,
        decode=decode,
    )
    try:
        answer: Answer = transport.send(call)
    except TokenRejected as error:
        raise PermissionDenied(str(error)) from None
    return answer
