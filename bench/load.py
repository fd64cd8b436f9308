"""The load generator, a process of its own: reads a `Load` as JSON from standard input, prints a `Result`.

Each connection sends a request, waits for its answer, sends the next. One epoll loop, requests made beforehand, and of
an answer no more is read than its status and its length.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field

from bench import wire
from bench.processes import ROOT, environment

NUMBER = "0123456789abcdef"  # stands in a body for a number that is new each time
WORDS = "A message of the benchmark, about as long as what people say in a chat: a line or so."


@dataclass(frozen=True)
class Load:
    """`keys` gives each post an Idempotency-Key; `batch` puts so many messages in a request; `in_flight` uses one web
    socket with so many posts under way instead of HTTP. `path` and `body` are posted instead of messages, where given,
    with a number that is new each time in the place of `NUMBER`."""

    address: str
    sessions: list[str]
    token: str | None = None
    connections: int = 1
    seconds: float = 2.0
    batch: int = 0
    keys: bool = False
    in_flight: int = 0
    path: str = ""
    body: str = ""


@dataclass(frozen=True)
class Result:
    """What was acknowledged, and how long each acknowledgement took (0 where many were in flight)."""

    acknowledged: int
    refused: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.acknowledged / self.seconds


def run(load: Load) -> Result:
    """Run the load in a process of its own."""
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(
        command, input=json.dumps(asdict(load)), text=True, stdout=subprocess.PIPE, check=True, cwd=ROOT,
        env=environment(),
    )  # fmt: skip
    return Result(**json.loads(done.stdout))


@dataclass
class _Tally:
    started: float = field(default_factory=time.perf_counter)
    acknowledged: int = 0
    refused: int = 0
    took: list[float] = field(default_factory=list)

    def result(self) -> Result:
        took = sorted(self.took) or [0.0]
        return Result(
            self.acknowledged,
            self.refused,
            time.perf_counter() - self.started,
            took[len(took) // 2] * 1000,
            took[len(took) * 99 // 100] * 1000,
        )


def _requests(load: Load, connection: int) -> tuple[bytes, bytes]:
    """Return a connection's request, in two parts between which a key may be put."""
    path = f"/api/v1/sessions/{load.sessions[connection % len(load.sessions)]}/messages"
    message = {"role": "user", "content": WORDS}
    if load.path:
        data = wire.request("POST", load.path, load.body.encode(), load.token)
    elif load.batch:
        data = wire.request(
            "POST", f"{path}/batch", json.dumps({"messages": [message] * load.batch}).encode(), load.token
        )
    else:
        data = wire.request("POST", path, json.dumps(message).encode(), load.token)
    line = data.index(b"\r\n") + 2
    return data[:line], data[line:]


def _post(load: Load) -> Result:
    """Post over HTTP."""
    socks = {}
    with select.epoll() as poll:
        for _ in range(load.connections):
            sock = wire.connect(load.address)
            socks[sock.fileno()] = sock
            poll.register(sock, select.EPOLLIN)
        requests = {fd: _requests(load, number) for number, fd in enumerate(socks)}
        whole = {fd: first + rest for fd, (first, rest) in requests.items()}
        parts = {fd: bytearray() for fd in socks}
        each = load.batch or 1
        tally = _Tally()
        end = tally.started + load.seconds
        sent = dict.fromkeys(socks, 0.0)
        waiting = 0

        def send(fd: int, now: float) -> None:
            data = whole[fd]
            if load.keys:
                first, rest = requests[fd]
                data = b"%bIdempotency-Key: %d-%d\r\n%b" % (first, fd, time.monotonic_ns(), rest)
            elif load.path:
                data = data.replace(NUMBER.encode(), b"%016x" % time.monotonic_ns())
            socks[fd].sendall(data)
            sent[fd] = now

        for fd in socks:
            send(fd, time.perf_counter())
            waiting += 1
        while waiting:
            for fd, _ in poll.poll():
                data: bytes | bytearray = socks[fd].recv(1 << 18)
                if not data:
                    raise ConnectionError("the server hung up")
                if parts[fd]:
                    parts[fd] += data
                    data = parts[fd]
                length = wire.response_length(data)
                if length is None or len(data) < length:
                    if data is not parts[fd]:
                        parts[fd] += data
                    continue
                now = time.perf_counter()
                tally.took.append(now - sent[fd])
                if data[9:10] == b"2":
                    tally.acknowledged += each
                else:
                    tally.refused += each
                parts[fd].clear()
                if now < end:
                    send(fd, now)
                else:
                    waiting -= 1
    return tally.result()


def _post_in_flight(load: Load) -> Result:
    """Post over one web socket, a new one for each that was acknowledged."""
    sock = wire.open_web_socket(load.address, "/api/v1/ws", load.token)
    message = {"type": "post", "session_id": load.sessions[0], "message": {"role": "user", "content": WORDS}}
    post = wire.masked_text(json.dumps(message | {"request_id": 1}).encode())
    data = bytearray()
    tally = _Tally()
    end = tally.started + load.seconds
    sock.sendall(post * load.in_flight)
    waiting = load.in_flight
    while waiting:
        data += sock.recv(1 << 18)
        answers = 0
        for payload in wire.frames(data):
            if payload.startswith(b'{"event":"reply"'):
                tally.acknowledged += 1
            else:
                tally.refused += 1
            answers += 1
        if time.perf_counter() < end:
            sock.sendall(post * answers)
        else:
            waiting -= answers
    return tally.result()


def main() -> None:
    load = Load(**json.load(sys.stdin))
    result = _post_in_flight(load) if load.in_flight else _post(load)
    json.dump(asdict(result), sys.stdout)


if __name__ == "__main__":
    main()
