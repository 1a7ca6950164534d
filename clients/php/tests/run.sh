#!/bin/sh
# Runs the client's tests against a stub of Recado on 127.0.0.1. PHP may name another php than the first one in PATH.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
directory=$(mktemp -d /tmp/recado-client-XXXXXX)
stub=
trap '[ -z "$stub" ] || kill "$stub" 2>/dev/null || true; rm -rf "$directory"' EXIT
trap 'exit 1' INT TERM

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$directory/key.pem" -out "$directory/certificate.pem" 2>/dev/null
python3 -B "$here/stub.py" "$directory" &
stub=$!
waited=0
until [ -f "$directory/ports.json" ]; do
    waited=$((waited + 1))
    if [ "$waited" -gt 200 ] || ! kill -0 "$stub" 2>/dev/null; then
        echo "The stub did not start." >&2
        exit 1
    fi
    sleep 0.05
done

status=0
"${PHP:-php}" -d "curl.cainfo=$directory/certificate.pem" -d "openssl.cafile=$directory/certificate.pem" \
    "$here/all.php" "$directory" || status=$?
exit "$status"
