"""Text as a model writes it: paragraphs, lists, code and tables; and a model that streams it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SENTENCE = "the daemon owns one conversation and every window that is attached to it shows the same text at once"
WORDS = SENTENCE.split()
SLICE = 60  # characters
SLICES_A_SECOND = 30

_PARTS = (
    " ".join(WORDS * 4),
    "\n".join(f"- **item {n}**: {' '.join(WORDS[:9])}" for n in range(6)),
    "```python\n" + "\n".join(f"def f{n}(x: int) -> int:\n    return x + {n}  # more" for n in range(5)) + "\n```",
    f"{SENTENCE} `code` {SENTENCE}",
    "| name | value |\n|------|------:|\n" + "\n".join(f"| row {n} | {n * n} |" for n in range(6)),
    "## A heading\n\n" + " ".join(WORDS * 5),
)


def markdown(words: int) -> str:
    """Return a text of at least so many words."""
    parts: list[str] = []
    count = 0
    while count < words:
        part = _PARTS[len(parts) % len(_PARTS)]
        parts.append(part)
        count += len(part.split())
    return "\n\n".join(parts)


def slices(text: str) -> list[str]:
    return [text[start : start + SLICE] for start in range(0, len(text), SLICE)]


@contextmanager
def model(text: str) -> Iterator[str]:
    """Serve a model that answers everything with the text, slice by slice; yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for piece in slices(text):
                self._send({"role": "assistant", "content": piece}, None)
                time.sleep(1 / SLICES_A_SECOND)
            self._send({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")

        def _send(self, delta: dict[str, str], finish: str | None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            frame = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(frame)}\n\n".encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
