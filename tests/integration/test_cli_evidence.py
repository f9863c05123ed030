"""The command evidence, and what the command line says of itself."""

import json
import subprocess
import sys

import pytest

import referral_sim
from referral_sim import cli


@pytest.fixture
def call(capsys):
    def run(*words):
        with pytest.raises(SystemExit) as end:
            cli.main(words)
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


def test_evidence_prints_one_authority_or_all(call):
    status, out, err = call("evidence", "southshire")
    assert (status, err) == (0, "")
    assert "383" in out
    assert "Midtown" not in out.replace("Only Midtown's", "")
    everything = call("evidence")[1]
    for name in ("Midtown", "City Borough", "East Borough", "Southshire", "England"):
        assert f"\n{name}\n" in f"\n{everything}"


def test_evidence_as_json(call):
    status, out, err = call("evidence", "east-borough", "--json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert {f["authority"] for f in found["published"]} == {"east-borough"}
    registrations = {f["series"]: f["value"] for f in found["published"] if f["measure"] == "registrations"}
    assert registrations == {"graph_6_2": 16, "overview_paragraph": 29}
    assert any("217" in c["text"] for c in found["contradictions"])


def test_evidence_of_an_unknown_authority(call):
    status, out, err = call("evidence", "leeds")
    assert (status, out) == (2, "")
    assert "leeds" in err
    assert "city-borough" in err


def test_version(call):
    status, out, err = call("--version")
    assert (status, err) == (0, "")
    assert out == f"referral-sim {referral_sim.__version__}\n"


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "from referral_sim.cli import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "except SystemExit as end:\n"
        "    assert not end.code\n"
        "heavy = {'pandas', 'numpy', 'mesa', 'pydantic', 'pyarrow', 'networkx'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "evidence" in done.stdout
