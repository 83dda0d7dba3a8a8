"""The task of both DAGs: one Meltano run for each environment, retried alone, in the pool."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.bash import BashOperator

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import AssetAlias

COME_BACK_LATER = 75
"""The exit code of a run that met a limit on API calls: the next scheduled one continues it."""


def seconds(name: str, default: float) -> timedelta:
    """The time that a variable gives in seconds."""
    return timedelta(seconds=float(os.environ.get(name) or default))


def meltano_task(
    task_id: str, blocks: str, *, outlet: AssetAlias, note: Callable[..., None]
) -> Any:
    """A task to expand over environments, each with FLEET_NAME and FLEET_STATE_ID.

    Args:
        task_id: the task's id.
        blocks: the plugins to run, as a shell reads them.
        outlet: of which assets are updated.
        note: updates them once a run has ended.
    """
    program = Path(__file__).with_name("meltano_run.py")
    return BashOperator.partial(
        task_id=task_id,
        bash_command=f"exec '{sys.executable}' '{program}' {blocks}",
        append_env=True,
        skip_on_exit_code=COME_BACK_LATER,
        pool="seatable",
        retries=4,
        retry_delay=seconds("FLEET_RETRY_SECONDS", 60),
        retry_exponential_backoff=2.0,
        max_retry_delay=seconds("FLEET_MAX_RETRY_SECONDS", 1200),
        execution_timeout=timedelta(hours=4),
        map_index_template="{{ task.env['FLEET_NAME'] }}",
        outlets=[outlet],
        post_execute=note,
    )
