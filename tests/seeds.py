"""Seeds of random tests: each test its own, new ones in `make soak`, any of them again.

A seed that never changes proves one life. A seed that always changes lets a change fail for what
it did not touch. So `make test` has the seeds of the tests' names, the same on every machine and
Python, and `make soak` draws new ones; the same goes for the examples of Hypothesis. A test that
fails shows its seed; SEATABLE_SEED gives it.
"""

from __future__ import annotations

import os
import secrets
from zlib import crc32

from hypothesis import HealthCheck, settings

SOAK = bool(os.environ.get("SEATABLE_SOAK"))
"""Whether the long tests run: `make soak` sets SEATABLE_SOAK."""

# Hypothesis by itself draws new examples on each machine but those of CI services, and gives each
# 200 ms, which a busy machine exceeds.
settings.register_profile(
    "test", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("soak", settings.get_profile("test"), derandomize=False, print_blob=True)
settings.load_profile("soak" if SOAK else "test")

SEED = "SEATABLE_SEED"
"""The environment variable that gives a seed, to run a test again."""


def draw_seed() -> int:
    """The seed of the test that runs, a whole number of 32 bits.

    It is printed: pytest shows it where the test fails.
    """
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    given = os.environ.get(SEED)
    seed = int(given) if given else secrets.randbits(32) if SOAK else crc32(test.encode())
    soak = "SEATABLE_SOAK=1 " if SOAK else ""
    again = f"{soak}{SEED}={seed} pytest '{test}'"
    print(f"The seed is {seed}. To run it again: {again}")  # noqa: T201  (pytest shows it)
    return seed


ANSWERS_FROM = "SEATABLE_ANSWERS_FROM"
"""The environment variable that gives the first of the 50 seeds of servers with drawn answers."""

EVERY_TEST_DRAWS = bool(os.environ.get("SEATABLE_EVERY_TEST_DRAWS"))
"""Whether every test has a server with drawn answers, each another one of 50."""


def draw_answer_seeds() -> tuple[int, ...]:
    """The seeds of the servers with drawn answers: in a soak 50 new ones, the same in each process.

    The three of `make test` have all answers.
    """
    if not SOAK and not EVERY_TEST_DRAWS:
        return (0, 43, 150)
    # The processes that pytest-xdist starts find it in their environment.
    first = int(os.environ.setdefault(ANSWERS_FROM, str(secrets.randbits(32))))
    return tuple(range(first, first + 50))


def describe_answer_seeds() -> str:
    """Which seeds servers with drawn answers have, and how to run tests with them again."""
    seeds = draw_answer_seeds()
    again = f"SEATABLE_SANDBOX_ANSWERS={seeds[0]} pytest TEST[gateway]"
    if SOAK or EVERY_TEST_DRAWS:
        which = "SEATABLE_EVERY_TEST_DRAWS=1" if EVERY_TEST_DRAWS else "SEATABLE_SOAK=1"
        again += f" (one), {which} {ANSWERS_FROM}={seeds[0]} pytest (all)"
    return f"drawn answers: seeds {', '.join(map(str, seeds))}. To run them again: {again}"
