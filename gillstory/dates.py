"""Dates as people write them in, the first and the last day that they mean out: 2019, 2019-06 or 2019-06-24."""

from __future__ import annotations

import calendar
import re
from datetime import date

HOW_TO_WRITE = "Write a year, a month or a day: 2019, 2019-06 or 2019-06-24"
WRITTEN = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


def first_day(text: str) -> date:
    """The day on which a year, month or day begins; ValueError where the text is none of them."""
    year, month, day = _numbers(text)
    return date(year, month or 1, day or 1)


def last_day(text: str) -> date:
    """The day on which a year, month or day ends; ValueError where the text is none of them."""
    year, month, day = _numbers(text)
    month = month or 12
    date(year, month, 1)  # is there such a month?
    return date(year, month, day or calendar.monthrange(year, month)[1])


def _numbers(text: str) -> tuple[int, int | None, int | None]:
    written = WRITTEN.fullmatch(text.strip())
    if written is None:
        raise ValueError(f"'{text}' is not a date")
    year, month, day = (None if number is None else int(number) for number in written.groups())
    assert year is not None
    return year, month, day
