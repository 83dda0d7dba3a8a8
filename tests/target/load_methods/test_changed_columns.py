"""People who rename, remove or retype a column while it is loaded: no value is missing quietly."""

import pytest

from seatable_client.errors import SeaTableError
from target_seatable.load_methods.batch_writer import BatchWriter
from target_seatable.tables.confirm import written_columns
from target_seatable.target import RetryingTarget
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway", "v1 without SQL")

T = schema("t", {"id": "integer", "a": "string", "b": "string"}, ["id"])
ROWS, BATCH = 30, 10


def rename(base):
    base.rename_column("t", "b", "other")


def remove(base):
    base.delete_column("t", "b")


def retype(base):
    base.change_column_type("t", "b", "number")


def swap(base):
    for old, new in (("a", "c"), ("b", "a"), ("c", "b")):
        base.rename_column("t", old, new)


def replace_table(base):
    base.rename_table("t", "old")
    texts = [{"column_name": name, "column_type": "text"} for name in ("a", "b")]
    base.create_table("t", [{"column_name": "id", "column_type": "number"}, *texts])


@pytest.fixture
def edited(base, monkeypatch):
    """Lets somebody change the base before a call that writes rows."""

    def edit_before(call, change):
        calls = iter(range(call))

        def editing(write):
            def edit_and_write(self, *args):
                if next(calls, None) is None and edits:
                    edits.pop()(base.base)
                return write(self, *args)

            return edit_and_write

        edits = [change]
        for name in ("_post", "_update_batch"):
            monkeypatch.setattr(BatchWriter, name, editing(getattr(BatchWriter, name)))

    base.load(T, *[record("t", id=n, a="old", b="old") for n in range(ROWS)], infer_types=False)
    monkeypatch.setattr(written_columns, "CHECK_SECONDS", 0)
    return edit_before


def messages(first):
    """Records from this id on. The first of each batch has nothing in the column that changes."""
    records = [
        record("t", id=first + n, a="new", b=None if n % BATCH == 0 else "new") for n in range(ROWS)
    ]
    return [T, *records, state({"n": 1})]


@pytest.mark.parametrize("change", [rename, remove, retype, swap, replace_table])
@pytest.mark.parametrize("first", [0, ROWS], ids=["update", "append"])
@pytest.mark.parametrize("call", [0, 2])
def test_a_change_of_a_column_during_a_load_ends_it(base, edited, change, first, call):
    edited(call, change)
    with pytest.raises(SeaTableError):
        base.load(*messages(first), batch_size_rows=BATCH)
    assert base.states == []


def test_the_sentence_says_what_was_changed(base, edited, caplog):
    edited(2, rename)
    sentence = base.fails(caplog, *messages(0), batch_size_rows=BATCH)
    assert "Table 't': its column 'b' was renamed to 'other' while rows were written" in sentence
    assert "load the whole stream, without a state" in sentence
    assert base.states == []


def test_what_is_stored_stays_in_the_file_of_a_retry(base, edited):
    bad = [record("t", id=n, a=1, b="new") for n in range(3)]
    base.load(T, *bad, max_rejected_records=3)
    base.rejected.write_text(base.rejected.read_text().replace('"a": 1', '"a": "new"'))
    edited(0, rename)
    target = RetryingTarget(config=base.settings(max_rejected_records=3))
    with pytest.raises(SeaTableError, match="was renamed"):
        target.retry([str(base.rejected)])
    assert len(base.rejections()) == 3


def test_a_change_of_something_else_ends_nothing(base, edited):
    def change(base):
        base.add_column("t", "c", "text")
        base.add_column("t", "d", "text")
        base.rename_column("t", "d", "e")
        base.create_table("u")

    edited(1, change)
    base.load(*messages(0), batch_size_rows=BATCH)
    assert base.states == [{"n": 1}]


def test_a_load_looks_again_after_ten_seconds_and_not_before(base, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(
        "target_seatable.tables.confirm.written_columns.time.monotonic", lambda: now[0]
    )
    base.load(T, record("t", id=1))
    tables = base.target().context.tables
    table = tables.base_tables.table("t")
    tables.written.note(table, table.columns)
    base.base.rename_column("t", "b", "other")
    now[0] = 9.0
    tables.written.check()
    now[0] = 10.0
    for _ in range(2):  # and it stays as it is
        with pytest.raises(SeaTableError, match="was renamed"):
            tables.written.check()
