"""A server of the protocol of 2025-06-18, in the standard library: it starts in no time.

`--hang` never answers, `--fail` ends at once, `--fail-times N FILE` ends at once N times, `--fail-then-hang FILE` once,
to hang the next time, `--port N` speaks HTTP.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

VERSION = "2025-06-18"
TOOLS = ["echo", "crash", "hang", "grow", "notify", "junk", "long_line", "nap", "pid", "flood", "environment", "breed"]
TOOLS += ["refuse", "grow_and_nap", "hide", "half", "odd_answer"]
HIDDEN: list[str] = []  # why the tools are not listed, once
SESSION = os.urandom(8).hex()


class Refused(Exception):
    code: int | str = -32601


class Broken(Refused):
    code = -32000  # which the SDK has for a connection that is gone


class Odd(Refused):
    code = "no number"


def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
    match method:
        case "initialize":
            capabilities = {"tools": {"listChanged": True}}
            return {"protocolVersion": VERSION, "capabilities": capabilities, "serverInfo": _info()}
        case "ping":
            return {}
        case "tools/list" if HIDDEN:
            raise Broken(HIDDEN.pop())
        case "tools/list":
            return {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in TOOLS]}
        case "tools/call":
            return {"content": [{"type": "text", "text": use(params["name"], params.get("arguments") or {})}]}
    raise Refused(f"there is no method {method}")


def _info() -> dict[str, str]:
    return {"name": "older", "version": "0.9"}


def use(tool: str, arguments: dict[str, Any]) -> str:
    match tool:
        case "crash":
            os._exit(3)
        case "hang":
            time.sleep(3600)
        case "nap":
            time.sleep(float(arguments["seconds"]))
        case "grow":
            TOOLS.append(arguments["name"])
            tell("notifications/tools/list_changed")
        case "grow_and_nap":
            TOOLS.append("fresh")
            tell("notifications/tools/list_changed")
            time.sleep(float(arguments["seconds"]))
        case "hide":
            HIDDEN.append("not now")
            tell("notifications/tools/list_changed")
        case "refuse":
            raise Broken(str(arguments["text"]))
        case "half":
            return "cut \ud83d"
        case "odd_answer":
            raise Odd(str(arguments["text"]))
        case "notify":
            for _ in range(int(arguments["times"])):
                tell("notifications/message", {"level": "info", "data": "x"})
        case "junk":
            sys.stdout.write("this is no JSON\n" * 100)
        case "flood":
            for number in range(20_000):
                sys.stderr.write(f"line {number}\n")
        case "environment":
            return json.dumps(dict(os.environ))
        case "breed":
            return str(breed())
        case "long_line":
            sys.stdout.write("x" * 17 * 1024 * 1024 + "\n")
        case "pid":
            return str(os.getpid())
    return str(arguments.get("text", "done"))


def breed() -> int:
    """Start a process that leaves the group and ignores that it is to end; return its id."""
    command = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(3600)"]
    return subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL).pid


def tell(method: str, params: dict[str, Any] | None = None) -> None:
    put({"jsonrpc": "2.0", "method": method} | ({"params": params} if params else {}))


def put(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def respond(request: dict[str, Any]) -> dict[str, Any]:
    head = {"jsonrpc": "2.0", "id": request["id"]}
    try:
        return head | {"result": answer(request["method"], request.get("params") or {})}
    except Refused as exc:
        return head | {"error": {"code": exc.code, "message": str(exc)}}


class Handler(BaseHTTPRequestHandler):
    """Streamable HTTP, with sessions: who comes with that of an earlier process is told that it is not known."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = self.headers.get("Mcp-Session-Id", SESSION) == SESSION
        if os.environ.get("TOKEN") and self.headers.get("Authorization") != f"Bearer {os.environ['TOKEN']}":
            self._send(401, {})
        elif not known:
            self._send(404, {})
        elif "id" not in request:
            self._send(202, None)
        else:
            self._send(200, respond(request))

    def do_GET(self) -> None:
        self._send(405, None)

    do_DELETE = do_GET

    def _send(self, status: int, message: dict[str, Any] | None) -> None:
        body = b"" if message is None else json.dumps(message).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Mcp-Session-Id", SESSION)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    arguments = sys.argv[1:]
    if arguments[:1] == ["--hang"]:
        time.sleep(3600)
    if arguments[:1] == ["--fail"]:
        sys.exit("no key is set")
    if arguments[:1] == ["--fail-times"]:
        count = Path(arguments[2])
        done = int(count.read_text()) if count.exists() else 0
        count.write_text(str(done + 1))
        if done < int(arguments[1]):
            sys.exit(1)
    if arguments[:1] == ["--fail-then-hang"]:
        count = Path(arguments[1])
        if count.exists():
            time.sleep(3600)
        count.touch()
        sys.exit(1)
    if arguments[:1] == ["--port"]:
        ThreadingHTTPServer(("127.0.0.1", int(arguments[1])), Handler).serve_forever()
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request:
            put(respond(request))


if __name__ == "__main__":
    main()
