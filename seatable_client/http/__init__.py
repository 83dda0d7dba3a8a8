"""One server: requests, retry, rate limit, pre-signed URLs."""

from __future__ import annotations

from seatable_client.http.address import Address, HostRules, parse_address
from seatable_client.http.budget import BudgetSettings, CallBudget
from seatable_client.http.client import MAX_TRIES, TokenRejected, Transport
from seatable_client.http.presigned import LinkRejected, Links, host_of
from seatable_client.http.request import Call, Effect
from seatable_client.http.response import answer_of, decode_json
from seatable_client.http.urls import server_root

__all__ = [
    "MAX_TRIES",
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
    "answer_of",
    "decode_json",
    "host_of",
    "parse_address",
    "server_root",
]
