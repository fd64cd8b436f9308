"""The client's side of HTTP and of web sockets, cheap: they share the processors with what they measure."""

from __future__ import annotations

import socket
from collections.abc import Iterator


def connect(address: str) -> socket.socket:
    """Connect to `unix:PATH` or `tcp:HOST:PORT`."""
    kind, _, rest = address.partition(":")
    if kind == "unix":
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(rest)
    else:
        host, _, port = rest.rpartition(":")
        sock = socket.create_connection((host, int(port)))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def request(method: str, path: str, body: bytes = b"", token: str | None = None, headers: str = "") -> bytes:
    """Return the bytes of a request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def response_length(data: bytes | bytearray) -> int | None:
    """Return how many bytes the first response in `data` has, or None if its head is not whole yet."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(data[:end]).lower()
    start = head.find(b"content-length:")
    length = 0 if start < 0 else int(head[start + 15 :].split(b"\r\n", 1)[0])
    return end + 4 + length


def open_web_socket(address: str, path: str, token: str | None = None) -> socket.socket:
    """Connect and shake hands."""
    sock = connect(address)
    upgrade = (
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    )
    sock.sendall(request("GET", path, token=token, headers=upgrade))
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += sock.recv(1)
    if b" 101 " not in answer.split(b"\r\n", 1)[0]:
        raise ConnectionError(answer.decode())
    return sock


def masked_text(payload: bytes) -> bytes:
    """Frame a text message as a client does. The mask is zero: allowed, and the payload stays as it is."""
    length = len(payload)
    if length < 126:
        return bytes((0x81, 0x80 | length)) + bytes(4) + payload
    return bytes((0x81, 0x80 | 126)) + length.to_bytes(2, "big") + bytes(4) + payload


def frames(data: bytearray) -> Iterator[bytes]:
    """Take the whole frames off the front of `data` and yield their payloads."""
    taken = 0
    while len(data) - taken >= 2:
        length, start = data[taken + 1], taken + 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length, start = int.from_bytes(data[start : start + size], "big"), start + size
        if len(data) < start + length:
            break
        yield bytes(data[start : start + length])
        taken = start + length
    del data[:taken]
