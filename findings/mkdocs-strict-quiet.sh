#!/usr/bin/env bash
# mkdocs 1.6.1: `mkdocs build --strict` ends with an error if a page links to a file that is not there;
# `mkdocs build --strict -q` on the same pages ends with exit code 0. Strict mode counts the warnings that are
# *logged*, and quiet logs none. A build job that is quiet and strict is neither.
# Source: measured; `--quiet` is documented as "Silence warnings".
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'mkdocs==1.6.1'

mkdir docs
echo '[away](missing.md)' >docs/index.md
echo 'site_name: Shop' >mkdocs.yml
code() { "$@" >log 2>&1 && echo 0 || echo "$?"; }

venv/bin/mkdocs --version | cut -d' ' -f1-3
loud="$(code venv/bin/mkdocs build --strict)"
quiet="$(code venv/bin/mkdocs build --strict --quiet)"
echo "one broken link: --strict ends with $loud, --strict --quiet with $quiet"
[ "$loud" = 1 ]
[ "$quiet" = 0 ]
