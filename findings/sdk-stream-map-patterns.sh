#!/usr/bin/env bash
# singer-sdk 0.54.9, stream maps: where two keys fit one stream, a name and a pattern such as "*" or "orders*", only the
# *last* one in the file counts. A rule for all streams behind those of single ones brings back each column that they had
# removed. And an alias is an expression first: the stream renamed to "2024-10" is called 2014, a number. Exit code 0.
# Source: register_raw_stream_schema and _eval_stream in singer_sdk/mapper.py. The guide does not speak of two that fit.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'singer-sdk==0.54.9'

cat > tap.py <<'PY'
from singer_sdk import Stream, Tap
from singer_sdk import typing as th


class Orders(Stream):
    name = "orders"
    schema = th.PropertiesList(*(th.Property(name, th.StringType) for name in ("id", "cost", "draft"))).to_dict()

    def get_records(self, context):
        yield {"id": "A1", "cost": "2.50", "draft": "x"}


class TapOrders(Tap):
    name = "tap-orders"
    package_name = "singer-sdk"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self):
        return [Orders(self)]


TapOrders.cli()
PY
venv/bin/python - <<'PY'
import json
import subprocess
from importlib.metadata import version


def run(maps):
    with open("config.json", "w") as file:
        json.dump({"stream_maps": maps}, file)
    done = subprocess.run(["venv/bin/python", "tap.py", "--config", "config.json"], text=True, capture_output=True, check=True)
    return next(message for message in map(json.loads, done.stdout.splitlines()) if message["type"] == "RECORD")


single, every = {"cost": None}, {"draft": None}
print("singer-sdk", version("singer-sdk"), "- cost is to be removed from orders, draft from every stream")
seen = {}
for name, maps in {
    "orders, then *": {"orders": single, "*": every},
    "*, then orders": {"*": every, "orders": single},
    "ord*, then *": {"ord*": single, "*": every},
}.items():
    seen[name] = sorted(run(maps)["record"])
    print(f"{name:15} -> the record has", *seen[name])
alias = run({"orders": {"__alias__": "2024-10"}})["stream"]
print("alias 2024-10   -> the stream is", json.dumps(alias))
assert seen == {"orders, then *": ["cost", "id"], "*, then orders": ["draft", "id"], "ord*, then *": ["cost", "id"]}
assert alias == 2014
PY
