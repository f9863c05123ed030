"""A dashboard that runs, and a browser that looks at it."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from referral_sim.dashboard import studies

HERE = ("127.0.0.1", "localhost")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-quic",
         "--disable-component-update", "--disable-sync", "--no-default-browser-check"]  # fmt: skip
DRAWING = "[data-drawing]"
"""What says how often the page has been drawn; its last element."""
PATIENCE = 240_000
"""Milliseconds; a busy machine is no fault of the page."""
ATTEMPTS = 10
"""Times that a list is opened before it is said not to offer an option."""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def serving(home: Path, log: Path) -> Iterator[str]:
    """The address of a dashboard, which has ended afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "referral_sim", "dashboard", "--home", str(home), "--port", str(port)]
    with log.open("wb") as said:
        process = subprocess.Popen([*command, "--no-browser"], stdout=said, stderr=said)
    try:
        await_server(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()


def await_server(port: int, process: subprocess.Popen[bytes], seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, "the server has ended"
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


HELD_WORKER = (sys.executable, str(Path(__file__).with_name("held_worker.py")))
"""In place of ``studies.WORKER``: a process that makes two runs and waits."""


def await_held(study: studies.Study, seconds: float = 600.0) -> None:
    """Return when the process of a study, a :data:`HELD_WORKER`, says that it waits."""
    end = time.monotonic() + seconds
    while not (study.folder / "held").exists():
        assert time.monotonic() < end, (study.folder / studies.LOG).read_text()
        time.sleep(0.05)


def await_state(study: studies.Study, *states: str, seconds: float = 600.0) -> studies.StudyProgress:
    """The progress of a study once it has one of some states and nothing works on it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = studies.progress(study)
        if now.state in states and not studies.is_running(study):
            return now
        time.sleep(0.1)
    raise AssertionError(f"still {studies.progress(study)}: {(study.folder / studies.LOG).read_text()}")


class Visit:
    """A browser's visit; keeps what it asked for, and what its console said."""

    def __init__(self, browser: Any, url: str) -> None:
        self.url = url
        self.context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
        self.outside: list[str] = []
        self.complaints: list[str] = []
        self.context.route("**/*", self._let)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("websocket", lambda socket: self._seen(socket.url))
        self.page.on("console", lambda said: self._said(said.type, said.text, said.location["url"]))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))

    def _let(self, route: Any) -> None:
        if self._seen(route.request.url):
            route.continue_()
        else:
            route.abort()

    def _seen(self, url: str) -> bool:
        parts = urlsplit(url)
        fine = parts.scheme in ("data", "blob") or parts.hostname in HERE
        if not fine:
            self.outside.append(url)
        return fine

    def _said(self, kind: str, text: str, where: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text} ({where})")

    def open(self, study: str | None = None) -> None:
        self.page.goto(self.url + (f"/?study={study}" if study else ""))
        self._await_drawing(1)
        self.page.get_by_role("heading", name="What would a policy change?").wait_for()

    def tab(self, name: str) -> Any:
        """Open a tab; its panel."""
        tab = self.page.get_by_role("tab", name=name)
        if tab.get_attribute("aria-selected") != "true":
            with self.redrawn():
                tab.click()
        panel = self.page.get_by_role("tabpanel").filter(visible=True)
        panel.wait_for()
        return panel

    def choose(self, key: str, *options: str) -> None:
        """Choose in the list of a key, by the words of the options, what is not chosen yet."""
        field = self.page.locator(f".st-key-{key} input").first
        for option in options:
            if field.input_value() != option:
                with self.redrawn():
                    self._pick(field, option)
        self.page.keyboard.press("Escape")

    def _pick(self, field: Any, option: str) -> None:
        """Pick an option of a list; a list that a late drawing closed is opened again."""
        from playwright.sync_api import TimeoutError as TookTooLong

        for _ in range(ATTEMPTS):
            field.click()
            field.fill(option)  # a long list shows its first options only
            with contextlib.suppress(TookTooLong):
                self.page.get_by_role("option", name=option, exact=True).click(timeout=PATIENCE / ATTEMPTS)
                return
            self.page.keyboard.press("Escape")
        raise AssertionError(f"the list does not offer {option}")

    def unfold(self, key: str) -> None:
        """Open what is folded under a key, if it is not open."""
        folded = self.page.locator(f".st-key-{key} details").first
        folded.wait_for()
        if folded.get_attribute("open") is None:
            folded.locator("summary").click()
            self.page.locator(f".st-key-{key} details[open]").first.wait_for()

    def empty(self, key: str) -> None:
        """Take all chosen options out."""
        chooser = self.page.locator(f".st-key-{key}")
        chooser.locator("input").first.wait_for()  # a list that is not there yet has nothing to take out
        button = chooser.get_by_label("Clear all")
        if button.count():
            with self.redrawn():
                button.click()
            button.wait_for(state="detached")
            self.page.keyboard.press("Escape")  # a list that stays open takes the next click

    def type(self, key: str, text: str) -> None:
        field = self.page.locator(f".st-key-{key} input")
        if field.input_value() != text:
            field.fill(text)
            with self.redrawn():
                field.press("Enter")

    def press(self, key: str) -> None:
        self.page.locator(f".st-key-{key} button").click()

    @contextlib.contextmanager
    def redrawn(self) -> Iterator[None]:
        """What is done inside lets the page be drawn again; wait for the end of that drawing."""
        before = int(self.page.locator(DRAWING).get_attribute("data-drawing"))
        yield
        self._await_drawing(before + 1)

    def _await_drawing(self, number: int) -> None:
        """Wait until the page has been drawn so often, whole: an element's code may come after its place is drawn."""
        self.page.wait_for_function(
            f"""number => document.querySelector("{DRAWING}")?.dataset.drawing >= number
                && document.querySelector("[data-test-script-state=notRunning]")
                && !document.querySelector("[data-testid=stSkeleton]")""",
            arg=number,
        )

    def resize(self, width: int, height: int) -> None:
        """Give the window another size; a wide one shows the controls beside the page, a narrow one hides them."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_function("width => window.innerWidth === width", arg=width)

    def overflow(self) -> dict[str, Any]:
        """Pixels by which the page is wider than its window, and tables whose last column cannot be scrolled to."""
        return dict(
            self.page.evaluate(
                """() => ({
                    page: document.documentElement.scrollWidth - window.innerWidth,
                    tables: [...document.querySelectorAll('[data-testid=stTable] table')].filter(table => {
                        if (!table.checkVisibility()) return false;  // folded
                        const last = table.querySelector('tr > :last-child');
                        last.scrollIntoView({block: 'nearest', inline: 'end'});
                        return last.getBoundingClientRect().right > window.innerWidth + 1;
                    }).length,
                })"""
            )
        )

    def study_id(self) -> str:
        return urlsplit(self.page.url).query.partition("study=")[2]


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Debian's browser, as it comes."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
