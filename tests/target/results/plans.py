"""Streams with a plan, and what a base and a plan hold."""

import json

from tests.target.singer import record, schema

PEOPLE = schema("people", {"id": "integer", "name": "string", "born": "string"}, ["id"])


def people(*ids, **values):
    return [record("people", id=key, **{"name": f"n{key}", **values}) for key in ids]


def planned(base, plan, *messages, **config):
    base.load(*messages, dry_run=True, plan_path=str(plan), **config)
    return json.loads(plan.read_text("utf-8"))


def everything(base):
    metadata = base.base.metadata()["metadata"]
    return metadata["version"], {
        table["name"]: (table["columns"], base.base.rows(table["name"]))
        for table in metadata["tables"]
    }
