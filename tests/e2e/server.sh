#!/usr/bin/env bash
# The server under the settings that the chart renders: both listeners, the health check of the image, one event in and
# out, the same again after a restart, exit 0 on SIGTERM. KGRCA and HELM name the programs; scripts/e2e sets both.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${KGRCA:?run scripts/e2e}" "${HELM:?run scripts/e2e}"
work=$(mktemp -d)
server=
cleanup() { [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
fail() { printf 'server: %s\n' "$*" >&2; tail -n 5 "$work/log" >&2; exit 1; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=kgrca -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
"$HELM" template kgrca charts/kg-rca-system --kube-version 1.34.0 --set tls.enabled=true,tls.existingSecret=x \
  --show-only templates/configmap.yaml | sed '1,/^  kgrca.yaml: |$/d; s/^    //' | sed "s#/etc/kgrca/tls#$work#" >"$work/kgrca.yaml"
grep -q tls_listen "$work/kgrca.yaml" || fail "the chart rendered no TLS listener"

# Ports of its own: the environment wins over the file, as in the pod.
http=127.0.0.1:$((20000 + RANDOM % 10000))
https=127.0.0.1:$((30000 + RANDOM % 10000))
start() {
  KGRCA_DATA_DIR=$work/data KGRCA_SERVER_LISTEN=$http KGRCA_SERVER_TLS_LISTEN=$https "$KGRCA" serve --config "$work/kgrca.yaml" 2>>"$work/log" &
  server=$!
  for _ in $(seq 1 100); do
    "$KGRCA" healthcheck --url "http://$http" >/dev/null 2>&1 && return
    kill -0 "$server" 2>/dev/null || fail "it ended at its start"
    sleep 0.1
  done
  fail "not ready after 10 s"
}
stop() {
  kill -TERM "$server"
  wait "$server" || fail "SIGTERM gave exit code $?"
  server=
}
call() { curl -sS --fail-with-body -k -H "Authorization: Bearer $(cat "$work/data/default.key")" -H 'Content-Type: application/json' "$@"; }

start
"$KGRCA" healthcheck --url "https://$https" || fail "the health check over TLS failed"
event='{"apiVersion":"v1","kind":"Event","metadata":{"uid":"e2e-1","name":"orders.1","namespace":"shop"},"type":"Warning",
 "involvedObject":{"kind":"Pod","namespace":"shop","name":"orders-7d9f-abcde"},"reason":"BackOff","message":"Back-off restarting",
 "firstTimestamp":"2026-01-05T10:00:00Z","lastTimestamp":"2026-01-05T10:00:00Z","count":1}'
[ "$(call "https://$https/api/v1/ingest/k8s-events" --data "$event" | jq .accepted)" = 1 ] || fail "the event was not accepted"
stop
start
[ "$(call "https://$https/api/v1/events?source_id=e2e-1" | jq -r '.items[0].reason')" = BackOff ] || fail "the event is gone after a restart"
[ "$(call "https://$https/api/v1/ingest/k8s-events" --data "$event" | jq .duplicates)" = 1 ] || fail "the event was taken twice"
stop
echo "server: the chart's settings serve HTTP and TLS, an event survives a restart, SIGTERM ends with 0"
