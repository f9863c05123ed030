"""The page about sweeps, and the examples: what they show works."""

import re
import subprocess
import sys

import pytest

from referral_sim.experiment.parquet_store import ParquetStore
from referral_sim.experiment.plan import runs_of
from referral_sim.experiment.plan_file import load_plan
from referral_sim.experiment.running import sweep_runs
from referral_sim.experiment.stores import OUTCOMES, TAKEN
from sweeps import ROOT, plan_file
from test_docs import documented

PAGE = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
PLAN = """scenario: tiny.yaml
policies: [none, blind.yaml]
levers: {front_door.threshold: {range: [2.0, 3.0]}}
uncertainties: {trouble.rate: {range: [0.2, 0.8]}, practice.trust: {range: [0.2, 0.8]}}
outcomes: [referrals]
design: {kind: sobol, size: 4}
replicates: 2
"""


def test_the_sql_answers_its_questions(tmp_path, monkeypatch):
    duckdb = pytest.importorskip("duckdb")
    (tmp_path / "blind.yaml").write_text("title: blind\nscale: {noticing.visibility: 0.2}\n")
    for _ in sweep_runs(plan_file(tmp_path, PLAN), store=ParquetStore(tmp_path / "DIR", most_runs=5)):
        pass
    monkeypatch.chdir(tmp_path)
    views, *questions = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    assert len(questions) == 5
    with duckdb.connect() as base:
        base.execute(views)
        status, means, differences, lever, goes_with = [base.execute(q).fetchall() for q in questions]
    assert [row[:3] for row in status] == [("done", "", 16)]
    table = ParquetStore(tmp_path / "DIR")
    runs, outcomes = (t.to_pandas() for t in (table.runs(), table.outcomes()))
    both = outcomes[outcomes["group"] == "all"].merge(runs, on="run")
    wanted = both.groupby("policies")["value"].mean()
    assert {row[1]: pytest.approx(row[2]) for row in means} == wanted.to_dict()
    wide = both.pivot_table(index=["point", "replicate"], columns="policies", values="value")
    ((_, policies, difference, _, share),) = differences
    assert policies == "blind"
    change = wide[policies] - wide["none"]
    assert (difference, share) == (pytest.approx(change.mean()), pytest.approx((change > 0).mean()))
    assert difference < 0, "who notices nothing refers nobody"
    assert len(lever) == 4
    assert goes_with[0][1] == pytest.approx(both["trouble.rate"].corr(both["value"]))


def test_the_columns_are_in_the_dictionary():
    title = "`referral-sim sweep PLAN --out DIR`"
    assert sorted(documented(title)) == ["manifest.json", "outcomes", "runs"]
    assert documented(title, 1) == list(TAKEN)
    assert documented(title, 2) == OUTCOMES.names


def test_the_example_plan_is_sound():
    assert len(list(runs_of(load_plan(ROOT / "scenarios" / "plans" / "thresholds.yaml")))) == 2 * 3 * 16 * 5


@pytest.mark.long
@pytest.mark.parametrize(
    ("library", "script", "words", "said"),
    [
        ("SALib", "salib_morris.py", ["2"], r"front_door\.threshold +[1-9]"),
        ("ema_workbench", "ema_workbench_experiments.py", ["2", "2"], r"rate +turnover +threshold +referrals"),
    ],
)
def test_the_examples_run_with_the_real_libraries(tmp_path, library, script, words, said):
    pytest.importorskip(library)
    plan_file(tmp_path)
    command = [sys.executable, ROOT / "examples" / script, tmp_path / "tiny.yaml", *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert re.search(said, ended.stdout), ended.stdout
    assert len(ended.stdout.splitlines()) >= 4
