"""``referral-sim dashboard``: the page for those who do not program."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import socket
import threading
import webbrowser
from importlib import import_module, resources
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from .run_commands import refuse_if

PORT = 8501
_MORE = 20
"""Ports that are tried after the usual one."""
_NEEDED = ("streamlit", "matplotlib", "openpyxl")


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("dashboard", short_help="Open a page on which scenarios are tried without programming.")(dashboard)


def dashboard(
    home: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where studies are kept; if not given, ~/referral-sim-studies."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 127.0.0.1 is this computer alone.")] = ("127.0.0.1"),
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help=f"Port to listen on; if not given, {PORT} or the next free one."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Serve the dashboard until Ctrl-C. It asks for nothing from outside; its runs go on when it ends."""
    if any(find_spec(name) is None for name in _NEEDED):
        refuse_if(["the dashboard needs more libraries: pip install 'referral-sim[dashboard]'"])
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
        if os.access(home, os.W_OK | os.X_OK):
            return home.resolve()
        refuse_if([f"--home: {home} cannot be written"])
    except OSError as error:
        refuse_if([f"--home: {home} cannot be used: {error.strerror or error}"])
    raise AssertionError


def _free_port(host: str, port: int | None) -> int:
    for one in (port,) if port is not None else range(PORT, PORT + _MORE):
        with contextlib.suppress(PermissionError, OverflowError):
            found = _try(host, one)
            if found:
                return one
    tried = f"port {port}" if port is not None else f"ports {PORT} to {PORT + _MORE - 1}"
    refuse_if([f"--port: {tried} of {host} cannot be used, for something else listens there; name another"])
    raise AssertionError


def _try(host: str, port: int) -> bool:
    """Whether a port can be listened on."""
    try:
        (family, kind, _, _, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        refuse_if([f"--host: {host} is no address of this computer"])
        raise
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                refuse_if([f"--host: {host} is no address of this computer"])
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
    from ..dashboard.settings import HOME, options

    os.environ[HOME] = str(home)
    threading.Thread(target=_prepare, args=(home,), daemon=True).start()
    from streamlit.web import bootstrap

    said: dict[str, Any] = options(host, port)
    if url is not None:
        threading.Timer(1.0, webbrowser.open, [url]).start()
    with resources.as_file(resources.files("referral_sim") / "dashboard" / "app.py") as script:
        bootstrap.load_config_options(said)
        bootstrap.run(str(script), False, [], said)


def _prepare(home: Path) -> None:
    """Have something to show at the first visit, and load what the page needs, while the server gets ready."""
    from ..dashboard.asked import StudyError
    from ..dashboard.studies import first

    with contextlib.suppress(StudyError):  # the page tries again, and says why it cannot
        first(home)
    for name in ("results.reading", "model", "figures"):
        import_module(f"referral_sim.{name}")
