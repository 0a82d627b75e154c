"""A local webhook that keeps what is posted to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer


@dataclass
class Hook:
    """A webhook: its address for apprise, and what was posted."""

    address: str = ""
    posted: list[str] = field(default_factory=list)


@contextmanager
def webhook() -> Iterator[Hook]:
    """Serve on loopback until the block ends."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            del args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook.address = f"json://127.0.0.1:{server.server_port}/"
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
