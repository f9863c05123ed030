"""The command ``dashboard``: what it refuses, how it ends, and what it lets in."""

import asyncio
import signal
import socket
import subprocess
import sys
from importlib import util
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("streamlit")

from dashboards import HELD_WORKER, await_server, free_port
from referral_sim import cli
from referral_sim.cli import dashboard_commands
from referral_sim.dashboard import studies
from referral_sim.dashboard.guard import Guard
from referral_sim.dashboard.request import Alternative, StudyRequest


@pytest.fixture
def served(monkeypatch):
    """What would be served, in place of a server."""
    calls = []
    monkeypatch.setattr(dashboard_commands, "_serve", lambda *given: calls.append(given))
    return calls


def ended(*words):
    with pytest.raises(SystemExit) as end:
        cli.main(["dashboard", *words])
    return end.value.code


def test_a_port_in_use_is_one_line_and_status_2(served, tmp_path, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert ended("--home", str(tmp_path / "home"), "--port", port) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert f"--port: port {port} of 127.0.0.1 cannot be used" in said
    assert served == []


def test_without_a_port_the_next_free_one_is_taken(served, tmp_path, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(dashboard_commands, "PORT", taken.getsockname()[1])
        ended("--home", str(tmp_path))
        assert dashboard_commands.PORT < served[0][2] < dashboard_commands.PORT + 20


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--host", "no such host"), "--host: no such host is no address of this computer"),
        (("--host", "192.0.2.1"), "--host: 192.0.2.1 is no address of this computer"),
        (("--home", "FILE"), "--home: "),
        (("--port", "0"), "--port"),
    ],
)
def test_what_cannot_be_served_is_one_line_and_status_2(served, tmp_path, capsys, words, message):
    file = tmp_path / "file"
    file.write_text("")
    given = [str(file) if word == "FILE" else word for word in words]
    if "--home" not in given:
        given += ["--home", str(tmp_path / "home")]
    assert ended(*given) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert served == []


@pytest.mark.parametrize("missing", ["streamlit", "matplotlib", "openpyxl"])
def test_without_its_libraries_it_names_the_extra(served, tmp_path, capsys, monkeypatch, missing):
    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == missing else found(name))
    assert ended("--home", str(tmp_path)) == 2
    assert capsys.readouterr() == (
        "",
        'the dashboard needs more libraries: pip install "referral-sim[dashboard]"\n',
    )
    assert served == []


def test_it_listens_on_loopback_alone_unless_told_otherwise(served, tmp_path, capsys):
    ended("--home", str(tmp_path), "--port", str(free_port()))
    home, host, port, url = served[0]
    assert (home, host, url) == (tmp_path.resolve(), "127.0.0.1", f"http://127.0.0.1:{port}")
    assert "warning" not in capsys.readouterr().err
    ended("--home", str(tmp_path), "--port", str(free_port()), "--host", "0.0.0.0", "--no-browser")
    assert served[1][1] == "0.0.0.0"
    assert served[1][3] is None
    assert "warning: whoever can reach 0.0.0.0 can use the dashboard" in capsys.readouterr().err


def test_nothing_is_told_or_watched():
    said = dashboard_commands.server_options("127.0.0.1", 8501)
    assert said["browser.gatherUsageStats"] is False
    assert said["server.fileWatcherType"] == "none"
    assert said["server.address"] == "127.0.0.1"
    assert said["logger.hideWelcomeMessage"] is True  # it would ask a service outside for this computer's address
    from streamlit import config

    for name in said:
        config.get_option(name)  # raises if Streamlit has no such option


HERE = ["127.0.0.1:8501", "localhost:8501", "LOCALHOST", "[::1]:8501", "10.0.0.7", "my-computer:8501"]
ELSEWHERE = ["evil.example", "evil.example:8501", "127.0.0.1.evil.example", "localhost.evil.example", "[evil]", ""]


@pytest.mark.parametrize(("host", "status"), [*((h, 200) for h in HERE), *((h, 421) for h in ELSEWHERE), (None, 421)])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_foreign_names_are_not_let_in_and_nobody_frames_the_page(host, status, kind):
    sent, answered = [], []

    async def page(scope, receive, send):
        answered.append(scope["type"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    headers = [] if host is None else [(b"host", host.encode())]
    scope = {"type": kind, "headers": headers, "extensions": {"websocket.http.response": {}}}
    asyncio.run(Guard(page, ("localhost", "my-computer"))(scope, None, send))
    assert sent[0]["status"] == status
    assert answered == ([kind] if status == 200 else [])
    if status == 200:
        assert (b"content-security-policy", b"frame-ancestors 'self'") in sent[0]["headers"]


def asked(port, host):
    request = Request(f"http://127.0.0.1:{port}/", headers={"Host": host})
    try:
        with urlopen(request, timeout=30) as page:
            return page.status, page.headers["X-Frame-Options"]
    except HTTPError as error:
        return error.code, None


@pytest.mark.long
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_dashboard_leaves_no_server_and_lets_runs_go_on(tmp_path, sign, monkeypatch):
    study = studies.create(tmp_path, StudyRequest("england-average", (Alternative(("no-liaison",)),), replicates=500))
    monkeypatch.setattr(studies, "WORKER", HELD_WORKER)
    studies.start(study)
    port = free_port()
    command = [sys.executable, "-m", "referral_sim", "dashboard", "--home", str(tmp_path), "--port", str(port)]
    process = subprocess.Popen([*command, "--no-browser"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        await_server(port, process)
        assert asked(port, f"127.0.0.1:{port}") == (200, "SAMEORIGIN")
        assert asked(port, "evil.example") == (421, None)
        process.send_signal(sign)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert err.splitlines()[-1] == "interrupted; runs that were started go on"
    assert err.splitlines()[0].startswith(f"dashboard: http://127.0.0.1:{port} ")
    assert "Traceback" not in out + err
    with socket.socket() as one:
        assert one.connect_ex(("127.0.0.1", port)) != 0
    assert studies.is_running(study)
    studies.delete(study)


def test_help_and_the_package_load_no_streamlit():
    code = (
        "import sys, referral_sim.cli\n"
        "try: referral_sim.cli.main(['dashboard', '--help'])\nexcept SystemExit: pass\n"
        "print(*{m.split('.')[0] for m in sys.modules})"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "--no-browser" in said
    assert not {"streamlit", "pandas", "mesa", "matplotlib"} & set(said.splitlines()[-1].split())


def test_the_script_that_streamlit_runs_is_in_the_package():
    assert (Path(dashboard_commands.__file__).parent.parent / "dashboard" / "page.py").is_file()
