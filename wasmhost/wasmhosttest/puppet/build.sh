#!/bin/sh
# Builds the guests: needs Go and wat2wasm (Debian: wabt).
set -eu
cd "$(dirname "$0")"
go test -count=1 -run '^TestGuests$' . -update
for f in *.wat; do
	wat2wasm "$f" -o "${f%.wat}.wasm"
done
