from __future__ import annotations

from time import monotonic

from segue.tui.transcript.typing_line import TypingLine
from segue.tui.view import Typist, View
from tests.segue.tui.transcript.reader import Reader, picture
from tests.segue.tui.window import until


async def test_who_types_is_told_until_their_time_is_over() -> None:
    app = Reader([])
    async with app.run_test(size=(60, 20)):
        line = app.query_one(TypingLine)
        soon, later = monotonic() + 2, monotonic() + 60
        line.show(View(typists=(Typist("bob", "discord", soon), Typist("eve", "http", later))))
        await until(lambda: "bob (Discord), eve (http) are typing…" in "\n".join(picture(app)))
        await until(lambda: "eve (http) is typing…" in "\n".join(picture(app)))
        line.show(View())
        await until(lambda: not line.display)
