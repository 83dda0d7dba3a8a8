"""The name that Airflow keeps for where a task ran: the worker's, since all share one machine."""

import os
import platform


def name() -> str:
    """The worker's name, or the machine's for everything else."""
    return os.environ.get("FLEET_WORKER") or platform.node()
