#!/bin/sh
# Builds ../rust.wasm. Needs Debian's rustc, cargo, libstd-rust-dev-wasm32 and lld-14 (bookworm: Rust 1.63).
set -eu
cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-$(mktemp -d)}
# Before rustup's, if there is one: its Rust has no such target any more.
PATH=/usr/bin:$PATH
# The sparse protocol of registries wasn't stable yet. Paths of this machine don't belong into the module.
RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_DIR=$target RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo" \
	cargo -Z sparse-registry build --locked --ignore-rust-version --release --target wasm32-wasi
cp "$target/wasm32-wasi/release/streams.wasm" ../rust.wasm
