"""Many followers, a process of its own: each checks that no seq is missing, and the posts are paced by what arrived.

Reads a `Crowd` as JSON from standard input, prints an `Outcome`. A post carries the moment it was sent, and a new one
is sent when all followers have an old one: so nothing piles up anywhere, and the rate is what the daemon can deliver.
"""

from __future__ import annotations

import json
import re
import select
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from bench import wire
from bench.processes import ROOT, environment

_EVENT = re.compile(rb'"type":"message\.created","data":\{.*?"seq":(\d+),.*?"content":"@(\d+)@')
_ATTACH_SECONDS = 60.0
_STALL_SECONDS = 10.0


@dataclass(frozen=True)
class Crowd:
    """`in_flight` posts are under way at once, `pause_seconds` apart."""

    address: str
    session: str
    after: int
    followers: int
    transport: str
    seconds: float
    in_flight: int = 1
    pause_seconds: float = 0.0


@dataclass(frozen=True)
class Outcome:
    deliveries: int
    seconds: float
    p50_ms: float
    p99_ms: float
    gaps: int
    cut_off: int
    missing: int

    @property
    def rate(self) -> float:
        return self.deliveries / self.seconds


def run(crowd: Crowd) -> Outcome:
    """Run the crowd in a process of its own."""
    command = [sys.executable, "-m", "bench.followers"]
    done = subprocess.run(
        command, input=json.dumps(asdict(crowd)), text=True, stdout=subprocess.PIPE, check=True, cwd=ROOT,
        env=environment(),
    )  # fmt: skip
    return Outcome(**json.loads(done.stdout))


class _Follower:
    def __init__(self, crowd: Crowd) -> None:
        self.rest = b""
        self.seq = crowd.after
        if crowd.transport == "SSE":
            self.sock = wire.connect(crowd.address)
            path = f"/api/v1/sessions/{crowd.session}/events?after={crowd.after}"
            self.sock.sendall(wire.request("GET", path))
        else:
            self.sock = wire.open_web_socket(crowd.address, "/api/v1/ws")
            command = {"type": "subscribe", "session_id": crowd.session, "after": crowd.after}
            self.sock.sendall(wire.masked_text(json.dumps(command).encode()))

    def wait_until_synced(self) -> None:
        self.sock.settimeout(_ATTACH_SECONDS)
        data = b""
        while b'"type":"synced"' not in data:
            more = self.sock.recv(1 << 16)
            if not more:
                raise ConnectionError(f"the daemon hung up: {data!r}")
            data += more


class _Measurement:
    """The followers at work: `took` is from the sending of a post to its arrival at one follower."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.followers = {f.sock.fileno(): f for f in [_Follower(crowd) for _ in range(crowd.followers)]}
        for follower in self.followers.values():
            follower.wait_until_synced()
        self.posters = [wire.connect(crowd.address) for _ in range(crowd.in_flight)]
        self.took: list[int] = []
        self.gaps = self.cut_off = self.posted = 0

    def run(self) -> Outcome:
        crowd = self.crowd
        with select.epoll() as poll:
            for fd in self.followers:
                poll.register(fd, select.EPOLLIN)
            idle: list[socket.socket] = list(self.posters)
            busy = {sock.fileno(): sock for sock in self.posters}
            for fd in busy:
                poll.register(fd, select.EPOLLIN)
            start = last = time.perf_counter()
            next_post = start
            while True:
                now = time.perf_counter()
                all_there = len(self.took) >= self.posted * len(self.followers)
                if now - start >= crowd.seconds and (all_there or now - last > _STALL_SECONDS):
                    break
                room = crowd.in_flight - (self.posted - len(self.took) // max(1, len(self.followers)))
                while idle and room > 0 and now >= next_post and now - start < crowd.seconds:
                    self._post(idle.pop())
                    room -= 1
                    next_post = now + crowd.pause_seconds
                for fd, _ in poll.poll(min(0.2, max(0.0, next_post - now)) if crowd.pause_seconds else 0.2):
                    if (poster := busy.get(fd)) is not None:
                        answer = poster.recv(1 << 16)
                        if not answer.startswith(b"HTTP/1.1 201"):
                            raise RuntimeError(f"a post was refused: {answer!r}")
                        idle.append(poster)
                    elif self._take(self.followers[fd]):
                        last = time.perf_counter()
                    else:
                        poll.unregister(fd)
                        self.cut_off += 1
        if not self.took:
            raise RuntimeError(f"{self.posted} posts were acknowledged and nothing arrived: the measurement is broken")
        took = sorted(self.took)
        ms = [took[len(took) // 2] / 1e6, took[len(took) * 99 // 100] / 1e6]
        return Outcome(
            len(self.took), last - start, *ms, self.gaps, self.cut_off, self.posted * len(self.followers) - len(took)
        )

    def _post(self, poster: socket.socket) -> None:
        content = f"@{time.monotonic_ns()}@ about as long as what people say in a chat: a line or so, not much more"
        body = json.dumps({"role": "user", "content": content}).encode()
        poster.sendall(wire.request("POST", f"/api/v1/sessions/{self.crowd.session}/messages", body))
        self.posted += 1

    def _take(self, follower: _Follower) -> bool:
        """Count what arrived; return whether the connection is still open."""
        data = follower.sock.recv(1 << 18)
        if not data:
            return False
        data = follower.rest + data
        now = time.monotonic_ns()
        end = 0
        for found in _EVENT.finditer(data):
            seq = int(found[1])
            if seq != follower.seq + 1:
                self.gaps += 1
            follower.seq = seq
            self.took.append(now - int(found[2]))
            end = found.end()
        follower.rest = data[end:]
        return True


def main() -> None:
    json.dump(asdict(_Measurement(Crowd(**json.load(sys.stdin))).run()), sys.stdout)


if __name__ == "__main__":
    main()
