"""Guarantees of `verify`: nothing that differs is called equal."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_COMPARISON = "singer_seatable/verify/comparison.py"
_CANONICAL = "singer_seatable/verify/canonical.py"
_COMMAND = "tests/target/test_verify_command.py"
_TESTS = "tests/singer/verify/test_comparison.py"
_ALIKE = "tests/singer/verify/test_canonical.py -k 'look_alike'"

VERIFY = (
    Mutation(
        "a row that a database has twice is no row less",
        _COMPARISON,
        "result.unexpected = len(unexpected) + doubled",
        "result.unexpected = len(unexpected)",
        f"{_TESTS} -k 'there_twice'",
    ),
    Mutation(
        "the newest of appended rows counts, whatever came before",
        _COMPARISON,
        "shown.pop(key, None)",
        "pass",
        f"{_TESTS} -k 'newest_counts'",
    ),
    Mutation(
        "a row that is marked as deleted does not live",
        _COMPARISON,
        "is_living = all(row.get(mark) is None for mark in marks)",
        "is_living = True",
        f"{_TESTS} -k 'marked_as_deleted'",
    ),
    Mutation(
        "a misspelt table of --key ends the comparison",
        "singer_seatable/settings/key_option.py",
        "if equals and not any(",
        "if not equals and not any(",
        "tests/singer/test_key_option.py -k 'none_of_ends'",
    ),
    Mutation(
        "a column that is not there differs",
        _COMPARISON,
        "differences = (self.missing, self.unexpected, self.changed, self.missing_columns)",
        "differences = (self.missing, self.unexpected, self.changed)",
        f"{_TESTS} -k 'missing_column'",
    ),
    Mutation(
        "numbers are compared to their last digit",
        _CANONICAL,
        "_EXACT = Context(prec=5_000, ",
        "_EXACT = Context(prec=15, ",
        _ALIKE,
    ),
    Mutation(
        "properties that a schema does not declare are compared",
        _CANONICAL,
        "if name not in ignored and cell not in _EMPTY",
        "if name in forms and cell not in _EMPTY",
        _ALIKE,
    ),
    Mutation(
        "links that a load should have made differ",
        "singer_seatable/verify/loaded_links.py",
        "self.names.get(row_id, row_id) for row_id in ids",
        "self.names.get(row_id, row_id) for row_id in ids[:1]",
        f"{_COMMAND} -k 'links_by_key'",
    ),
    Mutation(
        "cells with more links than a server shows are completed before they are compared",
        "singer_seatable/verify/loaded.py",
        "complete_pages(base, table, wanted, base.read_all(table, wanted))",
        "base.read_all(table, wanted)",
        f"{_COMMAND} -k 'links_by_key'",
    ),
)
