"""What SeaTable checks of its cloud of 2024: rows of v1 that come from the gateway by a redirect.

SeaTable's own client follows the redirect, and finds names of columns and the values of v1.
"""

from __future__ import annotations

from typing import Any

import pytest
from seatable_api import Base

from seatable_sandbox import Sandbox

CELLS: list[tuple[str, str, dict[str, Any] | None, Any, Any]] = [
    ("Text", "text", None, "Tea", "Tea"),
    ("Number", "number", None, 19.92353535, 19.92353535),
    ("Percent", "number", {"format": "percent"}, 1, 1),
    ("Day", "date", {"format": "YYYY-MM-DD"}, "2024-06-05", "2024-06-05"),
    ("Minute", "date", {"format": "M/D/YYYY HH:mm"}, "2024-06-05 10:35", "2024-06-05 10:35"),
    ("German", "date", {"format": "DD.MM.YYYY"}, "2024-06-10", "2024-06-10"),
    ("Hours", "duration", {"duration_format": "h:mm"}, 5400, 5400),
    ("One", "single-select", None, "A", "A"),
    ("Many", "multiple-select", None, ["B", "A"], ["B", "A"]),
    ("Mail", "email", None, "a@example.com", "a@example.com"),
    ("Good", "checkbox", None, True, True),
    ("Stars", "rate", None, 4, 4),
    ("Empty", "text", None, None, None),
    (
        "Place",
        "geolocation",
        {"geo_format": "lng_lat"},
        {"lng": 8.5, "lat": 50},
        {"lng": 8.5, "lat": 50},
    ),
]


@pytest.fixture
def row() -> Any:
    """The first row, as SeaTable's client reads it with v1, and the id of the row it links to."""
    with Sandbox("cloud-5.0", time_zone="Europe/Berlin") as sandbox:
        stored = sandbox.create_base("Base")
        columns = [
            {"column_name": name, "column_type": kind, "column_data": data}
            for name, kind, data, _, _ in CELLS
        ]
        stored.create_table("Raw", columns)
        stored.create_table("Other", [{"column_name": "Name", "column_type": "text"}])
        stored.add_column("Raw", "Link", "link", {"table": "Raw", "other_table": "Other"})
        cells = {name: written for name, _, _, written, _ in CELLS if written is not None}
        (row_id,) = stored.append_rows("Raw", [cells])
        (other_id,) = stored.append_rows("Other", [{"Name": "AA"}])
        stored.link("Raw", "Link", {row_id: [other_id]})
        client = Base(stored.api_token, sandbox.url)
        client.auth()
        client.use_api_gateway = False
        (listed,) = client.list_rows("Raw")
        assert client.get_row("Raw", row_id) == listed
        yield listed, row_id, other_id


def test_the_rows_have_the_names_and_values_of_v1(row: Any) -> None:
    listed, row_id, other_id = row
    own = {"_id": row_id, "_locked": None, "_locked_by": None, "_archived": False}
    expected = {name: shown for name, _, _, _, shown in CELLS}
    assert listed == {**expected, "Link": [other_id], **own}
