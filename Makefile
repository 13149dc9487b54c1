# Two commands to begin with: `make demo` and `make test`. Each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
NODE_PACKAGES := tests/interop/node_modules/.package-lock.json
SOLC := contracts/node_modules/.package-lock.json
PROVERS := contracts/.venv-prove/.installed
DEMO := demo-output
ROUNDS ?= 25000
FUZZ_SECONDS ?= 600
STORM ?=
PROVE ?=

.DEFAULT_GOAL := help
.PHONY: help demo serve test again soak fuzz check lint types floors contracts prove tools bench storm client wheel clean pins sbom audit

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

$(INSTALLED): requirements.txt pyproject.toml
	@echo "Setting up $(VENV) (about a minute, once) ..."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: $(INSTALLED) ## play the whole journey, from a provider's unit to an award anyone can re-check
	$(BIN)/creditbank demo --output $(DEMO)

serve: $(INSTALLED) ## show the demo's bank as pages, on this machine only
	CREDITBANK_HOME=$(DEMO)/bank $(BIN)/creditbank serve

test: $(INSTALLED) ## run the tests that need nothing but Python, without the few that take long (those are part of `make check`)
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not node and not anvil and not postgres and not browser and not slow"

again: $(INSTALLED) ## ask once more, one by one, what failed in the run before; to have nothing to ask is a failure as well
	CREDITBANK_REQUIRE=1 CREDITBANK_ORACLE_ROUNDS=2500 CREDITBANK_WIDE_ORACLE_ROUNDS=2500 CREDITBANK_FUZZ_SECONDS=60 \
		$(BIN)/python -m pytest --last-failed --last-failed-no-failures none -rA

soak: $(INSTALLED) ## 50,000 random instances beside the tests' own oracles (ROUNDS=25000 of each kind), and large hostile rules
	CREDITBANK_SOAK=1 CREDITBANK_ORACLE_ROUNDS=$(ROUNDS) CREDITBANK_WIDE_ORACLE_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest -n auto \
		tests/unit/stacking/test_stacking_against_oracle.py tests/unit/stacking/test_stacking_against_wide_oracle.py \
		tests/unit/stacking/test_hostile_rule_files.py

fuzz: $(INSTALLED) ## hostile documents for loader, verifier, proofs and status lists, FUZZ_SECONDS=600 in all
	CREDITBANK_FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/python -m pytest tests/fuzz

check: $(INSTALLED) tools lint types floors contracts ## everything CI runs: format, lint, types, floors, contracts, all tests (5,000 random instances beside the oracles, a minute of fuzzing)
	CREDITBANK_REQUIRE=1 CREDITBANK_ORACLE_ROUNDS=2500 CREDITBANK_WIDE_ORACLE_ROUNDS=2500 CREDITBANK_FUZZ_SECONDS=60 \
		$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(INSTALLED) ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(INSTALLED) ## mypy, strict
	$(BIN)/mypy

floors: $(INSTALLED) ## dependencies point one way
	$(BIN)/lint-imports

contracts: $(INSTALLED) $(SOLC) ## compile the contracts and compare them with the committed artifacts, byte for byte
	node contracts/build.mjs --check

prove: $(PROVERS) $(SOLC) ## prove the laws of the contracts with halmos and read them with slither: several minutes (PROVE=Anchors for one)
	node contracts/prove.mjs $(PROVE)

$(PROVERS): contracts/requirements-prove.txt
	$(PYTHON) -m venv contracts/.venv-prove
	contracts/.venv-prove/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

tools: $(NODE_PACKAGES) $(SOLC) ## the npm packages that `make check` needs

$(NODE_PACKAGES): tests/interop/package-lock.json
	npm ci --prefix tests/interop --no-audit --no-fund

$(SOLC): contracts/package-lock.json
	npm ci --prefix contracts --no-audit --no-fund

bench: $(INSTALLED) ## measure, side by side in one run
	$(BIN)/python -m bench

storm: $(INSTALLED) tools ## races, kill -9 and load on real servers, databases and a node: an hour, `STORM=--sample` a few minutes
	$(BIN)/python -m bench.storm $(STORM)

client: $(INSTALLED) ## write the operations of the typed client out of the API's description
	$(BIN)/python -m creditbank_api.client_source api/creditbank_client
	$(BIN)/ruff format -q api/creditbank_client

wheel: $(INSTALLED) ## build the wheel
	$(BIN)/python -m hatchling build -t wheel

sbom: $(INSTALLED) ## write the bill of materials (CycloneDX 1.6) to sbom.json
	$(BIN)/python deploy/sbom.py sbom.json

audit: $(INSTALLED) ## ask the public advisories about the pinned requirements (needs the network, and pip-audit in .venv)
	$(BIN)/python -m pip_audit --require-hashes --disable-pip -r requirements.txt

pins: ## renew the pinned requirements (needs uv)
	uv pip compile --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header \
		--output-file requirements.txt pyproject.toml requirements.in
	uv pip compile --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header \
		--output-file contracts/requirements-prove.txt contracts/requirements-prove.in

clean: ## remove everything that was made here
	rm -rf $(VENV) $(DEMO) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		contracts/node_modules contracts/.venv-prove tests/interop/node_modules contracts/out contracts/cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
