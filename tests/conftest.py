"""What all tests have in common: processes, the seeds of random ones, no connections left open."""

import gc
import itertools
import os

import pytest

from tests.seeds import EVERY_TEST_DRAWS, describe_answer_seeds  # the module sets Hypothesis up
from tests.servers import answer_seed

_TESTS_BETWEEN_COLLECTIONS = 100

_finished = itertools.count(1)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Tests wait for the processes that they start: more of them than cores run at once."""
    cores = yield
    return 3 * cores // 2


def pytest_report_header():
    """Show the seeds of the servers with drawn answers."""
    return describe_answer_seeds()


def pytest_runtest_setup(item):
    """Where every test draws, give those sandboxes drawn answers, too, that it makes itself."""
    if EVERY_TEST_DRAWS:
        os.environ["SEATABLE_SANDBOX_ANSWERS"] = str(answer_seed(item.nodeid))


def pytest_runtest_logfinish():
    """Drop what ended runs hold, such as their connections.

    A target sets older objects aside while it runs (`reduced_gc`), and those are then no reason
    for Python to look at all. Ten thousand runs in one process would use up its files.
    """
    if not next(_finished) % _TESTS_BETWEEN_COLLECTIONS:
        gc.collect()
