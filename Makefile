# `make run` installs and does the main job; `make test` installs and runs the tests. Both need Python 3.11 or later.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: run test lint fit patterns calibration bench docs clean

run: $(VENV)/.run
	$(BIN)/referral-sim run midtown city-borough east-borough southshire --replicates 10

test: $(VENV)/.test lint
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff check src tests benchmarks examples experiments docs
	$(BIN)/ruff format --check src tests benchmarks examples experiments docs
	$(BIN)/mypy

fit: $(VENV)/.run
	$(BIN)/python experiments/baseline/fit.py --check

patterns: $(VENV)/.run
	$(BIN)/python experiments/patterns/report.py

calibration: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable '.[neural,figures]'
	$(BIN)/referral-sim calibrate experiments/calibration/plan.yaml --out results/large/calibration --method neural
	cp results/large/calibration/README.md experiments/calibration/
	for table in parameters predictions coverage recovery left_out table_6_6 ridges transplant; do \
		cp results/large/calibration/tables/$$table.csv experiments/calibration/tables/; done
	cp results/large/calibration/draws.parquet results/large/calibration/draws.json src/referral_sim/presets/calibration/
	$(BIN)/referral-sim plot experiments/calibration

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
