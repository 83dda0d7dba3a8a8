#!/usr/bin/env bash
# meltano-map-transform 0.12.3 (singer-sdk 0.54.9): the mapper sends on every SCHEMA with `bookmark_properties` empty, also without
# any map for the stream. A loader that asks the SCHEMA whether a source sends everything or only what has changed hears
# "everything". All else of the SCHEMA passes, unknown keywords and versions included.
# Source: meltano_map_transform/mapper.py, which looks for them under another name.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'meltano-map-transform==0.12.3' 'singer-sdk==0.54.9'

cat > messages.jsonl <<'JSONL'
{"type": "SCHEMA", "stream": "goods", "key_properties": ["id"], "bookmark_properties": ["changed"], "schema": {"type": "object", "x-unit": "kg", "properties": {"id": {"type": "integer"}, "changed": {"type": "string", "format": "date-time"}}}}
{"type": "RECORD", "stream": "goods", "record": {"id": 1, "changed": "2024-06-05T10:20:00Z"}}
JSONL
echo '{"stream_maps": {}}' > config.json
venv/bin/pip list 2>/dev/null | grep -E '^(meltano-map-transform|singer-sdk) '
venv/bin/meltano-map-transform --config config.json < messages.jsonl 2> log.txt > mapped.jsonl
venv/bin/python - <<'PY'
import json

given, sent = (json.loads(open(name).readline()) for name in ("messages.jsonl", "mapped.jsonl"))
for name in ("key_properties", "bookmark_properties", "schema"):
    print(f"{name}: {json.dumps(given[name])} -> {json.dumps(sent[name])}")
assert sent["bookmark_properties"] == []
assert sent["key_properties"] == given["key_properties"]
assert sent["schema"] == given["schema"]
PY
