"""What is loaded equals what the SDK's own way of handling records loads."""

import io
import json
from copy import deepcopy

import pytest
from singer_sdk import Target

from target_seatable.sinks.table_sink import TableSink
from target_seatable.target import TargetSeaTable
from tests.target.singer import record, schema

STREAM = "orders"
PROPERTIES = {
    "id": "integer",
    "name": "string",
    "price": "number",
    "day": {"type": ["string", "null"], "format": "date"},
    "tags": {"type": ["array", "null"], "items": {"type": "string"}},
    "buyer": {"type": ["object", "null"], "properties": {"city": {"type": ["string", "null"]}}},
}
# The first of a stream are looked at to make its table, the others are decoded by its schema.
FIRST = [record(STREAM, id=number, name="first", price=number / 4) for number in range(-1000, 0)]
RECORDS = [
    record(STREAM, id=1, name="Ä", price=1.5, day="2024-06-05", tags=["a"], buyer={"city": "Ulm"}),
    record(STREAM, id=2, name="", price=None, day=None, tags=[], buyer=None),
    record(STREAM, id=3, name="x", price=0, day="2024-06-05T00:00:00Z", buyer={}, more="unknown"),
    record(STREAM, id=4, name=5, price="no number"),
    record(STREAM, id=5, name="y", _sdc_sequence=7, _sdc_deleted_at=None),
    record(STREAM, id=6, name="after", price=5.0, day="2024-06-05", tags=["a", "b"], buyer=None),
    record(STREAM, id=7, name="", price=-0.25, _deleted_at=None),
    record(STREAM, id=8.0, name=None, price=123456789.123456),
    record(STREAM, id=9, name="i", price=12345678901234567890, day="2024-06-31"),
    record(STREAM, id=10, name="j", price=1e300, tags=["a", "a"], buyer={"city": 5}),
    record(STREAM, id=11, name="k", price=True, buyer={"city": None, "more": [1, {"x": 0.1}]}),
    record(STREAM, id="12", name="l", tags=[None]),
    record(STREAM, id=13, name="m", tags="a b", day=""),
    record(STREAM, id=14, name=" "),
    {**record(STREAM, id=15, name="told"), "version": 3, "time_extracted": "2024-06-05T10:20:30Z"},
    record(STREAM, id=None, name="nobody"),
    record(STREAM, id=1, name="again", _deleted_at=None),
    record(STREAM, id=16, name="last", note="unknown, too"),
]
SETTINGS: dict[str, dict] = {
    "as it comes": {},
    "stream maps": {
        "stream_maps": {
            STREAM: {"name": "str(name) + '?'", "twice": "str(id) * 2", "__filter__": "id != 3"},
            "copies": {"__source__": STREAM, "name": "str(name) + '!'"},
        }
    },
    "an alias": {"stream_maps": {STREAM: {"__alias__": "renamed"}}},
    "no stream": {"stream_maps": {STREAM: None}},
    "flattening": {"flattening_enabled": True, "flattening_max_depth": 2},
    "no validation": {"validate_records": False},
    "metadata": {"add_record_metadata": True},
}


class SinkOfTheSDK(TableSink):
    def _validate_and_parse(self, record):
        return record  # done in `process_record`, where a record can be rejected

    def _singer_validate_message(self, record):
        pass  # done by the layout


class TargetOfTheSDK(TargetSeaTable):
    default_sink_class = SinkOfTheSDK
    _process_record_message = Target._process_record_message


def plain(row):
    """Without the SDK's metadata, which differ from run to run."""
    return {name: cell for name, cell in row.items() if not name.startswith("_sdc_")}


def rejections(base):
    """The RECORD messages of the file of rejected records."""
    lines = base.rejected.read_bytes().splitlines() if base.rejected.exists() else ()
    return [entry for line in lines if "reasons" in (entry := json.loads(line))]


@pytest.mark.parametrize("load_method", ["append-only", "upsert"])
@pytest.mark.parametrize("case", SETTINGS)
def test_the_rows_are_the_same(sandbox, make, case, load_method):

    found = []
    for program in (TargetSeaTable, TargetOfTheSDK):
        base = make(sandbox, load_method=load_method, max_rejected_records=99, **SETTINGS[case])
        base.base = sandbox.create_base(f"{case}, {load_method}, {program.__name__}")
        said = schema(STREAM, PROPERTIES, keys=["id"])
        if case == "flattening":  # what is not declared gets a column that the SDK knows nothing of
            said["schema"]["properties"]["buyer"] = deepcopy(PROPERTIES["buyer"])
            said["schema"]["properties"]["buyer"]["properties"]["more"] = {}
        lines = [said, *FIRST, *RECORDS]
        program(config=base.settings()).run(io.StringIO("\n".join(map(json.dumps, lines))))
        tables = base.base.metadata()["metadata"]["tables"]
        found.append(
            (
                {table["name"]: [*map(plain, base.rows(table["name"]))] for table in tables},
                {
                    table["name"]: [column["name"] for column in table["columns"]]
                    for table in tables
                },
                # The SDK's way knows a record only as stream maps have left it.
                sorted((entry["reasons"], entry["error"]) for entry in rejections(base)),
                sorted(str(plain(entry["record"])) for entry in rejections(base)),
            )
        )
        base.rejected.unlink(missing_ok=True)
    assert found[0][:3] == found[1][:3]
    if case == "as it comes":
        assert len(found[0][0][STREAM]) > len(FIRST)
        rejected = "".join(found[0][3])
        for number in (4, 10, 11, "12", 13):
            assert f"'id': {number!r}," in rejected
