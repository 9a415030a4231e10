# make demo   the whole journey on embedded defaults; needs Rust and a C compiler only
# make test   installs what the tests need, then runs them all on real servers
# make lint   formatting, lints, documentation, licences
# make advisories   known faults of the dependencies; needs github.com
# make secrets   what compose.yaml needs before its first start

# What is built or installed stays outside the checkout.
HANDOVER_CACHE ?= $(HOME)/.cache/handover
export CARGO_TARGET_DIR ?= $(HANDOVER_CACHE)/target
# The program refuses settings that it does not know, and this is none of its own.
unexport HANDOVER_CACHE

.PHONY: demo test lint advisories secrets tools lint-tools

demo:
	cargo run --release --locked -- demo

test: tools
	HANDOVER_CACHE="$(HANDOVER_CACHE)" cargo test --workspace --all-targets --locked --no-fail-fast -- --test-threads=4

lint: lint-tools
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --document-private-items --locked
	"$(HANDOVER_CACHE)/tools/bin/cargo-deny" --workspace --locked check bans licenses sources

advisories: lint-tools
	"$(HANDOVER_CACHE)/tools/bin/cargo-deny" --workspace --locked check advisories

secrets:
	scripts/secrets secrets

tools:
	HANDOVER_CACHE="$(HANDOVER_CACHE)" scripts/install test

lint-tools:
	HANDOVER_CACHE="$(HANDOVER_CACHE)" scripts/install lint
