"""Guarantees of what is not stored: rejected records, their retry, and `schema_contract`."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_RETRIED = "target_seatable/results/rejected/retried_file.py"
_FILE = "target_seatable/results/rejected/rejected_file.py"
_ENTRIES = "target_seatable/results/rejected/entries.py"
_RECORDS = "target_seatable/results/rejected/rejected_records.py"
_RETRY = "target_seatable/target/retry.py"
_KILLED_RETRIES = "tests/target/results/retry/test_killed_retries.py"
_LINKS_AND_ELEMENTS = "tests/target/results/retry/test_links_and_elements.py"
_MENDED_RECORDS = "tests/target/results/retry/test_mended_records.py"
_RETRIED_FILES = "tests/target/results/retry/test_retried_files.py"
_STREAM_MAPS = "tests/target/results/retry/test_stream_maps_of_retries.py"
_LINKER = "target_seatable/links/linker.py"
_LINK_FILTERS = "tests/target/links/test_link_filters.py"
_CONTRACT = "tests/target/tables/test_schema_contracts.py"
_APPLIED_PLANS = "tests/target/results/test_applied_plans.py"

REJECTED = (
    Mutation(
        "more rejected records than allowed fail the run",
        _RECORDS,
        "return self.total > self.allowed",
        "return self.total > self.allowed + 1",
        "tests/target/rows/test_values.py -k 'gateway and some_rejected'",
    ),
    Mutation(
        "a record that is rejected again stays in the file",
        _RETRIED,
        "number >= self._confirmed or number in self._again",
        "number >= self._confirmed",
        f"{_MENDED_RECORDS} -k 'what_is_mended'",
    ),
    Mutation(
        "a record that is not yet stored stays in the file",
        _RETRIED,
        "number >= self._confirmed or number in self._again",
        "number in self._again",
        f"{_KILLED_RETRIES} -k 'without_a_key_a_kill or whenever_a_retry'",
    ),
    Mutation(
        "nothing of a file that cannot be replaced is loaded",
        _RETRY,
        "                    file.check_replaceable()\n",
        "                    pass\n",
        f"{_RETRIED_FILES} -k 'cannot_be_replaced'",
    ),
    Mutation(
        "records of one stream that were for two tables are not mixed",
        _RETRY,
        "            if len(places) > 1:\n",
        "            if len(places) > 2:\n",
        "tests/target/test_load_command.py -k 'two_tables'",
    ),
    # Plans
    Mutation(
        "a plan is applied only to a base that has not moved",
        "target_seatable/results/plans/plan_file.py",
        "            planned.operations is None or planned.operations != metadata.version\n",
        "            planned.operations is None\n",
        f"{_APPLIED_PLANS} -k 'after_any_move or what_moved'",
    ),
    Mutation(
        "no more rows are removed than planned",
        "target_seatable/results/plans/plan_file.py",
        "        if removed > planned.delete + planned.mark:\n",
        "        if removed > 10**9:\n",
        f"{_APPLIED_PLANS} -k 'removed_than_planned'",
    ),
    Mutation(
        "a plan that was made with other settings creates no base",
        "target_seatable/sinks/opened_base.py",
        "        planned.check_settings(config.by_name)\n",
        "        pass\n",
        "tests/target/tables/test_create_base.py -k 'gateway and with_other_settings'",
    ),
    Mutation(
        "a plan of a base that is yet to be made is applied to no other",
        "target_seatable/results/plans/plan_file.py",
        "_NO_PART - _NEW_BASE if creates_base",
        "_NO_PART if creates_base",
        "tests/target/tables/test_create_base.py -k 'gateway and with_other_settings'",
    ),
    Mutation(
        "a planned stream that brings nothing is reported",
        "target_seatable/results/plans/plan_file.py",
        "done.get(stream, RowCounts())",
        "done.get(stream, expected)",
        f"{_APPLIED_PLANS} -k 'brings_nothing'",
    ),
    Mutation(
        "a dry run reads rows as it would have changed them",
        "target_seatable/tables/dry_run/base.py",
        "        self._rows[table].change(updates)\n",
        "        pass\n",
        "tests/target/results/test_true_plans.py -k 'gateway and (new_version or filled_again)'",
    ),
    Mutation(
        "a dry run finds the rows that it would have added",
        "target_seatable/tables/dry_run/base.py",
        "        self._rows[table].add(dict(zip(ids, rows, strict=True)))\n",
        "        pass\n",
        "tests/target/results/test_true_plans.py -k 'gateway and (that_ended or lacks)'",
    ),
    Mutation(
        "a dry run knows the ids of rows only where the server tells them",
        "target_seatable/tables/dry_run/base.py",
        "ids if self.tells_row_ids else None",
        "ids",
        "tests/target/results/test_true_plans.py -k 'comes_again'",
    ),
    Mutation(
        "a dry run that fails leaves no plan of an earlier one",
        "target_seatable/results/plans/plan_file.py",
        "    place.unlink()\n",
        "    pass\n",
        "tests/target/results/test_plan_files.py -k 'fails_leaves_no_plan'",
    ),
    Mutation(
        "a batch of a retry is taken out of the file when it is stored, not before",
        _RETRY,
        "                if not self._take_apart(index, file, message):\n"
        "                    yield message.line\n"
        "                self._place = (index, message.number + 1)\n",
        "                self._place = (index, message.number + 1)\n"
        "                self._write_state_message({'place': self._place})\n"
        "                if not self._take_apart(index, file, message):\n"
        "                    yield message.line\n",
        f"{_KILLED_RETRIES} -k 'without_a_key_a_kill'",
    ),
    Mutation(
        "a retry keeps what it rejects of a file after others that are done",
        _RETRY,
        "        self._files[index].write(self._added)\n",
        "        self._files[0].write(self._added)\n",
        f"{_LINKS_AND_ELEMENTS} -k 'wherever_it_comes_from'",
    ),
    Mutation(
        "a record that two routes reject in a retry stays for both",
        _RETRIED,
        "            if entry.place and same_route:\n",
        "            if entry.place:\n",
        f"{_STREAM_MAPS} -k 'each_way_that_rejects'",
    ),
    Mutation(
        "a line stands for one of several equal objects, and the others stay",
        _RETRIED,
        "        self._objects[found] -= 1\n",
        "        pass\n",
        f"{_LINKS_AND_ELEMENTS} -k 'several_equal_objects'",
    ),
    Mutation(
        "a rejected link tells all rows that it did not find",
        _LINKER,
        "unresolved.append((row_id, missing))",
        "unresolved.append((row_id, missing[:1]))",
        "tests/target/links/test_linked_rows.py -k 'all_rows_that_a_link'",
    ),
    Mutation(
        "a link of a row that is not in the base stays in the file",
        _RETRY,
        "must_exist=True",
        "must_exist=False",
        f"{_LINKS_AND_ELEMENTS} -k 'row_that_is_not_in_the_base'",
    ),
    Mutation(
        "what other programs append during a retry stays in the file",
        _RETRIED,
        "                    new.write(block)\n",
        "                    pass\n",
        f"{_RETRIED_FILES} -k 'append_meanwhile'",
    ),
    Mutation(
        "a file that was edited during a retry is left as it is",
        _RETRIED,
        "        if before.digest() != self._digest:\n",
        "        if False:\n",
        f"{_RETRIED_FILES} -k 'edited_meanwhile'",
    ),
    Mutation(
        "a line that was broken off costs no line behind it",
        _FILE,
        'b"\\n" * is_broken + self._lines(entries)',
        "self._lines(entries)",
        f"{_RETRIED_FILES} -k 'broken_off'",
    ),
    Mutation(
        "a rejected record stands behind the schema that it came with",
        _FILE,
        "            if end != self._end:",
        "            if False:",
        f"{_RETRIED_FILES} -k 'two_programs'",
    ),
    Mutation(
        "a text in place of what cannot be stored is not stored",
        _RETRIED,
        '        return list(unmended(_fields.decode(record.line)["record"], record.marks))\n',
        "        return []\n",
        f"{_MENDED_RECORDS} -k 'stands_for'",
    ),
    Mutation(
        "a retry emits no state",
        _RETRY,
        '        index, count = state["place"]\n',
        '        index, count = state["place"]\n        super()._write_state_message(state)\n',
        f"{_MENDED_RECORDS} -k 'what_is_mended'",
    ),
    Mutation(
        "a retry removes no rows that it lacks",
        "target_seatable/load_methods/registry.py",
        "return next((known for known, method in LOAD_METHODS.items() if method is other), name)",
        "return name",
        f"{_MENDED_RECORDS} -k 'overwrite_and_state'",
    ),
    Mutation(
        "a number that is a key is one, however it is written",
        "target_seatable/rows/exact_text.py",
        '    fraction = fraction.rstrip("0")\n',
        "",
        "tests/target/load_methods/append_and_upsert/test_keys.py -k 'gateway and one_key_however'",
    ),
    Mutation(
        "a record is not stored again by a route that has stored it",
        _RETRY,
        "            routes = [route for route in routes if route[1].stream_name == name]\n",
        "            pass\n",
        f"{_STREAM_MAPS} -k 'a_way_that_has_stored'",
    ),
    Mutation(
        "a record that a filter leaves out in a retry stays in the file",
        _RETRY,
        "            self._files[marks.file].keep(marks.line)\n",
        "            pass\n",
        f"{_STREAM_MAPS} -k 'that_a_filter_leaves_out'",
    ),
    Mutation(
        "a row that lacks its link is not added again",
        _RECORDS,
        "            row_id=row_id,\n",
        "            row_id=None,\n",
        f"{_LINKS_AND_ELEMENTS} -k 'a_link_is_written_later'",
    ),
    Mutation(
        "all reasons of a record are kept",
        _ENTRIES,
        '        "reasons": reasons_of(errors),\n',
        '        "reasons": reasons_of(errors[:1]),\n',
        f"{_MENDED_RECORDS} -k 'all_reasons'",
    ),
    Mutation(
        "records of one key that are rejected together are all kept",
        "target_seatable/load_methods/upsert.py",
        "        return (*before.record.lines, *item.record.lines)\n",
        "        return item.record.lines\n",
        f"{_MENDED_RECORDS} -k 'records_of_one_key'",
    ),
    Mutation(
        "frozen columns end the run before a row is stored",
        "target_seatable/tables/stream_tables.py",
        'if unknown and self._column_rule(stream, table) == "freeze":',
        "if False:",
        f"{_CONTRACT} -k 'frozen_columns'",
    ),
    Mutation(
        "frozen types end the run",
        "target_seatable/sinks/batches/batch_items.py",
        '        if rule == "freeze":\n',
        "        if False:\n",
        f"{_CONTRACT} -k 'frozen_types'",
    ),
    Mutation(
        "the row of a record that the contract leaves out is not removed",
        "target_seatable/load_methods/base.py",
        "            self._coverage.rejected.append(record)\n",
        "            pass\n",
        f"{_CONTRACT} -k 'row_of_a_record'",
    ),
    Mutation(
        "a value that is left out is no key",
        "target_seatable/sinks/batches/batch_items.py",
        "        isinstance(refusal.error, InvalidValueError) and refusal.property is not None\n",
        "        refusal.property is not None\n",
        f"{_CONTRACT} -k 'is_no_key'",
    ),
    Mutation(
        "a table of which every record was refused is not left behind",
        "target_seatable/target/target.py",
        "            self.remove_refused_tables()\n",
        "",
        "tests/target/tables/test_refused_tables.py -k 'is_made_anew'",
    ),
    Mutation(
        "a table with rows is not removed, whoever has added them",
        "target_seatable/tables/refused_tables.py",
        'return None if _has_no_rows(base_tables, table) else "it has rows"',
        "return None",
        "tests/target/tables/test_refused_tables.py -k 'with_rows'",
    ),
    # Links that a column's filter excludes
    Mutation(
        "a link that the server left out is rejected",
        _LINKER,
        "self._read_omitted(links, changes) if _has_filter(column) else {}",
        "{}",
        f"{_LINK_FILTERS} -k 'is_rejected_and'",
    ),
    Mutation(
        "a link that the server left out is noticed where a cell shows only some",
        _LINKER,
        "if linked_ids is None]",
        "if False]",
        f"{_LINK_FILTERS} -k 'however_many'",
    ),
)
