"""Run DAGs once, without scheduler and workers, and print what became of their tasks.

    AIRFLOW_HOME=/tmp/airflow AIRFLOW__CORE__DAGS_FOLDER=examples/airflow/dags \
        python examples/airflow/run_dags.py bases_to_warehouse

It is Airflow's own `dag.test()`, which ignores pools and does not raise when a run fails. So the
states are printed as the last line, in JSON.
"""

import importlib
import json
import os
import sys

from airflow.models.asset import AssetEvent
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from sqlalchemy import select


def run(name: str) -> dict:
    """The state of a run, its tasks with their states and tries, and the assets it updated."""
    dag = getattr(importlib.import_module(name), name.upper())
    dag_run = dag.test()
    updated = select(AssetEvent).where(AssetEvent.source_run_id == dag_run.run_id)
    with create_session() as session:
        assets = sorted(event.uri for event in session.scalars(updated))
    return {
        "state": str(dag_run.state),
        "assets": assets,
        "tasks": [
            {
                "task": task.task_id,
                "state": str(task.state),
                "tries": task.try_number,
                "name": task.rendered_map_index,
            }
            for task in dag_run.get_task_instances()
        ],
    }


if __name__ == "__main__":
    initdb()
    sys.path.insert(0, os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    sys.stdout.write("\n" + json.dumps({name: run(name) for name in sys.argv[1:]}) + "\n")
