"""The tables that are read and the records that are loaded, in every form that servers send."""

from benchmarks.material.dataset import (
    FOOT,
    LIST_PAGE,
    SQL_PAGE,
    Index,
    describe_tables,
    source_tables,
    write_dataset,
    write_streams,
)
from benchmarks.material.table_forms import FORMS, SELECTED, USUAL, Form

__all__ = [
    "FOOT",
    "FORMS",
    "LIST_PAGE",
    "SELECTED",
    "SQL_PAGE",
    "USUAL",
    "Form",
    "Index",
    "describe_tables",
    "source_tables",
    "write_dataset",
    "write_streams",
]
