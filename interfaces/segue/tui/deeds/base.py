"""What all deeds need: the app, and a way to tell the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segue.tui.plain import one_line

if TYPE_CHECKING:
    from segue.tui.app import ChatApp


class BaseDeeds:
    """`agents` are those of the daemon with their models, as far as one may know them."""

    def __init__(self, app: ChatApp) -> None:
        self.agents: dict[str, str] = {}
        self._app = app

    def _say(self, text: str, **how: Any) -> None:
        self._app.notify(one_line(text), markup=False, **how)

    def _open_page(self, title: str, text: str) -> None:
        from segue.tui.page import Page

        self._app.push_screen(Page(title, text))

    def _change(self, **changes: Any) -> None:
        if session_id := self._app.visit.session_id:
            self.change_session(session_id, **changes)

    def change_session(self, session_id: str, **changes: Any) -> None:
        self._app.ask(lambda client: client.update_session(session_id, **changes))
