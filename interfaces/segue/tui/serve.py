"""The chat in a browser: textual-serve, on the loopback alone, behind a token.

The token never stands in a request's address: the link that is printed has it behind the `#`, which browsers keep to
themselves; the page hands it over in a POST and gets a cookie for it.
"""

from __future__ import annotations

import logging
import secrets
import shlex
import sys
from collections.abc import Awaitable, Callable

from aiohttp import web
from textual_serve.server import Server

from segue.program import PYTHON

HOST = "127.0.0.1"
_COOKIE = "segue-tui"
_LOGIN = "/login"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Segue</title><style>
body {{ font-family: sans-serif; max-width: 30em; margin: 15vh auto; }}
input {{ width: 100%; font: inherit; padding: .4em; }}
</style></head><body>
<h1>Segue</h1>
<form method="post" action="/login"><label>The token that <code>segue tui --serve</code> printed
<input name="token" type="password" autofocus autocomplete="off"></label></form>
<p>{said}</p>
<script>
const token = location.hash.slice(1);
if (token) {{
  history.replaceState(null, "", "/");
  document.forms[0].token.value = token;
  document.forms[0].submit();
}}
</script></body></html>"""

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ChatServer(Server):
    """Gives each browser window a chat of its own, which is a process of its own."""

    def __init__(self, port: int, session: str | None) -> None:
        chosen = ["--session", session] if session else []
        command = shlex.join([*PYTHON, "segue.cli.main", *chosen])
        super().__init__(command, host=HOST, port=port, title="Segue")
        self.token = secrets.token_urlsafe(32)
        self._cookie = secrets.token_urlsafe(32)

    @property
    def link(self) -> str:
        """What to open in the browser."""
        return f"{self.public_url}/#{self.token}"

    def initialize_logging(self) -> None:
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")

    async def on_startup(self, app: web.Application) -> None:
        sys.stdout.write(f"The chat is at {self.link}\nCtrl+C ends it.\n")
        sys.stdout.flush()

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        app.router.add_post(_LOGIN, self._log_in)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Let nobody in but who has the cookie, from a page of ours."""
        if request.host != f"{HOST}:{self.port}" or request.headers.get("Origin", self.public_url) != self.public_url:
            raise web.HTTPForbidden(text=f"open {self.public_url} instead")
        if request.path == _LOGIN or secrets.compare_digest(request.cookies.get(_COOKIE, ""), self._cookie):
            return await handler(request)
        if request.path == "/":
            return _page("")
        raise web.HTTPUnauthorized(text=f"log in at {self.public_url}")

    async def _log_in(self, request: web.Request) -> web.StreamResponse:
        given = str((await request.post()).get("token", "")).strip()
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            return _page("That is not the token.", status=401)
        answer = web.HTTPSeeOther("/")
        answer.set_cookie(_COOKIE, self._cookie, httponly=True, samesite="Strict")
        return answer


def _page(said: str, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
    return web.Response(text=_PAGE.format(said=said), content_type="text/html", status=status, headers=headers)
