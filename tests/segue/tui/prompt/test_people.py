from __future__ import annotations

from dataclasses import replace

from segue.models import Attached
from segue.tui.prompt.people import participants
from segue.tui.view import View
from tests.segue.tui.test_view import message, view


def test_who_answers_who_is_here_and_who_wrote_can_be_mentioned_but_not_the_reader() -> None:
    said = [message(1, sender="bob"), message(2, sender="ada"), message(3, sender="build-bot"), message(4, role="tool")]
    known = view(*said)
    assert known.snapshot is not None
    here = (Attached(user="ada", interface="tui"), Attached(user="Grace\x1b[31m", interface="discord"))
    known = replace(known, me="ada", snapshot=known.snapshot.model_copy(update={"attached": here}))
    assert participants(known) == ["chat", "Grace", "build-bot", "bob"]


def test_before_the_daemon_has_answered_nobody_is_known() -> None:
    assert participants(View()) == []
