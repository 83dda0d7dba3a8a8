"""Explains connections that fail at a proxy or at a certificate.

Proxies come from the environment (`HTTPS_PROXY` and its like), so nothing in the settings shows
them: each sentence names the proxy, without its password, and the variable that sets it.
"""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from seatable_client.formatting import error_text, show_path

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3}) ?(.*)")
"""How Python says that a proxy answered CONNECT with something else than a connection."""

_TEMPORARY = frozenset({502, 503, 504})

_EXPIRED, _OTHER_HOST, _OTHER_ADDRESS = 10, 62, 64
"""OpenSSL's codes of what is wrong with a certificate, where another authority would not help."""

TRUST_ADVICE = (
    "If it is of an authority of your own, such as a company's, set ca_bundle (or the variable "
    "REQUESTS_CA_BUNDLE) to a file with that authority's certificate, in PEM."
)


@dataclass(frozen=True)
class Proxy:
    """The proxy that leads to a server.

    Attributes:
        address: as it may be shown.
        variable: of the environment that sets it; empty where something else does.
    """

    address: str
    variable: str

    def __str__(self) -> str:
        return f"proxy {self.address}" + (f" ({self.variable})" if self.variable else "")

    @property
    def needs_socks(self) -> bool:
        """Whether it speaks SOCKS, which requests knows only beside another package."""
        return self.address.startswith("socks")

    @property
    def advice(self) -> str:
        """What to do if it cannot be used."""
        return f"check {self.variable or 'the proxy'}, or name the host of the server in NO_PROXY"


def proxy_for(root: str) -> Proxy | None:
    """The proxy that requests to a server go through; None for none."""
    proxies = requests.utils.get_environ_proxies(root, no_proxy=None)
    url = requests.utils.select_proxy(root, proxies)
    if not url:
        return None
    scheme = urlsplit(root).scheme
    names = [f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    variable = next((name for name in names if os.environ.get(name) == url), "")
    return Proxy(show_path(url if "://" in url else f"http://{url}"), variable)


def explain_proxy(proxy: Proxy, root: str, cause: BaseException) -> tuple[str, bool]:
    """Say why no connection to a server came about through its proxy.

    Args:
        proxy: the proxy.
        root: of the server.
        cause: the innermost reason.

    Returns:
        The reason, and whether another try may help.
    """
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of the {proxy} is not accepted ({error_text(cause)})", False
    if "WRONG_VERSION_NUMBER" in error_text(cause):
        return f"the {proxy} does not answer with https; its address may begin with http://", False
    if refused := _TUNNEL.search(error_text(cause)):
        status, reason = int(refused[1]), refused[2].strip()
        said = f"HTTP {status} {reason}".strip()
        if status == requests.codes.proxy_authentication_required:
            return f"the {proxy} does not accept the user and password ({said})", False
        return f"the {proxy} does not connect to {root} ({said})", status in _TEMPORARY
    return f"no connection to the {proxy} ({error_text(cause)})", True


def explain_certificate(root: str, cause: ssl.SSLCertVerificationError) -> str:
    """Say why the certificate of a server is not accepted, and what to do."""
    code = getattr(cause, "verify_code", None)
    if code == _EXPIRED:
        advice = "Have it renewed, or check the clock of this machine."
    elif code in {_OTHER_HOST, _OTHER_ADDRESS}:
        advice = "Set server_url to a name that the certificate has."
    else:
        advice = TRUST_ADVICE
    return f"the certificate of {root} is not accepted ({error_text(cause)}). {advice}"
