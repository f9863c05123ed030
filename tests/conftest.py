"""What every test has: models are let go when nothing needs them, and their memory goes back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from collections.abc import Iterator

import pytest

WHOLE_STUDIES = {("test_dashboard_page.py", "study"), ("test_dashboard_studies.py", "made")}  # files, their fixtures
LONG_ENOUGH = 0.2  # seconds: a test that takes longer may leave models behind, which only the collector finds


def _give_memory_back() -> None:
    gc.collect()
    gc.freeze()  # what is there between two files stays (modules, mostly): later collections need not look at it
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs many years is long: all of ``tests/statistical``, and what looks at a whole study of the dashboard."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "statistical" in item.path.parts or any((item.path.name, one) in WHOLE_STUDIES for one in fixtures):
            item.add_marker(pytest.mark.long)


@pytest.fixture(autouse=True)
def let_models_go() -> Iterator[None]:
    """Collect what a test of some length left behind: a model is a circle of references."""
    began = time.perf_counter()
    yield
    if time.perf_counter() - began > LONG_ENOUGH:
        gc.collect()


@pytest.fixture(autouse=True, scope="module")
def empty_caches(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the caches of finished runs when the last test of a file has asked them."""
    gc.freeze()
    yield
    for module in (request.module, sys.modules.get("directions")):
        for kept in vars(module).values() if module else ():
            if hasattr(kept, "cache_clear") and kept.__module__ == module.__name__:
                kept.cache_clear()
    _give_memory_back()
