#!/usr/bin/env bash
# fsspec 2026.9.0: `cat` and `get` take a path for a pattern even where a file of exactly that name exists: asked for
# "scan[1].pdf" they give "scan1.pdf", the other file, while `open`, `exists` and `rm` of the same path mean the right
# one. File names with a number in brackets are what browsers make of a second download.
# Source: expand_path in fsspec/spec.py. The docstrings speak of globs, not of files that are called like one.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'fsspec==2026.9.0'

venv/bin/python - <<'PY'
import os

import fsspec

for name in ("scan[1].pdf", "scan1.pdf"):
    with open(name, "w") as file:
        file.write(name)
os.mkdir("copies")
files = fsspec.filesystem("file")
opened = files.open("scan[1].pdf", "r").read()
read = {os.path.basename(path): data.decode() for path, data in files.cat("scan[1].pdf").items()}
files.get("scan[1].pdf", "copies/")
files.rm("scan[1].pdf")
left = [name for name in os.listdir() if name.endswith(".pdf")]
print("fsspec", fsspec.__version__)
print("open('scan[1].pdf')           ->", opened)
print("cat('scan[1].pdf')            ->", read)
print("get('scan[1].pdf', 'copies/') ->", os.listdir("copies"))
print("rm('scan[1].pdf') leaves      ->", left)
assert opened == "scan[1].pdf"
assert read == {"scan1.pdf": "scan1.pdf"}
assert os.listdir("copies") == ["scan1.pdf"]
assert left == ["scan1.pdf"]
PY
