from __future__ import annotations

import asyncio
from time import monotonic

from segue.tui.transcript.typing_line import TypingLine
from segue.tui.view import Typist, View
from tests.segue.tui.transcript.reader import Reader, picture

PATIENCE_SECONDS = 10.0


async def test_who_types_is_told_until_their_time_is_over() -> None:
    app = Reader([])
    async with app.run_test(size=(60, 20)) as pilot:
        line = app.query_one(TypingLine)
        soon, later = monotonic() + 0.5, monotonic() + 60
        line.show(View(typists=(Typist("bob", "discord", soon), Typist("eve", "http", later))))
        await pilot.pause()
        assert "bob (Discord), eve (http) are typing…" in "\n".join(picture(app))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "eve (http) is typing…" not in "\n".join(picture(app)):
                await pilot.pause()
        line.show(View())
        await pilot.pause()
        assert not line.display
