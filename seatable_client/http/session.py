"""Sends one request, once: a session for each thread, and the errors if no answer comes."""

from __future__ import annotations

import contextlib
import importlib.metadata
import ssl
import threading
import weakref
from typing import TYPE_CHECKING

import requests

from seatable_client.errors import ConfigError
from seatable_client.formatting import error_text
from seatable_client.http.deadline import SLOWEST, AnswerTooSlow, PacedAdapter, trusting
from seatable_client.http.network_errors import (
    Proxy,
    explain_certificate,
    explain_proxy,
    proxy_for,
)
from seatable_client.http.public_hosts import PublicHosts
from seatable_client.http.request import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatable_client.http.request import Call


_BROKEN_OFF = (
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)

_TOO_SLOW = f"the answer arrives at less than {SLOWEST:,} bytes a second"


class RetryableError(Exception):
    """A try failed, but another one may succeed. The message completes "Could not …: ".

    Attributes:
        sent: whether the server may have seen the request.
        wait: seconds that the server asks to wait for; None where it does not.
        throttled: whether a limit on calls is what it met.
        advice: what to do if every try fails so; empty where the server is to be looked at.
    """

    def __init__(
        self,
        reason: str,
        *,
        sent: bool = True,
        wait: float | None = None,
        throttled: bool = False,
        advice: str = "",
    ) -> None:
        super().__init__(reason)
        self.sent = sent
        self.wait = wait
        self.throttled = throttled
        self.advice = advice


class Sessions:
    """HTTP sessions to one server: one a thread, for requests does not promise that it is safe.

    Args:
        root: the server's root, without a trailing slash.
        timeout: seconds to wait for a connection and between two bytes of an answer.
        public_only: whether the server must be one of the internet.
        ca_bundle: a file or folder of authorities to trust, too; empty for none.

    Raises:
        ConfigError: `ca_bundle` cannot be used.
    """

    def __init__(
        self, root: str, timeout: float, *, public_only: bool = False, ca_bundle: str = ""
    ) -> None:
        if ca_bundle:
            check_ca_bundle(ca_bundle)
        self._root = root
        self.timeout = timeout
        self.ca_bundle = ca_bundle
        self._public_only = public_only
        self._by_thread = threading.local()
        self._all: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._lost_one = False

    @contextlib.contextmanager
    def answer(self, call: Call) -> Iterator[requests.Response]:
        """Send a call; its answer, of whatever status, whose body may still be on its way.

        What goes wrong with the connection before the end of the block is raised as what it means.

        Raises:
            RetryableError: no answer came, or not all of it.
            ConfigError: the address or its certificate is invalid, or no request can be made.
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
        except (requests.exceptions.RequestException, UnicodeError) as error:
            failure = self._meaning(call, error)
            # The error and its traceback may show the header that cannot be sent, with the token.
            raise failure from None if isinstance(failure, ConfigError) else error
        except OSError as error:
            if error.errno is None and "CA certificate bundle" in str(error):  # of requests
                raise ConfigError(
                    f"Could not {call.purpose}: REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names a file "
                    "that does not exist.",
                    hint="Correct the variable, or remove it.",
                ) from None
            raise

    def _meaning(self, call: Call, error: Exception) -> Exception:
        """The error that a failure of requests means."""
        cause = _root_cause(error)
        if isinstance(error, requests.exceptions.SSLError):
            return self._insecure(call, cause)
        proxy = proxy_for(self._root)
        socks = proxy if proxy is not None and proxy.needs_socks else None
        # Those of a SOCKS proxy are no ProxyError.
        if isinstance(error, requests.exceptions.ProxyError) or (socks and _is_unsent(error)):
            return self._unreached(call, cause)
        if isinstance(error, (requests.exceptions.Timeout, requests.exceptions.ConnectionError)):
            return self._unanswered(error, cause)
        if isinstance(error, _BROKEN_OFF):
            return RetryableError("the answer broke off")
        if socks and isinstance(error, requests.exceptions.InvalidSchema):
            return ConfigError(
                f"Could not {call.purpose}: the {socks} is a SOCKS proxy, which needs the package "
                "PySocks.",
                hint=f"Install it beside this one, or {socks.advice}.",
            )
        through = f", and the address of the {proxy}" if proxy else ""
        return ConfigError(
            f"Could not {call.purpose}: the request cannot be built.",
            hint=f"Check server_url and the token for characters that they cannot have{through}.",
        )

    def _unanswered(self, error: Exception, cause: BaseException) -> RetryableError:
        """The error if no answer came, or not all of it."""
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return RetryableError(f"{self._root} does not answer", sent=False)
        if isinstance(cause, AnswerTooSlow):
            return RetryableError(_TOO_SLOW)
        if isinstance(error, requests.exceptions.Timeout):
            return RetryableError(f"no answer within {self.timeout:g} s")
        if type(error.args[0] if error.args else None).__name__ == "ReadTimeoutError":
            return RetryableError(f"the answer stopped for more than {self.timeout:g} s")
        self._lost_one = True
        return RetryableError(
            f"no connection to {self._root} ({error_text(cause)})", sent=not _is_unsent(error)
        )

    def _unreached(self, call: Call, cause: BaseException) -> Exception:
        """The error if a proxy made no connection, so that nothing was sent."""
        proxy = proxy_for(self._root) or Proxy("of this machine", "")
        reason, may_pass = explain_proxy(proxy, self._root, cause)
        if may_pass:
            return RetryableError(reason, sent=False, advice=proxy.advice)
        return ConfigError(f"Could not {call.purpose}: {reason}; {proxy.advice}.")

    def _insecure(self, call: Call, cause: BaseException) -> Exception:
        """The error if a connection could not be encrypted, or no longer was."""
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ConfigError(
                f"Could not {call.purpose}: {explain_certificate(self._root, cause)}"
            )
        if getattr(cause, "reason", None) == "WRONG_VERSION_NUMBER":
            return ConfigError(
                f"Could not {call.purpose}: {self._root} does not answer with https.",
                hint="Check the scheme and the port of server_url.",
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
            mounted = adapter(self.ca_bundle)
            for scheme in ("http://", "https://"):
                session.mount(scheme, mounted)
            # A .netrc entry for the host would replace the Authorization header of every call.
            session.auth = _leave_headers_alone
            self._by_thread.session = session
            with self._lock:
                self._all.add(session)
        return session

    def close(self) -> None:
        """Close the connections of all threads; a later call opens a new one."""
        with self._lock:
            known = list(self._all)
        for session in known:
            session.close()


def check_ca_bundle(path: str) -> None:
    """Check that the setting `ca_bundle` names a file with certificates.

    Raises:
        ConfigError: the file cannot be read, or holds no certificate in PEM.
    """
    try:
        trusting(path)
    except ssl.SSLError:
        reason = "holds no certificate in PEM"
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    else:
        return
    raise ConfigError(
        f"ca_bundle {path!r} {reason}.", hint="Name a file with certificates of authorities."
    )


class _Session(requests.Session):
    """A session that leaves redirects to its user; its own look at them fails at odd addresses."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None, whatever the answer says."""


def _is_unsent(error: Exception) -> bool:
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
