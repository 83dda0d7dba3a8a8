"""What networks and servers do to a load, and the streams that it happens to."""

import threading
import time
from types import SimpleNamespace

from seatable_sandbox import Fault
from tests.target.singer import record, schema

KEYED = schema("t", {"id": "integer", "v": "string"}, ["id"])
KEYLESS = schema("t", {"id": "integer", "v": "string"})
WRITES = r"/(rows|batch-append-rows)/$"
TIMEOUT = 1
HANGS = 1.2
"""Longer than the client waits for an answer."""

SLEEP = time.sleep
CLOCK = SimpleNamespace(**vars(time))
LATE: list[threading.Timer] = []
"""The writes that the sandbox applies late."""


class Late(threading.Timer):
    """A write that is applied late."""

    def start(self):
        super().start()
        LATE.append(self)


def apply_late_writes():
    """Wait for what is applied late."""
    for timer in tuple(LATE):
        timer.join()


def hurry(seconds, most=0.2):
    """Sleep less. What is applied late is applied within the pause, however busy the machine is."""
    SLEEP(min(seconds, most))
    apply_late_writes()


def records(*ids, v="x"):
    return [record("t", id=key, v=v) for key in ids]


LOST_WRITES = [
    Fault("status", WRITES, "POST", status=502),
    Fault("status", WRITES, "POST", status=504),
    Fault("status", WRITES, "POST", status=500),
    Fault("html", WRITES, "POST"),
    Fault("reset_before", WRITES, "POST"),
    Fault("reset_after", WRITES, "POST"),
    Fault("cut", WRITES, "POST"),
    Fault("unread", WRITES, "POST", reused=True),
    Fault("reset_before", WRITES, "POST", reused=True),
    Fault("reset_after", WRITES, "POST", reused=True),
    Fault("close", times=99),
    Fault("delayed_apply", WRITES, "POST", seconds=0.03),
    Fault("status", WRITES, "POST", status=429, retry_after=0),
]


def named(fault):
    return f"{fault.kind}-{fault.status}{fault.path[:5]}{'-reused' * fault.reused}"


def again(fault, **changes):
    return Fault(**{**vars(fault), "headers": {}, **changes})
