"""The table that the tests of SQL read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from seatable_sandbox import SandboxBase


@pytest.fixture
def shop(base: SandboxBase) -> SandboxBase:
    create_products(base)
    return base


def create_products(base: SandboxBase) -> None:
    """Create the table Products, with four rows."""
    base.create_table(
        "Products",
        [
            {"column_name": "Name", "column_type": "text"},
            {"column_name": "Price", "column_type": "number"},
            {"column_name": "Since", "column_type": "date"},
            {
                "column_name": "Seen",
                "column_type": "date",
                "column_data": {"format": "YYYY-MM-DD HH:mm"},
            },
            {"column_name": "Kind", "column_type": "single-select"},
            {"column_name": "Labels", "column_type": "multiple-select"},
            {"column_name": "Good", "column_type": "checkbox"},
            {"column_name": "Two words", "column_type": "text"},
            {
                "column_name": "Place",
                "column_type": "geolocation",
                "column_data": {"geo_format": "lng_lat"},
            },
            {
                "column_name": "Double",
                "column_type": "formula",
                "column_data": {"formula": "{Price} * 2"},
            },
        ],
    )
    base.append_rows(
        "Products",
        [
            {
                "Name": "Tea",
                "Price": 3,
                "Since": "2024-01-05",
                "Seen": "2024-06-05 10:20",
                "Kind": "drink",
                "Labels": ["a", "b"],
                "Good": True,
                "Two words": "x",
            },
            {
                "Name": "Milk",
                "Price": 1.5,
                "Since": "2024-02-05",
                "Seen": "2024-06-05 23:55",
                "Kind": "drink",
                "Labels": ["b"],
                "Good": False,
            },
            {
                "Name": "Bread",
                "Price": 2,
                "Since": "2024-03-05",
                "Kind": "food",
                "Labels": ["c", "a"],
            },
            {"Name": "Nothing"},
        ],
    )
