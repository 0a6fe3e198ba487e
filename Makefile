# Two commands do everything on a fresh machine with Python 3.11 or later: `make demo` and `make test`.
# Both install the hash-locked dependencies into .venv on first use.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo
ARGS ?=

.PHONY: demo test check bench lock clean help

help: ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(VENV)/.run ## Write a small network, run the whole story on it, end with reports to open
	@$(BIN)/poincon demo $(DEMO) $(ARGS)

test: check ## Lint, types, import contracts, tests with branch coverage
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --cov --cov-report=term:skip-covered $(ARGS)

check: $(VENV)/.dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev ## Measure what the README claims (ratios in one run)
	@$(BIN)/python -m pytest tests/bench -m bench -s $(ARGS)

clean: ## Remove the virtual environment and what the demonstration wrote
	@rm -rf $(VENV) $(DEMO)  .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A stamp per lock file: the environment is rebuilt when the lock or the project's metadata changes.
$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked dependencies (about a minute, once)…" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked development dependencies (about a minute, once)…" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

$(VENV)/bin/python:
	@python=; for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$candidate"; break; fi; done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or later was not found. Install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python" >&2; exit 2; fi; \
	"$$python" -m venv $(VENV) || { \
	  echo "Python cannot make a virtual environment. On Debian or Ubuntu, install the package python3-venv." >&2; exit 2; }
