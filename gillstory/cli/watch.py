"""A book while it is made, in the browser: its folder in, an address out that shows the newest page until the run ends.

A server on the loopback address only. Its address holds a secret, so that no other page or user of this computer can
guess it, and it answers three paths and no others: a frame, the book's index.html as it lies on the disk, and which
version that is. The frame asks for the version and loads the book again when it is another one.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
LAST_LOOK = 3.0  # seconds that a browser has, when the run ends, to fetch the finished book
SILENCE = 10.0  # seconds after which a connection that asks nothing is closed
STYLE = "html, body, iframe { margin: 0; width: 100%; height: 100%; border: 0; display: block }"
SCRIPT = """
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => {
  document.title = frame.contentDocument.title;
  frame.contentWindow.focus();
});
let shown = null;
async function look() {
  const newest = await (await fetch("version")).text();
  if (shown === null) frame.src = "book";
  else if (newest !== shown) frame.contentWindow.location.reload();  // and stay at the page that is read
  shown = newest;
}
const watching = setInterval(() => look().catch(() => clearInterval(watching)), 700);  // until the run has ended
look();
"""
FRAME = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>gillstory</title><style>{STYLE}</style></head>
<body><iframe title="The book"></iframe><script>{SCRIPT}</script></body></html>
"""
SOON = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>gillstory</title></head>
<body><p>The first page is being written.</p></body></html>
"""
NOTHING = "none"  # the version of a book that is not there yet


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


FRAME_POLICY = (
    f"default-src 'none'; connect-src 'self'; frame-src 'self'; script-src {_hash(SCRIPT)}; style-src {_hash(STYLE)}; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
BOOK_POLICY = "frame-ancestors 'self'"  # all else is in the book's own


class _Server(ThreadingHTTPServer):
    """Serves one page, a file that may not be there yet."""

    def __init__(self, page: Path) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.page = page
        self.host = f"{LOOPBACK}:{self.server_port}"
        self.secret = secrets.token_urlsafe(16)
        self.sent: str | None = None  # the version that a browser has got
        self.change = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://{self.host}/{self.secret}/"

    def version(self) -> str:
        try:
            state = self.page.stat()
        except OSError:
            return NOTHING
        return f"{state.st_ino}-{state.st_mtime_ns}"

    def wait_for_last_look(self) -> None:
        """Wait until a browser has the book as it is now, also one that has only just been opened."""
        newest = self.version()
        with self.change:
            self.change.wait_for(lambda: self.sent == newest, LAST_LOOK)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that goes away in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = SILENCE

    def do_GET(self) -> None:
        place = f"/{self.server.secret}/"
        if self.headers.get_all("Host") != [self.server.host]:  # another site whose name leads here
            self.send_error(HTTPStatus.FORBIDDEN)
        elif not secrets.compare_digest(self.path[: len(place)].encode(), place.encode()):
            self.send_error(HTTPStatus.NOT_FOUND)
        elif self.path == place:
            self._send(FRAME.encode(), "text/html", FRAME_POLICY)
        elif self.path == f"{place}book":
            self._send_book()
        elif self.path == f"{place}version":
            self._send(self.server.version().encode(), "text/plain", FRAME_POLICY)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _send_book(self) -> None:
        version = self.server.version()
        self._send(SOON.encode() if version == NOTHING else self.server.page.read_bytes(), "text/html", BOOK_POLICY)
        with self.server.change:
            self.server.sent = version
            self.server.change.notify_all()

    def _send(self, content: bytes, kind: str, policy: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the terminal tells how the book goes."""


@contextmanager
def watched(page: Path) -> Iterator[str]:
    """Serve a book's index.html, there or yet to be made, at the address that is given, as long as this lasts."""
    with _Server(page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield server.url
            server.wait_for_last_look()
        finally:
            server.shutdown()
            thread.join()
