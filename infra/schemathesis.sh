#!/bin/sh
# Exercises every operation of infra/openapi.json with generated requests, good and bad, against the real binaries in the
# local stack: no answer may be a 5xx, and none may differ from the document. Needs python3 with venv, and PyPI on the first
# run only. Arguments go to schemathesis (`--max-time 600` looks for longer, `--seed N` repeats a run).
set -eu

infra=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$infra/../target}/infra-schemathesis
requirements="schemathesis==4.32.5"
if [ "$(cat "$target/requirements" 2>/dev/null)" != "$requirements" ]; then
    rm -rf "$target"
    python3 -m venv "$target"
    "$target/bin/pip" install --quiet --disable-pip-version-check "$requirements"
    echo "$requirements" > "$target/requirements"
fi

cd "$infra/.."
ready=$target/ready.json
: > "$ready"
cargo build --quiet --locked
cargo run --quiet --locked -- --memory --port 0 --json > "$ready" &
stack=$!
trap 'kill "$stack" 2>/dev/null; wait "$stack" || true' EXIT
until [ -s "$ready" ]; do
    kill -0 "$stack"
    sleep 1
done
member() {
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$ready" "$1"
}

# What is revoked, disabled or paused on the way stays so, and requests by its id are good all the same.
api=$(member api) key=$(member admin_key)
cd "$target"
bin/schemathesis run "$infra/openapi.json" --url "$api" \
    --header "Authorization: Bearer $key" \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --phases examples,coverage,fuzzing --max-examples 10 --seed 20261201 --no-shrink --continue-on-failure \
    --suppress-health-check all --warnings off --request-timeout 30 "$@"
