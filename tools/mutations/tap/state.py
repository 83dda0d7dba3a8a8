"""Guarantees of the tap's state: what is known of emitted rows, and of warnings before."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_STANDING = "singer_seatable/run_log/standing.py"
_WARNINGS = "tests/tap/state/test_standing_warnings.py"
_BOOKMARK = "tap_seatable/state/bookmark.py"
_DELETES = "tests/tap/records/test_deletes.py"
_EMITTED = "tests/tap/state/test_emitted_rows.py"
_INVALID = "tests/tap/state/test_invalid_bookmarks.py"

STATE = (
    Mutation(
        "a new version is later than the last",
        _BOOKMARK,
        "return max(int(datetime.now(timezone.utc).timestamp() * 1000), last + 1)",
        "return int(datetime.now(timezone.utc).timestamp() * 1000)",
        f"{_DELETES} -k 'gateway and newer_whatever'",
    ),
    Mutation(
        "a damaged state is not used",
        _BOOKMARK,
        'if fields.get("check") != _check_sum(content):',
        "if False:",
        f"{_INVALID} -k 'gateway and (damaged or mixed)'",
    ),
    Mutation(
        "a bookmark that people change counts",
        _BOOKMARK,
        'if state.get("replication_key_value") != bookmark.replication_key_value:',
        "if False:",
        f"{_INVALID} -k by_hand",
    ),
    Mutation(
        "a state of another table is not used",
        _BOOKMARK,
        'if fields.get("table") != table:',
        "if False:",
        f"{_INVALID} -k 'gateway and another_table'",
    ),
    Mutation(
        "a sketch with something left in it shows nothing",
        "tap_seatable/state/iblt.py",
        "if any(self._cells):",
        "if False:",
        "tests/tap/state/test_sketches.py -k 'right_or_is_not_there'",
    ),
    Mutation(
        "the content of a row in a list is unknown while the row goes out",
        "tap_seatable/state/row_list.py",
        "self._digests.update(dict.fromkeys(row_ids, _UNKNOWN))",
        "self._digests = dict.fromkeys(row_ids, _UNKNOWN) | self._digests",
        f"{_EMITTED} -k 'announced'",
    ),
    Mutation(
        "what a list does not know becomes unknown to the sketches that replace it",
        "tap_seatable/state/row_list.py",
        "yield row_id, None if digest == _UNKNOWN else digest",
        "yield row_id, digest",
        f"{_EMITTED} -k 'have_their_contents'",
    ),
    Mutation(
        "an edit that sketches do not know of is not forgotten",
        "tap_seatable/state/row_sketches.py",
        "self.contents_known = knew and all(is_new)",
        "self.contents_known = knew",
        f"{_EMITTED} -k 'announced'",
    ),
    Mutation(
        "a table that has become small is listed again",
        "tap_seatable/state/emitted_rows.py",
        " and not _is_shorter(self._rows, capacity)",
        "",
        f"{_EMITTED} -k 'crosses_the_limit and gateway'",
    ),
    Mutation(
        "a list that became too long turns into sketches",
        "tap_seatable/state/emitted_rows.py",
        "            self.form = sketches\n",
        "            del sketches\n",
        f"{_EMITTED} -k 'crosses_the_limit and gateway'",
    ),
    Mutation(
        "a warning that was not logged is logged",
        _STANDING,
        "is_new = digest not in self._warned_before and digest not in self._current",
        "is_new = not self._warned_before and digest not in self._current",
        f"{_WARNINGS} -k 'run_before_it'",
    ),
    Mutation(
        "a warning that comes back is logged again",
        _STANDING,
        '" ".join(sorted(self._current))',
        '" ".join(sorted(self._current | self._warned_before))',
        f"{_WARNINGS} -k 'run_before_it'",
    ),
    Mutation(
        "a run after one that left no bookmark is not the first",
        "tap_seatable/state/stream_state.py",
        "self.last_version > 0 and not self.has_bookmark",
        "False",
        "tests/tap/records/test_deletes.py -k 'does_not_call_itself'",
    ),
    Mutation(
        "a stream that gets its own name back is read under a new version",
        "tap_seatable/streams/last_run.py",
        "if bookmark.sent_as != sent_as:",
        "if False:",
        "tests/tap/state/test_fingerprint.py -k 'gateway and had_another_name'",
    ),
)
