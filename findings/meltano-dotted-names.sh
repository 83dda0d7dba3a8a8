#!/usr/bin/env bash
# Meltano 4.4.1: a setting of `kind: object` takes JSON from an environment variable, and leaves out each entry whose name has
# a dot, with exit code 0 and without a word. A key per stream such as {"public.people": ["id"]} reaches the plugin as {}.
# In meltano.yml the dot makes another object instead: {"public": {"people": …}}. As `kind: string` the JSON passes whole.
# Source: measured; the documentation of kinds says only that an object is parsed as JSON.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'meltano==4.4.1'

cat > meltano.yml <<YML
version: 1
default_environment: dev
project_id: shop
send_anonymous_usage_stats: false
environments: [{name: dev}]
plugins:
  loaders:
  - name: target-object
    namespace: target_object
    executable: /bin/true
    settings: [{name: keys, kind: object}]
  - name: target-string
    namespace: target_string
    executable: /bin/true
    settings: [{name: keys, kind: string}]
  - name: target-file
    namespace: target_file
    executable: /bin/true
    settings: [{name: keys, kind: object}]
    config: {keys: {public.people: [id], goods: [no]}}
YML
venv/bin/meltano --version
config() { venv/bin/meltano --log-level error invoke --dump=config "$1" 2>/dev/null | venv/bin/python -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["keys"]))'; }
keys='{"public.people": ["id"], "goods": ["no"]}'
object="$(TARGET_OBJECT_KEYS="$keys" config target-object)"
string="$(TARGET_STRING_KEYS="$keys" config target-string)"
file="$(config target-file)"
echo "given:                           $keys"
echo "kind object, by the environment: $object"
echo "kind object, in meltano.yml:     $file"
echo "kind string, by the environment: $string"
[ "$object" = '{"goods": ["no"]}' ]
[ "$file" = '{"goods": ["no"], "public": {"people": ["id"]}}' ] || [ "$file" = '{"public": {"people": ["id"]}, "goods": ["no"]}' ]
venv/bin/python -c 'import json, sys; assert json.loads(json.loads(sys.argv[1])) == json.loads(sys.argv[2])' "$string" "$keys"
