"""What load methods declare of themselves, and what is derived from it."""

from __future__ import annotations

import pytest

from target_seatable.load_methods import LOAD_METHODS, load_method, without_removal


@pytest.mark.parametrize("method", [*LOAD_METHODS.values(), load_method("overwrite", "T", ())])
def test_a_method_that_removes_missing_rows_names_one_that_loads_alike_and_removes_none(method):
    other = method.without_removal
    assert (other is not None) == method.removes_missing
    assert other is None or not other.removes_missing


@pytest.mark.parametrize("name", LOAD_METHODS)
def test_without_removal_every_method_but_overwrite_stays_as_it_is(name):
    assert without_removal(name) == ("upsert" if name == "overwrite" else name)


def test_arrays_become_tables_with_the_methods_whose_rows_stay_equal_to_their_records():
    assert [name for name, method in LOAD_METHODS.items() if method.takes_nested] == [
        "upsert",
        "overwrite",
    ]
