"""Computed columns, formulas, filters, and rendering for answers."""

from __future__ import annotations

from seatable_sandbox.formulas.computed import Computer
from seatable_sandbox.formulas.filters import filter_rows
from seatable_sandbox.formulas.formula import FormulaError, parse, result_type
from seatable_sandbox.formulas.rendering import (
    GATEWAY_FIELDS,
    Converter,
    OutputColumn,
    computed_converter,
    computed_values,
    format_v1_computed,
    gateway_columns,
    gateway_converter,
    raw_json,
    render_rows,
    system_converter,
    v1_converter,
)

__all__ = [
    "GATEWAY_FIELDS",
    "Computer",
    "Converter",
    "FormulaError",
    "OutputColumn",
    "computed_converter",
    "computed_values",
    "filter_rows",
    "format_v1_computed",
    "gateway_columns",
    "gateway_converter",
    "parse",
    "raw_json",
    "render_rows",
    "result_type",
    "system_converter",
    "v1_converter",
]
