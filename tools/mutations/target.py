"""Guarantees of the target: no row lost, none doubled, none removed that is wanted."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_APPEND = "target_seatable/load_methods/append.py"
_BATCHES = "target_seatable/load_methods/batch_writer.py"
_BASE = "target_seatable/load_methods/base.py"
_UPSERT = "target_seatable/load_methods/upsert.py"
_WRITE_POLICIES = "target_seatable/rows/write_policies.py"
_SINK = "target_seatable/sinks/table_sink.py"
_EQUAL_ROWS = "tests/target/load_methods/exactly_once/test_equal_rows.py"
_LOST_ANSWERS = "tests/target/load_methods/exactly_once/test_lost_answers.py"
_PARTS_OF_STREAMS = "tests/target/load_methods/overwrite/test_parts_of_streams.py"
_REMOVED_ROWS = "tests/target/load_methods/overwrite/test_removed_rows.py"
_VERSIONS = "tests/target/load_methods/overwrite/test_versions.py"
_KEYS_OF_ROWS = "tests/target/load_methods/append_and_upsert/test_keys.py"
_STORED_ROWS = "tests/target/load_methods/append_and_upsert/test_stored_rows.py"
_TOMBSTONES = "tests/target/load_methods/test_tombstones.py"
_POLICIES = "tests/target/load_methods/test_write_policies.py"
_TEXTS = "tests/target/rows/text_formats/test_loading_texts.py"
_KEYS_OF_ELEMENTS = "tests/target/sinks/test_keys_of_elements.py"
_LINKED_ROWS = "tests/target/links/test_linked_rows.py"
_COLUMNS = "tests/target/load_methods/test_changed_columns.py"
_ROWS_OF_ELEMENTS = "tests/target/sinks/nested_arrays/test_rows_of_elements.py"
_COPIED_VIEWS = "tests/target/tables/copies/test_copied_views.py"

TARGET = (
    Mutation(
        "no state is written before a look at the columns of its rows",
        "target_seatable/target/message_target.py",
        "        self._check_columns()\n        self._write_state_message(state)",
        "        self._write_state_message(state)",
        f"{_COLUMNS} -k during_a_load",
    ),
    Mutation(
        "the columns of changed rows are looked at again",
        _BATCHES,
        "        self._note_written()\n        self._changed += len(chunk)",
        "        self._changed += len(chunk)",
        f"{_COLUMNS} -k 'during_a_load and update'",
    ),
    Mutation(
        "a column of another type is not the same column",
        "target_seatable/tables/confirm/written_columns.py",
        "if after.type != before.type:",
        "if False:",
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
        "the other rows of a key that a version has brought stay",
        _BASE,
        'if self._options.on_ambiguous_key == "first" and layout.keys:',
        "if False:",
        f"{_VERSIONS} -k 'other_rows and gateway'",
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
    # Copies
    Mutation(
        "a copy stores what the clock of the source showed",
        "target_seatable/messages/reader.py",
        "        self._wall_clocks.apply(message)\n",
        "",
        "tests/singer/test_date_times.py -k 'what_the_server_sent or lost_their_offsets'",
    ),
    Mutation(
        "a copy stores what the clock of the source showed, on the fast path",
        "target_seatable/messages/typed_decoder.py",
        "self.decode = self._decode_in_utc if in_utc else self._decode",
        "self.decode = self._decode",
        "tests/singer/test_date_times.py -k 'what_the_server_sent'",
    ),
    Mutation(
        "offsets give every date-time back",
        "singer_seatable/date_times.py",
        'all(start[_DAY:] == "T" and is_day(start[:_DAY]) for start in set(starts) - {""})',
        "True",
        "tests/singer/test_date_times.py -k 'comes_back'",
    ),
    Mutation(
        "tables of a copy are in the order of the source",
        "target_seatable/sinks/table_order.py",
        "        create_earlier_tables(sink, self._sinks())\n",
        "",
        "tests/target/tables/test_table_order.py -k 'gateway'",
    ),
    Mutation(
        "integers in lists are stored as the numbers that they are",
        "target_seatable/messages/whole_numbers.py",
        "            record[name] = with_integers(record[name])\n",
        "            record[name] = as_integer(record[name])\n",
        "tests/target/rows/test_values.py -k 'gateway and integers_in_lists'",
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
        "one reading after a lost answer is not enough",
        "target_seatable/tables/confirm/polling.py",
        "        if is_final(last):\n            return last\n        time.sleep(pause)\n",
        "        return last\n",
        f"{_LOST_ANSWERS} -k 'gateway and applied_late'",
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
        "a second row with a key is noticed",
        "target_seatable/keys/row_index.py",
        "if known != row_id:",
        "if False:",
        f"{_KEYS_OF_ROWS} -k 'gateway and not_guessed'",
    ),
    Mutation(
        "a row with whose key there is another is never unchanged",
        "target_seatable/keys/row_index.py",
        "[key for key in found if key not in self._ambiguous] if self._ambiguous else found",
        "found",
        f"{_KEYS_OF_ROWS} -k 'gateway and not_guessed'",
    ),
    Mutation(
        "a row whose content is not known counts as changed",
        "target_seatable/keys/packed.py",
        " and not row.endswith(_UNKNOWN)",
        "",
        "tests/target/keys/test_packed.py -k 'comes_out'",
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
        "parts of a key do not run into each other",
        "target_seatable/keys/digest.py",
        'b"%d:%b" % (len(part), part)',
        'b"%b" % part',
        "tests/target/keys/test_digest.py",
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
        "rows that people added to a nested table stay",
        "target_seatable/load_methods/nested_deletes.py",
        "own in current[key[:root]] or None in own:",
        "own in current[key[:root]]:",
        f"{_ROWS_OF_ELEMENTS} -k 'gateway and people_added'",
    ),
    Mutation(
        "a copy of a record's key is read as the key is",
        "target_seatable/tables/layout_builder.py",
        "if copied is not None and not (texts_mean and texts_mean.is_named):",
        "if False:",
        f"{_KEYS_OF_ELEMENTS} -k 'gateway and two_forms and spaces'",
    ),
    Mutation(
        "a copy of a record's key has a column of the key's type",
        "target_seatable/schema/new_columns.py",
        "elif (theirs := self._copied_key_column(stream, prop)) is not None:",
        "elif (theirs := self._copied_key_column(stream, prop)) is not None and False:",
        f"{_KEYS_OF_ELEMENTS} -k 'gateway and numbers_of_a_text_key'",
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
        "a row that comes again after it was deleted keeps no link",
        _UPSERT,
        "record = {**unlinked, **item.record}",
        "record = dict(item.record)",
        f"{_LINKED_ROWS} -k 'gateway and no_old_links'",
    ),
    Mutation(
        "elements get their table after the record that they belong to",
        "target_seatable/sinks/table_order.py",
        "        self._create_parent_table(sink)\n",
        "",
        f"{_KEYS_OF_ELEMENTS} -k 'gateway and made_first'",
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
    Mutation(
        "an element without its link is linked to nothing",
        "target_seatable/tables/layout_builder.py",
        "clears=stream.nested_array is not None",
        "clears=False",
        f"{_ROWS_OF_ELEMENTS} -k 'without_its_link'",
    ),
    # States and what they acknowledge
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
        "            if load is not None:\n                load.store(items)\n"
        "            awaits_links = bool(self._nested or (load and load.layout.links))\n"
        "            shared.batches.complete(ticket, awaits_links=awaits_links)\n",
        "            awaits_links = bool(self._nested or (load and load.layout.links))\n"
        "            shared.batches.complete(ticket, awaits_links=awaits_links)\n"
        "            if load is not None:\n                load.store(items)\n",
        "tests/target/results/test_states.py -k 'gateway and storing_fails'",
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
        "tests/target/results/retry/test_mended_records.py -k 'that_came_in_no_batch'",
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
        "the row limit counts rows that are on their way",
        "target_seatable/tables/row_limit.py",
        "self._rows + self._being_sent + rows <= self._limit",
        "self._rows + rows <= self._limit",
        "tests/target/sinks/test_concurrency.py -k row_limit",
    ),
    Mutation(
        "what an answer leaves out of a new table is read",
        "target_seatable/tables/base_tables.py",
        "        if answered is not None and answered.name == name and _shows(answered, new):\n",
        "        if answered is not None:\n",
        "tests/target/tables/test_stream_tables.py -k 'gateway and leaves_out'",
    ),
    Mutation(
        "an error of the worker ends the run",
        "target_seatable/sinks/concurrency/worker.py",
        "del self._running[done]\n                done.result()\n",
        "del self._running[done]\n                done.exception()\n",
        "tests/target/sinks/test_worker.py -k error_shows",
    ),
    # Links
    Mutation(
        "the last links of a row count",
        "target_seatable/links/pending.py",
        "self._in_memory[number, row_id] = value",
        "self._in_memory.setdefault((number, row_id), value)",
        "tests/target/links/test_many_links.py -k last_note",
    ),
    Mutation(
        "a link by a date finds the row that has it on the server's clock",
        "target_seatable/tables/layout_builder.py",
        "        if reader := self._reader(stream, prop, column):\n"
        "            write = reader.writer(write, is_key=True)\n"
        "        return Field(name, column, write)",
        "        return Field(name, column, codec.writer(column, Writing()))",
        "tests/target/links/test_link_keys.py -k belong",
    ),
    Mutation(
        "a cell that may show only some links is written",
        "target_seatable/links/linker.py",
        "if linked[row_id] is None or linked[row_id] != set(other_ids)",
        "if linked[row_id] is not None and linked[row_id] != set(other_ids)",
        f"{_LINKED_ROWS} -k 'only_some_links'",
    ),
    Mutation(
        "a copied view filters by the options of the copy",
        "target_seatable/tables/copies/views.py",
        "                return made_id\n",
        "                return option\n",
        f"{_COPIED_VIEWS} -k 'gateway and other_ids'",
    ),
    Mutation(
        "what people have drawn in a copy is left alone",
        "target_seatable/tables/copies/views.py",
        "elif self._is_refused or not _is_untouched(views, table):",
        "elif self._is_refused:",
        "tests/target/tables/copies/test_copied_looks.py -k 'gateway and second_copy'",
    ),
    Mutation(
        "a view that uses a column which the copy lacks is not made",
        "target_seatable/tables/copies/views.py",
        "        if column is None:\n            raise _CannotCopyError(",
        "        if False:\n            raise _CannotCopyError(",
        f"{_COPIED_VIEWS} -k 'gateway and cannot_have'",
    ),
    Mutation(
        "a view that did not get its filter does not stay in a copy",
        "target_seatable/tables/copies/views.py",
        "if has_added and not self._remove_view(table, name):",
        "if not has_added and not self._remove_view(table, name):",
        f"{_COPIED_VIEWS} -k 'gateway and does_not_stay'",
    ),
    Mutation(
        "a later run makes the views that a run did not come to",
        "target_seatable/tables/copies/views.py",
        "if not views or len(table.views) != 1:",
        "if not views or len(table.views) != 0:",
        f"{_COPIED_VIEWS} -k 'gateway and did_not_come'",
    ),
    Mutation(
        "views that people have changed stay so",
        "target_seatable/tables/copies/views.py",
        "    if not views or len(table.views) != 1:\n        return False\n    (own,)",
        "    if not views:\n        return False\n    (own, *_)",
        f"{_COPIED_VIEWS} -k 'gateway and people_have_changed'",
    ),
    Mutation(
        "a row that the run has deleted is not taken for one that it knows",
        "target_seatable/links/linker.py",
        "if load is not None and not load.stats.deleted",
        "if load is not None",
        f"{_ROWS_OF_ELEMENTS} -k 'gateway and comes_and_goes'",
    ),
    Mutation(
        "rows that the server refuses to link are looked up",
        "target_seatable/links/linker.py",
        "            resolver.look_up_all()\n",
        "            raise\n",
        "tests/target/tables/copies/test_copied_bases.py -k 'others_delete and gateway'",
    ),
    Mutation(
        "a value that names several rows links none",
        "target_seatable/links/resolver.py",
        "for value, key in keys.items() if len(rows[key]) == 1}",
        "for value, key in keys.items() if rows[key]}",
        f"{_LINKED_ROWS} -k 'gateway and told_from_another'",
    ),
    # Messages
    Mutation(
        "a line that is no Singer message ends the run",
        "target_seatable/messages/reader.py",
        "        message_check.check(message)\n",
        "",
        "tests/target/messages/test_invalid_input.py -k 'gateway and is_no_message'",
    ),
    Mutation(
        "what follows a record on its line of a BATCH file does not become part of a message",
        "target_seatable/messages/batch_files.py",
        "            elif _is_object(line):\n",
        "            elif line:\n",
        "tests/target/messages/test_batch_files.py -k 'taken_as_the_records'",
    ),
    Mutation(
        "a BATCH file that its source has not finished ends the run",
        "target_seatable/messages/batch_files.py",
        "        except (gzip.BadGzipFile, zlib.error, EOFError) as error:\n",
        '        except EOFError:\n            return b""\n'
        "        except (gzip.BadGzipFile, zlib.error) as error:\n",
        "tests/target/messages/test_batch_files.py -k 'not_finished'",
    ),
    Mutation(
        "a record that does not fit its schema is rejected",
        "target_seatable/messages/validation.py",
        '        return Refusal(found[0], InvalidRecord(f"{found[1]}. {REMEDY}", record))\n',
        "        return None\n",
        "tests/target/rows/test_values.py -k 'gateway and does_not_fit_its_schema'",
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
        "cells that only new rows get are people's from then on",
        _WRITE_POLICIES,
        "if name not in self._kept and (cell",
        "if (cell",
        f"{_POLICIES} -k 'gateway and policy_says'",
    ),
    Mutation(
        "an empty value empties no cell that people may have filled",
        _WRITE_POLICIES,
        "(cell is not None or name not in self._filled)",
        "True",
        f"{_POLICIES} -k fills_meanwhile",
    ),
    Mutation(
        "of two values for an empty cell in one batch the first fills it",
        _WRITE_POLICIES,
        " if name not in taken}",
        "}",
        f"{_POLICIES} -k 'gateway and batch_ends and upsert'",
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
        "what skips a value is a warning in each run",
        "target_seatable/schema/stream_notes.py",
        'log.warning("%s", sentence)',
        'log.info("%s", sentence)',
        "tests/target/schema/test_names.py -k 'gateway and describes_a_table'",
    ),
    Mutation(
        "what a property never writes has no column",
        "target_seatable/tables/stream_tables.py",
        'self._policy(stream.name, prop) != "never"',
        "True",
        f"{_POLICIES} -k 'gateway and not_even_emptied'",
    ),
    Mutation(
        "insert-only changes no row that exists",
        "target_seatable/load_methods/insert_only.py",
        "        self.stats.unchanged += len(changes)\n        return []\n",
        "        return super()._change(changes)\n",
        f"{_POLICIES} -k 'gateway and insert_only_changes'",
    ),
    # Texts as people write them
    Mutation(
        "a text that may mean two things is refused",
        "target_seatable/rows/text_formats/text_format.py",
        "    if len(found) == 1:\n",
        "    if found:\n",
        f"{_TEXTS} -k later_run",
    ),
    Mutation(
        "forms that do not take a text are given up",
        "target_seatable/rows/text_formats/column_reader.py",
        "self._forms = [form for form in self._forms if first_refusal([cleaned], form) is None]",
        "pass",
        "tests/target/rows/text_formats/test_column_reader.py",
    ),
    Mutation(
        "a number of a key is written as programs write it",
        "target_seatable/rows/text_formats/column_reader.py",
        "meaning is not None and meaning != text:",
        "False:",
        f"{_TEXTS} -k two_texts_could_share",
    ),
    Mutation(
        "rows that the server left are noticed where it does not count what it deletes",
        _BATCHES,
        "return deleted is not None and deleted >= len(chunk)",
        "return deleted is None or deleted >= len(chunk)",
        f"{_REMOVED_ROWS} -k locked_row_that_the_stream_lacks",
    ),
    Mutation(
        "a pattern in a setting that takes none ends the run",
        "target_seatable/sinks/named_streams.py",
        "if name not in self._arrived and matches(name, stream):",
        "if False:",
        "tests/target/messages/test_misspelt_names.py -k 'pattern_where_none'",
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
