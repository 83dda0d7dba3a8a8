"""The log of a run: progress, warnings, the summary."""

from __future__ import annotations

from singer_seatable.run_log.levels import hide_idle_lines
from singer_seatable.run_log.progress import RunProgress, is_alone_on_terminal
from singer_seatable.run_log.standing import WARNED_KEY, StandingWarnings
from singer_seatable.run_log.summary import log_summary

__all__ = [
    "WARNED_KEY",
    "RunProgress",
    "StandingWarnings",
    "hide_idle_lines",
    "is_alone_on_terminal",
    "log_summary",
]
