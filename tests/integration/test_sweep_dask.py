"""The same rows, and years of a country, from a real Dask cluster of two worker processes that this test starts."""

import json
import os
import subprocess
import sys
import time

import pytest

from referral_sim.experiment.parquet_store import ParquetStore
from referral_sim.experiment.running import sweep_runs
from referral_sim.experiment.stores import MemoryStore
from sweeps import COMMAND, MAIN, ROOT, Gate, children, gone, kill, once_each, plan_file, same_tables

pytest.importorskip("distributed")
COUNTRY = """title: Tinyland
authorities: 3
children: 4000
log_size: {distribution: normal, mean: 7.0, sd: 0.5}
own_values_of: [england-average, midtown]
programme_coverage: [0.5]
posts_per_10000: [30]
posts_in_a_team: 7
"""
CLUSTER = """
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1") as c:
        print(c.scheduler_address, flush=True)
        input()
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The process that holds the cluster, and the scheduler's address; nothing of it outlives the tests."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "cluster.py").write_text(CLUSTER)
    process = subprocess.Popen(
        [sys.executable, "cluster.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), *sys.path])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    address = process.stdout.readline().strip()
    below = children(process.pid)
    yield process, address
    process.stdin.close()
    try:
        process.wait(timeout=60)
    finally:
        for pid in [process.pid, *below]:
            kill(pid)
        process.stdout.close()
    assert gone(below) == []


def run(folder, address, *words):
    command = [*COMMAND, "sweep", "plan.yaml", "--out", "s", "--executor", "dask", "--address", address, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    store = MemoryStore()
    for _ in sweep_runs(plan_file(tmp_path_factory.mktemp("oracle")), store=store):
        pass
    return store


@pytest.mark.long
def test_the_rows_are_the_same(cluster, oracle, tmp_path):
    plan_file(tmp_path)
    ended = run(tmp_path, cluster[1])
    assert ended.returncode == 0, ended.stderr
    assert "with 2 workers" in ended.stderr
    once_each(ParquetStore(tmp_path / "s"), 12)
    same_tables(ParquetStore(tmp_path / "s"), oracle)


@pytest.mark.long
def test_the_years_of_a_country_are_the_same(cluster, tmp_path):
    (tmp_path / "tiny.yaml").write_text(COUNTRY)
    words = ["country", "tiny.yaml", "-r", "2", "--set", "time.warm_up_months=1", "--json"]
    ended = [
        subprocess.run([*COMMAND, *words, *where], cwd=tmp_path, capture_output=True, text=True, check=False)
        for where in (["--executor", "dask", "--address", cluster[1]], ["--workers", "1"])
    ]
    assert [one.returncode for one in ended] == [0, 0], ended[0].stderr
    there, here = (json.loads(one.stdout) for one in ended)
    assert there == here
    assert len(here["counts"]) == 6


@pytest.mark.long
def test_a_worker_of_the_cluster_killed_costs_nothing(cluster, tmp_path):
    plan_file(tmp_path, "scenario: tiny.yaml\nreplicates: 60\noutcomes: [referrals]\n")
    gate = Gate(tmp_path / "gate", 20)
    command = [sys.executable, "-c", gate.code() + MAIN, "sweep", "plan.yaml", "--out", "s"]
    command += ["--executor", "dask", "--address", cluster[1]]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while len(gate.makers()) < 20 and process.poll() is None:
        time.sleep(0.01)
    kill(gate.makers()[-1])
    gate.open()
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert len(gate.makers()) > 60, "the run of the worker that was killed was made again"
    once_each(ParquetStore(tmp_path / "s"), 60)


@pytest.mark.long
def test_a_cluster_that_is_not_there_is_said(tmp_path):
    plan_file(tmp_path)
    ended = run(tmp_path, "tcp://127.0.0.1:9")
    assert ended.returncode == 2
    assert "--executor dask: no scheduler answers at tcp://127.0.0.1:9" in ended.stderr
    assert "Traceback" not in ended.stderr
    ended = run(tmp_path, "tcp://127.0.0.1:9", "--limit-seconds", "3")
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
