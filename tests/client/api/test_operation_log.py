"""The log of operations: believed only where it is complete."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError

from seatable_client.api.history import find_operation, read_log
from seatable_client.api.operation_log import PAGE, Operation, decode_log_page
from seatable_client.connection import connect
from seatable_client.errors import ApiNotAvailable, NotFound, PermissionDenied, RequestRejected
from seatable_sandbox import Sandbox


def entry(number, **operation):
    return {
        "id": number,
        "op_id": number,
        "op_time": 1_700_000_000_000 + number,
        "operation": json.dumps({"op_type": "append_rows", "table_id": "0000", **operation}),
    }


class Log:
    """A base whose log is a list here, newest first."""

    def __init__(self, entries):
        self.entries = entries
        self.calls = 0

    def operations(self, page):
        self.calls += 1
        return self.entries[(page - 1) * PAGE : page * PAGE]


@given(newest=st.integers(1, 120), oldest=st.integers(1, 120), number=st.integers(1, 120))
def test_an_operation_of_a_log_without_gaps_is_found_in_one_call(newest, oldest, number):
    log = Log([entry(held) for held in range(newest, oldest - 1, -1)])
    number = min(number, newest)
    found = find_operation(log, number, up_to=newest)  # type: ignore[arg-type]
    assert (found and found.number) == (number if oldest <= number <= newest else None)
    assert log.calls == 1


@given(
    newest=st.integers(0, 120),
    oldest=st.integers(1, 120),
    gaps=st.sets(st.integers(1, 120), max_size=2),
    after=st.integers(0, 120),
    ahead=st.integers(0, 3),
    max_calls=st.integers(0, 6),
)
def test_a_log_is_believed_only_where_it_holds_every_number(
    newest, oldest, gaps, after, ahead, max_calls
):
    held = [number for number in range(newest, oldest - 1, -1) if number not in gaps]
    up_to = newest - ahead
    log = Log([entry(number) for number in held])
    found = read_log(log, after=after, up_to=up_to, max_calls=max_calls)  # type: ignore[arg-type]
    assert log.calls <= max_calls
    wanted = set(range(after + 1, up_to + 1))
    if found is not None:
        numbers = [operation.number for operation in found]
        assert wanted <= set(numbers)
        assert numbers == sorted(numbers, reverse=True)
    elif wanted <= set(held) and after <= up_to:
        assert len([number for number in held if number > after]) > PAGE * max_calls or (
            -(-(up_to - after) // PAGE) > max_calls
        )


@pytest.mark.parametrize(
    ("operation", "tables", "row_ids"),
    [
        ({"row_ids": ["a", "b"]}, {"0000"}, ("a", "b")),
        ({"row_id": "a"}, {"0000"}, ("a",)),
        ({"row_ids": None, "row_id": None}, {"0000"}, ()),
        ({"table_id": None, "table1_id": "1111", "table2_id": "2222"}, {"1111", "2222"}, ()),
        ({"other_table_id": "1111"}, {"0000", "1111"}, ()),
    ],
)
def test_an_operation_names_tables_and_rows(operation, tables, row_ids):
    parsed = Operation.parse(entry(7, **operation))
    assert (parsed.number, parsed.type, parsed.tables, parsed.row_ids) == (
        7,
        "append_rows",
        tables,
        row_ids,
    )


@given(
    st.one_of(
        st.none(),
        st.text(max_size=5),
        st.dictionaries(
            st.sampled_from(["op_id", "op_time", "operation"]),
            st.one_of(st.none(), st.integers(), st.sampled_from(["1", "[]", "{}", "{", "null"])),
        ),
    )
)
def test_an_entry_that_is_none_makes_the_log_useless(odd):
    with pytest.raises(ValueError, match="not an entry"):
        Operation.parse(odd)
    assert read_log(Log([odd]), after=0, up_to=1, max_calls=2) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        ApiNotAvailable("no"),
        NotFound("no"),
        PermissionDenied("no"),
        RequestRejected("no", status=400, server_message="no"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_log_that_cannot_be_read_is_none(error):
    class Refusing(Log):
        def operations(self, page):
            del page
            raise error

    assert read_log(Refusing([]), after=0, up_to=1, max_calls=2) is None  # type: ignore[arg-type]


def test_the_log_of_a_server():
    with Sandbox() as sandbox:
        door = sandbox.create_base("B")
        door.create_table("T", [{"column_name": "Name", "column_type": "text"}])
        base = connect({"server_url": sandbox.url, "api_token": door.api_token}).base
        before = base.metadata().version
        ids = door.append_rows("T", [{"Name": f"{n}"} for n in range(3)])
        for _ in range(PAGE):
            door.update_rows("T", {ids[0]: {"Name": "x"}})
        base.delete_rows("T", ids[:2])
        metadata = base.metadata()
        assert before is not None
        assert metadata.version is not None
        assert read_log(base, after=before, up_to=metadata.version, max_calls=1) is None
        log = read_log(base, after=before, up_to=metadata.version, max_calls=9)
        assert log is not None
        assert log[0].type == "delete_rows"
        assert log[0].row_ids == tuple(ids[:2])
        assert {table for operation in log for table in operation.tables} == {
            metadata.table("T").id
        }


# Large operations


def page(*operations):
    body = {"operations": [{"op_id": n, "op_time": 1, "operation": o, "author": "a"}
                           for n, o in enumerate(operations)]}  # fmt: skip
    return json.dumps(body).encode()


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["", "{", "[]", "null", '{"op_type": 7}', '{"row_ids": 3}']),
            st.none(),
            st.integers(),
            st.fixed_dictionaries(
                {"op_type": st.sampled_from(["append_rows", "delete_rows", "delete_row", "new"])},
                optional={
                    "table_id": st.sampled_from(["0000", "Ab1d", None]),
                    "table1_id": st.sampled_from(["0000", "Ab1d"]),
                    "row_id": st.text(max_size=3),
                    "row_ids": st.lists(st.text(max_size=3), max_size=3),
                    "row_datas": st.lists(st.dictionaries(st.text(), st.text()), max_size=2),
                },
            ).map(json.dumps),
        ),
        max_size=4,
    )
)
def test_a_page_in_short_says_the_same(operations):
    whole = json.loads(page(*operations))["operations"]
    short = decode_log_page(page(*operations))
    assert len(whole) == len(short)
    for whole_entry, short_entry in zip(whole, short, strict=True):
        try:
            expected = Operation.parse(whole_entry)
        except ValueError:
            with pytest.raises(ValueError, match="not an entry"):
                Operation.parse(short_entry)
            continue
        parsed = Operation.parse(short_entry)
        assert (parsed.number, parsed.type, parsed.tables, parsed.happened_at) == (
            expected.number, expected.type, expected.tables, expected.happened_at)  # fmt: skip
        if expected.type.startswith("delete"):
            assert parsed.row_ids == expected.row_ids


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b'{"operations": ['])
def test_a_page_that_breaks_off_is_none(body):
    with pytest.raises(json.JSONDecodeError):
        decode_log_page(body)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"operations": null}',
        b'{"operations": 7}',
        b'{"operations": [null]}',
        b'{"operations": [{"op_id": 1, "op_time": 1}]}',
    ],
)
def test_another_answer_is_no_empty_log(body):
    with pytest.raises(ValidationError):
        decode_log_page(body)


def test_text_cut_in_the_middle_of_a_character_does_no_harm():
    said = json.dumps(
        {"op_type": "append_rows", "table_id": "0000", "row_data": {"0000": "\ud83e"}}
    )
    [entry] = decode_log_page(page(said))
    assert Operation.parse(entry).tables == {"0000"}


def test_operations_on_50_000_rows_are_unpacked_one_at_a_time():
    def large(number):
        rows = [{"_id": f"{number:02}{row:020}", "0000": "x" * 60, "ab1C": row}
                for row in range(10_000)]  # fmt: skip
        return json.dumps({"op_type": "append_rows", "table_id": "0000", "row_datas": rows,
                           "row_ids": [row["_id"] for row in rows]})  # fmt: skip

    body = page(*map(large, range(5)))
    tracemalloc.start()
    try:
        entries = decode_log_page(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [Operation.parse(entry).type for entry in entries] == ["append_rows"] * 5
    assert peak < len(body) / 2


def test_of_two_operations_of_one_number_the_later_one_counts():
    """A base was put back, and its log still tells of what was undone."""
    again = {**entry(2, op_type="modify_row"), "op_time": 1_800_000_000_000}
    log = Log([entry(3), again, entry(2), entry(1)])
    found = read_log(log, after=1, up_to=3, max_calls=2)  # type: ignore[arg-type]
    assert found is not None
    assert [(operation.number, operation.type) for operation in found][:2] == [
        (3, "append_rows"),
        (2, "modify_row"),
    ]
