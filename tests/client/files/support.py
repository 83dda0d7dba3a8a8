"""Helpers for tests of files."""

from __future__ import annotations

import contextlib
import io

from seatable_client.connection import connect
from seatable_client.files.content import Content


def connected(sandbox, base, token=None):
    config = {"server_url": sandbox.url, "api_token": token or base.api_token}
    return connect(config).base


class Target:
    """What a download is written to, opened anew for each try."""

    def __init__(self):
        self.opened = 0
        self.content = b""

    def __call__(self):
        self.opened += 1
        target, keep = io.BytesIO(), self

        class Kept(contextlib.AbstractContextManager):
            write = target.write

            def __exit__(self, *_failure):
                keep.content = target.getvalue()

        return Kept()


def content(data):
    return Content.from_file(io.BytesIO(data))


def downloaded(files, address):
    target = Target()
    size = files.download(files.path(address), target)
    assert size == len(target.content)
    return target.content
