#!/bin/sh
# Checks infra/template.yaml without credentials and without AWS: the source as SAM sees it, and then the CloudFormation
# that SAM makes of it, since each hides errors of the other. Needs python3 with venv, and PyPI on the first run only.
set -eu

infra=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$infra/../target}/infra-lint
template=$infra/template.yaml
transformed=$target/template.json

# cfn-lint's rules depend on the Region, the transform asks for one, and sam would report its use.
export AWS_DEFAULT_REGION=eu-central-1 SAM_CLI_TELEMETRY=0

requirements="cfn-lint==1.58.0 aws-sam-cli==1.170.0 aws-sam-translator==1.115.0"
if [ "$(cat "$target/requirements" 2>/dev/null)" != "$requirements" ]; then
    rm -rf "$target"
    python3 -m venv "$target"
    # shellcheck disable=SC2086 # one word per requirement
    "$target/bin/pip" install --quiet --disable-pip-version-check $requirements
    echo "$requirements" > "$target/requirements"
fi

echo "cfn-lint on the source"
"$target/bin/cfn-lint" "$template"

echo "sam validate"
"$target/bin/sam" validate --lint --template-file "$template"

echo "cfn-lint on the transformed template"
"$target/bin/python" "$infra/transform.py" "$template" > "$transformed"
"$target/bin/cfn-lint" "$transformed"
