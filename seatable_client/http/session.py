"""Sending one request, once: a session for each thread, and what it means if no answer comes."""

from __future__ import annotations

import contextlib
import importlib.metadata
import ssl
import threading
from typing import TYPE_CHECKING

import requests

from seatable_client.errors import ConfigError
from seatable_client.formatting import error_text
from seatable_client.http.deadline import SLOWEST, AnswerTooSlow, PacedAdapter
from seatable_client.http.public_hosts import PublicHosts
from seatable_client.http.request import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatable_client.http.request import Call


_TOO_SLOW = f"the answer comes at less than {SLOWEST:,} bytes a second"


class RetryableError(Exception):
    """A try failed in a way that another try may mend. The message completes "Could not …: ".

    Attributes:
        sent: whether the server may have seen the request.
        wait: seconds that the server asks to wait for; None where it does not.
        throttled: whether a limit on calls is what it met.
    """

    def __init__(
        self, reason: str, *, sent: bool = True, wait: float | None = None, throttled: bool = False
    ) -> None:
        super().__init__(reason)
        self.sent = sent
        self.wait = wait
        self.throttled = throttled


class Sessions:
    """HTTP sessions to one server: one a thread, for requests does not promise that it is safe.

    Args:
        root: the server's root, without a trailing slash.
        timeout: seconds to wait for a connection and between two bytes of an answer.
        public_only: whether the server must be one of the internet.
    """

    def __init__(self, root: str, timeout: float, *, public_only: bool = False) -> None:
        self._root = root
        self.timeout = timeout
        self._public_only = public_only
        self._by_thread = threading.local()
        self._lost_one = False

    @contextlib.contextmanager
    def answer(self, call: Call) -> Iterator[requests.Response]:
        """Send a call; its answer, of whatever status, whose body may still be on its way.

        What goes wrong with the connection before the end of the block is raised as what it means.

        Raises:
            RetryableError: no answer came, or not all of it.
            ConfigError: the address or its certificate cannot be right, or no request can be made.
        """
        try:
            with self._session_for(call).request(
                call.method,
                self._root + call.path,
                params=call.params,
                data=call.content,
                headers={
                    **({"Authorization": f"Token {call.token}"} if call.token else {}),
                    **({"Content-Type": "application/json"} if call.json is not None else {}),
                    **call.headers,
                },
                timeout=self.timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                yield response
        except requests.exceptions.SSLError as error:
            raise self._insecure(call, _root_cause(error)) from error
        except requests.exceptions.ConnectTimeout as error:
            raise RetryableError(f"{self._root} does not answer", sent=False) from error
        except requests.exceptions.Timeout as error:
            if isinstance(_root_cause(error), AnswerTooSlow):
                raise RetryableError(_TOO_SLOW) from error
            raise RetryableError(f"no answer within {self.timeout:g} s") from error
        except requests.exceptions.ConnectionError as error:
            if isinstance(_root_cause(error), AnswerTooSlow):
                raise RetryableError(_TOO_SLOW) from error
            if type(error.args[0] if error.args else None).__name__ == "ReadTimeoutError":
                raise RetryableError(
                    f"the answer stopped for more than {self.timeout:g} s"
                ) from error
            self._lost_one = True
            raise RetryableError(
                f"no connection to {self._root} ({error_text(_root_cause(error))})",
                sent=not _is_unsent(error),
            ) from error
        except (
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            raise RetryableError("the answer broke off") from error
        except (requests.exceptions.RequestException, UnicodeError):
            # The error and its traceback may show the header that cannot be sent, with the token.
            raise ConfigError(
                f"Could not {call.purpose}: no request can be made of it. Check server_url and the "
                "token: one of them has a character that it cannot have."
            ) from None

    def _insecure(self, call: Call, cause: BaseException) -> Exception:
        """What it means that a connection could not be encrypted, or was not any longer."""
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ConfigError(
                f"Could not {call.purpose}: the certificate of {self._root} is not accepted "
                f"({error_text(cause)})."
            )
        if getattr(cause, "reason", None) == "WRONG_VERSION_NUMBER":
            return ConfigError(
                f"Could not {call.purpose}: {self._root} does not answer with https. Check the "
                "scheme and the port of server_url."
            )
        return RetryableError(f"the encrypted connection broke ({error_text(cause)})")

    def _session_for(self, call: Call) -> requests.Session:
        """This thread's session, without connections that the server may be about to give up.

        One that gives them up between calls gives up the next one as well, and of what was sent on
        it nobody knows. So after the first loss each write that must be applied once gets a new
        one.
        """
        session = self.own
        if self._lost_one and call.effect is Effect.NON_IDEMPOTENT:
            session.close()
        return session

    @property
    def own(self) -> requests.Session:
        """This thread's session."""
        session: requests.Session | None = getattr(self._by_thread, "session", None)
        if session is None:
            session = _Session()
            session.headers["User-Agent"] = f"singer-seatable/{_version()}"
            session.headers["Accept"] = "application/json"
            adapter = PublicHosts if self._public_only else PacedAdapter
            for scheme in ("http://", "https://"):
                session.mount(scheme, adapter())
            # A .netrc entry for the host would replace the Authorization header of every call.
            session.auth = _leave_headers_alone
            self._by_thread.session = session
        return session


class _Session(requests.Session):
    """A session that leaves redirects to its user; its own look at them fails at odd addresses."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None, whatever the answer says."""


def _is_unsent(error: requests.exceptions.ConnectionError) -> bool:
    """Whether the connection was never made, so that the server cannot have seen the request."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}


def _root_cause(error: BaseException) -> BaseException:
    """The innermost reason, without the URL that requests puts around it."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error


def _leave_headers_alone(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _version() -> str:
    return importlib.metadata.version("singer-seatable")
