"""Questions that no public material answers, and a server drawn from the possible answers."""

from __future__ import annotations

import random
from typing import Any

ON_GATEWAYS: dict[str, tuple[Any, ...]] = {
    "accepts_empty_lists": (False, True),
    "deleted_rows_endpoint": (False, True),
    "gateway_error_key": ("error_message", "error_msg"),
    "lists_rows_by_id": (False, True),
    "plain_unknown_paths": (False, True),
    "redirects_missing_slash": (False, True),
    "refuses_invalid_paging": (False, True),
    "sql_aggregates_by_second": (True, False),
    "sql_aggregates_keep_type": (False, True),
    "sql_find_misses_with_null": (False, True),
    "star_shows_own_times": (False, True),
    "unknown_table_status": (404, 400),
}
"""Fields of `Profile`, and the answers between which public material does not decide."""

EVERYWHERE: dict[str, tuple[Any, ...]] = {
    "automations_log_archiving": (False, True),
    "date_header_ahead": (0.0, -2.0, 2.0),
    "delete_counts": (True, False),
    "link_filters": ("skipped", "ignored", "refused"),
    "missing_file_status": (400, 404),
    "unknown_view_shows_all": (True, False),
    "utc_suffix": ("+00:00", "Z"),
}


def draw_answers(seed: int, *, gateway: bool) -> dict[str, Any]:
    """Draw an answer to each question; a seed gives the same answers on every machine."""
    generator = random.Random(f"answers {seed}")
    questions = {**EVERYWHERE, **(ON_GATEWAYS if gateway else {})}
    return {name: generator.choice(answers) for name, answers in sorted(questions.items())}
