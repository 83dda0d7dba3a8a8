"""Guarantees of sinks: elements of arrays, lanes, and states behind what they acknowledge."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_SINK = "target_seatable/sinks/table_sink.py"
_PARTS_OF_STREAMS = "tests/target/load_methods/overwrite/test_parts_of_streams.py"
_KEYS_OF_ELEMENTS = "tests/target/sinks/test_keys_of_elements.py"
_LINKED_ROWS = "tests/target/links/test_linked_rows.py"
_COLUMNS = "tests/target/load_methods/test_changed_columns.py"

SINKS = (
    Mutation(
        "no state is written before a look at the columns of its rows",
        "target_seatable/target/message_target.py",
        "        self._check_columns()\n        self._write_state_message(state)",
        "        self._write_state_message(state)",
        f"{_COLUMNS} -k during_a_load",
    ),
    Mutation(
        "the metric counts each record once, whatever the series of the SDK",
        "target_seatable/sinks/batches/counted_sink.py",
        "        if not _SDK_COUNTS:\n",
        "        if _SDK_COUNTS:\n",
        "tests/target/sinks/test_record_count.py",
    ),
    Mutation(
        "elements go with their record where a later schema lacks the array",
        "target_seatable/sinks/nested_sinks.py",
        "[*self._arrays, *self._former] if is_deleted",
        "self._arrays if is_deleted",
        "tests/target/sinks/nested_arrays/test_rows_of_elements.py -k 'gateway and later_schema'",
    ),
    Mutation(
        "objects of arrays are left out with the record that they belong to",
        "target_seatable/sinks/nested_tables.py",
        "tables.table(parent) is not None or not tables.leaves_out(parent)",
        "True",
        "tests/target/tables/test_schema_contracts.py -k objects_of_records",
    ),
    Mutation(
        "rows stay where a mapper may have renamed a stream that is sent in part",
        "target_seatable/results/partial_source.py",
        " or self._reason_if_renamed(names)",
        "",
        f"{_PARTS_OF_STREAMS} -k mapper",
    ),
    Mutation(
        "rows stay where a stream that a mapper has renamed is unfinished",
        "target_seatable/results/partial_source.py",
        "incomplete_reason(self._last, self._likely_names(self._last, names))",
        "incomplete_reason(self._last, names)",
        f"{_PARTS_OF_STREAMS} -k mapper",
    ),
    Mutation(
        "tables of a copy are in the order of the source",
        "target_seatable/sinks/table_order.py",
        "        create_earlier_tables(sink, self._sinks())\n",
        "",
        "tests/target/tables/test_table_order.py -k 'gateway'",
    ),
    Mutation(
        "a stream without a last state removes nothing",
        _SINK,
        "        if not self.has_state:\n",
        "        if False:\n",
        f"{_PARTS_OF_STREAMS} -k 'gateway and feed_that_breaks_off'",
    ),
    Mutation(
        "a stream that its last state shows as unfinished removes nothing",
        "target_seatable/results/source_state.py",
        "if _cursor(bookmark.get(STATE_KEY)):",
        "if False:",
        f"{_PARTS_OF_STREAMS} -k 'gateway and unfinished_stream'",
    ),
    Mutation(
        "no element replaces another of its array whose key the column reads as the same",
        "target_seatable/sinks/batches/batch_items.py",
        "            self._element_keys.check(load.layout, records, rows, refused)\n",
        "            pass\n",
        f"{_KEYS_OF_ELEMENTS} -k 'gateway and reads_as_one_key'",
    ),
    Mutation(
        "elements of two records may have one key",
        "target_seatable/sinks/batches/element_keys.py",
        "                self._keys.clear()\n",
        "                pass\n",
        f"{_KEYS_OF_ELEMENTS} -k 'gateway and reads_as_one_key'",
    ),
    Mutation(
        "elements of elements are those of one record",
        "target_seatable/sinks/nested_sinks.py",
        "record.owner if isinstance(record, Element) else object()",
        "object()",
        f"{_KEYS_OF_ELEMENTS} -k 'gateway and read_as_one_key'",
    ),
    Mutation(
        "a filter of stream maps keeps no row that was deleted",
        "singer_seatable/stream_maps.py",
        '{"get_filter_result": lambda _record: True, "_eval": evaluate_or_null}',
        '{"_eval": evaluate_or_null}',
        "tests/target/sinks/test_mapped_values.py -k 'gateway and let_through'",
    ),
    Mutation(
        "the target deletes no row by a key that a stream map makes of nulls",
        "target_seatable/sinks/mapped_values.py",
        "if not has_key_of_row(self._map, record, mapped, self._keys):",
        "if False:",
        "tests/target/sinks/test_mapped_values.py -k 'gateway and taken_for'",
    ),
    Mutation(
        "a row whose deletion a stream map hides is not emptied",
        "target_seatable/sinks/mapped_values.py",
        "                self._warn(record)\n                return None\n",
        "                self._warn(record)\n",
        "tests/target/sinks/test_mapped_values.py -k 'gateway and mark_a_map'",
    ),
    Mutation(
        "elements get their table after the record that they belong to",
        "target_seatable/sinks/table_order.py",
        "        self._create_parent_table(sink)\n",
        "",
        f"{_KEYS_OF_ELEMENTS} -k 'gateway and made_first'",
    ),
    Mutation(
        "no state passes a batch that is under way",
        "target_seatable/results/state.py",
        "while self._waiting and (oldest is None or self._waiting[0][0] < oldest):",
        "while self._waiting:",
        "tests/target/results/test_states.py -k no_state_passes",
    ),
    Mutation(
        "a state is written after the rows are stored",
        _SINK,
        "            with shared.report.rejected.in_order(self.stream_name, arrival):\n",
        "            shared.batches.complete(ticket, awaits_links=False)\n"
        "            with shared.report.rejected.in_order(self.stream_name, arrival):\n",
        "tests/target/results/test_states.py -k 'gateway and storing_fails'",
    ),
    Mutation(
        "a batch waits for those of its stream's earlier lane",
        _SINK,
        "            shared.worker.wait()\n",
        "            pass\n",
        "tests/target/sinks/nested_arrays/test_tables_of_arrays.py -k 'gateway and overtake'",
    ),
    Mutation(
        "rejected records keep the order in which they came",
        "target_seatable/results/rejected/rejected_records.py",
        "held.sort(key=lambda entry: place_of(entry.source))",
        "pass",
        "tests/target/results/retry/test_mended_records.py -k stay_in_their_order",
    ),
    Mutation(
        "a state is written after the links are",
        "target_seatable/results/batches.py",
        "if awaits_links:",
        "if False:",
        f"{_LINKED_ROWS} -k 'gateway and state_waits'",
    ),
    Mutation(
        "a state is written after the rejected records are",
        "target_seatable/results/state.py",
        "            self._keep_rejected()\n",
        "",
        "tests/target/results/retry/test_mended_records.py -k 'stands_for_what_no_json_is'",
    ),
    Mutation(
        "batches of one table are stored one after the other",
        "target_seatable/sinks/concurrency/worker.py",
        "lambda: lane in self._running.values() or len(self._running) >= self._limit",
        "lambda: len(self._running) >= self._limit",
        "tests/target/sinks/test_worker.py -k waits_for_its_lane",
    ),
    Mutation(
        "tables that a link joins are stored one after the other",
        "target_seatable/sinks/concurrency/lanes.py",
        "return _JOINED if is_joined else stream.name",
        "return stream.name",
        "tests/target/sinks/test_concurrency.py -k linked_tables",
    ),
    Mutation(
        "an error of the worker ends the run",
        "target_seatable/sinks/concurrency/worker.py",
        "del self._running[done]\n                done.result()\n",
        "del self._running[done]\n                done.exception()\n",
        "tests/target/sinks/test_worker.py -k error_shows",
    ),
    Mutation(
        "a misspelt property in a map for several streams is not stored",
        "target_seatable/sinks/named_streams.py",
        "        self._check_hidden_by_patterns(stream)\n",
        "",
        "tests/target/messages/test_misspelt_names.py -k would_be_stored",
    ),
    Mutation(
        "a pattern in a setting that takes none ends the run",
        "target_seatable/sinks/named_streams.py",
        "if name not in self._received and matches(name, stream):",
        "if False:",
        "tests/target/messages/test_misspelt_names.py -k 'pattern_where_none'",
    ),
)
