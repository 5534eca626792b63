# make run   sets up and starts the suite on http://127.0.0.1:8000
# make test  sets up and runs the tests

PYTHON ?= python3
VENV := .venv
R1 := $(VENV)/bin/r1
# Elsewhere than PyPI, for example: make run PIP_FLAGS="--extra-index-url https://download.pytorch.org/whl/cpu"
PIP_FLAGS ?=
NOT_INSTALLED := "Not everything is installed; pip says above why. Check that pip can reach its index (pip config list), then run the same command again."

.DELETE_ON_ERROR:
BENCHES := attention decode diagnosis diagnosis-app domains ehr entities faq quality router serving stretching support terms
FITS := acts answerability critical cross-encoder diagnosis entities router

.PHONY: run test lint format clean $(BENCHES:%=bench-%) $(FITS:%=fit-%)

run: $(VENV)/.installed
	@$(R1) models pull
	@exec $(R1) serve

test: $(VENV)/.installed-dev
	@$(R1) models pull
	$(VENV)/bin/python -m pytest

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

$(BENCHES:%=bench-%): bench-%: $(VENV)/.installed-dev
	@$(R1) models pull
	$(VENV)/bin/python -m benchmarks.$(subst -,_,$*)

$(FITS:%=fit-%): fit-%: $(VENV)/.installed-dev
	@$(R1) models pull
	$(VENV)/bin/python -m benchmarks.fit_$(subst -,_,$*)

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 14) else f"R1 Suite needs Python 3.11 to 3.13, this is {v[0]}.{v[1]}: make run PYTHON=python3.12")'
	@# Made anew when it was interrupted before it had pip.
	$(VENV)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo 'Installing some 150 packages. This takes minutes.'
	@# The newest pip shows how far it is. It would compile on one processor only.
	@$(VENV)/bin/python -m pip install --quiet --upgrade $(PIP_FLAGS) pip \
	 && $(VENV)/bin/python -m pip install --no-compile $(PIP_FLAGS) -e . || { echo $(NOT_INSTALLED) >&2; exit 1; }
	@echo 'Compiling them for Python; this takes about a minute.'
	@# Files for newer Pythons do not compile, and are never imported.
	@$(VENV)/bin/python -m compileall -qq -j 0 $(VENV)/lib 2>/dev/null || true
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(VENV)/bin/python -m pip install $(PIP_FLAGS) -e '.[dev]' || { echo $(NOT_INSTALLED) >&2; exit 1; }
	@touch $@
