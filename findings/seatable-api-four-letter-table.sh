#!/usr/bin/env bash
# seatable-api 4.0.0 (PyPI): a table whose name is four ASCII letters or digits ("Team", "2024") is taken for a
# table *id*: the client sends `table_id` beside `table_name`. Add one letter and it does not. Which of the two the
# server believes is then no longer what the caller wrote. `update_row` and `filter_rows` are exceptions.
# Source: like_table_id in seatable_api/utils.py. Undocumented.
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
from urllib.parse import parse_qs, urlsplit

from seatable_api import Base

requests_seen = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if "app-access-token" in self.path:
            return self.answer(
                {
                    "access_token": "t",
                    "dtable_uuid": "u",
                    "dtable_name": "b",
                    "workspace_id": 1,
                    "dtable_server": f"http://127.0.0.1:{self.server.server_port}/dtable-server/",
                    "use_api_gateway": True,
                }
            )
        query = parse_qs(urlsplit(self.path).query)
        requests_seen.append({key: query[key][0] for key in ("table_name", "table_id") if key in query})
        return self.answer({"rows": []})

    def do_PUT(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        requests_seen.append({key: body[key] for key in ("table_name", "table_id") if key in body})
        self.answer({"success": True})

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
base = Base("token", f"http://127.0.0.1:{server.server_port}")
base.auth()
base.list_rows("Team")
base.list_rows("Teams")
base.batch_update_rows("2024", [])
base.update_row("2024", "r", {})
server.shutdown()

print("seatable-api", version("seatable-api"))
for call, sent in zip(("list_rows('Team')", "list_rows('Teams')", "batch_update_rows('2024')", "update_row('2024')"), requests_seen):
    print(f"{call:26} sends {sent}")
assert requests_seen == [
    {"table_name": "Team", "table_id": "Team"},
    {"table_name": "Teams"},
    {"table_name": "2024", "table_id": "2024"},
    {"table_name": "2024"},
]
PY
