"""Guarantees of tables and links: copies, views, limits, and which row a link means."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_LOST_ANSWERS = "tests/target/load_methods/exactly_once/test_lost_answers.py"
_POLICIES = "tests/target/load_methods/test_write_policies.py"
_KEYS_OF_ELEMENTS = "tests/target/sinks/test_keys_of_elements.py"
_LINKED_ROWS = "tests/target/links/test_linked_rows.py"
_COLUMNS = "tests/target/load_methods/test_changed_columns.py"
_ROWS_OF_ELEMENTS = "tests/target/sinks/nested_arrays/test_rows_of_elements.py"
_COPIED_VIEWS = "tests/target/tables/copies/test_copied_views.py"

TABLES = (
    Mutation(
        "a column of another type is not the same column",
        "target_seatable/tables/confirm/written_columns.py",
        "if after.type != before.type:",
        "if False:",
        f"{_COLUMNS} -k during_a_load",
    ),
    Mutation(
        "one reading after a lost answer is not enough",
        "target_seatable/tables/confirm/polling.py",
        "        if is_final(last):\n            return last\n        time.sleep(pause)\n",
        "        return last\n",
        f"{_LOST_ANSWERS} -k 'gateway and applied_late'",
    ),
    Mutation(
        "a copy of a record's key is read as the key is",
        "target_seatable/tables/layout_builder.py",
        "if copied is not None and not (texts_mean and texts_mean.is_named):",
        "if False:",
        f"{_KEYS_OF_ELEMENTS} -k 'gateway and two_forms and spaces'",
    ),
    Mutation(
        "an element without its link is linked to nothing",
        "target_seatable/tables/layout_builder.py",
        "clears=stream.nested_array is not None",
        "clears=False",
        f"{_ROWS_OF_ELEMENTS} -k 'without_its_link'",
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
    Mutation(
        "what a property never writes has no column",
        "target_seatable/tables/stream_tables.py",
        'self._policy(stream.name, prop) != "never"',
        "True",
        f"{_POLICIES} -k 'gateway and not_even_emptied'",
    ),
)
