"""Call limits: how long the transport waits, and when it gives up."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pyrate_limiter
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.errors import (
    AmbiguousWriteError,
    QuotaExhausted,
    RequestRejected,
    SeaTableError,
    ServerUnavailable,
)
from seatable_client.http import client as transport_module
from seatable_client.http import rate_limit
from seatable_client.http.client import MAX_TRIES, TokenRejected, Transport
from seatable_client.http.request import Call, Effect
from seatable_client.http.session import RetryableError
from tests.client.scripted_server import BUSY, Reply, serving

READ, ONCE = Effect.READ, Effect.NON_IDEMPOTENT


def _throttled(**headers):
    return Reply(429, b"", {name.replace("_", "-"): value for name, value in headers.items()})


NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize("effect", list(Effect))
@pytest.mark.parametrize(
    "headers",
    [
        {"Retry_After": "17"},
        {"Retry_After": "17.0"},
        {"Retry_After": format_datetime(NOW + timedelta(seconds=17), usegmt=True)},
        {"Retry_After": "Sun, 01 Mar 2026 12:00:17 -0000"},
        {"x_ratelimit_reset": str(int(NOW.timestamp()) + 17)},
        {"Retry_After": "soon", "x_ratelimit_reset": str(int(NOW.timestamp()) + 17)},
    ],
    ids=str,
)
def test_a_throttled_call_waits_as_long_as_the_server_says(
    serve, transport_to, call, fake_time, effect, headers
):
    """By the server's clock: the years between NOW and this machine's clock must not matter."""
    date = format_datetime(NOW, usegmt=True)
    server = serve(_throttled(Date=date, **headers), Reply(body={"ok": 1}))
    assert transport_to(server).send(call(effect)) == {"ok": 1}
    assert 17 <= sum(fake_time.slept) <= 18


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry_After": "0"},
        {"x_ratelimit_reset": "30"},
        # Of the limit per day, which is not the one that is reached.
        {"x_ratelimit_remaining": "4321", "x_ratelimit_reset": str(2**31)},
    ],
    ids=str,
)
def test_a_throttled_call_without_a_time_waits_until_the_minute_has_turned(
    serve, transport_to, call, fake_time, headers
):
    """Limits are per minute. A time that has passed says nothing either."""
    began = fake_time.now
    server = serve(
        lambda _request: Reply() if fake_time.now - began >= 60 else _throttled(**headers)
    )
    transport_to(server, first_wait=1.0).send(call())
    assert len(server.requests) <= MAX_TRIES


def test_a_limit_that_never_lifts_is_called_a_limit(serve, transport_to, call, fake_time):
    server = serve(_throttled())
    with pytest.raises(QuotaExhausted, match="call limit") as caught:
        transport_to(server, first_wait=1.0).send(call(ONCE))
    assert caught.value.until is None
    assert len(server.requests) == MAX_TRIES
    assert sum(fake_time.slept) >= 60


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry_After": "301"},
        {"x_ratelimit_reset": str(int(NOW.timestamp()) + 86_400 * 20)},
        {"Retry_After": format_datetime(NOW + timedelta(days=3), usegmt=True)},
    ],
    ids=str,
)
def test_a_limit_that_resets_too_late_ends_the_run_at_once(
    serve, transport_to, call, fake_time, headers
):
    server = serve(_throttled(Date=format_datetime(NOW, usegmt=True), **headers))
    with pytest.raises(QuotaExhausted, match="max_wait_seconds") as caught:
        transport_to(server).send(call())
    assert caught.value.until is not None
    assert caught.value.until > datetime.now(timezone.utc) + timedelta(seconds=290)
    assert len(server.requests) == 1
    assert fake_time.slept == []


@pytest.mark.parametrize(
    "headers", [{"Retry_After": "9" * 30}, {"x_ratelimit_reset": "1720710405000"}], ids=str
)
def test_a_limit_that_resets_beyond_all_dates(serve, transport_to, call, headers):
    with pytest.raises(QuotaExhausted):
        transport_to(serve(_throttled(**headers))).send(call())


def test_the_last_call_of_a_window_makes_the_next_one_wait(serve, transport_to, call, fake_time):
    reset = str(int(NOW.timestamp()) + 42)
    last = {
        "Date": format_datetime(NOW, usegmt=True),
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": reset,
    }
    transport = transport_to(serve(Reply(headers=last), Reply()))
    transport.send(call())
    transport.send(call())
    assert sum(fake_time.slept) == pytest.approx(42)


def test_one_throttled_thread_holds_the_others_back(serve, transport_to, call, fake_time):
    transport = transport_to(serve(_throttled(Retry_After="30"), Reply()))
    transport.send(call())
    waited = sum(fake_time.slept)
    assert transport.pace.rests_until >= 1000 + 30
    assert waited <= 31


def test_calls_are_paced_over_all_threads(serve, transport_to, call, monkeypatch):
    monkeypatch.setattr(pyrate_limiter, "Duration", type("Short", (), {"MINUTE": 250}))
    server = serve(Reply())
    transport = transport_to(server, max_requests_per_minute=6)
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: transport.send(call()), range(20)))
    assert len(server.requests) == 20
    assert time.monotonic() - began > 3 * 0.25 - 0.02  # the clocks of the two differ in their grain


def test_retries_are_paced_too(serve, transport_to, call, monkeypatch):
    monkeypatch.setattr(pyrate_limiter, "Duration", type("Short", (), {"MINUTE": 100}))
    server = serve(*[Reply(503)] * 4, Reply())
    transport = transport_to(server, max_requests_per_minute=1)
    began = time.monotonic()
    transport.send(call())
    assert time.monotonic() - began > 0.35


@settings(max_examples=40)
@given(
    first=st.floats(0.1, 5),
    failures=st.lists(st.sampled_from([502, 503, 504]), min_size=1, max_size=MAX_TRIES - 1),
)
def test_waits_double_within_their_jitter_and_are_bounded(first, failures):
    waits = Transport("http://x.example", first_wait=first)._waits()
    next(waits)
    wait = first
    for status in failures:
        actual = waits.send(RetryableError(f"HTTP {status}"))
        assert wait / 2 <= actual <= wait
        wait = min(wait * 2, transport_module.LONGEST_WAIT)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    script=st.lists(st.sampled_from([*sorted(BUSY), "429", "ok", "403", "400"]), max_size=8),
    effect=st.sampled_from(list(Effect)),
)
def test_whatever_fails_a_write_is_never_applied_twice_and_no_request_is_wasted(script, effect):
    """Against a model: how many requests a call costs, and what comes of it."""
    replies = {
        **BUSY,
        "429": Reply(429, b"", {"Retry-After": "1"}),
        "ok": Reply(body={"ok": 1}),
        "403": Reply(403, {"error_message": "invalid token"}),
        "400": Reply(400, {"error_message": "bad"}),
    }
    expected = 0
    outcome: type[SeaTableError] | None = None
    for name in [*script, "ok"]:
        expected += 1
        if name == "ok":
            outcome = None
        elif name in {"403", "400"}:
            outcome = TokenRejected if name == "403" else RequestRejected
        elif name == "429" or effect is not ONCE:
            if expected == MAX_TRIES:
                outcome = QuotaExhausted if name == "429" else ServerUnavailable
            else:
                continue
        else:
            outcome = AmbiguousWriteError
        break
    with (
        serving([replies[name] for name in script] + [replies["ok"]]) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("backoff._sync.time.sleep", lambda _seconds: None)
        patch.setattr(rate_limit.Pace, "wait", lambda *_: None)
        transport = Transport(server.url, first_wait=0.0, timeout=5.0)
        call = Call("POST", "/x/", "do it", "x", effect=effect, json={})
        if outcome is None:
            assert transport.send(call) == {"ok": 1}
        else:
            with pytest.raises(outcome) as caught:
                transport.send(call)
            assert type(caught.value) is outcome
        assert len(server.requests) == expected == transport.calls["x"]
