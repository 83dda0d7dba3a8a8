"""dtable-web: logging in, the account, server-info and pings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from seatable_sandbox.engine import ACCOUNT_NAME, ACCOUNT_PASSWORD
from seatable_sandbox.model import ApiError
from seatable_sandbox.routes.authorization import require_account
from seatable_sandbox.routes.endpoints import Endpoints
from seatable_sandbox.routes.helpers import read_form
from seatable_sandbox.routes.users import account_user

if TYPE_CHECKING:
    from seatable_sandbox.routes.context import ServerContext

ENDPOINTS = Endpoints()


@ENDPOINTS.route("/api2/ping/", "GET")
def ping(context: ServerContext) -> Any:
    del context
    return "pong"


@ENDPOINTS.route("/server-info/", "GET")
def get_server_info(context: ServerContext) -> Any:
    return {"version": context.profile.version, "edition": context.profile.edition}


@ENDPOINTS.route("/api2/auth-token/", "POST")
def log_in(context: ServerContext) -> Any:
    context.limits.count_web_call()
    sent = read_form()
    if (sent.get("username"), sent.get("password")) != (ACCOUNT_NAME, ACCOUNT_PASSWORD):
        message = "Unable to login with provided credentials."
        raise ApiError(400, {"non_field_errors": [message]})
    code = context.profile.otp
    if code is not None and request.headers.get("X-SEAFILE-OTP") != code:
        message = "Two factor auth token is missing or invalid."
        raise ApiError(400, {"non_field_errors": [message]}, {"X-SEAFILE-OTP": "required"})
    return {"token": context.tokens.account_token}


@ENDPOINTS.route("/api2/auth/ping/", "GET")
def ping_account(context: ServerContext) -> Any:
    require_account(context)
    return "pong"


@ENDPOINTS.route("/api2/account/info/", "GET")
def get_account_info(context: ServerContext) -> Any:
    require_account(context)
    return {**account_user(context), "is_staff": False}
