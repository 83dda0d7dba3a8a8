"""Errors, with the bodies that SeaTable answers."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer that is not a success; `body` is JSON, plain text or empty."""

    def __init__(
        self,
        status: int,
        body: dict[str, Any] | str | None,
        headers: dict[str, str] | None = None,
        content_type: str | None = None,
    ) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}
        self.content_type = content_type


class OperationError(ApiError):
    """An error of the operation engine: 400 with `error_type` and `error_message`."""

    def __init__(self, error_type: str, message: str, status: int = 400) -> None:
        super().__init__(status, {"error_type": error_type, "error_message": message})
        self.error_type = error_type
        self.message = message


class CapacityError(ApiError):
    """A limit of the base; these carry `error_msg` instead of `error_message`."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(400, {"error_type": error_type, "error_msg": message})


def table_not_exist(name: object) -> OperationError:
    return OperationError("table_not_exist", f"table {name} not found")


def column_not_exist() -> OperationError:
    return OperationError("column_not_exist", "Column does not exist.")


def row_not_exist() -> OperationError:
    return OperationError("row_not_exist", "Row does not exist.")


class ConversionError(TypeError):
    """A value, such as a list for a number, makes the server throw, which it answers with 500."""


class ConnectionBroken(ConnectionError):
    """The connection breaks, and the client sees a reset."""
