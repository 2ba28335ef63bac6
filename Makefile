# Two commands matter: `make run` starts the exchange, `make test` proves it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PORT ?= 8000
export PORT

FOUND := $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
PY := .venv/bin/python
LAUNCHER := $(PY) -m exchange.launcher
# Tests keep their cluster apart from the demo's.
TEST_SERVERS := HOLDFAST_VAR=var/test $(LAUNCHER) with-servers --
INSTALL := $(PY) -m exchange.launcher.packages
TEST_WORKERS ?= 2

help:  ## say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: .venv/.runtime  ## start the exchange on http://127.0.0.1:$PORT
	@exec $(LAUNCHER) run

test: .venv/.development  ## run every test
	@$(TEST_SERVERS) $(PY) -m pytest -n $(TEST_WORKERS) --dist loadgroup --create-db

# Two busy cores now and then make one of thousands fail that is right. Run again alone, a defect
# fails again; what passes is named, and is to be mended all the same. More than three are no accident.
again: .venv/.development  ## run what failed in the last `make test` again, alone (at most three)
	@failed=$$($(PY) tests/failed.py); \
	if [ -z "$$failed" ] || [ $$(echo "$$failed" | wc -l) -gt 3 ]; then echo "Not run again: $$failed"; exit 1; fi; \
	echo "$$failed" | HOLDFAST_VAR=var/test xargs -d '\n' $(LAUNCHER) with-servers -- $(PY) -m pytest --create-db; \
	printf 'FAILED IN THE CROWD, PASSED ALONE (to be mended):\n%s\n' "$$failed"

check: .venv/.development  ## lint, types, import contracts, migrations, deployment settings
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(TEST_SERVERS) bash -c '\
		.venv/bin/mypy exchange compliance wallets launchpad && \
		.venv/bin/lint-imports && \
		$(PY) manage.py makemigrations --check --dry-run && \
		DJANGO_SETTINGS_MODULE=exchange.settings.prod ALLOWED_HOSTS=holdfast.example \
			$(PY) manage.py check --deploy --fail-level WARNING'

words: .venv/.development  ## bring locale/ up to date with the sources, and list what lacks a translation
	@$(PY) -m tests.words.write

bench: .venv/.development  ## measure; one JSON line a figure
	@$(TEST_SERVERS) $(PY) -m benchmarks

otp:  ## print the current one-time codes of the demo's people
	@$(PY) -m exchange.launcher otp

format: .venv/.development  ## let the formatter have its way
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format .

clean:  ## remove the environment and all data
	@rm -rf .venv var

# A mark of its own: an environment whose making was interrupted has a Python, but no pip.
.venv/.made:
	@if [ -z "$(FOUND)" ]; then \
		echo "Holdfast needs Python 3.11 or newer, and $$(python3 --version 2>&1 || echo no Python) was found."; \
		echo "Install python3.11 or later, with its venv module, and run make again."; exit 1; fi
	@echo "  python environment $(FOUND)"
	@rm -rf .venv
	@$(FOUND) -m venv .venv || { rm -rf .venv; \
		echo "$(FOUND) -m venv failed: on Debian and Ubuntu, apt-get install python3-venv; see also above."; exit 1; }
	@touch $@

.venv/.runtime: requirements.txt .venv/.made
	@$(INSTALL) requirements.txt
	@touch $@

.venv/.development: requirements-dev.txt requirements.txt .venv/.made
	@$(INSTALL) requirements-dev.txt
	@touch .venv/.runtime $@

.PHONY: help run test again check words bench otp format clean
