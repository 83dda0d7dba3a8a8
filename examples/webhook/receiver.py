"""Starts a command when SeaTable's webhook says that a base has changed.

    WEBHOOK_SECRET=... python receiver.py meltano run base-to-warehouse

It needs Python 3.10 or newer and nothing else. Calls whose signature does not match the secret are
rejected. One command runs at a time. Changes that arrive meanwhile start one more afterwards.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import logging
import os
import signal
import subprocess
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger("receiver")

LARGEST_BODY = 10_000_000
"""Bytes of a call that are read. SeaTable sends the changed row with each."""

SIGNATURE = "X-SeaTable-Signature"


def is_signed(secret: bytes, body: bytes, signature: str) -> bool:
    """Whether a call comes from somebody who knows the secret."""
    expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


class Runner(threading.Thread):
    """Runs the command after changes, one at a time.

    Args:
        command: the program and its arguments.
        delay: seconds to wait for more changes before a run.
    """

    def __init__(self, command: Sequence[str], delay: float) -> None:
        super().__init__(name="runner")
        self._command = list(command)
        self._delay = delay
        self._changed = threading.Event()
        self._stopped = threading.Event()

    def wake(self) -> None:
        """Remember that something has changed."""
        self._changed.set()

    def stop(self) -> None:
        """End after the current run."""
        self._stopped.set()
        self._changed.set()

    def run(self) -> None:
        """Wait for changes, and run the command."""
        while self._changed.wait() and not self._stopped.wait(self._delay):
            # Cleared before the run begins: it may miss what changes while it runs.
            self._changed.clear()
            try:
                ended = subprocess.run(self._command, check=False, stdin=subprocess.DEVNULL)
            except OSError as error:
                log.error("The command did not start: %s", error)  # noqa: TRY400
                continue
            log.info("The command ended with exit code %s.", ended.returncode)


class Handler(BaseHTTPRequestHandler):
    """Answers calls at once: SeaTable waits for 30 seconds, and switches off what fails."""

    secret: ClassVar[bytes]
    runner: ClassVar[Runner]
    timeout = 20

    def do_POST(self) -> None:
        """Take a call."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self._answer(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE if length else HTTPStatus.LENGTH_REQUIRED
            )
            return
        body = self.rfile.read(int(length))
        if not is_signed(self.secret, body, self.headers.get(SIGNATURE, "")):
            log.warning("A call from %s has no valid signature.", self.address_string())
            self._answer(HTTPStatus.FORBIDDEN)
            return
        self.runner.wake()
        self._answer(HTTPStatus.OK)

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log a call without its body; what a caller writes cannot begin a line of its own."""
        log.info("%s", (format % args).encode("unicode_escape").decode())


def main() -> int:
    """Serve until a signal stops it."""
    parser = argparse.ArgumentParser(description="Start a command when a base has changed.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8321)
    parser.add_argument("--delay", type=float, default=10, help="seconds to wait for more changes")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what to run")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    secret = os.environ.pop("WEBHOOK_SECRET", "")  # the command has no need of it
    if not secret or not options.command:
        parser.error("set WEBHOOK_SECRET to the webhook's secret, and name the command to run")
    Handler.secret, Handler.runner = secret.encode(), Runner(options.command, options.delay)
    server = ThreadingHTTPServer((options.host, options.port), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    Handler.runner.start()
    log.info("Waiting for webhooks at http://%s:%s", *server.server_address[:2])
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        Handler.runner.stop()
        server.server_close()
        Handler.runner.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
