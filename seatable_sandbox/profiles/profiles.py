"""Generations of SeaTable servers as data.

A profile is a set of features and limits. A new generation is a new instance here; a test changes
single fields (`Sandbox(profile="v1", v1_paging=True)`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from seatable_sandbox.profiles.open_questions import draw_answers

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWERS = "SEATABLE_SANDBOX_ANSWERS"
"""The environment variable with a seed by which every profile draws its answers."""


@dataclass(frozen=True)
class Profile:
    """Features and limits of a server."""

    name: str
    version: str = "6.1.8"
    edition: str = "enterprise edition"

    # APIs.
    gateway: bool = True
    dtable_server: bool = False
    dtable_db: bool = False
    #: SeaTable Cloud 5.0 answered v1 Get Row, List Rows and SQL with a redirect to the gateway.
    redirects_v1_reads: bool = False
    deleted_rows_endpoint: bool = False

    # Authentication.
    bearer_scheme: bool = True
    uuid_dashes: bool = True
    #: "2019", "2023", "4.4" or "6.0": which fields app-access-token answers.
    grant_answer: str = "6.0"
    #: A base can be created in a workspace given by its number; before, only for an owner.
    creates_in_workspace: bool = True
    #: The code that a login needs; None for an account without two-factor authentication.
    otp: str | None = None

    # Reading with v1.
    v1_paging: bool = True
    #: Without view_name, the first view's filters, sorts and hidden columns apply.
    v1_default_view: bool = False
    #: List rows show _ctime beside _mtime.
    v1_ctime: bool = True
    #: 2020: empty selects and links come as "" and [] instead of being omitted.
    v1_empty_values: bool = False
    #: convert_link_id makes links {row_id, display_value}, as 4.3 and newer did.
    v1_link_objects: bool = True
    v1_metadata_version: bool = True
    filtered_rows_limit: int = 5000
    unknown_view_shows_all: bool = True
    """For a view that does not exist, rows are listed as without a view; else the answer is 404."""

    #: Gateway: rows are listed by their ids, not in manual order.
    lists_rows_by_id: bool = False
    #: Gateway: a `limit` or `start` that is no number or too low is refused, not ignored.
    refuses_invalid_paging: bool = False
    #: Gateway: the status for a table that does not exist; 400 has the type `table_not_exist`.
    unknown_table_status: int = 404
    #: Gateway: a path without its last slash is redirected.
    redirects_missing_slash: bool = False
    #: Gateway: an unknown path or method is answered 404 in plain text; else a page, or 405.
    plain_unknown_paths: bool = False
    gateway_error_key: str = "error_message"
    missing_file_status: int = 400

    # Writing.
    #: Gateway: a write of no rows succeeds.
    accepts_empty_lists: bool = False
    batch_update_rows: bool = True
    batch_append_returns_ids: bool = True
    #: Appending a single row answers the row by column keys; 2020 answered {"success": true}.
    append_answers_row: bool = True
    #: Deleting a missing row is answered with a plain-text 500.
    delete_missing_is_500: bool = False
    #: "deleted_rows": n in the answer of a delete, as newer servers have it.
    delete_counts: bool = True
    creates_options: bool = True
    #: What happens to links that the filter of a link column excludes: they are written all the
    #: same ("ignored"), left out without a word ("skipped"), or the call is "refused".
    link_filters: str = "skipped"
    #: An automation that moves rows to big data storage leaves an operation.
    automations_log_archiving: bool = True
    #: "new" (dtable-utils 5.0.30) or "old" (4.4.4).
    date_rules: str = "new"
    #: Formula columns created through the API get their result_type from the server.
    formula_result_type: bool = True
    #: A column of an unknown type is created, with an empty type.
    accepts_unknown_types: bool = False
    #: DD/MM/YYYY HH:mm is refused as a column format.
    refuses_day_first_minutes: bool = True
    insert_by_sql: bool = False
    #: Comments on rows can be added, as before 5.0 and since 6.2.
    writes_comments: bool = True
    #: Aggregates such as MAX(_mtime) omit the fraction of the second that rows show.
    sql_aggregates_by_second: bool = True
    #: MIN and MAX of a column have its type in `metadata`, not the plain one of their values.
    sql_aggregates_keep_type: bool = False
    #: find() and search() of what is not there yield null, as SeaTable's tests of 2021 show; its
    #: manual says 0.
    sql_find_misses_with_null: bool = False
    #: `SELECT *` shows _ctime and _mtime also beside columns of these types.
    star_shows_own_times: bool = False

    # The log of deleted rows.
    #: Deleting several rows at once leaves one `delete_rows` activity, which the list omits.
    deletes_logged_in_bulk: bool = True
    deleted_rows_days: int = 7
    #: A row deleted by its creator within five minutes leaves no record.
    forgets_young_rows: bool = True

    # Limits. None: unlimited.
    sql_default_rows: int = 100
    sql_max_rows: int = 10_000
    #: Other limits of single tables, by name. No server is known to have them, nor counts that are
    #: wrong by a number of rows, by name of the table. Both may be changed while a server runs.
    sql_max_rows_of: Mapping[str, int] = field(default_factory=dict, hash=False)
    sql_count_error_of: Mapping[str, int] = field(default_factory=dict, hash=False)
    list_rows_max: int = 1000
    append_max: int = 1000
    update_max: int = 1000
    delete_max: int = 10_000
    max_cells: int = 1_000_000
    max_links_per_cell: int | None = 50
    #: The limit for SQL, if it is another one: 10 on servers before 5.3.
    sql_links_per_cell: int | None = None
    max_rows_per_base: int = 100_000
    #: Rows of all bases together. Beyond it, API tokens get base tokens that only read.
    max_rows_per_team: int | None = None
    max_tables: int = 200
    max_columns: int = 500
    requests_per_minute: int | None = None
    #: Servers up to 5.0 had both limits, and showed this one in their headers.
    requests_per_day: int | None = None
    web_requests_per_minute: int | None = None
    #: Calls of the gateway in a month, by all bases together; refused are those after
    #: `monthly_quota_late` more.
    monthly_quota: int | None = None
    monthly_quota_late: int = 0
    #: Rows that a second may add to the big data storage of a base, and a minute to that of all.
    big_data_rows_per_second: int | None = 5000
    big_data_rows_per_minute: int | None = 30_000
    #: Bytes of the files of all bases.
    asset_quota: int | None = None
    token_lifetime: int = 3 * 24 * 3600
    operations_days: int = 14
    #: How long the list of what happened to a row goes back.
    activities_days: int = 30
    latency: float = 0.0
    #: A connection that is idle for longer is closed; nginx has 75.
    idle_seconds: float = 75.0
    #: Seconds by which the clock of the `Date` header, which is the proxy's, is ahead of the clock
    #: of `_ctime` and `_mtime`.
    date_header_ahead: float = 0.0
    #: How UTC is written in RFC 3339 values; Go programs write "Z".
    utc_suffix: str = "+00:00"


GATEWAY = Profile(name="gateway")

V1 = Profile(
    name="v1",
    version="3.4.8",
    gateway=False,
    dtable_server=True,
    deleted_rows_endpoint=True,
    bearer_scheme=False,
    grant_answer="2023",
    v1_paging=False,
    v1_default_view=True,
    unknown_view_shows_all=False,
    v1_ctime=False,
    v1_link_objects=False,
    delete_missing_is_500=True,
    delete_counts=False,
    batch_append_returns_ids=False,
    date_rules="old",
    formula_result_type=False,
    accepts_unknown_types=True,
    refuses_day_first_minutes=False,
    max_links_per_cell=None,
    sql_links_per_cell=10,
    big_data_rows_per_second=None,
    big_data_rows_per_minute=None,
    missing_file_status=404,
)

V1_2020 = replace(
    V1,
    name="v1-2020",
    version="1.4.0",
    uuid_dashes=False,
    grant_answer="2019",
    v1_empty_values=True,
    v1_metadata_version=False,
    batch_update_rows=False,
    append_answers_row=False,
    creates_in_workspace=False,
    creates_options=False,
    deletes_logged_in_bulk=False,
)

CLOUD_5_0 = Profile(
    name="cloud-5.0",
    version="5.0.8",
    dtable_server=True,
    dtable_db=True,
    redirects_v1_reads=True,
    deleted_rows_endpoint=True,
    grant_answer="4.4",
    sql_links_per_cell=10,
)

PROFILES = {profile.name: profile for profile in (GATEWAY, V1, V1_2020, CLOUD_5_0)}


def make_profile(name: str, answers: int | None = None, **overrides: Any) -> Profile:
    """The profile of this name with single fields replaced.

    Args:
        name: The profile.
        answers: A seed by which answers are drawn where public material is silent; without one,
            that of the environment variable `SEATABLE_SANDBOX_ANSWERS`.
        overrides: Fields, which come before drawn answers.

    Raises:
        ValueError: There is no such profile or field.
    """
    if name not in PROFILES:
        raise ValueError(f"unknown profile {name!r}; use one of: {', '.join(PROFILES)}")
    known = {field.name for field in fields(Profile)}
    unknown = sorted(set(overrides) - known)
    if unknown:
        raise ValueError(
            f"unknown feature or limit: {', '.join(unknown)}; use the fields of Profile"
        )
    profile = PROFILES[name]
    seed = _seed_of_environment() if answers is None else answers
    drawn = {} if seed is None else draw_answers(seed, gateway=profile.gateway)
    return replace(profile, **{**drawn, **overrides})


def _seed_of_environment() -> int | None:
    text = os.environ.get(ANSWERS)
    if not text:
        return None
    if not text.isdecimal():
        raise ValueError(f"{ANSWERS} must be a whole number, not {text!r}")
    return int(text)
