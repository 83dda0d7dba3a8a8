# Everything a developer does. Each target sets up what it needs, on any machine with Python 3.10
# or newer; what is set up once is kept until the files that it was made from change.

PYTHON ?= python3
VENV := .venv
MELTANO_VENV := .venv-meltano
BIN := $(VENV)/bin
PLUGINS := .cache/meltano
READY := $(VENV)/.ready
MELTANO_READY := $(MELTANO_VENV)/.ready
AIRFLOW_VENV := .venv-airflow
AIRFLOW_READY := $(AIRFLOW_VENV)/.ready
PLUGINS_READY := $(PLUGINS)/.ready
LOADERS := .cache/loaders
LOADER_NAMES := $(sort $(basename $(notdir $(wildcard requirements/loaders/*.in))))
LOADERS_READY := $(LOADERS)/.ready
GIT_LOADER_NAMES := $(sort $(basename $(notdir $(wildcard requirements/loaders/*.git))))
GIT_LOADERS_READY := $(LOADERS)/.git-ready
# Old loaders name the last Python that they run on in the first line of their .in file.
loader_python = "$$(sed -n '1s/^\# Python: //p' requirements/loaders/$(1).in | grep . || echo $(BIN)/python)"
CODE := seatable_client seatable_sandbox singer_seatable tabular_files tap_seatable target_seatable
PYTEST_ARGS ?=
MUTATION_ARGS ?=
BENCH_ARGS ?=
FIDELITY_ARGS ?=
FLEET_ARGS ?=
SUDO := $(shell test "$$(id -u)" = 0 || echo sudo)

# Modules are compiled while installing: every `tap-seatable` then starts in half the time.
export UV_COMPILE_BYTECODE := 1
export UV_PYTHON_DOWNLOADS := never

.PHONY: help audit sbom demo bench test mariadb test-page fidelity loaders redis fleet soak mutations lint types plugins format hooks settings docs docs-site lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) $(PLUGINS_READY)  ## Run the pipelines of meltano.yml on this machine and check what arrives
	$(BIN)/python -m demo

bench: $(READY)  ## Measure the connectors beside the least that the work can cost (BENCH_ARGS=--quick)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

test: $(READY) $(PLUGINS_READY) $(AIRFLOW_READY) mariadb  ## Run the tests, but for test-page and soak (PYTEST_ARGS="-k word" for some)
	$(BIN)/pytest --numprocesses=auto --dist=worksteal $(PYTEST_ARGS)

test-page: $(READY)  ## Look at the sandbox's page with a headless Chromium (and its chromedriver)
	$(BIN)/pytest tests/page/check_page.py $(PYTEST_ARGS)

# A server that tests start themselves, where no TEST_MYSQL_URL names one.
MARIADB := mariadb-server-core mariadb-client-core
mariadb:  ## Install MariaDB, which the tests start, where it is missing (Debian and Ubuntu)
	@test -n "$$TEST_MYSQL_URL" || { PATH=$$PATH:/usr/sbin; command -v mariadbd && command -v my_print_defaults; } >/dev/null || \
		{ $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -qq --yes --no-install-recommends $(MARIADB) >/dev/null; } || \
		{ echo "The tests need MariaDB: install $(MARIADB), or set TEST_MYSQL_URL to mysql://user:password@host:port"; exit 1; }

mutations: $(READY)  ## Break one guarantee after the other: a test must notice each (MUTATION_ARGS=word for some)
	$(BIN)/python -m tools.mutations $(MUTATION_ARGS)

# Every soak draws new seeds. What fails shows its own; SEATABLE_SEED=1234 makes it fail again.
# Tests that kill runs and lose answers mostly wait: more of them than cores run at once.
SOAK := SEATABLE_SOAK=1 $(BIN)/pytest --dist=worksteal --timeout=3600
soak: $(READY) $(PLUGINS_READY) $(LOADERS_READY) mariadb mutations  ## Kill runs 200 times, let bases live for long, stream a million rows, break guarantees (two hours)
	$(SOAK) --numprocesses=$$((3 * $$(nproc))) tests/tap/sync/test_killed_syncs.py \
		tests/target/load_methods/test_killed_runs.py tests/target/load_methods/exactly_once \
		$(PYTEST_ARGS)
	$(SOAK) --numprocesses=auto tests/tap/sync/test_random_base.py tests/tap/sync/check_memory.py \
		tests/target/tables/copies/test_copies_stay_equal.py tests/target/sinks/test_mixed_streams.py \
		tests/sandbox/routes/test_no_traceback.py tests/pipelines/test_loaders.py \
		$(PYTEST_ARGS)
	$(SOAK) --numprocesses=auto tests/tap tests/target -k drawn $(PYTEST_ARGS)
	SEATABLE_EVERY_TEST_DRAWS=1 $(BIN)/pytest --numprocesses=auto --dist=worksteal tests/tap tests/target $(PYTEST_ARGS)

loaders: $(READY) $(PLUGINS_READY) $(LOADERS_READY) $(GIT_LOADERS_READY) mariadb  ## Run every loader with the tap again, and renew docs/loaders.json
	$(BIN)/python -m tools.loaders

# The broker of the fleet's workers.
REDIS := redis-server
redis:  ## Install Redis, which the fleet needs, where it is missing (Debian and Ubuntu)
	@command -v redis-server >/dev/null || \
		{ $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -qq --yes --no-install-recommends $(REDIS) >/dev/null; } || \
		{ echo "The fleet needs Redis: install $(REDIS)"; exit 1; }

fleet: $(READY) $(PLUGINS_READY) $(AIRFLOW_READY) redis  ## Run bases with Airflow and two workers, kill one, and renew docs/fleet.json (half an hour; FLEET_ARGS="--bases 8")
	$(BIN)/python -m tools.fleet $(FLEET_ARGS)

fidelity: $(READY)  ## Hold the sandbox against SeaTable's own library (needs Node.js; FIDELITY_ARGS=--all)
	$(BIN)/python -m tools.fidelity $(FIDELITY_ARGS)

lint: $(READY)  ## Check style, formatting and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/check-jsonschema --builtin-schema vendor.meltano meltano.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec examples/airflow/compose.yaml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --quiet --offline .github
	$(BIN)/hadolint Dockerfile examples/airflow/Dockerfile

types: $(READY)  ## Check types
	$(BIN)/mypy $(wildcard $(CODE) benchmarks demo tests tools)

plugins: $(READY) $(PLUGINS_READY) $(AIRFLOW_READY)  ## Install what the demo and the tests need, and nothing more

format: $(READY)  ## Format the code and repair what can be repaired mechanically
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

hooks: $(READY)  ## Let git run the checks before each commit
	$(BIN)/pre-commit install

settings: $(READY)  ## Renew what meltano.yml and hub/ say of this project's plugins
	$(BIN)/python tools/meltano_settings.py
	$(BIN)/python -m tools.hub_definitions

docs-site: $(READY)  ## Build the documentation site into output/site; warnings are errors
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -b html docs output/site

# A package that cannot be looked up fails, too: nothing would be known of it.
AUDITED := requirements/dev.txt requirements/meltano.txt requirements/runtime.txt requirements/sbom.txt examples/airflow/requirements.txt
audit: $(READY)  ## Look the locked packages up among known vulnerabilities (needs PyPI)
	for file in $(AUDITED); do \
		$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off --requirement $$file || exit 1; \
	done

# Of what `pip install singer-seatable[all extras]` brings on this Python, from the packages' own metadata.
SBOM ?= output/sbom.cdx.json
SBOM_ENVIRONMENT ?= .cache/sbom
SBOM_TOOL := .cache/sbom-tool
$(SBOM_TOOL)/.ready: $(BIN)/uv requirements/sbom.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(SBOM_TOOL)
	$(BIN)/uv pip install --quiet --python $(SBOM_TOOL)/bin/python --no-deps --require-hashes -r requirements/sbom.txt
	touch $@

sbom: $(READY) $(SBOM_TOOL)/.ready  ## Write the components of a release, with licences, to output/sbom.cdx.json
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(SBOM_ENVIRONMENT)
	$(BIN)/uv pip install --quiet --python $(SBOM_ENVIRONMENT)/bin/python --no-deps --require-hashes -r requirements/runtime.txt
	mkdir -p $(dir $(SBOM))
	$(SBOM_TOOL)/bin/cyclonedx-py environment --pyproject pyproject.toml --gather-license-texts \
		--output-reproducible --output-file $(SBOM) $(SBOM_ENVIRONMENT)

docs: $(READY)  ## Renew what README.md and docs/ derive from the code
	$(BIN)/python -m tools.documentation

# A lock file names versions and hashes, and no place to get them from: that is for each machine to know.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
	--no-emit-index-url --no-header $(LOCK_ARGS)
# mysqlclient needs a compiler. Loaders for MySQL run with pymysql.
LOCK_LOADER := $(LOCK) --no-emit-package mysqlclient

lock: $(READY)  ## Renew requirements/*.txt (LOCK_ARGS=--upgrade for the newest versions)
	$(LOCK) requirements/uv.in -o requirements/uv.txt
	$(LOCK) requirements/meltano.in -o requirements/meltano.txt
	$(LOCK) requirements/sbom.in -o requirements/sbom.txt
	$(LOCK) examples/airflow/requirements.in -o examples/airflow/requirements.txt
	for name in $(LOADER_NAMES); do $(LOCK_LOADER) requirements/loaders/$$name.in -o requirements/loaders/$$name.txt || exit 1; done
	$(LOCK) pyproject.toml --extra budget --extra excel --extra parquet --extra sandbox --group dev -o requirements/dev.txt
	$(LOCK) pyproject.toml --extra budget --extra excel --extra parquet -o requirements/runtime.txt

clean:  ## Remove the environments and everything that was made
	rm -rf $(VENV) $(MELTANO_VENV) $(AIRFLOW_VENV) .cache .meltano output dist .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	find $(wildcard $(CODE) benchmarks demo tests tools) -name __pycache__ -type d -prune -exec rm -rf {} +

# -- environments -------------------------------------------------------------------------------

# uv comes into the environment that it then fills. A lost race or an interrupted installation
# leaves no stamp, and the next `make` begins again.
$(BIN)/uv: requirements/uv.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	touch $@

$(READY): $(BIN)/uv requirements/dev.txt pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

$(MELTANO_READY): $(BIN)/uv requirements/meltano.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(MELTANO_VENV)
	$(BIN)/uv pip install --quiet --python $(MELTANO_VENV)/bin/python --no-deps --require-hashes -r requirements/meltano.txt
	touch $@

# Airflow, in an environment of its own, for examples/airflow: its tests, and `make fleet`.
$(AIRFLOW_READY): $(BIN)/uv examples/airflow/requirements.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(AIRFLOW_VENV)
	$(BIN)/uv pip install --quiet --python $(AIRFLOW_VENV)/bin/python --no-deps --require-hashes -r examples/airflow/requirements.txt
	touch $@

# Loaders that only `make soak` and `make loaders` run, each in an environment of its own.
$(LOADERS_READY): $(BIN)/uv $(wildcard requirements/loaders/*.txt)
	for name in $(LOADER_NAMES); do \
		$(BIN)/uv venv --quiet --clear --python $(call loader_python,$$name) $(LOADERS)/$$name && \
		$(BIN)/uv pip install --quiet --python $(LOADERS)/$$name/bin/python --no-deps --require-hashes \
			-r requirements/loaders/$$name.txt || exit 1; \
	done
	touch $@

# Loaders that are not on PyPI. A commit's hash names what is installed, as the hashes of a lock file do.
$(GIT_LOADERS_READY): $(LOADERS_READY) $(wildcard requirements/loaders/*.git)
	for name in $(GIT_LOADER_NAMES); do \
		$(BIN)/uv pip install --quiet --python $(LOADERS)/$$name/bin/python --no-deps \
			-r requirements/loaders/$$name.git || exit 1; \
	done
	touch $@

# The plugins of meltano.yml, each in the environment that Meltano makes for it. The demo and the
# tests share them; a project's own ones, in .meltano, are left alone.
$(PLUGINS_READY): $(MELTANO_READY) meltano.yml pyproject.toml
	mkdir -p $(PLUGINS)
	touch $(PLUGINS)/empty.env
	MELTANO_SYS_DIR_ROOT=$(CURDIR)/$(PLUGINS) $(MELTANO_VENV)/bin/meltano --log-level warning \
		--env-file $(PLUGINS)/empty.env install
	touch $@
