#!/usr/bin/env bash
# The chart: lint, render with default and other values, decode every manifest strictly, refuse wrong values, and agree
# with the server about its settings. HELM and MANIFESTS name the tools, KGRCA the server; scripts/e2e sets all three.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${HELM:?run scripts/e2e}" "${MANIFESTS:?run scripts/e2e}" "${KGRCA:?run scripts/e2e}"
chart=charts/kg-rca-system
values=tests/e2e/values
# Helm built from its module knows no Kubernetes version of its own.
version=(--kube-version 1.34.0)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { printf 'chart: %s\n' "$*" >&2; exit 1; }

render() { "$HELM" template kgrca "$chart" --namespace observability "${version[@]}" "$@"; }

check_good() {
  local name=$1
  shift
  "$HELM" lint --strict --quiet "${version[@]}" "$chart" "$@" >"$work/lint" 2>&1 || { cat "$work/lint" >&2; fail "$name: lint"; }
  render "$@" >"$work/$name.yaml" || fail "$name: template"
  "$MANIFESTS" <"$work/$name.yaml" || fail "$name: manifests"
}

check_bad() {
  local file=$1 word
  word=$(sed -n '1s/^# expects: //p' "$file")
  if render -f "$file" >"$work/bad" 2>"$work/error"; then fail "$file was accepted"; fi
  grep -qF -- "$word" "$work/error" || { cat "$work/error" >&2; fail "$file: the error does not name '$word'"; }
}

# The rendered settings file must be one that the server takes.
check_settings() {
  local name=$1 file=$work/settings.yaml
  sed -n '/^  kgrca.yaml: |$/,/^[^ ]/p' "$work/$name.yaml" | sed -n 's/^    //p' >"$file"
  [ -s "$file" ] || fail "$name: no settings in the ConfigMap"
  # The bootstrap key's file and the data files exist in the pod only.
  sed -i '/^  bootstrap_key_file:/d; /^auth:$/d; /^  dir: .*\/etc\/kgrca\/data/d' "$file"
  "$KGRCA" config check --config "$file" >/dev/null || { cat "$file" >&2; fail "$name: the server refuses these settings"; }
}

# The part `config` of the schema is what the server prints, without the settings that belong to the chart.
check_schema() {
  "$KGRCA" config schema | jq -S '.properties
    | del(.server.properties[("listen", "tls_listen", "tls_certificate", "tls_key")], .storage.properties.data_dir)
    | del(.auth.properties[("bootstrap_key", "bootstrap_key_file", "pepper_file")], .config.properties.dir)
    | with_entries(select(.value.properties != {}))' >"$work/server.json"
  jq -S .properties.config.properties "$chart/values.schema.json" >"$work/chart.json"
  diff -u "$work/chart.json" "$work/server.json" >&2 ||
    fail "values.schema.json differs from \`kgrca config schema\`: take over the lines marked +"
}

check_good default
for file in "$values"/good/*.yaml; do
  check_good "$(basename "$file" .yaml)" -f "$file"
done
for file in "$values"/bad/*.yaml; do check_bad "$file"; done
check_settings default
check_settings everything
check_schema
echo "chart: $(find "$values/good" -name '*.yaml' | wc -l) variants and the defaults are good, $(find "$values/bad" -name '*.yaml' | wc -l) wrong values are refused"
