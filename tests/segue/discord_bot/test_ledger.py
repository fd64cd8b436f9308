from __future__ import annotations

from typing import Any

from segue.discord_bot.ledger import Ledger


def test_what_is_asked_for_again_comes_oldest_first_and_once() -> None:
    nobody: Any = None
    ledger = Ledger(nobody, "1")
    for key in (("b", 1), ("b", 0), ("a", 2)):
        ledger.ask_again(key)
    assert ledger.asked_again() == [("a", 2), ("b", 0), ("b", 1)]
    assert ledger.asked_again() == []
