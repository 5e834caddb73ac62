# One command each. CI calls these targets and nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Where nothing is started (types, schema, migrations check), settings still want an address.
NOWHERE := DATABASE_URL=postgres://scrm_app@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0
PYTEST_ARGS ?=

.PHONY: help demo manage test test-system test-system-race test-browser check fix bench examples fuzz schema lock messages venv venv-dev clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | sed -E 's/:.*?## /\t/' | sort | column -t -s '	' 2>/dev/null || true

demo: $(VENV)/.demo ## Everything on this machine: servers, data, console; Ctrl-C stops all of it
	@exec $(BIN)/python -m scrm.embedded.demo

manage: ## Run manage.py against the running demo: make manage ARGS="tenant_create --help"
	@exec $(BIN)/python -m scrm.embedded.run $(BIN)/python manage.py $(ARGS)

test: $(VENV)/.dev ## The whole suite, on throw-away servers
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not browser and not race" $(PYTEST_ARGS)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "browser or race" $(PYTEST_ARGS)

test-system: $(VENV)/.dev ## The suite without a browser, on the system's PostgreSQL (15 or later)
	SCRM_EMBEDDED=system $(BIN)/python -m pytest -n 2 --dist loadgroup -m "not browser and not race" $(PYTEST_ARGS)

test-system-race: $(VENV)/.dev ## Races and killed processes, on the system's PostgreSQL
	SCRM_EMBEDDED=system $(BIN)/python -m pytest -m "race and not browser" $(PYTEST_ARGS)

test-browser: $(VENV)/.dev ## Only what drives Chromium
	$(BIN)/python -m pytest -m browser $(PYTEST_ARGS)

check: $(VENV)/.dev ## Lint, format, types, imports, migrations (squawk too), API schema
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(NOWHERE) $(BIN)/lint-imports
	$(NOWHERE) $(BIN)/mypy
	$(BIN)/python -m tools.checks

fix: $(VENV)/.dev ## Let the tools mend what they can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.dev ## Measured ratios; needs a quiet machine
	$(BIN)/python -m tests.bench

examples: $(VENV)/.dev ## Ask every operation of the API and keep what it answered; then make schema
	SCRM_WRITE_EXAMPLES=1 $(BIN)/python -m pytest -q tests/rules/test_examples.py -k requests $(PYTEST_ARGS)

fuzz: $(VENV)/.dev ## 20,000 generated calls of the API: no server error, no undocumented answer
	SCRM_FUZZ_CASES=$${SCRM_FUZZ_CASES:-20000} $(BIN)/python -m pytest -q -n 2 -rP tests/rules/test_fuzz.py $(PYTEST_ARGS)

schema: $(VENV)/.dev ## Write docs/openapi.yaml, events.md and reference.md from the code
	$(BIN)/python -m tools.checks --write-schema

messages: $(VENV)/.dev ## Collect texts for translation and compile the catalogues
	$(BIN)/python -m tools.messages

lock: venv-dev ## Renew requirements/*.txt from the *.in files
	@for name in base demo dev; do \
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	    --no-emit-index-url --no-header --upgrade requirements/$$name.in \
	    $$(test $$name = base || echo "-c requirements/base.txt") -o requirements/$$name.txt || exit 1; \
	done

venv: $(VENV)/.demo
venv-dev: $(VENV)/.dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.x ...") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3 -m venv does not work here: install your system's python3-venv package" >&2; exit 1; }

$(VENV)/.demo: requirements/demo.txt | $(BIN)/python
	@echo "installing what the demo needs ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-cache-dir --no-input --require-hashes -r requirements/demo.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(BIN)/python
	@echo "installing what tests and checks need ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-cache-dir --no-input --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.demo

clean: ## Remove caches and the demo's data
	rm -rf var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
