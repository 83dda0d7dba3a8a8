"""examples/webhook: a signed call starts the command, and nothing else does."""

import hashlib
import hmac
import http.client
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests

from seatable_sandbox import Sandbox
from tests.tap.support import config_of, make_table
from tools.documentation.__main__ import ROOT

RECEIVER = ROOT / "examples" / "webhook" / "receiver.py"
SECRET = "s3cret-of-the-webhook"
EVENT = {
    "event": "update",
    "data": {
        "dtable_uuid": "6c17f178ee724c109c68ecee364027fc",
        "row_id": "Y_aYcE6wTo-IzGWb-oDmaQ",
        "op_type": "modify_row",
        "table_id": "0000",
        "table_name": "Köln",
    },
}
BODY = json.dumps(EVENT).encode()


def sign(body, secret=SECRET):
    """As SeaTable signs: the digest of the body as it is sent, in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Receiver:
    """The example in a process of its own."""

    def __init__(self, process):
        self.process = process
        found = next(filter(None, (re.search(r":(\d+)$", line) for line in process.stderr)))
        self.port = int(found[1])

    def post(self, body=BODY, headers=None, method="POST"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        signed = {"X-SeaTable-Signature": sign(body)} if headers is None else headers
        connection.request(method, "/", body, signed)
        status = connection.getresponse().status
        connection.close()
        return status


@pytest.fixture
def start():
    processes = []

    def run(*command, delay=0.01):
        process = subprocess.Popen(
            [sys.executable, RECEIVER, "--port", "0", "--delay", str(delay), *map(str, command)],
            env={**os.environ, "WEBHOOK_SECRET": SECRET},
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return Receiver(process)

    yield run
    for process in processes:
        process.terminate()
        process.communicate(timeout=30)


def wait_for(condition):
    for _ in range(400):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen")


def lines_of(path):
    return path.read_text().splitlines() if path.exists() else []


def counting(path, seconds=0.0):
    """A command that leaves a line when it begins and one when it ends."""
    code = (
        f"import os, time; log = open({str(path)!r}, 'a', 1); log.write('begins\\n');"
        f"log.write(os.environ.get('WEBHOOK_SECRET', '') and 'secret\\n');"
        f"time.sleep({seconds}); log.write('ends\\n')"
    )
    return (sys.executable, "-c", code)


def test_a_signed_call_starts_the_command(start, tmp_path):
    receiver = start(*counting(tmp_path / "log"))
    assert receiver.post() == 200
    wait_for(lambda: lines_of(tmp_path / "log") == ["begins", "ends"])


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (BODY, {}, 403),
        (BODY, {"X-SeaTable-Signature": ""}, 403),
        (BODY, {"X-SeaTable-Signature": sign(BODY, "another secret")}, 403),
        (BODY, {"X-SeaTable-Signature": sign(BODY).removeprefix("sha256=")}, 403),
        (BODY, {"X-SeaTable-Signature": sign(BODY).upper()}, 403),
        (BODY, {"X-SeaTable-Signature": "sha256=\xe9"}, 403),
        (BODY + b" ", {"X-SeaTable-Signature": sign(BODY)}, 403),
        (b"", {"X-SeaTable-Signature": sign(BODY), "Content-Length": "20000000"}, 413),
        (b"", {"X-SeaTable-Signature": sign(BODY), "Content-Length": "-1"}, 413),
    ],
)
def test_no_other_call_does(start, tmp_path, body, headers, status):
    receiver = start(*counting(tmp_path / "log"))
    assert receiver.post(body, headers) == status
    assert receiver.post(b"", method="GET") == 501
    # The one that is signed comes last: what came before it would have left its lines by then.
    assert receiver.post() == 200
    wait_for(lambda: "ends" in lines_of(tmp_path / "log"))
    time.sleep(0.2)
    assert lines_of(tmp_path / "log") == ["begins", "ends"]


def test_one_run_at_a_time_and_one_more_for_what_came_meanwhile(start, tmp_path):
    receiver = start(*counting(tmp_path / "log", seconds=1))
    receiver.post()
    wait_for(lambda: lines_of(tmp_path / "log") == ["begins"])
    assert [receiver.post() for _ in range(5)] == [200] * 5
    wait_for(lambda: len(lines_of(tmp_path / "log")) == 4)
    time.sleep(0.3)
    assert lines_of(tmp_path / "log") == ["begins", "ends", "begins", "ends"]


def test_a_call_that_stalls_holds_up_no_other(start, tmp_path):
    receiver = start(*counting(tmp_path / "log"))
    with socket.create_connection(("127.0.0.1", receiver.port)) as stalled:
        stalled.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n")
        assert receiver.post() == 200


def test_a_command_that_fails_or_is_missing_is_tried_again(start, tmp_path):
    receiver = start(tmp_path / "missing")
    assert receiver.post() == 200
    assert any("did not start" in line for line in itertools.islice(receiver.process.stderr, 5))
    assert receiver.post() == 200
    assert any("did not start" in line for line in itertools.islice(receiver.process.stderr, 5))


def test_a_stop_waits_for_the_run(start, tmp_path):
    receiver = start(*counting(tmp_path / "log", seconds=1))
    receiver.post()
    wait_for(lambda: lines_of(tmp_path / "log") == ["begins"])
    receiver.process.send_signal(signal.SIGTERM)
    assert receiver.process.wait(timeout=20) == 0
    assert lines_of(tmp_path / "log") == ["begins", "ends"]


def add_webhook(sandbox, base, receiver, secret=SECRET):
    """By the page's own command; returns how to ask for the webhook's state."""
    page = (ROOT / "docs" / "webhook.md").read_text("utf-8")
    (command,) = re.findall(r"```sh\n(curl .*?)```", page, re.DOTALL)
    for shown, here in [
        ("https://cloud.seatable.io/", f"{sandbox.url}/"),
        ("https://hooks.example.com/seatable", f"http://127.0.0.1:{receiver.port}/"),
    ]:
        assert shown in command
        command = command.replace(shown, here)
    variables = {
        "WORKSPACE": str(base.workspace_id),
        "BASE": base.name,
        "ACCOUNT_TOKEN": sandbox.account_token,
        "WEBHOOK_SECRET": secret,
    }
    result = subprocess.run(
        ["sh", "-euc", command.replace("curl ", "curl --fail-with-body --silent ")],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"the page's command failed: {result.stdout}{result.stderr}"
    url = f"{sandbox.url}/api/v2.1/workspace/{base.workspace_id}/dtable/{base.name}/webhooks/"
    headers = {"Authorization": f"Token {sandbox.account_token}"}
    return lambda: requests.get(url, headers=headers, timeout=10).json()["webhook_list"][0]


def test_it_brings_the_change_of_a_base(start, tmp_path):
    with Sandbox() as sandbox:
        base = sandbox.create_base("Base")
        make_table(base, "Things", 3)
        config = tmp_path / "config.json"
        config.write_text(json.dumps(config_of(sandbox, base)))
        tap = f"{sys.executable.rpartition('/')[0]}/tap-seatable --config {config}"
        receiver = start("sh", "-c", f"{tap} > {tmp_path}/out && mv {tmp_path}/out {tmp_path}/done")
        add_webhook(sandbox, base, receiver)
        base.append_rows("Things", [{"Name": "Köln", "Amount": 7}])
        wait_for((tmp_path / "done").exists)
    records = [json.loads(line) for line in lines_of(tmp_path / "done")]
    names = {record["record"]["Name"] for record in records if record["type"] == "RECORD"}
    assert "Köln" in names


def test_another_secret_starts_nothing_and_switches_the_webhook_off(start, tmp_path):
    receiver = start(*counting(tmp_path / "log"))
    with Sandbox() as sandbox:
        base = sandbox.create_base("Base")
        make_table(base, "Things", 1)
        state = add_webhook(sandbox, base, receiver, "another secret")
        for number in range(5):
            assert state()["is_valid"]
            base.append_rows("Things", [{"Name": f"row {number}"}])
        wait_for(lambda: not state()["is_valid"])
    assert lines_of(tmp_path / "log") == []


def test_a_receiver_without_a_secret_does_not_start():
    environment = {name: value for name, value in os.environ.items() if name != "WEBHOOK_SECRET"}
    ended = subprocess.run(
        [sys.executable, RECEIVER, "true"], env=environment, capture_output=True, check=False
    )
    assert ended.returncode == 2
    assert b"set WEBHOOK_SECRET" in ended.stderr
