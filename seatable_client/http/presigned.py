"""Requests to pre-signed URLs ("links"): addresses of any host that need no token.

A server hands out links for uploading and downloading files, and files may come from other hosts.
Requests to them are retried by the rules of `client.py`, in sessions of their own. They carry no
token and are not counted. A link is a secret: no error and no log shows it.
"""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urljoin, urlsplit

from seatable_client.errors import ConfigError, NotFound, RequestRejected, SeaTableError
from seatable_client.http.address import Address, parse_address
from seatable_client.http.client import Transport
from seatable_client.http.request import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from seatable_client.http.address import HostRules
    from seatable_client.http.request import Effect

MOST_REDIRECTS = 5
"""Redirects that one download follows."""

NO_ADDRESS = "Files cannot be fetched from this address."

_SHORT = 16
"""Characters of what anybody could guess."""

_sending = threading.local()


class LinkRejected(RequestRejected):
    """A link was not accepted: it has ended, or it never was one."""


class _Moved(SeaTableError):
    """What a link stands for is at another address."""

    def __init__(self, address: str) -> None:
        super().__init__("The link leads to another address.")
        self.address = address


class Links:
    """Follows links, host by host.

    Args:
        transport: whose time-outs, pauses and waits between tries apply.
    """

    def __init__(self, transport: Transport) -> None:
        self._pattern = transport
        self._hosts: dict[tuple[str, bool], _Host] = {}
        self._lock = threading.Lock()
        _keep_links_out_of_logs()

    def get(
        self,
        link: str,
        receive: Callable[[requests.Response], Any],
        *,
        purpose: str,
        rules: HostRules | None = None,
    ) -> Any:
        """Download, with redirects.

        Args:
            link: where from.
            receive: takes the answer as it arrives; called again where it breaks off.
            purpose: completes "Could not …".
            rules: which hosts may be asked, redirects included; None for any, as servers of
                SeaTable name them.

        Returns:
            What `receive` returns.

        Raises:
            NotFound: the host has no file at the address.
            LinkRejected: the link is invalid or has expired.
            RequestRejected: the host refuses for another reason.
            ConfigError: the address is not allowed, or the host's certificate is not accepted.
            ServerUnavailable: no usable answer, however often it was asked.
        """
        for redirects in range(MOST_REDIRECTS + 1):
            address = parse_address(link) if rules is not None else None
            if rules is not None and (address is None or not rules.allow(address)):
                if not redirects:
                    raise ConfigError(NO_ADDRESS)
                raise RequestRejected(
                    f"Could not {purpose}: the address redirects to {host_of(link)!r}, which is "
                    "not allowed.",
                    status=302,
                    server_message="",
                )
            public_only = address is not None and not (rules and rules.names_literally(address))
            try:
                return self._send(
                    "GET",
                    address or link,
                    public_only=public_only,
                    purpose=purpose,
                    receive=receive,
                )
            except _Moved as moved:
                link = moved.address
        raise RequestRejected(
            f"Could not {purpose}: too many redirects.", status=302, server_message=""
        )

    def post(
        self,
        link: str,
        body: Callable[[], Any],
        headers: Mapping[str, str],
        *,
        purpose: str,
        effect: Effect,
        decode: Callable[[bytes], Any],
    ) -> Any:
        """Upload; the answer, which is JSON. Raises as `get` does, and `AmbiguousWriteError`."""
        try:
            return self._send(
                "POST",
                link,
                purpose=purpose,
                body=body,
                headers=headers,
                effect=effect,
                decode=decode,
            )
        except _Moved:
            raise RequestRejected(
                f"Could not {purpose}: the link redirects.", status=302, server_message=""
            ) from None

    def _send(
        self, method: str, link: str | Address, *, public_only: bool = False, **call: Any
    ) -> Any:
        origin, target = (link.origin, link.target) if isinstance(link, Address) else _split(link)
        text = link.text if isinstance(link, Address) else link
        with self._lock:
            if (origin, public_only) not in self._hosts:
                self._hosts[origin, public_only] = _Host(
                    self._pattern, origin, public_only=public_only
                )
            host = self._hosts[origin, public_only]
        # The part that cannot be guessed may stand alone in what a host says. What is to be hidden
        # is known for as long as the link is used: a run may use a hundred thousand of them.
        parts_of_it = [part for part in re.split("[/?&=]", target) if len(part) > _SHORT]
        _sending.secrets = sorted({text, target, *parts_of_it} - {"", "/"}, key=len, reverse=True)
        try:
            return host.send(Call(method, target or "/", endpoint="link", **call))
        except SeaTableError as error:
            _without_link(error)
        finally:
            _sending.secrets = ()


class _Host(Transport):
    """A session to the host of a link."""

    def __init__(self, pattern: Transport, origin: str, *, public_only: bool) -> None:
        try:
            super().__init__(
                origin,
                timeout=pattern.timeout,
                max_wait_seconds=pattern.pace.max_wait,
                first_wait=pattern.first_wait,
                public_only=public_only,
                ca_bundle=pattern.ca_bundle,
            )
        except ConfigError:
            raise ConfigError(NO_ADDRESS) from None

    @property
    def _advice(self) -> str:
        return "see that the host is running"

    def scrub(self, text: str) -> str:
        """The text without the link that is being used."""
        for secret in getattr(_sending, "secrets", ()):
            text = text.replace(secret, "***")
        return super().scrub(text)

    def _attempt(self, call: Call) -> Any:
        # Files are wanted as they are, and some hosts call a file of type gzip encoded.
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", **call.headers}
        return super()._attempt(replace(call, headers=headers))

    def _refused(self, call: Call, response: requests.Response) -> Exception:
        status, server_message = response.status_code, self._server_message(response)
        message = (
            f"Could not {call.purpose}: {host_of(self.root)} said {server_message!r} "
            f"(HTTP {status})."
        )
        if status in {404, 410}:
            return NotFound(message)
        error_class = LinkRejected if status in {401, 403} else RequestRejected
        return error_class(message, status=status, server_message=server_message)

    def _redirected(self, call: Call, response: requests.Response) -> Exception:
        try:
            return _Moved(urljoin(self.root + call.path, response.headers.get("Location", "")))
        except ValueError:  # whose words quote the address
            return RequestRejected(
                f"Could not {call.purpose}: {host_of(self.root)} redirects to an invalid address.",
                status=response.status_code,
                server_message="",
            )


def _split(link: str) -> tuple[str, str]:
    """The origin of a link of a server, and what to ask it for.

    Raises:
        ConfigError: the link is not an address.
    """
    try:
        parts = urlsplit(link)
    except ValueError:
        raise ConfigError(NO_ADDRESS) from None
    return (
        f"{parts.scheme}://{parts.netloc}",
        parts.path + (f"?{parts.query}" if parts.query else ""),
    )


def host_of(address: str) -> str:
    """The host that an address names; empty where it names none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _without_link(error: SeaTableError) -> NoReturn:
    """Raise the error without what caused it: the causes quote addresses."""
    error.__cause__ = None
    raise error.with_traceback(None) from None


class _RedactLinks(logging.Filter):
    """Keeps links out of what the HTTP library logs of its doings."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this may be logged."""
        return not (getattr(_sending, "secrets", ()) and record.levelno < logging.WARNING)


_redact_links = _RedactLinks()

_HTTP_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")


def _keep_links_out_of_logs() -> None:
    """Have the HTTP library's loggers redact links; a second call changes nothing."""
    for name in _HTTP_LOGGERS:
        logging.getLogger(name).addFilter(_redact_links)
