# `make demo` and `make test` need only Python 3.11+ and make: each sets up what it uses.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

DEMO := .demo

.PHONY: setup test check demo clean

setup: $(VENV)/.installed

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "auditor needs Python 3.11 or newer: make PYTHON=python3.12 setup")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q auditor rules
	touch $@

test: check
	$(BIN)/python -m pytest -n 2

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# The reference stack for production: clean, then with the faults of examples/vitascope/faults in a
# copy. Findings (exit code 1) are what the faulty copy is for.
demo: setup
	@rm -rf $(DEMO) && mkdir $(DEMO)
	@echo "== The reference stack, judged for production"
	$(BIN)/auditor scan examples/vitascope --env prod
	@echo "== The same with faults in it"
	$(BIN)/python examples/vitascope/faults/apply_faults.py $(DEMO)/faulty
	$(BIN)/auditor scan $(DEMO)/faulty --env prod --severity high --format text --output $(DEMO)/faulty.txt --format sarif --output $(DEMO)/faulty.sarif; test $$? -eq 1
	@tail -3 $(DEMO)/faulty.txt
	@echo "reports: $(DEMO)/faulty.txt $(DEMO)/faulty.sarif"

clean:
	rm -rf $(VENV) $(DEMO) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
