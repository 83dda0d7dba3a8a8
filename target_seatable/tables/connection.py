"""Opens the base to load into, and creates it first if the settings say so."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from seatable_client.connection import Connection, Server, connect
from seatable_client.errors import ConfigError, NotFound, RequestRejected
from target_seatable.tables.big_data import add_to_big_data
from target_seatable.tables.dry_run import UncreatedBase

if TYPE_CHECKING:
    from target_seatable.settings import TargetConfig

log = logging.getLogger(__name__)


def open_base(config: TargetConfig) -> Connection:
    """Open the base that the settings name; create it if it does not exist and they say so.

    Raises:
        ConfigError: a setting is invalid.
        NotFound: the base does not exist, and create_base is off.
        SeaTableError: the base cannot be opened or created; the message says why.
    """
    connection = _open(config)
    connection.claim("load")
    if config.storage == "big_data":
        add_to_big_data(connection.base)
    return connection


def _open(config: TargetConfig) -> Connection:
    if not config.create_base:
        return connect(config.by_name)
    server = Server(config.by_name)
    credential = server.credential(config.by_name).creatable
    if credential is None:
        raise ConfigError(
            "create_base is set with api_token, which belongs to a base that exists. Set "
            "account_token, or username and password, with workspace_id and base_name; or leave "
            "create_base out."
        )
    try:
        return server.open(credential)
    except NotFound:
        if config.storage == "big_data":
            raise ConfigError(
                f"Base {credential.name!r} does not exist, and a base that is created has its big "
                "data storage switched off. Create it and switch that on by hand, or set storage "
                "to normal."
            ) from None
        if config.dry_run:
            log.info(
                "Would create base %r in workspace %d.", credential.name, credential.workspace_id
            )
            return Connection(UncreatedBase(credential.name, server.transport), "auto")
    try:
        server.create(credential)
    except RequestRejected as refusal:
        # Another run may have created it meanwhile, or an attempt whose answer was lost.
        try:
            return server.open(credential)
        except NotFound:
            raise refusal from None
    return replace(server.open(credential), is_new=True)
