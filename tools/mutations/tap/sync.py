"""Guarantees of a sync: which rows are read, counted, compared and reported as deleted."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_SYNC = "tap_seatable/sync/table_sync.py"
_PLANNER = "tap_seatable/sync/planner.py"
_ONE_PAGE = "tap_seatable/sync/one_page.py"
_TASK = "tap_seatable/sync/task.py"
_LOST = "tests/tap/state/test_lost_records_and_states.py"
_LOG = "tests/tap/sync/test_operations_log.py"
_PAGES = "tests/tap/sync/test_one_page.py"
_COUNTS = "tests/tap/sync/test_row_count_check.py"
_CLOCKS = "tests/tap/sync/test_clocks.py"
_DELETES = "tests/tap/records/test_deletes.py"
_QUOTAS = "tests/tap/sync/test_automations_and_quotas.py"
_RESUMED = "tests/tap/sync/test_resumed_syncs.py"
_BOOKMARKS = "tests/tap/state/test_bookmarks.py"

SYNC = (
    # What a state says before and after its records
    Mutation(
        "the cursor advances after its page is written",
        _SYNC,
        "replace(bookmark, rows=rows, cursor=last, ahead=max(ahead, page.ids[-1]))",
        "replace(bookmark, rows=rows, cursor=page.ids[-1], ahead=max(ahead, page.ids[-1]))",
        f"{_RESUMED} -k 'gateway and rows_before_its_page'",
    ),
    Mutation(
        "an option that is renamed in mid-run deletes no row",
        _SYNC,
        "            if lose_rows(*confirmed):\n",
        "            if False:\n",
        "tests/tap/sync/test_changes_of_names.py -k 'gateway and True'",
    ),
    Mutation(
        "an option that is renamed in mid-run empties no stream",
        _SYNC,
        "            self._reader.check_condition()\n            if not rows",
        "            if not rows",
        "tests/tap/sync/test_changes_of_names.py -k 'gateway and False'",
    ),
    Mutation(
        "an outage that is over at a table's turn fails nothing",
        "tap_seatable/sync/concurrent_reads.py",
        "return isinstance(self.error, ServerUnavailable)",
        "return False",
        "tests/tap/sync/test_concurrency.py -k 'gateway and outage'",
    ),
    Mutation(
        "a first sync whose calls are used up goes on in the next run",
        _SYNC,
        "            if self._can_go_on:  # or,",
        "            if False:  # or,",
        f"{_QUOTAS} -k no_month",
    ),
    Mutation(
        "a check whose calls are used up is made in the next run",
        _SYNC,
        "            with limit:\n                if not self._has",
        "            if True:\n                if not self._has",
        f"{_QUOTAS} -k no_month",
    ),
    Mutation(
        "rows that wait are out before the cursor of a read without calls is behind them",
        _SYNC,
        "        self._write(waiting.take(), version)\n        if not",
        "        limit.error or self._write(waiting.take(), version)\n        if not",
        f"{_QUOTAS} -k no_month",
    ),
    Mutation(
        "rows that wait are out before a cursor is behind them",
        _SYNC,
        "                self._write(waiting.take(), version)\n                self._state.save(\n",
        "                self._state.save(\n",
        f"{_RESUMED} -k 'gateway and rows_before_its_page'",
    ),
    Mutation(
        "ids are in the state before changed rows go out",
        _SYNC,
        "            if bookmark.emitted.announce(page.ids, is_new):\n",
        "            if not page.ids:\n",
        f"{_LOST} -k 'gateway'",
    ),
    Mutation(
        "ids are in the state before a comparison's rows go out",
        _SYNC,
        "        bookmark.emitted.announce(changes.added)\n",
        "",
        f"{_LOST} -k 'gateway'",
    ),
    Mutation(
        "a comparison that does not finish is repeated",
        _SYNC,
        "self._state.save(replace(bookmark, fingerprint=UNFINISHED))",
        "self._state.save(bookmark)",
        f"{_LOST} -k 'gateway'",
    ),
    Mutation(
        "a read that passed rows over is not continued",
        _SYNC,
        "            self._state.reset(bookmark.stream_version)\n",
        "",
        f"{_COUNTS} -k 'gateway and resumed'",
    ),
    Mutation(
        "a version is activated after its last record",
        _SYNC,
        "            self._state.reset(version)\n            self._write(in_order(",
        "            self._state.reset(version)\n            self._writer.activate(version)\n"
        "            self._write(in_order(",
        f"{_DELETES} -k 'gateway and whole_under_a_new_one'",
    ),
    # Which rows are read
    Mutation(
        "rows of the horizon's own second are read again",
        _ONE_PAGE,
        "return reached.replace(microsecond=0) - reader.lookback",
        "return reached.replace(microsecond=999_000) - reader.lookback",
        f"{_BOOKMARKS} -k 'gateway and second_run_emits'",
    ),
    Mutation(
        "an edit after the server's clock went back is read",
        _ONE_PAGE,
        "reached = min(bookmark.horizon, task.first_change or bookmark.horizon)",
        "reached = bookmark.horizon",
        f"{_CLOCKS} -k 'gateway and clock_went_back_is_found'",
    ),
    Mutation(
        "another number of rows than expected leads to a comparison",
        _SYNC,
        "if bookmark.rows is None or bookmark.rows + new_rows != read.expected:",
        "if bookmark.rows is None:",
        f"{_PAGES} -k 'came_back_are_counted'",
    ),
    # Where a table that one page shows ends
    Mutation(
        "rows of another condition prove no page, without news",
        _PLANNER,
        "named=NamedRows() if is_quiet and knows_rows else None",
        "named=NamedRows() if is_quiet else None",
        f"{_PAGES} -k 'another_condition'",
    ),
    Mutation(
        "rows of another condition prove no page, with news",
        _PLANNER,
        "named=by_log.named if bookmark.fingerprint == history.fingerprint else None",
        "named=by_log.named",
        f"{_PAGES} -k 'another_condition'",
    ),
    Mutation(
        "a row behind the first page is asked for",
        "seatable_client/api/sql_reader.py",
        "if page and not request.leaves_end_open:",
        "if False:",
        f"{_PAGES} -k 'first_run_reads_all'",
    ),
    Mutation(
        "a full page is asked for again where something has changed since",
        "seatable_client/api/sql_reader.py",
        "if extent.is_older_than(since) else read_pages()",
        "if True else read_pages()",
        f"{_PAGES} -k 'behind_a_full_page'",
    ),
    Mutation(
        "a page that lacks known rows is not all of the table",
        _ONE_PAGE,
        "return changes.removed <= task.deleted.keys() and ",
        "return ",
        f"{_PAGES} -k 'began_to_cap'",
    ),
    Mutation(
        "a page with rows that nothing names is not all of the table",
        _ONE_PAGE,
        " and changes.added <= task.named.added",
        "",
        f"{_PAGES} -k 'nothing_names'",
    ),
    Mutation(
        "a page that lacks rows of the log is not all of the table",
        _ONE_PAGE,
        "(named.added | named.edited).issubset(ids)",
        "(named.added | named.edited) is not None",
        f"{_PAGES} -k 'began_to_cap'",
    ),
    Mutation(
        "a page is held against a log that names each row",
        _TASK,
        "elif not operation.tables or operation.type not in _DELETING | _KEEPING_ROWS:",
        "elif False:",
        f"{_PAGES} -k 'does_not_name'",
    ),
    Mutation(
        "rows created after the horizon wait for the next run",
        "tap_seatable/sync/table_reader.py",
        "            if limit:\n",
        "            if False:\n",
        "tests/tap/sync/test_concurrent_writers.py -k 'gateway and added_during'",
    ),
    Mutation(
        "the horizon does not go back",
        "tap_seatable/sync/table_reader.py",
        "return max((moment for moment in (former, current) if moment), default=None)",
        "return current",
        f"{_BOOKMARKS} -k 'gateway and does_not_go_back'",
    ),
    Mutation(
        "every row of a read is counted",
        _SYNC,
        "            check_row_count(read, self._table, rows=rows, horizon=read.horizon)\n",
        "",
        f"{_COUNTS} -k 'gateway and comparison_passes_over'",
    ),
    Mutation(
        "rows deleted during a read are no gap",
        "tap_seatable/sync/row_count_check.py",
        "if present > rows:",
        "if present != rows or rows < (read.expected or 0):",
        f"{_COUNTS} -k 'gateway and no_gap'",
    ),
    Mutation(
        "no row is missing because the server refuses to count so",
        "tap_seatable/sync/row_count_check.py",
        "        present = read.count_again()\n",
        "        return\n",
        f"{_COUNTS} -k 'gateway and refuses_to_count_so'",
    ),
    Mutation(
        "a page of the spool gives every id back",
        "tap_seatable/sync/spool.py",
        "            yield list(page.ids)\n",
        "            yield list(page.ids)[1:]\n",
        f"{_LOST} -k 'gateway'",
    ),
    Mutation(
        "rows of a view that went away meanwhile are not taken for the view",
        "tap_seatable/sync/table_reader.py",
        "            check_view(self.base.metadata(), self.row_filter.table, view)\n",
        "",
        "tests/tap/catalog/test_views.py -k 'goes_away'",
    ),
    # Deletions
    Mutation(
        "deleted rows are tombstones",
        _SYNC,
        "if times and self._deletes.writes_tombstones:",
        "if False:",
        f"{_DELETES} -k 'gateway and is_a_tombstone'",
    ),
    Mutation(
        "a row that is there is not reported as deleted",
        "tap_seatable/sync/row_count_check.py",
        "removed=changes.removed - present",
        "removed=changes.removed",
        f"{_LOST} -k 'gateway'",
    ),
    Mutation(
        "a row that the log calls deleted and that is there is not deleted",
        "tap_seatable/sync/row_count_check.py",
        "return changes, named - present",
        "return changes, named",
        f"{_LOST} -k 'gateway and restored_is_not'",
    ),
    Mutation(
        "deletions in the log are reported",
        _PLANNER,
        "            deleted=by_log.deleted,\n            named",
        "            named",
        f"{_LOST} -k 'gateway and killed_run_emitted'",
    ),
    # What the planner believes
    Mutation(
        "an operation that _mtime does not show leads to a comparison",
        _TASK,
        "if unseen := kinds - SHOWN_BY_MTIME:",
        "if unseen := frozenset[str]():",
        f"{_LOG} -k 'gateway and not_known_to_show'",
    ),
    Mutation(
        "a base put back to a snapshot is read whole",
        _PLANNER,
        "    return Task(Action.COMPARE, _ROLLED_BACK, distrusts_contents=True)\n",
        "    return None\n",
        f"{_LOG} -k 'put_back'",
    ),
    Mutation(
        "a base put back and used past its old counter is read whole",
        _PLANNER,
        "if past is Past.KEPT:",
        "if past in {Past.KEPT, Past.REPLACED}:",
        f"{_LOG} -k 'put_back'",
    ),
    Mutation(
        "a change behind a link leads to a comparison",
        _TASK,
        "if linked and any(not operation.tables or operation.tables & linked for",
        "if False and any(not operation.tables or operation.tables & linked for",
        f"{_LOG} -k 'gateway and shows_through_links'",
    ),
    Mutation(
        "a link that is gone leads to a comparison",
        _TASK,
        "if linked and any(operation.type in _UNLINKING for operation in news):",
        "if False:",
        f"{_LOG} -k 'gateway and link_that_is_gone'",
    ),
    Mutation(
        "a filter that rows leave leads to a comparison",
        _TASK,
        "if own and history.can_drop_rows:",
        "if False:",
        "tests/tap/catalog/test_where.py -k 'gateway and leaves_and_one_that_enters'",
    ),
    Mutation(
        "a log that does not reach back to a table's last run is not enough",
        _PLANNER,
        "if operations is None or known_until < since:",
        "if operations is None:",
        f"{_LOG} -k 'gateway and left_behind'",
    ),
    # What a state is worth
    Mutation(
        "records of columns that changed all go out",
        _SYNC,
        "changes.contents is None or bookmark.fingerprint != self._builder.fingerprint",
        "changes.contents is None",
        "tests/tap/state/test_fingerprint.py -k 'gateway'",
    ),
    Mutation(
        "rows that came before the cursor end no resumed sync",
        _SYNC,
        "            if not bookmark.cursor:\n                raise\n",
        "            raise\n",
        "tests/tap/sync/test_resumed_syncs.py -k 'came_before_the_cursor and gateway'",
    ),
    Mutation(
        "a comparison that finishes a full sync activates its version",
        _SYNC,
        "            and bookmark.cursor is not None\n            and version ==",
        "            and False\n            and version ==",
        "tests/tap/sync/test_row_count_check.py -k 'resumed_read_passes_over and gateway'",
    ),
)
