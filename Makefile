# Jobs for a person, the hook and CI alike. `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# engine tests wait for containers more than they compute: two workers a core
WORKERS ?= $(shell echo $$((2 * $$(nproc))))

# what says otherwise on the containerd image store, where digests mean something else
ON_BOTH_STORES := $(addprefix tests/,adapters/test_engine_contract.py adapters/test_embedded_registry.py \
  e2e/test_release.py e2e/test_release_definition.py e2e/test_release_two_engines.py e2e/test_up_changes.py)

.PHONY: help demo demo-hosts test check coverage setup engine images browser ssh-server acme-server format lint types unit \
        test-matrix bench bench-snapshot picture lock ignore-fuzz faults sequences edits corpus never-stale clean

help: ## list the jobs
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: setup engine images ## a running shop, from nothing; then a release of it on integration and production
	@$(BIN)/envctl up
	@setup/demo

demo-hosts: setup engine images ssh-server ## the same stages on two more machines, played here, over SSH
	@$(BIN)/python -m tests.e2e.demo_hosts

test: setup engine images browser ssh-server acme-server lint ## every test, engines and browser included; what images are, on both image stores
	$(PYTEST) -n $(WORKERS) --dist loadfile
	setup/engine-matrix containerd -- $(PYTEST) -q -m engine -n $(WORKERS) --dist loadfile $(ON_BOTH_STORES)

check: setup lint types unit ## format, lint, types, walls and the tests without Docker: before each commit

setup: ## .venv/bin/envctl, with exactly what requirements.lock names
	@setup/python

engine: ## a Docker engine with Compose and Buildx, if there is none
	@setup/engine

coverage: setup ## what the tests without Docker reach
	@# from the first line on: pytest imports the plugin of envctl before plugins of its own can measure
	$(BIN)/coverage run -m pytest -q -n 2 -m 'not engine' --dist loadfile
	@$(BIN)/coverage combine -q && $(BIN)/coverage report

images: engine ## the base images of the shop, pulled or built
	@setup/base-images

browser: ## a browser for the test of the shop's page, if there is none
	@setup/browser

ssh-server: ## an SSH server for the hosts that tests play, if there is none
	@setup/ssh-server

acme-server: ## an ACME server for the tests of certificates, if there is none
	@setup/acme-server

format: setup ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/lint-imports >.venv/walls 2>&1 || { cat .venv/walls; exit 1; }

types: setup
	@$(BIN)/mypy

unit: setup
	$(PYTEST) -q -n 2 -m 'not engine' --dist loadfile

test-matrix: setup engine images ## the engine tests on the oldest versions and on the containerd store
	setup/engine-matrix debian13 -- $(PYTEST) -q -m engine -n $(WORKERS) --dist loadfile
	setup/engine-matrix containerd -- $(PYTEST) -q -m engine -n $(WORKERS) --dist loadfile

bench: setup engine images ssh-server ## each figure beside Compose's, in one run; ENVCTL_BENCH=full: as often as each statement needs
	$(BIN)/python -m bench

bench-snapshot: setup engine images ## PostgreSQL with 1 GB: save and restore beside pg_dump and a plain copy
	$(BIN)/python -m bench.snapshot

picture: setup engine images ## the README's picture of a terminal, from a real run
	$(BIN)/python -m bench.picture

lock: setup ## requirements.lock anew, from pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra dev --upgrade pyproject.toml -o requirements.lock

ignore-fuzz: setup engine images ## .dockerignore against real builds, 2,000 random cases
	ENVCTL_IGNORE_CASES=2000 $(PYTEST) -q -m engine tests/adapters/test_ignore_against_builds.py

faults: setup engine images ## killed, interrupted, engine gone: at every effect of every command
	ENVCTL_FAULTS=all $(PYTEST) -q -n $(WORKERS) $(addprefix tests/e2e/test_,faults.py release_killed.py \
	  deploy_killed.py deploy_killed_hosts.py)

sequences: setup ## in memory: stages, every fault at every effect, random sequences of commands; watch, random edits and faults
	ENVCTL_LONG_TESTS=1 $(PYTEST) -q -n 2 tests/workflows/test_deploy_cut_short.py tests/workflows/test_stage_sequences.py \
	  tests/domain/test_stage_machine.py tests/workflows/test_watch_sequences.py

edits: setup engine images ## watch: 10,000 random edits against a container that is stopped, restarted and replaced; random trees
	ENVCTL_LONG_TESTS=1 $(PYTEST) -q -n 2 tests/e2e/test_watch_sequences.py tests/adapters/watch/test_tree_sequences.py

corpus: setup engine ## verdict and model beside Compose's, on all files below FIXTURES="folder ..."
	@$(BIN)/python -m tests.corpus.compare $(or $(FIXTURES),tests/corpus/valid tests/corpus/invalid)

never-stale: setup engine ## every change to every case of the corpus, and 200 random projects, against the kept model
	ENVCTL_NEVER_STALE=1 ENVCTL_RANDOM_PROJECTS=200 $(PYTEST) -q -n $(WORKERS) \
	  tests/corpus/test_never_stale.py tests/corpus/test_random_edits.py

clean: ## remove what the jobs made here; engine and images stay
	rm -rf .venv artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
