"""dtable-server v1 and dtable-db v1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

if TYPE_CHECKING:
    from .server import Server


def blueprint(server: Server) -> Blueprint:
    return Blueprint("v1", __name__)
