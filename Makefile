# `make run` installs and does the main job; `make test` installs and runs the tests. Both need Python 3.11 or later.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: run test test-long test-all mutants lint fit patterns calibration figures bench docs clean

run: $(VENV)/.run
	$(BIN)/referral-sim run midtown city-borough east-borough southshire --replicates 10

# All tests but the long ones: under five minutes on two cores. A file's tests stay together, on one of two workers.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
test: $(VENV)/.test lint
	$(PYTEST)

# What takes minutes: many replicates, many scenarios, whole commands at their full size.
test-long: $(VENV)/.test
	$(PYTEST) -m long

test-all: test test-long

# Ninety-five wrong changes in the rules, one at a time: which of them do the tests notice? Some half an hour.
mutants: $(VENV)/.test
	$(BIN)/python tests/mutants.py

lint: $(VENV)/.test
	$(BIN)/ruff check src tests benchmarks examples experiments docs
	$(BIN)/ruff format --check src tests benchmarks examples experiments docs
	$(BIN)/mypy

fit: $(VENV)/.run
	$(BIN)/python experiments/baseline/fit.py --check

patterns: $(VENV)/.run
	$(BIN)/python experiments/patterns/report.py

calibration: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable '.[neural]'
	$(BIN)/referral-sim calibrate scenarios/plans/calibration/plan.yaml --out results/large/calibration --method neural
	cp results/large/calibration/README.md experiments/calibration/
	cp results/large/calibration/tables/*.csv experiments/calibration/tables/
	cp results/large/calibration/draws.parquet results/large/calibration/draws.json scenarios/draws/
	$(BIN)/referral-sim plot experiments/calibration

# The figures in README.md; some five minutes on two cores.
FIGURES := results/large/figures
figures: $(VENV)/.run
	rm -rf $(FIGURES)
	$(BIN)/referral-sim run midtown city-borough east-borough southshire --replicates 20 --out $(FIGURES)/runs > /dev/null
	$(BIN)/referral-sim compare east-borough --policy link-worker-everywhere --out $(FIGURES)/compare > /dev/null
	$(BIN)/referral-sim plot $(FIGURES)/runs
	$(BIN)/referral-sim plot $(FIGURES)/compare
	cp $(FIGURES)/runs/figures/profile-registrations.svg $(FIGURES)/runs/figures/funnel.svg docs/figures/
	cp $(FIGURES)/runs/figures/flows-2.svg docs/figures/flows.svg
	cp $(FIGURES)/runs/figures/sources-2.svg docs/figures/sources.svg
	cp $(FIGURES)/runs/figures/loop-1.svg docs/figures/loop.svg
	cp $(FIGURES)/compare/figures/differences-1-1.svg docs/figures/differences.svg

bench: $(VENV)/.run
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/sweep.py

docs: $(VENV)/.run
	$(BIN)/python docs/make_docs.py

$(VENV)/.run: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "referral-sim needs Python 3.11 or later; try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.test: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis
