"""The package where there is no POSIX: every module can be imported, and the dashboard is served and makes runs."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

pytest.importorskip("streamlit")

from dashboards import await_server, await_state, free_port
from referral_sim.dashboard import studies

TESTS = Path(__file__).parents[1]


@pytest.fixture
def environment(tmp_path):
    """Of processes that begin without POSIX, and whose own processes do."""
    start = tmp_path / "start"
    start.mkdir()
    (start / "sitecustomize.py").write_text(
        f"import sys\nsys.path.append({str(TESTS)!r})\nimport without_posix\nwithout_posix.install()\n"
    )
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(start), *sys.path])}


def output(code, environment):
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_package_meets_what_windows_has(environment, tmp_path):
    code = (
        "import referral_sim, pathlib\n"
        'code = \'import os, sys, signal\\nassert os.name == "nt" and sys.platform == "win32"\\n\'\n'
        'code += \'assert not hasattr(os, "killpg") and not hasattr(signal, "SIGKILL")\\nimport MODULE\'\n'
        "for module in ('json', 'fcntl'):\n"
        "    file = str(pathlib.Path(referral_sim.__file__).with_name('made_up.py'))\n"
        "    try:\n"
        "        exec(code.replace('MODULE', module), {'__file__': file})\n"
        "    except ModuleNotFoundError as error:\n"
        "        print(error.name)\n"
        "import os, fcntl; print(os.name)\n"
    )
    assert output(code, environment).split() == ["fcntl", "posix"]


def test_every_module_can_be_imported(environment):
    code = (
        "import importlib, json, pkgutil, referral_sim\n"
        "names = [m.name for m in pkgutil.walk_packages(referral_sim.__path__, 'referral_sim.')]\n"
        "for name in names:\n"
        "    if not name.endswith('__main__'):\n"
        "        importlib.import_module(name)\n"
        "print(json.dumps(names))"
    )
    names = json.loads(output(code, environment).splitlines()[-1])
    assert {"referral_sim.dashboard.studies", "referral_sim.experiment.executors", "referral_sim.model"} <= set(names)
    assert len(names) > 100


@pytest.mark.long
def test_the_dashboard_is_served_makes_runs_and_stops_them(environment, tmp_path):
    home, port = tmp_path / "home", free_port()
    small = studies.create(home, dataclasses.replace(studies.EXAMPLE, replicates=2))
    large = studies.create(home, dataclasses.replace(studies.EXAMPLE, replicates=500))
    command = [sys.executable, "-m", "referral_sim", "dashboard", "--home", str(home), "--port", str(port)]
    with (tmp_path / "log.txt").open("wb") as log:
        process = subprocess.Popen([*command, "--no-browser"], env=environment, stdout=log, stderr=log)
    try:
        await_server(port, process)
        with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
            assert page.status == 200
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()
    assert "Traceback" not in (tmp_path / "log.txt").read_text()
    code = (
        "import sys, pathlib\nfrom referral_sim.dashboard import studies\n"
        "small, large = (studies.find(pathlib.Path(sys.argv[1]), id_) for id_ in sys.argv[2:])\n"
        "studies.start(large)\nassert studies.is_running(large)\nstudies.stop(large)\n"
        "assert studies.progress(large).state == 'stopped'\nstudies.start(small)\n"
    )
    words = [sys.executable, "-c", code, str(home), small.id, large.id]
    run = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("", "")
    now = await_state(small, studies.FINISHED, studies.FAILED)
    assert (now.state, now.done, now.message) == (studies.FINISHED, 4, "")
