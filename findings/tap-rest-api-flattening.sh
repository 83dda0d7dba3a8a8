#!/usr/bin/env bash
# tap-rest-api-msdk 1.4.2: nested objects are flattened with one underscore, into names that the row may have already, and
# APIs often send both {"customer": {"id": 5}} and "customer_id": the later one in the text wins, so that the column holds
# the one in some rows and the other in others, and the schema says "integer or string". No error, no warning, exit code 0.
# Source: measured with a server on this machine; flatten_json in tap_rest_api_msdk/utils.py.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'tap-rest-api-msdk==1.4.2' 'singer-sdk==0.40.0'

venv/bin/python - <<'PY'
import http.server
import json
import subprocess
import threading
from importlib.metadata import version

rows = [
    {"id": 1, "customer": {"id": 5, "name": "Shop A"}, "customer_id": "C-7"},
    {"customer_id": "C-8", "customer": {"id": 6, "name": "Shop B"}, "id": 2},
]


class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(rows).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
stream = {"name": "orders", "path": "/orders", "primary_keys": ["id"], "records_path": "$[*]"}
with open("config.json", "w") as file:
    json.dump({"api_url": f"http://127.0.0.1:{server.server_port}", "streams": [stream]}, file)
done = subprocess.run(["venv/bin/tap-rest-api-msdk", "--config", "config.json"], capture_output=True, text=True)
messages = [json.loads(line) for line in done.stdout.splitlines()]
schema = next(message["schema"]["properties"] for message in messages if message["type"] == "SCHEMA")
records = [message["record"] for message in messages if message["type"] == "RECORD"]
print("tap-rest-api-msdk", version("tap-rest-api-msdk"), "- exit code", done.returncode)
for row, record in zip(rows, records, strict=True):
    print("served:", row)
    print("record:", record)
print("schema:", schema)
assert done.returncode == 0
assert "WARNING" not in done.stderr
assert records == [
    {"id": 1, "customer_id": "C-7", "customer_name": "Shop A"},
    {"id": 2, "customer_id": 6, "customer_name": "Shop B"},
]
assert schema["customer_id"]["type"] == ["integer", "string"]
PY
