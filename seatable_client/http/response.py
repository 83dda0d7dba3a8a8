"""Reading answers of SeaTable servers, which report errors and limits in many ways.

Errors stand under five keys, in plain text, or on an HTML page of what stands before the server;
limits are given in seconds, as a date, or as seconds since 1970.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import ValidationError
from msgspec.json import Decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

Answer = TypeVar("Answer")

_ERROR_KEYS = ("error_message", "error_msg", "detail", "error", "non_field_errors")
_PIECE = 1 << 20
_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)


_anything: Decoder[Any] = Decoder()


def decode_json(body: bytes, decoder: Decoder[Any] = _anything) -> Any:
    """A JSON document, as a decoder makes it.

    SeaTable cuts text at UTF-16 units, in the middle of an emoji if need be. The half that is left
    is no character, though JSON can spell it: it is read as U+FFFD, which says so.

    Raises:
        ValidationError: the document is not of the decoder's type.
        ValueError: the text is not complete JSON.
    """
    try:
        return decoder.decode(body)
    except ValidationError:
        raise
    except ValueError:
        lenient = json.dumps(json.loads(body), ensure_ascii=False)
    document = lenient.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return decoder.decode(document)


def answer_of(answer_type: type[Answer]) -> Callable[[bytes], Answer]:
    """What reads a body as an answer of a declared type; for `Call.decode`.

    It raises ValidationError where the body lacks what the type requires, and ValueError where it
    is no complete JSON. Attributes that the type does not declare are passed over: servers add some
    with every version.
    """
    decoder = Decoder(answer_type)
    return lambda body: decode_json(body, decoder)


def read_body(response: requests.Response) -> bytes:
    """The body of an answer that is on its way.

    In large pieces: requests itself takes ten kilobytes at a time, and longer than the network.
    """
    return b"".join(response.iter_content(_PIECE))


def is_html(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the answer is a page for people."""
    return "html" in headers.get("Content-Type", "") or body.lstrip()[:1] == b"<"


def is_api_answer(response: requests.Response) -> bool:
    """Whether the API itself answered: it does so in JSON, what stands before it does not."""
    try:
        return isinstance(decode_json(response.content), dict)
    except ValueError:
        return False


def error_message_of(response: requests.Response) -> str:
    """What the server said of an error; empty if nothing."""
    try:
        answer = decode_json(response.content)
    except ValueError:
        html = is_html(response.headers, response.content)
        return "an HTML page" if html else response.text.strip()
    if isinstance(answer, list):
        return " ".join(map(str, answer))
    return _error_in(answer) or str(answer)


def error_inside_success(body: bytes) -> str:
    """The error that a server reports with a status of success; empty if it reports none."""
    try:
        return _error_in(decode_json(body))
    except ValueError:
        return ""


def _error_in(answer: Any) -> str:
    """The words of an error, under whichever key they are; empty if there are none."""
    if not isinstance(answer, dict):
        return ""
    message = next((answer[key] for key in _ERROR_KEYS if answer.get(key)), "")
    if isinstance(message, list):
        message = " ".join(str(word) for word in message)
    return str(message)


def seconds_until_ready(headers: Mapping[str, str], now: datetime | None) -> float | None:
    """Seconds until a limit resets, from `Retry-After` (seconds or a date) or `x-ratelimit-reset`.

    None where neither tells, or where it is over: a server that still throttles then knows no time.
    `now` is the server's clock, so that a wrong clock on this machine does not matter.
    """
    now = now or datetime.now(timezone.utc)
    after, reset = headers.get("Retry-After", ""), headers.get("x-ratelimit-reset", "")
    seconds = 0.0
    if _SECONDS.fullmatch(after):
        seconds = float(after)
    elif date := http_date(after):
        seconds = (date - now).total_seconds()
    elif _SECONDS.fullmatch(reset):
        seconds = float(reset) - now.timestamp()
    return seconds if seconds > 0 else None


def http_date(text: str) -> datetime | None:
    """The moment that a header such as `Date` names; None where it names none."""
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def moment_after(seconds: float) -> datetime | None:
    """The moment so many seconds from now, in UTC; None where dates do not reach so far."""
    try:
        return datetime.now(timezone.utc) + timedelta(seconds=seconds)
    except OverflowError:
        return None
