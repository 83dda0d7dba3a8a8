"""Warnings of what stays are told once, and again when they change; a merge silences none."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from singer_seatable.run_log import WARNED_KEY, StandingWarnings
from tests.tap.state.test_merged_states import merged
from tests.tap.support import discover, make_table, read

pytestmark = pytest.mark.only_on("gateway")


@pytest.fixture
def kept(base, config):
    """The catalog of a table, which then gets a column that the catalog does not know."""
    make_table(base, "T", 2)
    catalog = discover(config)
    base.add_column("T", "New", "text")
    return catalog


class WarningList(logging.Handler):
    """Keeps the warnings that are told."""

    def __init__(self, lines):
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record):
        self._lines.append(record.getMessage())


def warnings_of(config, catalog, state):
    """What a run warns of."""
    found: list[str] = []
    handler = WarningList(found)
    logging.getLogger().addHandler(handler)
    try:
        read(config, catalog=catalog, state=state)
    finally:
        logging.getLogger().removeHandler(handler)
    return found


def test_a_warning_is_told_once_and_again_when_it_changes(base, config, kept):
    first = read(config, catalog=kept)
    [line] = warnings_of(config, kept, None)
    assert "'New', which the catalog does not know" in line
    assert "--refresh-catalog" in line
    assert not warnings_of(config, kept, first.state)
    base.add_column("T", "Newer", "text")
    [line] = warnings_of(config, kept, first.state)
    assert "'New', 'Newer'" in line
    second = read(config, catalog=kept, state=first.state)
    assert not warnings_of(config, kept, second.state)
    # What was told before and has come back since is told again.
    base.delete_column("T", "Newer")
    assert warnings_of(config, kept, second.state)


def test_a_new_table_names_the_option_of_meltano(base, config, kept):
    base.delete_column("T", "New")
    make_table(base, "U")
    [line] = warnings_of(config, kept, None)
    assert "The catalog does not know table 'U'. It is not read." in line
    assert "--refresh-catalog" in line


def test_an_idle_run_remembers_what_it_has_told(base, config, kept):
    """The column comes with no record, so nothing but the warning is to be remembered."""
    first = read(config, catalog=kept)
    second = read(config, catalog=kept, state=first.state)
    assert second.state[WARNED_KEY] == first.state[WARNED_KEY]
    third = read(config, catalog=discover(config), state=second.state)
    assert third.state[WARNED_KEY] == ""  # never removed, for a merge would bring it back
    assert warnings_of(config, kept, third.state)


def test_a_run_without_warnings_leaves_the_state_as_it_is(base, config):
    make_table(base, "T", 2)
    assert WARNED_KEY not in read(config).state


def test_a_run_that_ends_before_its_first_stream_tells_again(config, kept):
    run = read({**config, "where": {"T": "no such column = 1"}}, catalog=kept)
    assert run.error
    assert WARNED_KEY not in run.state


@pytest.mark.parametrize(
    "damaged", [None, 7, ["a"], {"a": 1}, "no digest at all", "\x00", "0" * 100_000]
)
def test_what_is_no_memory_silences_nothing(base, config, kept, damaged):
    state = {**read(config, catalog=kept).state, WARNED_KEY: damaged}
    assert warnings_of(config, kept, state)


def test_what_endangers_data_is_told_in_each_run(base, config):
    """Such as a setting that hides nothing: each run may show what was to be hidden."""
    make_table(base, "T", 2)
    config = {**config, "exclude_tables": ["Salaries 2020*"]}
    first = read(config)
    for state in (None, first.state):
        [line] = warnings_of(config, None, state)
        assert "has no effect, because the table does not exist" in line


def test_a_merge_with_an_older_state_is_a_state(base, config, kept):
    states = [read(config, catalog=kept).state]
    base.add_column("T", "Newer", "text")
    states.append(read(config, catalog=kept, state=states[0]).state)
    for first, other in (states, reversed(states)):
        merged_state = merged(first, other)
        assert isinstance(merged_state[WARNED_KEY], str)
        run = read(config, catalog=kept, state=merged_state)
        assert run.error == ""
        assert not run.messages_of("RECORD")


# Of any warnings

WARNINGS = st.frozensets(st.sampled_from([f"Table {number!r} is new" for number in range(6)]))


def tell(state, current):
    """One run: what it warns of, and its state."""
    warned: list[str] = []
    logger = logging.getLogger("tests.standing")
    logger.handlers[:] = [WarningList(warned)]
    standing = StandingWarnings(json.loads(json.dumps(state)))
    for sentence in sorted(current):
        standing.warn(logger, "%s", sentence)
        standing.warn(logger, "%s", sentence)  # a view of the table has the same
    assert len(warned) == len(set(warned))
    return set(warned), {**state, **standing.remember()}


@given(st.lists(WARNINGS, min_size=1, max_size=6))
def test_each_run_tells_what_the_run_before_it_did_not(runs):
    state: dict[str, str] = {}
    before: frozenset[str] = frozenset()
    for current in runs:
        warned, state = tell(state, current)
        assert warned == current - before
        before = current


@given(WARNINGS, WARNINGS, WARNINGS)
def test_a_merge_silences_only_what_one_of_the_two_has_told(first, other, current):
    states = [tell({}, warned)[1] for warned in (first, other)]
    for new, old in (states, reversed(states)):
        warned, _ = tell(merged(new, old), current)
        assert warned >= current - first - other
