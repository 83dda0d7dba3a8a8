"""The tables of a copy are in the order of the source, whatever their streams bring."""

import pytest

from tests.target.singer import record, schema

TEXT = {"type": ["string", "null"], "x-seatable": {"key": "0000", "name": "Name", "type": "text"}}


def copied(stream, count):
    source = {"name": stream, "id": stream[:4].lower(), "base": "elsewhere"}
    yield schema(
        stream, {"_id": {"type": "string"}, "Name": TEXT}, ["_id"], **{"x-seatable": source}
    )
    for number in range(count):
        yield record(stream, _id=f"{stream}{number}", Name=f"{number}")


@pytest.mark.servers("gateway", "2020")
@pytest.mark.parametrize("counts", [(0, 1, 300), (1, 300, 0), (300, 0, 1), (2, 2, 2), (0, 0, 0)])
def test_tables_are_made_in_the_order_of_their_streams(make, sandbox, counts):
    names = ["Zebra", "Apple", "Mango"]
    copy = make(sandbox)
    before = [table["name"] for table in copy.base.metadata()["metadata"]["tables"]]
    messages = [message for pair in zip(names, counts, strict=True) for message in copied(*pair)]
    copy.load(*messages, batch_size_rows=10)
    after = [table["name"] for table in copy.base.metadata()["metadata"]["tables"]]
    assert [name for name in after if name not in before] == names
    assert [len(copy.rows(name)) for name in names] == list(counts)
