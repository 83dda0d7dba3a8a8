"""Guarantees of the tap's streams: their bases, catalogs, settings and records."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_LONG_NAMES = "tests/tap/catalog/test_long_names.py"
_WRITER = "tap_seatable/records/writer.py"
_DELETES = "tests/tap/records/test_deletes.py"

STREAMS = (
    Mutation(
        "no tombstone has a key that a stream map makes of nulls",
        _WRITER,
        "or not has_key_of_row(stream_map, tombstone, mapped)",
        "or False",
        "tests/tap/records/test_equality_with_sdk.py -k 'gateway and not_made_up'",
    ),
    Mutation(
        "a rule of a map that another map replaces does not go lost",
        "singer_seatable/stream_maps.py",
        "        _check_replaced_maps(stream_name, self.stream_maps_dict)\n",
        "",
        "tests/tap/catalog/test_hiding_settings.py -k 'another_map_of_the_stream'",
    ),
    Mutation(
        "an option whose name changes its case alone keeps its rows",
        "tap_seatable/catalog/condition.py",
        "if option != value:",
        "if option.casefold() != value.casefold():",
        "tests/tap/inputs/test_renamed_options.py -k 'gateway and another_case'",
    ),
    Mutation(
        "a stream is compared when its condition means other columns or options",
        "tap_seatable/catalog/row_filter.py",
        "return [self.setting or self.where, *self.named] if self.where else []",
        "return [self.setting or self.where] if self.where else []",
        "tests/tap/catalog/test_where.py -k 'gateway and another_meaning'",
    ),
    Mutation(
        "a filter that depends on the day through a lookup is compared on each day",
        "tap_seatable/catalog/row_filter.py",
        "            expressions.extend(self.formulas)\n",
        "            pass\n",
        "tests/tap/catalog/test_views.py -k 'gateway and in_another_table'",
    ),
    Mutation(
        "a catalog that selects and deselects one thing is refused",
        "tap_seatable/inputs/files.py",
        "        _check_metadata(entry, file.name)\n",
        "",
        "tests/tap/command/test_mistakes.py -k 'selects_and_deselects'",
    ),
    # Stream maps
    Mutation(
        "no two streams go out under one name where versions are activated",
        "tap_seatable/tap.py",
        "self.settings, [stream for stream in read if stream.selected])",
        "self.settings, [])",
        "tests/tap/catalog/test_selection.py -k no_two_streams",
    ),
    Mutation(
        "no row that leaves a view is deleted among those of its table",
        "tap_seatable/inputs/named_streams.py",
        "table = None if deletes.activates_versions else stream.rows_of",
        "table = None if deletes.activates_versions else stream.name",
        "tests/tap/catalog/test_selection.py -k 'name_of_its_view'",
    ),
    Mutation(
        "a misspelt column in a map for several streams does not go out",
        "tap_seatable/tap.py",
        "            check_hidden_by_patterns(self.settings, self.streams.values())\n",
        "            pass\n",
        "tests/tap/catalog/test_hiding_settings.py -k would_hide_something",
    ),
    Mutation(
        "rows deleted while a map left their stream out are reported later",
        "tap_seatable/streams/base.py",
        "if self.is_read and self.name not in self._run.failures.streams:",
        "if self.name not in self._run.failures.streams:",
        "tests/tap/state/test_fingerprint.py -k 'gateway and deleted_while'",
    ),
    Mutation(
        "bases at once are those of their places in the settings",
        "singer_seatable/threads.py",
        "return [results[index] for index in range(len(items))]",
        "return list(results.values())",
        "tests/tap/bases/test_bases_at_once.py -k 'fail_alone_and_in_order'",
    ),
    Mutation(
        "of several bases one that cannot be opened fails alone",
        "tap_seatable/bases/open.py",
        "if isinstance(answer, SeaTableError) and not isinstance(answer, ConfigError):",
        "if False:",
        "tests/tap/bases/test_base_failures.py -k cannot_be_opened_fails_alone",
    ),
    Mutation(
        "of several bases one that fails while it is planned fails alone",
        "tap_seatable/bases/failures.py",
        "        if not source.prefix:\n            raise error\n",
        "        raise error\n",
        "tests/tap/bases/test_bases_at_once.py -k 'fail_alone and operations'",
    ),
    Mutation(
        "a condition that does not fit one base stops no other",
        "tap_seatable/streams/tasks.py",
        "        if stream.plan.table.name not in fitting:\n",
        "        if True:\n",
        "tests/tap/bases/test_base_failures.py -k does_not_fit",
    ),
    Mutation(
        "the settings that are listed for a base open no other",
        "tap_seatable/bases/listing.py",
        '"base_name": pattern_of(self.name)',
        '"base_name": self.name',
        "tests/tap/bases/test_listing.py -k open_it_alone",
    ),
    Mutation(
        "rows go out in the order of their creation",
        "tap_seatable/records/encoder.py",
        "order = sorted(range(len(self)), key=self.places.__getitem__)",
        "order = list(range(len(self)))",
        "tests/tap/sync/test_row_order.py -k 'gateway'",
    ),
    Mutation(
        "deletions during deletes=off lead to a new version",
        "tap_seatable/streams/last_run.py",
        "elif bookmark.deletes_unreported and reports_deletes:",
        "elif False:",
        f"{_DELETES} -k 'gateway and while_deletes_was_off'",
    ),
    Mutation(
        "rows deleted while a map left their marks out go with a new version",
        "tap_seatable/streams/table.py",
        "return pass_tombstones(self.stream_maps, self.empty_record)",
        "return True",
        "tests/tap/state/test_fingerprint.py -k 'gateway and left_their_marks_out'",
    ),
    Mutation(
        "a tombstone that a map took the mark from does not go out",
        _WRITER,
        "        or not _is_tombstone(mapped, stream_map)\n",
        "",
        "tests/tap/records/test_equality_with_sdk.py -k 'gateway and drops_the_mark'",
    ),
    Mutation(
        "tombstones carry the mark that no loader strips",
        _WRITER,
        "KEY: row_id, DELETED_AT: mark, SDC_DELETED_AT: mark}",
        "KEY: row_id, SDC_DELETED_AT: mark}",
        f"{_DELETES} -k 'gateway and is_a_tombstone'",
    ),
    Mutation(
        "new columns that are frozen fail their stream",
        "tap_seatable/inputs/catalog_refresh.py",
        'if rule == "freeze":\n        finding',
        'if rule == "":\n        finding',
        "tests/tap/inputs/test_schema_contract.py -k 'gateway and frozen_fails_alone'",
    ),
    Mutation(
        "the types of a table that took a known name must hold",
        "tap_seatable/inputs/catalog_refresh.py",
        "known = stream.plan.known or memory.stream_called(stream.name)",
        "known = stream.plan.known",
        "tests/tap/inputs/test_schema_contract.py -k 'gateway and took_a_known_name_must_hold'",
    ),
    Mutation(
        "a column that took a known name is frozen as a new one is",
        "tap_seatable/inputs/catalog_changes.py",
        'if rule == "freeze":',
        'if rule == "":',
        "tests/tap/inputs/test_schema_contract.py -k 'gateway and known_name_is_frozen'",
    ),
    Mutation(
        "values of a dropped type are null",
        "tap_seatable/catalog/selection.py",
        "(is_selected(name) and name not in without_values)",
        "is_selected(name)",
        "tests/tap/inputs/test_schema_contract.py -k 'gateway and left_out'",
    ),
    Mutation(
        "a shortened name does not depend on others",
        "tap_seatable/catalog/naming.py",
        "    return append_id(name, key, max_bytes)\n",
        '    return name.encode()[:max_bytes].decode("utf-8", "ignore")\n',
        f"{_LONG_NAMES} -k 'gateway and neighbours'",
    ),
    Mutation(
        "a copy has the names that were shortened",
        "target_seatable/schema/stream_schema.py",
        'if full_name := column.get("full_name"):',
        'if full_name := "":',
        f"{_LONG_NAMES} -k 'gateway and copy_has'",
    ),
)
