# Kontakti. `make help` lists the targets; `make demo` and `make test` are the two to start with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# What the models on Spark add to .venv, in a folder of its own.
SPARK := .venv-spark
SPARK_STAMP := $(SPARK)/.installed
# Installs in seconds what takes pip minutes; where uv finds no index (pip.conf only), pip does it.
UV := 0.13.9

# Where everything a run writes is kept; deleting it starts afresh.
export KONTAKTI_HOME ?= $(CURDIR)/.kontakti
export DAGSTER_HOME := $(KONTAKTI_HOME)/dagster
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export RUNTIME__DLTHUB_TELEMETRY := false
export GX_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

# The simulated centre of `make demo` and `make sandbox`.
DAYS ?= 30
CONTACTS_PER_DAY ?= 1000
SEED ?= 1
MODE ?= history
PORT ?= 8700
UI_PORT ?= 3000
DOCS_PORT ?= 8080

.DEFAULT_GOAL := help
.PHONY: help install demo live doctor test test-fast test-spark spark drills lint format types ui docs sandbox digest query query-service report metrics parity bench clean

help: ## List every target
	@echo "Kontakti: an open contact-centre warehouse"
	@echo
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sort | awk 'BEGIN {FS = ":.*## "} {printf "  make %-14s %s\n", $$1, $$2}'
	@echo
	@echo "  Variables: DAYS=$(DAYS) CONTACTS_PER_DAY=$(CONTACTS_PER_DAY) SEED=$(SEED) MODE=$(MODE) FILES= DATA= PORT=$(PORT) KONTAKTI_HOME=$(KONTAKTI_HOME)"

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Kontakti needs Python 3.11 to 3.13, and $(PYTHON) is " + sys.version.split()[0] + ". Name another with: make $(MAKECMDGOALS) PYTHON=python3.12")'
	@echo "Setting up $(VENV) from requirements.lock; the first time this downloads about 300 MB."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV) \
		&& $(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock \
		|| $(BIN)/python -m pip install --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@touch $@

$(SPARK_STAMP): requirements-spark.lock $(STAMP)
	@java -version 2>/dev/null || { echo "Spark needs Java 17 or later, and there is no java on the PATH."; exit 1; }
	@echo "Setting up $(SPARK) from requirements-spark.lock; the first time this downloads about 450 MB."
	@rm -rf $(SPARK)
	@$(BIN)/uv pip install --target $(SPARK) --python $(BIN)/python --no-deps --require-hashes -r requirements-spark.lock \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --target $(SPARK) --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

install: $(STAMP) ## Create .venv and install the locked requirements

demo: $(STAMP) ## Sandbox to published KPIs, with a digest (FILES= and DATA= load your own exports instead)
	@$(BIN)/python -m demo --days $(DAYS) --contacts-per-day $(CONTACTS_PER_DAY) --seed $(SEED) $(if $(FILES),--files "$(FILES)") $(if $(DATA),--data "$(DATA)")

live: $(STAMP) ## The centre in real time: sandbox, Dagster, the live path; prints each cycle's freshness
	@$(BIN)/python -m demo.live --days $(DAYS) --contacts-per-day $(CONTACTS_PER_DAY) --seed $(SEED) --port $(UI_PORT)

test: $(STAMP) ## Linters, types and every test
	@$(MAKE) --no-print-directory --jobs 2 --output-sync lint types
	@$(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder

test-fast: $(STAMP) ## The tests that take less than ten seconds each
	@$(BIN)/python -m pytest -n 2 -m "not slow and not drill"

test-spark: $(SPARK_STAMP) ## The marts built on Spark equal those on DuckDB, row by row (needs Java 17)
	@PYTHONPATH=$(CURDIR)/$(SPARK) $(BIN)/python -m pytest tests/spark

spark: $(SPARK_STAMP) ## dbt on Spark over the lake of KONTAKTI_HOME: make spark ARGS="run --select +fct_contact"
	@PYTHONPATH=$(CURDIR)/$(SPARK) $(BIN)/dbt $(or $(ARGS),build --resource-type model --resource-type seed) --target spark --project-dir dbt_project --profiles-dir dbt_project --target-path "$(KONTAKTI_HOME)/spark/target"

drills: $(STAMP) ## What takes minutes to try: crashes, erasure, systems side by side
	@$(BIN)/python -m pytest -m drill tests/drills

lint: $(STAMP) ## ruff, import-linter, yamllint, sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/yamllint --strict .
	@$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 dbt_project/models dbt_project/tests dbt_project/analyses

format: $(STAMP) ## Rewrite Python and SQL in the project's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --disable-progress-bar --processes 2 dbt_project/models dbt_project/tests dbt_project/analyses

types: $(STAMP) ## mypy, strict
	@$(BIN)/mypy

doctor: $(STAMP) ## Look the home over: what holds, what does not, what to do
	@$(BIN)/python -m orchestration.doctor

ui: $(STAMP) ## Dagster's UI and daemon on this code location
	@$(BIN)/python -m orchestration.instance
	@PYTHONWARNINGS='ignore:Function `dev_command`' $(BIN)/dagster dev -w workspace.yaml --host 127.0.0.1 --port $(UI_PORT)

docs: $(STAMP) ## Build the dbt docs and serve them on loopback
	@$(BIN)/python -m serving docs --serve --port $(DOCS_PORT)

sandbox: $(STAMP) ## The simulated vendors alone (MODE=history or live)
	@$(BIN)/python -m sandbox serve --mode $(MODE) --days $(DAYS) --contacts-per-day $(CONTACTS_PER_DAY) --seed $(SEED) --port $(PORT)

digest: $(STAMP) ## Print the digest of the last published marts again
	@$(BIN)/python -m demo --digest-only

query: $(STAMP) ## A metric query: make query ARGS="--metrics service_level --group-by contact__channel"
	@$(BIN)/python -m semantic query $(ARGS)

query-service: $(STAMP) ## Keep queries warm in this terminal (make query starts one by itself that ends when idle)
	@$(BIN)/python -m semantic.service --forever

report: $(STAMP) ## Write an audience's figures as Parquet and CSV: make report NAME=weekly_team [HEADINGS=fi]
	@$(BIN)/python -m semantic report $(or $(NAME),$(error say which: make report NAME=weekly_team; python -m semantic saved lists them)) --language "$(HEADINGS)"

metrics: $(STAMP) ## Write anew what is generated from the metrics
	@$(BIN)/python -m semantic.intervals
	@$(BIN)/python -m semantic.matrix
	@$(BIN)/python -m semantic.definitions

parity: $(STAMP) ## Compare with reference answers: make parity DATA=<folder with input/ and expected/>
	@$(BIN)/python -m parity "$(or $(DATA),$(error say which folder: make parity DATA=<folder>))"

bench: $(STAMP) ## Measure the goals in benchmarks/ and write their results
	@$(BIN)/python -m benchmarks

clean: ## Remove the home folder and caches (not .venv)
	rm -rf "$(KONTAKTI_HOME)" dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache
