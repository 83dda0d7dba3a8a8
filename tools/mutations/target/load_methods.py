"""Guarantees of the load methods: appends, keys, versions, and what is removed."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_APPEND = "target_seatable/load_methods/append.py"
_BATCHES = "target_seatable/load_methods/batch_writer.py"
_BASE = "target_seatable/load_methods/base.py"
_UPSERT = "target_seatable/load_methods/upsert.py"
_EQUAL_ROWS = "tests/target/load_methods/exactly_once/test_equal_rows.py"
_LOST_ANSWERS = "tests/target/load_methods/exactly_once/test_lost_answers.py"
_REMOVED_ROWS = "tests/target/load_methods/overwrite/test_removed_rows.py"
_VERSIONS = "tests/target/load_methods/overwrite/test_versions.py"
_KEYS_OF_ROWS = "tests/target/load_methods/append_and_upsert/test_keys.py"
_STORED_ROWS = "tests/target/load_methods/append_and_upsert/test_stored_rows.py"
_TOMBSTONES = "tests/target/load_methods/test_tombstones.py"
_POLICIES = "tests/target/load_methods/test_write_policies.py"
_KEYS_OF_ELEMENTS = "tests/target/sinks/test_keys_of_elements.py"
_LINKED_ROWS = "tests/target/links/test_linked_rows.py"
_COLUMNS = "tests/target/load_methods/test_changed_columns.py"
_ROWS_OF_ELEMENTS = "tests/target/sinks/nested_arrays/test_rows_of_elements.py"

LOAD_METHODS = (
    Mutation(
        "the columns of changed rows are looked at again",
        _BATCHES,
        "        self._note_written()\n        self._changed += len(chunk)",
        "        self._changed += len(chunk)",
        f"{_COLUMNS} -k 'during_a_load and update'",
    ),
    Mutation(
        "the other rows of a key that a version has brought stay",
        _BASE,
        'if self._options.on_ambiguous_key == "first" and layout.keys:',
        "if False:",
        f"{_VERSIONS} -k 'other_rows and gateway'",
    ),
    # Deletions
    Mutation(
        "a row that stays after it was deleted ends the run",
        _BATCHES,
        "        if row_ids and (left := self._existing(row_ids)):",
        "        if row_ids and (left := self._existing(row_ids)) and self._base.finds_by_sql:",
        f"{_REMOVED_ROWS} -k 'locked'",
    ),
    # Appends whose answer is lost
    Mutation(
        "an unchanged number of rows shows that an append was not applied",
        _APPEND,
        "if grown == 0 and not all(ids):",
        "if grown == 0 and not any(ids):",
        f"{_EQUAL_ROWS} -k 'gateway and some_equal_rows'",
    ),
    Mutation(
        "a table that has grown shows that rows that are not found may be there",
        _APPEND,
        "        if not any(ids):\n            raise self._ambiguous(_OTHER_COUNT)\n",
        "        if not any(ids):\n            return [None] * len(items)\n",
        "tests/target/load_methods/test_clocks.py",
    ),
    Mutation(
        "rows that this run has acknowledged are not those of a lost append",
        _APPEND,
        'if is_known(row["_id"]):',
        "if False:",
        f"{_EQUAL_ROWS} -k 'gateway and batches_of_equal_rows'",
    ),
    Mutation(
        "rows found by a read-back count as acknowledged",
        _BATCHES,
        "            self._acknowledge([row_id for row_id in ids if row_id])\n",
        "",
        f"{_EQUAL_ROWS} -k 'gateway and batches_of_equal_rows'",
    ),
    Mutation(
        "rows added before the request are not those of a lost append",
        _APPEND,
        'if parse_instant(row["_ctime"]) >= began:',
        "if True:",
        f"{_EQUAL_ROWS} -k 'gateway and edited_since'",
    ),
    Mutation(
        "equal rows of another program end the run",
        _APPEND,
        "if all(ids) and grown >= len(items) and not any(found.get(content) for content in sent):",
        "if all(ids):",
        f"{_EQUAL_ROWS} -k 'gateway and another_writer'",
    ),
    Mutation(
        "rows that were there before they were counted are not those of a lost append",
        _APPEND,
        "grown >= len(items) and not any",
        "not any",
        f"{_EQUAL_ROWS} -k 'gateway and rows_of_a_moment_ago'",
    ),
    Mutation(
        "rows that are found and were not counted are counted again",
        _APPEND,
        "if all(ids) and grown < len(items):",
        "if False:",
        f"{_LOST_ANSWERS} -k 'gateway and between_two_calls'",
    ),
    Mutation(
        "a key whose append was lost is looked up again",
        _UPSERT,
        "        self._index.forget(keys)\n        self._index.learn(keys)\n        return [",
        "        self._index.learn(keys)\n        return [",
        f"{_LOST_ANSWERS} -k 'gateway and keyed and reset_after and loses_no_row'",
    ),
    Mutation(
        "fewer rows stored than sent end the run",
        _BATCHES,
        "if not len(rows) == appended.count == known:",
        "if False:",
        f"{_STORED_ROWS} -k 'gateway and fewer_rows'",
    ),
    Mutation(
        "a column renamed in mid-run is missed at once",
        _BATCHES,
        "if missing := self.layout.missing_columns(appended.first, rows[0]):",
        "if missing := ():",
        f"{_STORED_ROWS} -k 'gateway and renamed_in_mid_run'",
    ),
    Mutation(
        "rows that are locked are not called deleted",
        _BATCHES,
        "if row_ids and (left := self._existing(row_ids)):",
        "if left := []:",
        f"{_REMOVED_ROWS} -k 'gateway and locked_row_that'",
    ),
    Mutation(
        "a row deleted in mid-run is added again",
        _UPSERT,
        "self._add(new + [item for item in self._change(changed) if item.is_new])",
        "self._change(changed)\n        self._add(new)",
        f"{_STORED_ROWS} -k 'gateway and deleted_meanwhile'",
    ),
    # Which row a record means
    Mutation(
        "a key of several rows is not guessed",
        _UPSERT,
        'if len(row_ids) <= 1 or self._options.on_ambiguous_key == "all":',
        "if True:",
        f"{_KEYS_OF_ROWS} -k 'gateway and not_guessed'",
    ),
    Mutation(
        "a locked row is an error",
        _UPSERT,
        "if any(map(self._index.is_locked, row_ids)):",
        "if False:",
        "tests/target/load_methods/append_and_upsert/test_refused_rows.py "
        "-k 'gateway and locked_row'",
    ),
    Mutation(
        "a row that comes again after its deletion keeps no old cell",
        _UPSERT,
        "return Item({**self.layout.empty_row, **item.row}, SourceRecord(record, lines))",
        "return Item(item.row, SourceRecord(item.record, lines))",
        f"{_TOMBSTONES} -k 'gateway and where_a_batch_ends'",
    ),
    # What is removed
    Mutation(
        "too large a share of a table is not removed",
        "target_seatable/load_methods/coverage.py",
        "if len(removed) > max_fraction * len(rows):",
        "if False:",
        f"{_REMOVED_ROWS} -k 'gateway and too_much'",
    ),
    Mutation(
        "a protected row is not removed",
        "target_seatable/load_methods/coverage.py",
        "(self.protected if is_protected else self.not_seen).add",
        "self.not_seen.add",
        "tests/target/load_methods/overwrite/test_protected_rows.py "
        "-k 'gateway and people_entered'",
    ),
    Mutation(
        "rows of the version that is active stay",
        _BASE,
        "if stored is None or stored >= version:",
        "if stored is None or stored > version:",
        f"{_VERSIONS} -k 'gateway and same_version'",
    ),
    Mutation(
        "rows without a version stay",
        _BASE,
        "if stored is None or stored >= version:",
        "if stored is not None and stored >= version:",
        f"{_VERSIONS} -k 'gateway and without_a_version_stay'",
    ),
    Mutation(
        "the row of a rejected record is not older",
        _BASE,
        "if protected and layout.key(row) in protected:",
        "if False:",
        f"{_VERSIONS} -k 'gateway and is_not_older'",
    ),
    Mutation(
        "rows that people added to a nested table stay",
        "target_seatable/load_methods/nested_deletes.py",
        "own in current[key[:root]] or None in own:",
        "own in current[key[:root]]:",
        f"{_ROWS_OF_ELEMENTS} -k 'gateway and people_added'",
    ),
    Mutation(
        "a row that comes again after it was deleted keeps no link",
        _UPSERT,
        "record = {**unlinked, **item.record}",
        "record = dict(item.record)",
        f"{_LINKED_ROWS} -k 'gateway and no_old_links'",
    ),
    Mutation(
        "overwrite removes elements that the later form of a record's key lacks",
        "target_seatable/load_methods/nested_deletes.py",
        "forms[key] > 1",
        "forms[key] > 2",
        f"{_KEYS_OF_ELEMENTS} -k 'gateway and two_forms and overwrite'",
    ),
    Mutation(
        "a record whose key means empty removes no rows",
        "target_seatable/load_methods/nested_deletes.py",
        "        if cell is None:\n",
        "        if False:\n",
        f"{_KEYS_OF_ELEMENTS} -k 'gateway and means_empty'",
    ),
    # A base in which people work
    Mutation(
        "cells that people have filled are not written where only empty ones may be",
        _BATCHES,
        "        chunk = self._fill_only(chunk)\n",
        "",
        f"{_POLICIES} -k 'gateway and policy_says'",
    ),
    Mutation(
        "what only new rows get comes from the first record of a key in a batch",
        _UPSERT,
        "self.layout.policies.later(before.row, item.row) if before.is_new else item.row",
        "item.row",
        f"{_POLICIES} -k 'gateway and batch_ends and upsert'",
    ),
    Mutation(
        "a row that comes again after its deletion is a new row to each policy",
        _UPSERT,
        "            number += was_deleted and not is_deleted\n",
        "",
        f"{_POLICIES} -k 'gateway and batch_ends and upsert'",
    ),
    Mutation(
        "insert-only stores the first record of a key, wherever its batch ends",
        "target_seatable/load_methods/insert_only.py",
        "        return Item(before.row, SourceRecord(before.record, lines))",
        "        return Item(item.row, SourceRecord(item.record, lines))",
        f"{_POLICIES} -k 'gateway and batch_ends and insert'",
    ),
    Mutation(
        "rows that a read returns besides those asked for do not end it",
        _BATCHES,
        '            if row["_id"] in wanted:\n                stored',
        "            if True:\n                stored",
        f"{_POLICIES} -k 'v1 and editor'",
    ),
    Mutation(
        "insert-only changes no row that exists",
        "target_seatable/load_methods/insert_only.py",
        "        self.stats.unchanged += len(changes)\n        return []\n",
        "        return super()._change(changes)\n",
        f"{_POLICIES} -k 'gateway and insert_only_changes'",
    ),
    Mutation(
        "rows that the server left are noticed where it does not count what it deletes",
        _BATCHES,
        "return deleted is not None and deleted >= len(chunk)",
        "return deleted is None or deleted >= len(chunk)",
        f"{_REMOVED_ROWS} -k locked_row_that_the_stream_lacks",
    ),
    Mutation(
        "insert-only removes no row for a version that it may not write",
        "target_seatable/load_methods/insert_only.py",
        "        del version\n"
        '        self.skip_removal("load_method insert-only leaves rows that exist as they are")\n',
        "        super().remove_older(version)\n",
        "tests/target/load_methods/test_write_policies.py -k 'gateway and keep_their_version'",
    ),
)
