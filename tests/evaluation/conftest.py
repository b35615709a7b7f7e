"""The pocket bundle and the judge, as `gillstory eval` has them."""

from __future__ import annotations

import pytest

import gillstory
from gillstory.training.probe import Judge


@pytest.fixture(scope="session")
def gill():
    return gillstory.load("pocket")


@pytest.fixture(scope="session")
def judge():
    return Judge()
