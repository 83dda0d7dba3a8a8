"""One server: requests, retry, rate limit, pre-signed URLs."""

from __future__ import annotations

from seatable_client.http.address import Address, HostRules, parse_address
from seatable_client.http.budget import BudgetSettings, CallBudget
from seatable_client.http.client import TokenRejected, Transport
from seatable_client.http.presigned import LinkRejected, Links, host_of
from seatable_client.http.request import Call, Effect
from seatable_client.http.response import decode_json

__all__ = [
    "Address",
    "BudgetSettings",
    "Call",
    "CallBudget",
    "Effect",
    "HostRules",
    "LinkRejected",
    "Links",
    "TokenRejected",
    "Transport",
    "decode_json",
    "host_of",
    "parse_address",
]
