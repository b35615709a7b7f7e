"""What it costs a browser to open a long book: 200 pages against 10, from the file to the first thing on the screen.

Also until the whole book is there, which it is while one reads the cover, and to turn from there to the last page.

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
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
TURNED = """new Promise(done => {
  const start = performance.now();
  document.querySelector("article:last-of-type").scrollIntoView({ behavior: "instant" });
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
})"""


def written(pages: int, shelf: Path) -> Path:
    """A book with a photo of 640 pixels on every page."""
    with BookFolder(shelf / f"{pages}.book").lock() as folder, Image.open(PHOTO) as photo:
        photo.thumbnail((640, 640))
        picture = folder.save_picture("page", photo, "author", "A castle")
        leaves = tuple(Page(number, (TEXT, picture), author=True) for number in range(1, pages + 1))
        return render(Book(f"{pages} pages", None, "en", leaves), folder)


def milliseconds(browser: Browser, page: Path) -> list[float]:
    """From the start of the navigation to the first picture or text that is painted, to the end, for the last page."""
    browser.open(page, pictures="lazy")
    waited = f"new Promise(done => setTimeout(() => done([{PAINTED}, {LOADED}]), 300))"
    return [*browser.evaluate(waited), browser.evaluate(TURNED)]


def main() -> None:
    if CHROMIUM is None:
        sys.exit("there is no Chromium to open books with")
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as shelf:
        books = {pages: written(pages, Path(shelf)) for pages in PAGES}
        browser = Browser(Path(shelf, "profile"))
        try:
            times: dict[int, list[list[float]]] = {pages: [] for pages in PAGES}
            for page in books.values():
                milliseconds(browser, page)  # fills the caches
            for _ in range(rounds):
                for pages, page in books.items():
                    times[pages].append(milliseconds(browser, page))
        finally:
            browser.close()
        version = subprocess.run([CHROMIUM, "--version"], capture_output=True, text=True).stdout.strip()
        print(f"opening a book: median of {rounds} rounds in {version}; the limit is {LIMIT} times")
        print(f"{'pages':>6}{'MB':>8}{'ms to first paint':>20}{'times':>8}{'ms to the end':>16}{'ms to last page':>18}")
        first = statistics.median(row[0] for row in times[PAGES[0]])
        for pages, page in books.items():
            paint, loaded, turned = map(statistics.median, zip(*times[pages], strict=True))
            size = page.stat().st_size / 1e6
            print(f"{pages:6}{size:8.1f}{paint:20.0f}{paint / first:8.2f}{loaded:16.0f}{turned:18.0f}")


if __name__ == "__main__":
    main()
