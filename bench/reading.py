"""Load of the last 50 messages in sessions of growing length."""

from __future__ import annotations

import socket
import statistics
import sys
import time

from bench import rows, wire
from bench.processes import Server, daemon, folder
from bench.report import Section, Target

_SIZES = (1_000, 100_000, 1_000_000)
_QUICK_SIZES = (1_000, 10_000, 100_000)


def measure(quick: bool) -> Section:
    """Fill one database with a session of each size, then ask for the end of each in turn."""
    sizes = _QUICK_SIZES if quick else _SIZES
    with folder() as home:
        with daemon(home) as server:
            sessions = {size: server.call("POST", "/api/v1/sessions", {})["id"] for size in sizes}
        for size, session in sessions.items():
            rows.fill(home / "segue.db", session, size)
            sys.stderr.write(f"filled {size:,}\n")
        with daemon(home) as server:
            paths = {
                "GET messages?before_seq=": {
                    n: f"{_base(s)}/messages?limit=50&before_seq={n + 2}" for n, s in sessions.items()
                },
                "GET snapshot": {n: f"{_base(s)}/snapshot" for n, s in sessions.items()},
            }
            times = {what: _times(server, by_size, 100 if quick else 300) for what, by_size in paths.items()}
    section = Section(
        "Load of the last 50 messages",
        ("request", *(f"p50 ms at {size:,}" for size in sizes), *(f"{size:,} ÷ {sizes[0]:,}" for size in sizes[1:])),
    )
    for what, by_size in times.items():
        ratios = [by_size[size] / by_size[sizes[0]] for size in sizes[1:]]
        section.rows.append((what, *(f"{by_size[n]:.2f}" for n in sizes), *(f"{ratio:.2f}" for ratio in ratios)))
        target = f"{what}, last 50 at {sizes[-1]:,} against {sizes[0]:,}"
        section.targets.append(Target(target, "≤ 1.5 ×", f"{ratios[-1]:.2f} ×", ratios[-1] <= 1.5))
    section.notes = [
        "The sessions were filled in bulk with the store's own schema while the daemon was down (`bench/rows.py`),"
        " without the full-text index. The sizes take turns, request by request, on one connection."
    ]
    return section


def _base(session: str) -> str:
    return f"/api/v1/sessions/{session}"


def _times(server: Server, paths: dict[int, str], repeats: int) -> dict[int, float]:
    """Return the median milliseconds of each request."""
    took: dict[int, list[float]] = {size: [] for size in paths}
    with wire.connect(server.addresses["Unix socket"]) as sock:
        for _ in range(repeats):
            for size, path in paths.items():
                start = time.perf_counter()
                _get(sock, path)
                took[size].append((time.perf_counter() - start) * 1000)
    return {size: statistics.median(some) for size, some in took.items()}


def _get(sock: socket.socket, path: str) -> None:
    sock.sendall(wire.request("GET", path))
    data = b""
    while (length := wire.response_length(data)) is None or len(data) < length:
        data += sock.recv(1 << 18)
    if b" 200 " not in data[:20] or data.count(b'"content":') != 50:
        raise RuntimeError(f"not the last 50 messages: {data[:500]!r}")
