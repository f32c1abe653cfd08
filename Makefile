# Every target sets itself up first. Needed: Python 3.11 or newer, make and a package index.

PYTHON ?= python3
POLICY ?= ten-articles
BIN := .venv/bin
READY := .venv/.ready
CODE := goodstanding workflows activities storage api cli worker examples benchmarks deploy tests

# the workflows are loaded anew for each run: compiled every time, that would cost most of it
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup test coverage lint format demo up bench soak lock clean

setup: $(READY)

# both ways end alike: the locked packages by hash, then the checkout itself, editable
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "goodstanding needs Python 3.11 or newer, and '$(PYTHON)' is not one;" \
	    "name another: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up .venv (once, and again when the lock changes)"
	@set -e; if command -v uv >/dev/null 2>&1; then \
	  test -x $(BIN)/python || uv venv --quiet --python "$$(command -v $(PYTHON))" .venv; \
	  uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock; \
	  uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .; \
	else \
	  test -x $(BIN)/pip || $(PYTHON) -m venv .venv; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --require-hashes --requirement requirements.lock; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --no-build-isolation --no-deps --editable .; \
	fi
	@touch $@

# one file stays in one process, which keeps its servers for all its tests
test: $(READY)
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

# in one process, and slower: which branches no test goes through; processes that tests start are not seen
coverage: $(READY)
	$(BIN)/coverage run -m pytest --timeout 240
	$(BIN)/coverage report

lint: $(READY)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix-only --quiet $(CODE)
	$(BIN)/ruff format $(CODE)

demo: $(READY)
	$(BIN)/python -m examples.demo $(POLICY)

up: $(READY)
	$(BIN)/goodstanding up

bench: $(READY)
	$(BIN)/python -m benchmarks

# an hour or more: 20,000 accounts, killed five times there and five times back
soak: $(READY)
	$(BIN)/python -m benchmarks.soak bulk

# keeps the pins that still fit; LOCK=--upgrade takes the newest
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --all-extras $(LOCK) \
	  --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
