"""A base and its copy, read from the sandbox itself, past both connectors, and compared.

What is compared is SeaTable's own metadata and rows.
"""

import io
from contextlib import redirect_stdout

from tap_seatable.tap import TapSeaTable
from tests.servers import written_alike

FILLED = {"auto-number", "ctime", "mtime", "creator", "last-modifier"}
"""What the server fills itself: the columns are the same, their values are not."""

OWN = {
    "_id",
    "_ctime",
    "_mtime",
    "_creator",
    "_last_modifier",
    "_locked",
    "_locked_by",
    "_archived",
}

HERE = {
    *("key", "table_id", "other_table_id", "linked_table_id", "link_id"),
    *("operated_columns", "max_used_auto_number", "other_view_id"),
}
"""What is the base's own business in a column's data."""


def messages(sandbox, base, state=None, **settings):
    """What the tap says of a base."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(out):
        config = {"server_url": sandbox.url, "api_token": base.api_token, **settings}
        TapSeaTable(config=config, state=state).sync_all()
    return out.buffer.getvalue().decode().splitlines(keepends=True)


def tables(base):
    return {table["name"]: table for table in base.metadata()["metadata"]["tables"]}


def columns(base, table):
    """The columns of a table without the copy's key, in order."""
    return [column for column in tables(base)[table]["columns"] if column["name"] != "source_id"]


def referred(data, base, table):
    """A column's data with columns by name, and without what only means something in its base."""
    shown = {}
    for word, value in (data or {}).items():
        if word in HERE or (word == "prefix" and data.get("prefix_type") == "date"):
            continue
        if word == "array_data":
            shown[word] = referred(value, base, table)
        elif word.endswith("_key") or word.startswith("column_key_"):
            shown[word] = value and target_name(base, table, data, word)
        elif word == "options":
            shown[word] = [{k: v for k, v in option.items() if k != "id"} for option in value]
        else:
            shown[word] = value
    return shown


def target_name(base, table, data, word):
    """The name of the column that a link formula refers to."""
    by_id = {entry["_id"]: entry for entry in tables(base).values()}
    own = tables(base)[table]
    link = next((c for c in own["columns"] if c["key"] == data.get("link_column_key")), None)
    target_table = own
    if link is not None and word != "link_column_key":
        ends = [link["data"]["table_id"], link["data"]["other_table_id"]]
        target_table = by_id[next((end for end in ends if end != own["_id"]), own["_id"])]
    elif "link_id" in data:
        ends = [data["table_id"], data["other_table_id"]]
        target_table = by_id[next((end for end in ends if end != own["_id"]), own["_id"])]
    return next(column["name"] for column in target_table["columns"] if column["key"] == data[word])


def structure(base, table):
    """Name, type and data of each column in order; SeaTable adds the other ends of links last."""
    own = tables(base)[table]["_id"]

    def is_other_end(column):
        return column["type"] == "link" and column["data"]["table_id"] != own

    return [
        (column["name"], column["type"], referred(column.get("data"), base, table))
        for column in sorted(
            columns(base, table),
            key=lambda column: (
                is_other_end(column),
                column["name"] if is_other_end(column) else "",
            ),
        )
    ]


def cells(base, table, identity):
    """The rows of a table by the id that they have in the original."""
    filled = {column["name"] for column in columns(base, table) if column["type"] in FILLED}
    computed = {column["name"]: column for column in columns(base, table)}
    found = {}
    for row in base.rows(table):
        shown = {}
        for name, cell in row.items():
            if name in OWN or name in filled or name == "source_id":
                continue
            shown[name] = written_alike(cell)
            if computed[name]["type"] == "link":
                is_filled = computed[name]["data"]["array_type"] in FILLED
                shown[name] = sorted(
                    (identity[link["row_id"]], "" if is_filled else str(link["display_value"]))
                    for link in cell or ()
                )
        found[identity[row["_id"]]] = shown
    return found


def identities(original, copied=None):
    """By row id, the id that the row has in the original."""
    if copied is None:
        return {row["_id"]: row["_id"] for name in tables(original) for row in original.rows(name)}
    return {row["_id"]: row["source_id"] for name in tables(original) for row in copied.rows(name)}


def shifted(cell):
    """A date-time without its offset: copies show what the clock showed there."""
    if isinstance(cell, list):
        return [shifted(item) for item in cell]
    if isinstance(cell, str) and len(cell) == len("2024-01-01T00:00:00+00:00") and cell[10] == "T":
        return cell[:19]
    return cell


def compare(original, copied, *, elsewhere=False, tells_results=True):
    assert set(tables(copied)) == set(tables(original))
    for name in tables(original):
        expected = [column for column in structure(original, name) if column[1] != "button"]
        if not tells_results:
            for found, data in (
                (column, column[2]) for column in expected if column[1] == "formula"
            ):
                assert data.pop("result_type"), found
        assert structure(copied, name) == expected
        before = cells(original, name, identities(original))
        after = cells(copied, name, identities(original, copied))
        if elsewhere:
            before, after = (
                {key: {c: shifted(v) for c, v in row.items()} for key, row in rows.items()}
                for rows in (before, after)
            )
        assert after == before
