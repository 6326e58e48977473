# Everything starts here: `make demo` and `make test` need nothing but python3 >= 3.10, make and git.
# No target needs the virtual environment on PATH.

PY := .venv/bin/python
MAKEFLAGS += --no-print-directory
# Thousands of Python starts: each takes a third of the time when compiled files are kept.
unexport PYTHONDONTWRITEBYTECODE
# Twice the cores of a small machine: most tests wait for a process or a socket.
WORKERS ?= 4
PYTEST := $(PY) -m pytest --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup pulumi tools demo test oldest check lint types quick sdks pictures docs bench soak faults mutants \
	dist clean train-env train-demo test-train

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

setup: .venv/installed ## virtual environment in .venv with the package and all extras (PYTHON=... chooses the Python)

.venv/installed: pyproject.toml scripts/setup.sh
	@PYTHON='$(PYTHON)' scripts/setup.sh

pulumi: setup ## find or make a Pulumi CLI; the last line printed is the folder to put on PATH
	@$(PY) scripts/ensure_pulumi.py

tools: setup ## install what some tests need beside Python packages
	@if [ -x scripts/install_test_tools.sh ]; then scripts/install_test_tools.sh; fi

demo: setup ## preview, train, train nothing twice, destroy: on a simulated service, nothing is billed (LANGUAGE=yaml)
	@bin=$$($(PY) scripts/ensure_pulumi.py) && PATH="$$bin:$$PATH" $(PY) scripts/demo.py $(LANGUAGE)

# All engine tests pass with `ARGS='tests/engine --answers schema'` too; these are the ones that answers can change most.
SCHEMA := tests/api tests/provider $(addprefix tests/engine/test_,first_road.py import.py)

test: setup tools ## all tests, those on the real Pulumi engine included
	@bin=$$($(PY) scripts/ensure_pulumi.py) && PATH="$$bin:$$PATH" $(PYTEST) -n $(WORKERS) $(ARGS)
ifeq ($(strip $(ARGS)),)
	@echo "the provider once more, against answers as the service's published schema has them"
	@bin=$$($(PY) scripts/ensure_pulumi.py) && PATH="$$bin:$$PATH" $(PYTEST) -q -n $(WORKERS) $(SCHEMA) --answers schema
endif

train-env: setup ## the trainer's environment: torch, transformers, trl, peft (1.5 to 5.5 GB, kept in your cache)
	@$(PY) scripts/train_env.py

train-demo: setup ## train for real: `pulumi up` of examples/train-for-real on a tiny base model (BASE=NAME=FOLDER: yours)
	@bin=$$($(PY) scripts/ensure_pulumi.py) && python=$$($(PY) scripts/train_env.py) && PATH="$$bin:$$PATH" \
		$(PY) scripts/train_demo.py "$$python" $(if $(BASE),--base-model '$(BASE)')

test-train: setup ## the tests that need torch, Ray or an inference server: every method for real, on a tiny base model
	@bin=$$($(PY) scripts/ensure_pulumi.py) && python=$$($(PY) scripts/train_env.py) && \
		ray=$$($(PY) scripts/service_env.py ray) && serving=$$($(PY) scripts/service_env.py serving) && \
		PATH="$$bin:$$PATH" TRAIN_PYTHON="$$python" RAY_PYTHON="$$ray" SERVING_PYTHON="$$serving" \
		$(PYTEST) -n 2 tests/trainer/real $(ARGS)

oldest: setup tools ## every test with the oldest versions that pyproject.toml allows, in .venv-oldest
	@$(PY) -m venv .venv-oldest
	@$(PY) -m uv pip install --quiet --python .venv-oldest/bin/python --resolution lowest-direct --editable '.[all]'
	@bin=$$($(PY) scripts/ensure_pulumi.py) && PATH="$$PWD/.venv-oldest/bin:$$bin:$$PATH" \
		.venv-oldest/bin/python -m pytest -n $(WORKERS) $(ARGS)

check: setup lint types quick ## format, lint, types, import contracts and the quick tests: under a minute

lint: setup ## ruff (rules and format), the contracts between the rooms, and the project's words
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -c 'from importlinter.cli import lint_imports_command as main; main()'
	@$(PY) scripts/check_words.py

types: setup ## mypy --strict
	@$(PY) -m mypy
	@$(PY) -m mypy --strict scripts

quick: setup ## the quick tests: no Pulumi CLI, no browser, nothing that takes seconds
	@$(PYTEST) -q -n $(WORKERS) -m 'not engine and not slow' $(ARGS)

pictures: setup tools ## make the pictures of the README again, from real runs
	@bin=$$($(PY) scripts/ensure_pulumi.py) && PATH="$$bin:$$PATH" $(PY) scripts/make_pictures.py

sdks: setup ## generate the plugin's SDKs; compile the Go one, type-check and run the TypeScript example
	@bin=$$($(PY) scripts/ensure_pulumi.py) && PATH="$$bin:$$PATH" $(PYTEST) -q -m sdk tests/sdk

docs: setup ## build the documentation as a site into build/site/, without a warning
	@$(PY) scripts/build_docs.py

bench: setup ## how close `pulumi up` comes to the engine's own floor, and more (docs/speed.md; 15 minutes, an idle machine)
	@bin=$$($(PY) scripts/ensure_pulumi.py) && PATH="$$PWD/.venv/bin:$$bin:$$PATH" $(PY) -m benchmarks $(ARGS)

soak: setup ## random operations beside a model: no job twice, none lost (ARGS="--engine --seconds 600 --seed 7")
	@bin=$$($(PY) scripts/ensure_pulumi.py) && PATH="$$bin:$$PATH" $(PY) -m benchmarks.soak $(ARGS)

faults: setup ## run the fault matrix and write what was seen to docs/fault-matrix.md
	@bin=$$($(PY) scripts/ensure_pulumi.py) && PATH="$$bin:$$PATH" $(PY) -m pytest -q tests/engine/test_fault_matrix.py -m engine \
		--write-fault-matrix $(ARGS)

mutants: setup ## small changes of the decisions about money that no test notices (mutation testing; an hour)
	@scripts/mutants.sh

dist: setup ## wheel, sdist and the list of dependencies (SBOM) of a release, in dist/
	@scripts/build_dist.sh

clean: ## remove everything that make made in this folder
	@rm -rf .venv .venv-oldest .demo .train-demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "removed .venv, .demo and the tools' caches here"
	@echo "kept: the Pulumi CLI in $${XDG_CACHE_HOME:-$$HOME/.cache}/pulumi-ftjobs (remove the folder to make it again)"
