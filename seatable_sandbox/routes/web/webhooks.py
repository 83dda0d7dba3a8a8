"""dtable-web: the webhooks of a base, with the account token."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from seatable_sandbox.engine import OWNER, Webhook
from seatable_sandbox.model import ApiError, Base
from seatable_sandbox.routes.authorization import require_account_base
from seatable_sandbox.routes.endpoints import Endpoints
from seatable_sandbox.routes.helpers import read_form

if TYPE_CHECKING:
    from seatable_sandbox.routes.context import ServerContext

ENDPOINTS = Endpoints()

_WEBHOOKS = "/api/v2.1/workspace/<int:workspace_id>/dtable/<name>/webhooks/"
_WEBHOOK = f"{_WEBHOOKS}<int:webhook_id>/"


@ENDPOINTS.route(_WEBHOOKS, "GET")
def list_webhooks(context: ServerContext, workspace_id: int, name: str) -> Any:
    base = require_account_base(context, workspace_id, name)
    found = context.engine.webhooks.list_webhooks(base)
    return {"webhook_list": [_format(base, webhook) for webhook in found]}


@ENDPOINTS.route(_WEBHOOKS, "POST")
def create_webhook(context: ServerContext, workspace_id: int, name: str) -> Any:
    base = require_account_base(context, workspace_id, name)
    sent = read_form()
    url, secret = _read_url(sent.get("url")), str(sent.get("secret") or "")
    return {"webhook": _format(base, context.engine.webhooks.add(base, url, secret, OWNER))}


@ENDPOINTS.route(_WEBHOOK, "PUT")
def change_webhook(context: ServerContext, workspace_id: int, name: str, webhook_id: int) -> Any:
    base = require_account_base(context, workspace_id, name)
    known, sent = _require(context, base, webhook_id), read_form()
    url = _read_url(sent.get("url") or known.url)
    secret = str(sent.get("secret") or known.secret)
    return {"webhook": _format(base, context.engine.webhooks.change(base, known, url, secret))}


@ENDPOINTS.route(_WEBHOOK, "DELETE")
def delete_webhook(context: ServerContext, workspace_id: int, name: str, webhook_id: int) -> Any:
    base = require_account_base(context, workspace_id, name)
    context.engine.webhooks.delete(_require(context, base, webhook_id))
    return {"success": True}


def _require(context: ServerContext, base: Base, webhook_id: int) -> Webhook:
    found = context.engine.webhooks.find(base, webhook_id)
    if found is None:
        raise ApiError(404, {"error_msg": f"Webhook {webhook_id} not found."})
    return found


def _read_url(url: object) -> str:
    try:
        is_valid = isinstance(url, str) and urlsplit(url).scheme in ("http", "https")
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ApiError(400, {"error_msg": "url invalid."})
    return str(url)


def _format(base: Base, webhook: Webhook) -> dict[str, Any]:
    created = datetime.fromtimestamp(webhook.created_ms / 1000, timezone.utc)
    return {
        "id": webhook.id,
        "dtable_uuid": base.uuid,
        "url": webhook.url,
        "creator": webhook.creator,
        "created_at": created.replace(tzinfo=None).isoformat(),
        "is_valid": webhook.is_valid,
        "settings": {"events": ["update"], "secret": webhook.secret},
    }
