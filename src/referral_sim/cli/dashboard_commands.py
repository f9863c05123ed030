"""``referral-sim dashboard``: the page for those who do not program."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import signal
import socket
import threading
import webbrowser
from importlib import import_module, resources
from pathlib import Path
from typing import Annotated, Any

import typer

from .app import app, examples, fail, require

PORT = 8501
_MORE = 20
"""Ports that are tried after the usual one."""
_NEEDED = ("streamlit", "matplotlib", "openpyxl")


@app.command(
    "dashboard",
    short_help="Open a page to try scenarios without programming.",
    epilog=examples("dashboard", "dashboard --home my-studies --no-browser"),
)
def dashboard(
    home: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where studies are kept; if not given, ~/referral-sim-studies."),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; 127.0.0.1 is this computer alone.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=65535, help=f"Port to listen on; if not given, {PORT} or the next free one."
        ),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Serve the dashboard until Ctrl-C. It asks for nothing from outside; its runs go on when it ends."""
    require(_NEEDED, "the dashboard needs more libraries", "dashboard")
    where = _usable(home or Path.home() / "referral-sim-studies")
    chosen = _free_port(host, port)
    url = f"http://{_in_url(host)}:{chosen}"
    typer.echo(f"dashboard: {url} (studies in {where}; Ctrl-C ends it)", err=True)
    if not _is_loopback(host):
        typer.echo(f"warning: whoever can reach {host} can use the dashboard; it asks for no password", err=True)
    _serve(where, host, chosen, url if browser else None)
    raise KeyboardInterrupt("runs that were started go on")


def _usable(home: Path) -> Path:
    """The folder of studies, made if it is not there."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail([f"--home: {home} cannot be used: {error.strerror or error}"])
    if not os.access(home, os.W_OK | os.X_OK):
        fail([f"--home: {home} cannot be written"])
    return home.resolve()


def _free_port(host: str, port: int | None) -> int:
    """The port that was asked for, or the first of some that is free."""
    wanted = range(PORT, PORT + _MORE) if port is None else (port,)
    free = next((one for one in wanted if _can_listen(host, one)), None)
    if free is None:
        tried = f"ports {PORT} to {PORT + _MORE - 1}" if port is None else f"port {port}"
        fail([f"--port: {tried} of {host} cannot be used, for something else listens there; name another"])
    return free


def _can_listen(host: str, port: int) -> bool:
    try:
        (family, kind, _, _, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind) as probe:
            if os.name == "posix":  # elsewhere this would allow a port that something else listens on
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        if isinstance(error, (socket.gaierror, UnicodeError)) or error.errno == errno.EADDRNOTAVAIL:
            fail([f"--host: {host} is no address of this computer"])
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_url(host: str) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{shown}]" if ":" in shown else shown


def _serve(home: Path, host: str, port: int, url: str | None) -> None:
    """Run Streamlit in this process until a signal ends it."""
    from ..dashboard.studies import HOME

    os.environ[HOME] = str(home)
    threading.Thread(target=_prepare, args=(home,), daemon=True).start()
    from starlette.middleware import Middleware
    from streamlit import App

    from ..dashboard.guard import Guard

    guard = Middleware(Guard, names=("localhost", socket.gethostname(), host))
    if url is not None:
        threading.Timer(1.0, webbrowser.open, [url]).start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the server passes on what has ended it
    page = resources.as_file(resources.files("referral_sim") / "dashboard" / "page.py")
    with contextlib.suppress(KeyboardInterrupt), page as script:
        App(str(script), middleware=[guard]).run(config=server_options(host, port))


def server_options(host: str, port: int) -> dict[str, Any]:
    """Streamlit's options: nothing is asked from outside, nothing is told to anybody, no file is watched.

    They count over a user's own configuration of Streamlit.

    Args:
        host: address to listen on.
        port: to listen on.
    """
    from ..dashboard.archive import LARGEST_MEGABYTES

    return {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.enableStaticServing": False,
        "server.maxUploadSize": LARGEST_MEGABYTES,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "global.developmentMode": False,
        "logger.hideWelcomeMessage": True,
        "logger.level": "error",
        "theme.base": "light",
        "theme.primaryColor": "#0072B2",
        "runner.magicEnabled": False,
    }


def _prepare(home: Path) -> None:
    """Have something to show at the first visit, and load what the page needs, while the server gets ready."""
    from ..dashboard.request import RequestError
    from ..dashboard.studies import first

    with contextlib.suppress(RequestError):  # the page tries again, and says why it cannot
        first(home)
    for name in ("folders.read_folder", "model", "figures"):
        import_module(f"referral_sim.{name}")
