# Footnote: `make chat` to ask, `make test` for every check; both set everything up from a bare clone.
PY := .venv/bin/python
BIN := .venv/bin
# Most of what is installed is never imported; Python compiles the rest when it is.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile
export PYTHONDONTWRITEBYTECODE :=
# Large buffers are kept, not returned to the system and asked for again: several times faster on CPU.
export MALLOC_MMAP_THRESHOLD_ := 1073741824
export MALLOC_TRIM_THRESHOLD_ := 1073741824
# What doesn't need one another is done at once, on both of an ordinary computer's cores.
MAKEFLAGS += --jobs=2

.PHONY: help chat test tests check lint types format lock docs bench set-up browser
help: ## list these recipes
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

# What runs, from hashed files; then torch, which differs between indexes (see pyproject.toml), then Footnote.
.venv/ready: requirements.lock pyproject.toml
	python3 -m venv .venv
	$(PIP) --require-hashes --no-deps -r requirements.lock
	$(PIP) torch==2.13.0
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.lock
	$(PIP) --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

set-up: .venv/ready-dev ## make .venv and install everything from the lock files

# The demo's index and conversations are in the clone: a person's own are never touched.
chat: export FOOTNOTE_INDEX_DIR := $(CURDIR)/.demo/index
chat: export FOOTNOTE_DATA_DIR := $(CURDIR)/.demo/data
chat: .venv/ready ## index seeds/corpus and open the web chat on 127.0.0.1:7860
	$(BIN)/footnote index seeds/corpus --replace
	$(BIN)/footnote chat

test: lint types tests ## format, lint, types, import contracts and every test

tests: .venv/ready-dev browser
	$(BIN)/pytest -n 2 --dist loadfile

check: lint types ## the checks without the tests, in seconds

lint: .venv/ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/oxlint --deny-warnings qa/web

types: .venv/ready-dev
	$(BIN)/mypy

format: .venv/ready-dev ## put the code into form
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: .venv/ready-dev ## write the lock files again; UPGRADE=--upgrade takes newer versions
	$(BIN)/uv pip compile --quiet $(UPGRADE) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet $(UPGRADE) pyproject.toml requirements-dev.in --extra dev -c requirements.lock -o requirements-dev.lock

	$(PY) -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['docs'])" \
	 | $(BIN)/uv pip compile --quiet $(UPGRADE) - -c requirements-dev.lock -o requirements-docs.lock

.venv/ready-docs: .venv/ready requirements-docs.lock
	$(PIP) --require-hashes --no-deps -r requirements-docs.lock
	@touch $@

docs: .venv/ready-docs ## write the generated pages and build the site in build/site, without a network
	$(PY) -m docs.generate --site
	$(BIN)/zensical build --clean --strict
	$(PY) -m docs.generate --check
	@echo "To read it: $(PY) -m http.server --directory build/site"

bench: .venv/ready-dev ## measure speed and memory, and write docs/benchmarks.md
	env -u MALLOC_MMAP_THRESHOLD_ -u MALLOC_TRIM_THRESHOLD_ $(PY) -m tests.bench  # as a person's shell runs it

browser:
	@command -v chromium >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	 || { echo "The browser tests need Debian's chromium; as root type: apt-get install chromium"; exit 1; }
