"""What it costs a browser to open a long book: 200 pages against 10, from the file to the first thing on the screen.

Run: python benchmarks/opening.py [ROUNDS]    (needs Chromium)
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from gillstory.book.book import Book, Page
from gillstory.book.folder import BookFolder
from gillstory.book.render import render

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from book.browser import CHROMIUM, Browser  # noqa: E402

PHOTO = Path(__file__).parents[1] / "examples/photos/castle.jpg"
PAGES = (10, 200)
LIMIT = 2.0  # times: a book that is twenty times as long should not feel longer to open
TEXT = "Pip walked to the meadow and counted the hens. Greta was missing, and it was cold. " * 5
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def written(pages: int, shelf: Path) -> Path:
    """A book with a photo of 640 pixels on every page."""
    with BookFolder(shelf / f"{pages}.book").lock() as folder, Image.open(PHOTO) as photo:
        photo.thumbnail((640, 640))
        picture = folder.save_picture("page", photo, "author", "A castle")
        leaves = tuple(Page(number, (TEXT, picture), author=True) for number in range(1, pages + 1))
        return render(Book(f"{pages} pages", None, "en", leaves), folder)


def milliseconds(browser: Browser, page: Path) -> float:
    """From the start of the navigation to the first picture or text that is painted."""
    browser.open(page)
    waited = f"new Promise(done => setTimeout(() => done({PAINTED}), 300))"
    return float(browser.evaluate(waited))


def main() -> None:
    if CHROMIUM is None:
        sys.exit("there is no Chromium to open books with")
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as shelf:
        books = {pages: written(pages, Path(shelf)) for pages in PAGES}
        browser = Browser(Path(shelf, "profile"))
        try:
            times: dict[int, list[float]] = {pages: [] for pages in PAGES}
            for page in books.values():
                milliseconds(browser, page)  # fills the caches
            for _ in range(rounds):
                for pages, page in books.items():
                    times[pages].append(milliseconds(browser, page))
        finally:
            browser.close()
        version = subprocess.run([CHROMIUM, "--version"], capture_output=True, text=True).stdout.strip()
        print(f"opening a book: median of {rounds} rounds in {version}; the limit is {LIMIT} times")
        print(f"{'pages':>6}{'MB':>8}{'ms to first paint':>20}{'times':>8}")
        first = statistics.median(times[PAGES[0]])
        for pages, page in books.items():
            median = statistics.median(times[pages])
            print(f"{pages:6}{page.stat().st_size / 1e6:8.1f}{median:20.0f}{median / first:8.2f}")


if __name__ == "__main__":
    main()
