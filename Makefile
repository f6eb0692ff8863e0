# Everything a newcomer needs: `make run` opens the app, `make test` runs the tests.
# Only Python 3.11 or newer and make have to be there; the rest goes into .venv.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TOOLS_STAMP := $(VENV)/.toolchain
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=
LAST_FAILED := .pytest_cache/v/cache/lastfailed
FLAKY ?=
FLAKY_LIST ?= /dev/null
LIST_FAILED = $(BIN)/python -c 'import json; [print(" ", test) for test in json.load(open("$(LAST_FAILED)"))]' 2>/dev/null
NO_PICTURES := --ignore=tests/snapshot -p no:textual-snapshot -p no:syrupy

# What fails runs once more, one at a time. Tests that pass then are flaky, or the machine is busy: listed last, and an error unless FLAKY=ok.
define TWICE
rm -f $(LAST_FAILED); $(BIN)/python -m pytest $(1) $(2) || \
  { code=$$?; failed="$$($(LIST_FAILED))"; [ -n "$$failed" ] || exit $$code; echo "What failed, once more and one at a time:"; \
    $(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(2); code=$$?; \
    printf '%s\n' "Failed the first time:" "$$failed"; [ $$code = 0 ] || exit $$code; \
    printf '%s\n' "$$failed" >> "$(FLAKY_LIST)"; \
    echo "All of them passed when run alone: they are flaky, or this machine is busy. FLAKY=ok lets that pass."; \
    [ "$(FLAKY)" = ok ]; }
endef

.DEFAULT_GOAL := help
.PHONY: help run test test-all run-tests check check-text check-types check-pictures check-layers check-programs wheel format screenshots skills bench clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "blufio-tui needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) and installing the pinned packages (a minute, once) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(TOOLS_STAMP): $(STAMP)
	@echo "Installing the compiler for the bundled skills (once) …"
	@$(PIP) install --constraint constraints.txt --editable '.[dev,toolchain]'
	@touch $@

run: $(STAMP) ## open the app (ARGS='--mode deny' passes options)
	@$(BIN)/blufio-tui $(ARGS)

test: SOME := -m "not corpus"
test: run-tests ## run the tests (ARGS=tests/ui for some of them)

test-all: SOME := --hypothesis-profile=thorough
test-all: run-tests ## run them with the whole of each corpus and all examples of each property

run-tests: $(STAMP)
	@$(call TWICE,-n auto --dist worksteal,$(NO_PICTURES) $(SOME) $(ARGS))

check: $(STAMP) $(TOOLS_STAMP) ## lint, types, layers, pictures, generated files, skills and test programs rebuilt and compared
	@$(MAKE) --no-print-directory --jobs=4 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) \
	  check-types check-pictures check-layers check-programs check-text
	$(BIN)/python scripts/screenshots.py --check

check-text:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python scripts/keys_doc.py --check
	$(BIN)/python scripts/settings_doc.py --check

check-types:
	$(BIN)/mypy

check-pictures:
	@$(call TWICE,,tests/snapshot)

check-layers:
	$(BIN)/lint-imports

check-programs:
	$(BIN)/python scripts/build_skills.py --check
	$(BIN)/python scripts/build_wasi_tests.py --check

wheel: $(STAMP) ## build a wheel, install it into an empty environment and start it
	@rm -rf build/wheel && mkdir -p build/wheel
	@$(PIP) wheel --no-deps --wheel-dir build/wheel .
	@$(PYTHON) -m venv build/wheel/env
	@build/wheel/env/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt build/wheel/*.whl
	@cd build/wheel && BLUFIO_HOME=$$PWD/home env/bin/blufio-tui --version && \
	  BLUFIO_HOME=$$PWD/home env/bin/blufio-tui skill run text-stats --input '{"text": "one two"}'

format: $(STAMP) ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: $(STAMP) ## make the pictures in screenshots/ anew
	$(BIN)/python scripts/screenshots.py

skills: $(TOOLS_STAMP) ## build the bundled skills from source
	$(BIN)/python scripts/build_skills.py

bench: $(STAMP) ## measure, and compare with the goals (ARGS='--page docs/performance.md')
	@$(PIP) install --constraint constraints.txt --editable '.[dev,bench]'
	$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove what can be made again
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
