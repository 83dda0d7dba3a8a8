"""Talking to one SeaTable server: pacing, retries, classified errors, counted calls.

A call says what it is for (`Call.purpose`, quoted in every error) and what sending it twice would
do (`Call.effect`). The effect decides what is retried:

* 429 always, once the server is ready again; nothing was applied.
* No connection at all: always; nothing was sent.
* 502, 503, 504 and the like, a time-out, a reset, a success that is not complete JSON or lacks
  what was asked: for reads, and for writes that may be repeated. For other writes this is
  `AmbiguousWriteError`, which the caller resolves.
* 500: for reads only. A write that gets it holds a value that SeaTable fails on.

Tokens travel in a header to the configured host. Redirects are never followed: a redirected POST
would lose its body, and a redirect to another host would carry the token there.
"""

from __future__ import annotations

import copy
import logging
import random
import threading
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import backoff
import requests
from msgspec import ValidationError

from seatable_client.errors import (
    AmbiguousWriteError,
    ApiNotAvailable,
    AuthenticationError,
    ConfigError,
    NotFound,
    QuotaExhausted,
    Redirected,
    RequestRejected,
    ServerUnavailable,
)
from seatable_client.http.network_errors import proxy_for
from seatable_client.http.rate_limit import CallLimit, OwnLimit, Pace
from seatable_client.http.request import Effect
from seatable_client.http.response import (
    error_inside_success,
    error_message_of,
    http_date,
    is_api_answer,
    is_html,
    read_body,
)
from seatable_client.http.session import RetryableError, Sessions
from seatable_client.http.urls import origin_of, server_root

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from seatable_client.http.budget import CallBudget
    from seatable_client.http.request import Call

log = logging.getLogger(__name__)

MAX_TRIES = 6
"""How often a request is sent before the server counts as unavailable."""

LONGEST_WAIT = 60.0
"""Seconds at most between two tries, where the server does not ask for a certain time."""

_TICK = timedelta(seconds=1)

_REFUSED_TOKEN = frozenset({401, 403})
_QUOTED_WORDS = 300
_ADDRESS_ADVICE = (
    "Check server_url: its scheme, its port, and that it is the root of a SeaTable server."
)


class TokenRejected(AuthenticationError):
    """The server answered 401 or 403 to the token that a call carried."""


class _Own(threading.local):
    """What each thread counts for itself."""

    calls = 0


class Transport:
    """A session to one server, shared by all threads of a run.

    Args:
        server_url: root of the server, e.g. `https://cloud.seatable.io`.
        timeout: seconds to wait for a connection and between two bytes of an answer.
        max_requests_per_minute: calls in any 60 seconds, over all bases; None for no limit of ours.
        max_wait_seconds: the longest pause a server may ask for before the run ends instead.
        first_wait: seconds before the first retry, doubled with each one and jittered.
        public_only: whether the server must be one of the internet.
        budget: limits that all processes share; an attribute, too.
        ca_bundle: a file or folder of authorities to trust, too; empty for none.

    Attributes:
        calls: how many were sent, by endpoint. Replaced, never changed: threads walk it.
        server_time: the server's clock at the last answer; None where it shows none.
        pace: keeps to limits on calls.
        root, first_wait: as given, the root in one spelling.

    Raises:
        ConfigError: `server_url` is not the root URL of a server, or `ca_bundle` names none.
    """

    def __init__(
        self,
        server_url: str,
        *,
        timeout: float = 120.0,
        max_requests_per_minute: int | None = None,
        max_wait_seconds: float = 300.0,
        first_wait: float = 1.0,
        public_only: bool = False,
        budget: CallBudget | None = None,
        ca_bundle: str = "",
    ) -> None:
        self.root = server_root(server_url)
        self.calls: Counter[str] = Counter()
        self.server_time: datetime | None = None
        own = OwnLimit(max_requests_per_minute) if max_requests_per_minute else None
        limits: list[CallLimit] = [limit for limit in (own, budget) if limit is not None]
        self.budget = budget
        self.pace = Pace(limits, max_wait_seconds)
        self.first_wait = first_wait
        self._sessions = Sessions(self.root, timeout, public_only=public_only, ca_bundle=ca_bundle)
        self._lock = threading.Lock()
        self._own = _Own()
        self._secrets: frozenset[str] = frozenset()  # replaced, never changed: threads walk it

    def sibling(self) -> Transport:
        """A session for another base: it counts its own calls and limits, at this one's pace."""
        other = copy.copy(self)
        other.calls = Counter()
        other.server_time = None
        other.pace = Pace(self.pace.limits, self.pace.max_wait)
        other._lock = threading.Lock()  # noqa: SLF001  (of the same class)
        other._own = _Own()  # noqa: SLF001
        return other

    def close(self) -> None:
        """Close the connections, of siblings too; a later call opens a new one."""
        self._sessions.close()

    @property
    def own_calls(self) -> int:
        """How many calls the present thread has sent."""
        return self._own.calls

    @property
    def timeout(self) -> float:
        """Seconds to wait for a connection and between two bytes of an answer."""
        return self._sessions.timeout

    @property
    def ca_bundle(self) -> str:
        """Authorities that are trusted, too; empty for none."""
        return self._sessions.ca_bundle

    def keep_secret(self, *secrets: str | None) -> None:
        """Blank these out of everything the server says from now on."""
        with self._lock:
            self._secrets |= {secret for secret in secrets if secret}

    def scrub(self, text: str) -> str:
        """The text without the secrets known so far."""
        for secret in sorted(self._secrets, key=len, reverse=True):  # one may be part of another
            text = text.replace(secret, "***")
        return text

    def send(self, call: Call) -> Any:
        """Send a call, again where that is safe and promising, and return the decoded answer.

        Returns:
            The decoded JSON of the answer, or what `call.receive` makes of it.

        Raises:
            TokenRejected: 401 or 403.
            NotFound: 404 with an explanation in JSON, as the API itself gives it.
            ApiNotAvailable: 404 or 405 without one.
            Redirected: a redirect within the server.
            RequestRejected: any other 4xx, or 500 to a write.
            ConfigError: the address or its certificate is invalid, or the server redirects to
                another one.
            QuotaExhausted: a limit that resets later than `max_wait_seconds` from now, or that
                is still reached after `MAX_TRIES` tries.
            AmbiguousWriteError: a write that must be applied once may or may not have been.
            ServerUnavailable: no usable answer after `MAX_TRIES` tries.
        """
        attempt = backoff.on_exception(
            self._waits,
            RetryableError,
            max_tries=MAX_TRIES,
            jitter=None,
            giveup=lambda failure: self._is_final(call, failure),
            on_backoff=lambda details: log.warning(
                "Could not %s: %s. Trying again in %.1f s (try %d of %d).",
                call.purpose,
                details["exception"],
                details["wait"],
                details["tries"] + 1,
                MAX_TRIES,
            ),
            logger=None,
        )(self._attempt)
        try:
            return attempt(call)
        except RetryableError as failure:
            if failure.sent and call.effect is Effect.NON_IDEMPOTENT:
                raise AmbiguousWriteError(
                    f"Could not {call.purpose}: {failure}. "
                    "Whether SeaTable has applied it is not known."
                ) from failure
            if failure.throttled:
                raise QuotaExhausted(
                    f"Could not {call.purpose}: {failure}. Tried {MAX_TRIES} times; set "
                    "max_requests_per_minute, or see in SeaTable whether the calls of this month "
                    "are used up, and run again later."
                ) from failure
            raise ServerUnavailable(
                f"Could not {call.purpose}: {failure}. Tried {MAX_TRIES} times; "
                f"{failure.advice or self._advice}, then run again."
            ) from failure

    @property
    def _advice(self) -> str:
        https = " with http and not with https" if self.root.startswith("http:") else ""
        return f"check that {self.root} is a SeaTable server and is running{https}"

    @staticmethod
    def _is_final(call: Call, failure: Exception) -> bool:
        return (
            isinstance(failure, RetryableError)
            and failure.sent
            and call.effect is Effect.NON_IDEMPOTENT
        )

    def _waits(self) -> Generator[float, RetryableError, None]:
        """How long to wait after each failure: as the server asked, else doubling, jittered."""
        wait = self.first_wait
        failure = yield 0.0
        while True:
            if failure.wait is not None:
                failure = yield failure.wait
            else:
                failure = yield wait * random.uniform(0.5, 1.0)  # noqa: S311  (no secret here)
                wait = min(2 * wait, LONGEST_WAIT)

    def _attempt(self, call: Call) -> Any:
        self.pace.wait(call.endpoint)
        with self._lock:
            self.calls = self.calls + Counter([call.endpoint])
        self._own.calls += 1
        with self._sessions.answer(call) as response:
            return self._read(call, response)

    def _read(self, call: Call, response: requests.Response) -> Any:
        """Turn a response into its decoded body, or into the exception it stands for."""
        self._note_headers(response)
        status = response.status_code
        if status != requests.codes.ok:
            _ = response.content  # all of it, so that the connection can be used again
        if status == requests.codes.too_many_requests:
            raise RetryableError(
                "the server's call limit is reached",
                sent=False,
                wait=self.pace.pause(response.headers, self.server_time, call.purpose),
                throttled=True,
            )
        if status > requests.codes.internal_server_error:
            raise RetryableError(f"the server is not ready (HTTP {status})")
        if status == requests.codes.internal_server_error and call.effect is Effect.READ:
            server_message = self._server_message(response) or "no reason given"
            raise RetryableError(f"the server failed (HTTP {status}: {server_message})")
        if 300 <= status < 400:  # noqa: PLR2004
            raise self._redirected(call, response)
        if status >= requests.codes.bad_request:
            raise self._refused(call, response)
        if status not in call.statuses:
            raise RetryableError(f"unexpected HTTP status {status}")
        if call.receive is not None:
            return call.receive(response)
        return self._decode(call, response, read_body(response))

    def _decode(self, call: Call, response: requests.Response, body: bytes) -> Any:
        """What a call makes of a success, which lacks nothing that was asked."""
        status = response.status_code
        try:
            return call.decode(body)
        except ValidationError as error:
            said = self.scrub(error_inside_success(body))[:_QUOTED_WORDS]
            reason = f"the server said {said!r}" if said else f"{error}"
            raise RetryableError(
                f"the answer does not have SeaTable's format (HTTP {status}: {reason})"
            ) from error
        except ValueError as error:
            looks = "an HTML page" if is_html(response.headers, body) else "no complete JSON"
            raise RetryableError(f"the answer is {looks} (HTTP {status})") from error

    def _refused(self, call: Call, response: requests.Response) -> Exception:
        status, server_message = response.status_code, self._server_message(response)
        reason = (
            f"the server said {server_message!r}" if server_message else "the server gave no reason"
        )
        message = f"Could not {call.purpose}: {reason} (HTTP {status})."
        refused_by_proxy = status == requests.codes.proxy_authentication_required
        if refused_by_proxy and (proxy := proxy_for(self.root)):
            return ConfigError(
                f"Could not {call.purpose}: the {proxy} does not accept the user and password "
                f"(HTTP {status}); {proxy.advice}."
            )
        if status in _REFUSED_TOKEN:
            return TokenRejected(message)
        if status == requests.codes.not_found and is_api_answer(response):
            return NotFound(message)
        if status in {requests.codes.not_found, requests.codes.method_not_allowed}:
            if call.required_on_every_server:
                return ApiNotAvailable(
                    f"Could not {call.purpose}: {self.root} does not have what every SeaTable "
                    f"server has (HTTP {status} for {call.path}).",
                    hint=_ADDRESS_ADVICE,
                )
            return ApiNotAvailable(
                f"Could not {call.purpose}: this server has no such API (HTTP {status} for "
                f"{call.path}). Check api_version; auto chooses what the server has."
            )
        return (
            ConfigError(f"{message} {_ADDRESS_ADVICE}")
            if call.required_on_every_server and is_html(response.headers, response.content)
            else RequestRejected(message, status=status, server_message=server_message)
        )

    def _redirected(self, call: Call, response: requests.Response) -> Exception:
        try:
            target = urlsplit(urljoin(self.root + call.path, response.headers.get("Location", "")))
            origin = origin_of(target)
        except ValueError:
            origin = "an invalid address"
        if origin != self.root:
            return ConfigError(
                f"Could not {call.purpose}: {self.root} redirects to {origin or target.scheme}. "
                "Set server_url to the address that the server really has; tokens are not sent "
                "after a redirect."
            )
        path = self.scrub(target.path)
        return Redirected(
            f"Could not {call.purpose}: the server redirects {call.path} to {path}.", path=path
        )

    def _note_headers(self, response: requests.Response) -> None:
        shown = http_date(response.headers.get("Date", ""))
        with self._lock:
            if shown and not _is_overtaken(shown, self.server_time):
                self.server_time = shown
        self.pace.note(response.headers, self.server_time, is_success=response.ok)

    def _server_message(self, response: requests.Response) -> str:
        """The beginning of what the server said, secrets removed; empty if nothing.

        Scrubbed first: a cut secret is still one.
        """
        return self.scrub(error_message_of(response))[:_QUOTED_WORDS]


def _is_overtaken(moment: datetime, latest: datetime | None) -> bool:
    """Whether another thread has noted a later answer first; clocks that go back go back further.

    `Date` has whole seconds, and threads note their answers as soon as these begin.
    """
    return latest is not None and timedelta(0) < latest - moment <= _TICK
