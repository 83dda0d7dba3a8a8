#!/usr/bin/env bash
# seatable-api 4.0.0 (PyPI): `insert_row(table, row, anchor_row_id)` forgets the anchor on every server with the API
# gateway (5.3 and newer) and appends the row at the end. The call succeeds. On older servers the same call
# sends the anchor and inserts.
# Source: seatable_api/api_gateway.py beside seatable_api/main.py. Undocumented.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'seatable-api==4.0.0' 'requests==2.34.2' 'ply==3.11'

venv/bin/python - <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

from seatable_api import Base

bodies = []


class Handler(BaseHTTPRequestHandler):
    gateway = True

    def do_GET(self):
        self.answer(
            {
                "access_token": "t",
                "dtable_uuid": "u",
                "dtable_name": "b",
                "workspace_id": 1,
                "dtable_server": f"http://127.0.0.1:{self.server.server_port}/dtable-server/",
                "use_api_gateway": self.gateway,
            }
        )

    def do_POST(self):
        bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer({"first_row": {"_id": "new"}})

    def answer(self, value):
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
for Handler.gateway in (False, True):
    base = Base("token", f"http://127.0.0.1:{server.server_port}")
    base.auth()
    base.insert_row("People", {"Name": "Ann"}, "anchor-row")
server.shutdown()

print("seatable-api", version("seatable-api"))
print("dtable-server:", bodies[0])
print("API gateway:  ", bodies[1])
assert bodies[0]["anchor_row_id"] == "anchor-row", bodies[0]
assert "anchor-row" not in json.dumps(bodies[1]), bodies[1]
PY
