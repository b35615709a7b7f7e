"""The pocket bundle as it ships, with the frozen weights that `gillstory models pull pocket` put into the cache."""

from __future__ import annotations

from pathlib import Path

import pytest

import gillstory

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def gill():
    return gillstory.load("pocket")


@pytest.fixture(scope="session")
def photos() -> list[Path]:
    """The photographs of examples/photos."""
    return sorted((ROOT / "examples" / "photos").glob("*.jpg"))
