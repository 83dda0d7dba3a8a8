"""Credentials to base tokens, accounts, creating a base."""

from __future__ import annotations

from seatable_client.auth.access_token import BaseAccess, plain_id
from seatable_client.auth.account import Account, AccountBase
from seatable_client.auth.credentials import ApiToken, BaseAuth, Credential
from seatable_client.auth.new_base import create_base

__all__ = [
    "Account",
    "AccountBase",
    "ApiToken",
    "BaseAccess",
    "BaseAuth",
    "Credential",
    "create_base",
    "plain_id",
]
