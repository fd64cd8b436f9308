# Everything a fresh machine needs: Python 3.11 or later, and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check bench clean

run: $(VENV)/installed  ## The environment, the daemon, the terminal chat.
	@$(BIN)/segue

test: check  ## All checks, all tests; the tests of one file stay together. One worker more than cores: many wait.
	$(BIN)/pytest -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --dist loadfile

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/installed-bench
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Segue needs Python 3.11 or later; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

# Bytecode is compiled here, also where PYTHONDONTWRITEBYTECODE is set: it halves the time of every start.
define install
	$(BIN)/pip install --quiet --editable . $(1)
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q -j 0 $(VENV)/lib daemon interfaces >/dev/null 2>&1 || true
	@touch $@
endef

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(call install,)

$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	$(call install,--group dev)
	@touch $(VENV)/installed

$(VENV)/installed-bench: pyproject.toml | $(VENV)/bin/python
	$(call install,--group bench)
	@touch $(VENV)/installed
