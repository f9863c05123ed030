"""Runs that many questions are asked of."""

import pytest

from generated import FEW, MANY, Watched


@pytest.fixture(scope="module", params=[*FEW, *(pytest.param(number, marks=pytest.mark.long) for number in MANY)])
def story(request):
    """One run of a generated scenario; run once, then asked all questions of a file."""
    return Watched(request.param)
