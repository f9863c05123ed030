# `make run` installs and does the main job; `make test` installs and runs the tests. Both need Python 3.11 or later.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: run test test-long test-browser test-all test-lowest mutants lint bench docs docs-screenshots release clean \
	results results-authorities results-policies results-patterns results-baseline results-courses results-levers results-rest \
	results-what-helps results-speed results-calibration results-england results-transplants

run: $(VENV)/.run
	$(BIN)/referral-sim run midtown city-borough east-borough southshire --replicates 10

# All tests but the long ones and those in a browser: five to six minutes on two cores. A file's tests stay together,
# on one of two workers.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore=tests/browser
test: $(VENV)/.test lint
	$(PYTEST)

# What takes minutes: many replicates, many scenarios, whole commands at their full size.
test-long: $(VENV)/.test
	$(PYTEST) -m long

# The dashboard in a browser, alone: it starts servers and runs of its own.
test-browser: $(VENV)/.test
	$(BIN)/python -m pytest -m 'long or not long' tests/browser

test-all: test test-long test-browser

# The unit tests with the lowest versions that pyproject.toml allows, which uv finds, in an environment of their own.
test-lowest:
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet uv
	.venv-lowest/bin/uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct --editable '.[test]'
	.venv-lowest/bin/python -m pytest -n 2 --dist loadfile -W default tests/unit

# Ninety-five wrong changes in the rules, one at a time: which of them do the tests notice? Some half an hour.
mutants: $(VENV)/.test
	$(BIN)/python tests/mutants.py

lint: $(VENV)/.test
	$(BIN)/ruff check src tests benchmarks examples experiments docs
	$(BIN)/ruff format --check src tests benchmarks examples experiments docs
	$(BIN)/mypy

# Everything in results/ but the calibration, which takes an hour and a half of its own; the rest takes three hours or four.
results: results-authorities results-policies results-patterns results-baseline results-courses results-levers \
	results-rest results-what-helps results-transplants

AUTHORITIES := midtown city-borough east-borough southshire england-average
results-authorities: $(VENV)/.run
	rm -rf results/large/authorities
	$(BIN)/referral-sim run $(AUTHORITIES) --replicates 20 --out results/large/authorities > /dev/null
	$(BIN)/python experiments/authorities/report.py results/large/authorities

POLICIES := $(filter-out no-change,$(basename $(notdir $(wildcard scenarios/policies/*.yaml))))
results-policies: $(VENV)/.run
	rm -rf results/large/policies
	$(BIN)/referral-sim compare east-borough $(sort $(POLICIES:%=east-borough+%)) --replicates 20 --out results/large/policies > /dev/null
	$(BIN)/python experiments/policies/report.py results/large/policies

results-patterns: $(VENV)/.run
	$(BIN)/python experiments/patterns/report.py

results-baseline: $(VENV)/.run
	$(BIN)/python experiments/baseline/check.py

# What each key of a scenario moves: some ten minutes.
results-levers: $(VENV)/.run
	$(BIN)/python experiments/levers/report.py

# Six years in which nothing changes, of eight scenarios: some half an hour with 20 replicates.
REPLICATES := 20
results-rest: $(VENV)/.run
	$(BIN)/python experiments/rest/report.py --replicates $(REPLICATES)

# Every policy in five authorities over three years: some 40 minutes on two cores with 5 replicates. It goes on where it was
# stopped; more replicates add to those that are there.
results-what-helps: REPLICATES := 5
results-what-helps: $(VENV)/.run
	$(BIN)/python experiments/what-helps/report.py --replicates $(REPLICATES)

# City Borough's arrangement in two others, under 200 draws: half an hour on two cores.
results-transplants: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable '.[calibration]'
	$(BIN)/python experiments/transplants/report.py

# What SimPy and numba do is timed where they are installed: pip install simpy numba.
results-speed: $(VENV)/.run
	$(BIN)/python benchmarks/peers.py

# England as 150 authorities, with and without a policy: some fifteen minutes of one core. ENGLAND="--authorities 10" is a try.
results-england: $(VENV)/.run
	rm -rf results/large/england
	$(BIN)/referral-sim country england --policy link-worker-everywhere $(ENGLAND) --out results/large/england
	$(BIN)/python experiments/england/report.py results/large/england

results-courses: $(VENV)/.run
	$(BIN)/python experiments/courses/report.py

results-calibration: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable '.[calibration]'
	$(BIN)/referral-sim calibrate scenarios/plans/calibration/plan.yaml --out results/large/calibration
	$(BIN)/python experiments/calibration/report.py results/large/calibration

bench: $(VENV)/.test
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/sweep.py
	$(BIN)/python benchmarks/answers.py

# The documentation site, in docs/_build/html: tables from the code and commands from their help, then the pages, with the
# tutorials run. A warning is an error.
docs: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	$(BIN)/python docs/make_docs.py
	$(BIN)/typer referral_sim.cli utils docs --name referral-sim --title "Command line" --output docs/command-line.md > /dev/null
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

# The pictures on the page about the dashboard: some ten minutes, and Chromium.
docs-screenshots: $(VENV)/.test
	$(BIN)/python docs/screenshots.py

$(VENV)/.run: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "referral-sim needs Python 3.11 or later; try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.test: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

# What is published: the wheel in dist/, tried in an environment of its own, outside this folder.
release: lint
	rm -rf dist .venv-release
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	$(PYTHON) -m venv .venv-release
	.venv-release/bin/python -m pip install --quiet dist/*.whl
	.venv-release/bin/python -m pip check
	cd / && $(CURDIR)/.venv-release/bin/referral-sim --version
	cd / && $(CURDIR)/.venv-release/bin/referral-sim run midtown --replicates 2 > /dev/null

clean:
	rm -rf $(VENV) .venv-release .venv-lowest dist out docs/_build docs/command-line.md .pytest_cache .mypy_cache .ruff_cache .hypothesis
