# Patchbay. `make` builds, `make run` starts the quick start, `make test` runs everything that CI runs.
#
# A fresh Debian 12 with Swift 6.3 and root is enough: what is missing comes from apt and PyPI.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build

LISTEN ?= 127.0.0.1:8000
ADMIN ?= 127.0.0.1:8001
# Of `make chaos` and `make soak`; a seed of 0 is a new one.
SECONDS ?= 180
SEED ?= 0
# One executable without a Swift runtime beside it, and without symbols.
SWIFT_BUILD := swift build -c release --static-swift-stdlib -Xlinker -s
BIN := .build/release
# To look at run time for variables that are accessed twice at once takes a twelfth of a request's CPU. So what is installed does
# not; unit tests do, and so do the programs that storms, soak and fuzzers run: a build of their own.
UNCHECKED := -Xswiftc -enforce-exclusivity=unchecked
CHECKED := .build/checked
CHECKED_PROGRAMS := PATCHBAY=$(CURDIR)/$(CHECKED)/release/patchbay PATCHBAY_PLUGINS=$(CURDIR)/$(CHECKED)/plugins

.PHONY: build checked deps run test lint test-swift test-integration chaos soak bench fuzz generate sizes clean help

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / — /'

deps:
	@scripts/install-dependencies.sh build

build: deps ## Build the host and the built-in plugins, install these into plugins/
	@$(SWIFT_BUILD) $(UNCHECKED) --quiet
	@scripts/install-plugins.sh $(BIN) plugins

checked: deps
	@$(SWIFT_BUILD) --quiet --scratch-path $(CHECKED)
	@scripts/install-plugins.sh $(CHECKED)/release $(CHECKED)/plugins

run: build ## Start the host with the quick-start configuration
	@LISTEN=$(LISTEN) ADMIN=$(ADMIN) scripts/quickstart.sh $(BIN)/patchbay plugins

test: lint test-swift test-integration ## Everything; what CI runs

lint: deps
	@swift format lint --strict --recursive Package.swift Sources Tests Benchmarks plugins/examples
	@proto/generate.sh --check

test-swift: deps
	@scripts/run-unit-tests.sh

test-integration: build
	@scripts/install-dependencies.sh test
	@scripts/run-integration.sh -q

chaos: checked ## Kill plugins under load for SECONDS=180, with a SEED that is printed
	@scripts/install-dependencies.sh test
	@$(CHECKED_PROGRAMS) scripts/run-chaos.sh --seconds $(SECONDS) --seed $(SEED)

soak: checked ## Mixed traffic for SECONDS=180: fails when memory or descriptors grow
	@scripts/install-dependencies.sh test
	@$(CHECKED_PROGRAMS) scripts/run-soak.sh --seconds $(SECONDS) --seed $(SEED)

bench: build ## Compare with nginx and Envoy on this machine; BENCH_QUICK=1 for a first look
	@scripts/install-dependencies.sh bench
	@Benchmarks/run.sh

fuzz: deps ## Feed changed input to all that reads what others write, until it fails or is stopped; TARGET=http for one
	@$(SWIFT_BUILD) --quiet --scratch-path $(CHECKED) --product fuzz
	@$(CHECKED)/release/fuzz $(TARGET)

generate: ## Regenerate the C code of proto/
	@scripts/install-dependencies.sh build
	@proto/generate.sh

sizes: build ## Sizes of the executables, in bytes
	@stat -L -c '%n %s' $(BIN)/patchbay plugins/*/*/* | grep -v -e manifest.json -e /examples/

clean:
	rm -rf .build .venv
	find plugins -mindepth 1 -maxdepth 1 -type d ! -name examples ! -name .trust -exec rm -rf {} +
