"""The report of the runs: bars, costs and charts."""

from benchmarks.report.bars import BARS
from benchmarks.report.charts import draw_costs, draw_waits, find_limit
from benchmarks.report.results import Results
from benchmarks.report.summary import (
    describe_machine,
    format_table,
    write_charts,
    write_results,
)

__all__ = [
    "BARS",
    "Results",
    "describe_machine",
    "draw_costs",
    "draw_waits",
    "find_limit",
    "format_table",
    "write_charts",
    "write_results",
]
