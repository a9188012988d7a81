# The same commands that the README names and CI runs. Each does its own set-up.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
PYTEST_ARGS ?=
CATALOGS := flask_support_tickets/translations

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-all coverage check bench docs messages screenshots clean

help:  ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.demo  ## Serve the example app on http://127.0.0.1:5000
	$(BIN)/python -m example_app

test: $(VENV)/.test  ## Run the quick tests, on SQLite and PostgreSQL
	$(PYTEST) -m "not slow" $(PYTEST_ARGS)

test-slow: $(VENV)/.test $(VENV)/.bench  ## Run the slow tests: MariaDB, browser, fuzzing, crashes, hosts, wheel
	$(PYTEST) -m slow $(PYTEST_ARGS)

test-all: test test-slow  ## Run all tests

coverage: $(VENV)/.test  ## Run all tests and report the lines and branches they miss
	$(PYTEST) --cov --cov-report=term $(PYTEST_ARGS)

check: $(VENV)/.check  ## Lint, types, docs without a warning
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html

bench: $(VENV)/.bench  ## Compare our requests with other builds, on SQLite and PostgreSQL
	$(BIN)/python -m benchmarks.run

docs: $(VENV)/.check  ## Build the documentation into docs/_build/html
	$(BIN)/python -m sphinx -W -b html docs docs/_build/html

messages: $(VENV)/.check  ## Collect the sentences for the translators, and compile what they wrote
	$(BIN)/pybabel -q extract -F babel.cfg -k t -k tn:1,2 -k tb -k lazy_gettext --no-location \
	  --sort-output --omit-header -w 100 -o $(CATALOGS)/support_tickets.pot flask_support_tickets
	$(BIN)/pybabel -q update -D support_tickets -i $(CATALOGS)/support_tickets.pot -d $(CATALOGS) \
	  --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 100
	$(BIN)/pybabel -q compile -D support_tickets -d $(CATALOGS)

screenshots: $(VENV)/.test  ## Take the screenshots of the docs again (needs chromium)
	PYTHONPATH=. $(BIN)/python docs/take_screenshots.py

clean:  ## Remove the virtual environment and everything built
	rm -rf $(VENV) build dist *.egg-info docs/_build .coverage* .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python setup.cfg constraints.txt
	@echo "Installing what the demo needs into $(VENV) ..."
	$(PIP_INSTALL) -e '.[demo]'
	@touch $@

$(VENV)/.test: $(VENV)/bin/python setup.cfg constraints.txt
	@echo "Installing what the tests need into $(VENV) ..."
	$(PIP_INSTALL) -e '.[test]'
	@touch $@

$(VENV)/.check: $(VENV)/bin/python setup.cfg constraints.txt
	$(PIP_INSTALL) -e '.[test,docs,check]'
	@touch $@

$(VENV)/.bench: $(VENV)/bin/python setup.cfg constraints.txt
	$(PIP_INSTALL) -e '.[bench]'
	@touch $@
