#!/bin/sh
# Builds the guests: needs wat2wasm (Debian: wabt).
set -eu
cd "$(dirname "$0")"
for f in *.wat; do
	wat2wasm "$f" -o "${f%.wat}.wasm"
done
