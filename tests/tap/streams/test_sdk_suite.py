"""The SDK's own suite, on a base with every column type, and what that suite cannot notice.

Its class asks the tap for streams while pytest collects, so the server runs before any fixture.
"""

from __future__ import annotations

import atexit
from collections import Counter

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from seatable_sandbox import Sandbox
from tap_seatable.tap import TapSeaTable
from tests.tap.support import config_of, read
from tests.tap.zoo import add_zoo, link_zoo

SANDBOX = Sandbox()
SANDBOX.start()
atexit.register(SANDBOX.stop)
BASE = SANDBOX.create_base("Suite")
CONFIG = config_of(SANDBOX, BASE)
add_zoo(BASE)
link_zoo(CONFIG, BASE)

TestTapSeaTable = get_tap_test_class(
    TapSeaTable, config=CONFIG, suite_config=SuiteConfig(max_records_limit=150)
)


@pytest.fixture(scope="module")
def run():
    return read(CONFIG)


def test_every_key_comes_once(run):
    """The suite's own test of keys passes with duplicates, too."""
    for stream in ("Zoo", "Others"):
        expected = {row["_id"]: 1 for row in BASE.rows(stream)}
        assert Counter(run.ids(stream)) == expected


def test_the_final_state_holds_one_bookmark_per_stream_and_no_progress(run):
    """The suite's own test of the state looks only at its top level."""
    assert set(run.state) == {"bookmarks"}
    assert set(run.state["bookmarks"]) == {"Zoo", "Others"}
    for marks in run.state["bookmarks"].values():
        assert "progress_markers" not in marks
        assert marks["replication_key"] == "_mtime"
