#!/usr/bin/env bash
# Meltano 4.4.1: a plugin with `inherit_from` takes over what an environment sets for its parent, but not the entries of
# *objects*: with `stream_maps` in meltano.yml and more of them in the environment "prod", the child runs in prod without
# those, while texts and lists arrive. And an object cannot be emptied: {} in the child or in an environment variable changes
# nothing, while [] empties a list; a variable with other entries adds them to those of the file. Exit code 0 each time.
# Source: measured. The guide describes these layers of settings and sets objects apart in none.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'meltano==4.4.1'

cat > meltano.yml <<'YML'
version: 1
default_environment: dev
project_id: shop
send_anonymous_usage_stats: false
plugins:
  extractors:
  - name: tap-x
    namespace: tap_x
    executable: tap-x
    settings: [{name: stream_maps, kind: object}, {name: tables, kind: array}, {name: host}]
    config:
      stream_maps: {orders: {note: md5(note)}}
      tables: [orders]
      host: test
  - {name: child, inherit_from: tap-x}
  - name: emptied
    inherit_from: tap-x
    config: {stream_maps: {}, tables: []}
environments:
- name: dev
- name: prod
  config:
    plugins:
      extractors:
      - name: tap-x
        config:
          stream_maps: {orders: {mail: md5(mail)}}
          tables: [orders, people]
          host: prod
YML
show() { venv/bin/meltano --environment="$1" invoke --dump=config "$2" 2>>log | venv/bin/python -c 'import json, sys; print(json.dumps(json.load(sys.stdin)))'; }
parent="$(show prod tap-x)"
child="$(show prod child)"
emptied="$(show dev emptied)"
by_variable="$(TAP_X_STREAM_MAPS='{}' TAP_X_TABLES='[]' show dev tap-x)"
added="$(TAP_X_STREAM_MAPS='{"people": {"note": "str(note)"}}' TAP_X_TABLES='["people"]' show dev tap-x)"

venv/bin/meltano --version
echo "tap-x in prod:              $parent"
echo "its child in prod:          $child"
echo "a child with {} and []:     $emptied"
echo "variables with {} and []:   $by_variable"
echo "variables with others:      $added"
[ "$parent" = '{"stream_maps": {"orders": {"note": "md5(note)", "mail": "md5(mail)"}}, "tables": ["orders", "people"], "host": "prod"}' ]
[ "$child" = '{"stream_maps": {"orders": {"note": "md5(note)"}}, "tables": ["orders", "people"], "host": "prod"}' ]
[ "$emptied" = '{"stream_maps": {"orders": {"note": "md5(note)"}}, "tables": [], "host": "test"}' ]
[ "$by_variable" = "$emptied" ]
[ "$added" = '{"stream_maps": {"people": {"note": "str(note)"}, "orders": {"note": "md5(note)"}}, "tables": ["people"], "host": "test"}' ]
