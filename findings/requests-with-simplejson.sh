#!/usr/bin/env bash
# requests 2.34.2: which JSON it sends depends on whether *simplejson* happens to be installed (singer-sdk brings it).
# With it a named tuple in the body becomes an object instead of a list, a Decimal becomes a number instead of a
# TypeError, and bytes become text instead of a TypeError. The same code is right on one machine and wrong on another.
# Source: requests/compat.py. Documented for reading answers (which exception is raised), not for what is sent.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'requests==2.34.2'

cat > send.py <<'PY'
from collections import namedtuple
from decimal import Decimal

import requests

Place = namedtuple("Place", "lng lat")


def body(value):
    try:
        return requests.Request("POST", "http://localhost/", json=value).prepare().body.decode()
    except TypeError as error:
        return f"TypeError: {error}"


for value in (Place(8.6, 50.1), Decimal("1.10"), b"ab"):
    print(f"{value!r:25} -> {body(value)}")
PY
venv/bin/python -c 'import requests; print("requests", requests.__version__)'
before="$(venv/bin/python send.py)"
venv/bin/pip install -qq 'simplejson==4.3.0'
after="$(venv/bin/python send.py)"
printf 'without simplejson\n%s\nwith simplejson 4.3.0\n%s\n' "$before" "$after"

[ "$before" = "Place(lng=8.6, lat=50.1)  -> [8.6, 50.1]
Decimal('1.10')           -> TypeError: Object of type Decimal is not JSON serializable
b'ab'                     -> TypeError: Object of type bytes is not JSON serializable" ]
[ "$after" = 'Place(lng=8.6, lat=50.1)  -> {"lng": 8.6, "lat": 50.1}
Decimal('"'1.10'"')           -> 1.10
b'"'ab'"'                     -> "ab"' ]
