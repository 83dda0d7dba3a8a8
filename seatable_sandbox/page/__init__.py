"""The page on `/` on which a person watches data arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

if TYPE_CHECKING:
    from ..server import Server


def blueprint(server: Server) -> Blueprint:
    return Blueprint("page", __name__)
