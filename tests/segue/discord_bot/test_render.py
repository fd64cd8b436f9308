from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from segue.discord_bot.render import NONCE_LENGTH, growing, in_parts, nonce, notice, plain, render
from segue.discord_bot.splitting import LIMIT, units
from segue.models import Message, MessageId, SessionId, Turn, TurnError, TurnId

NOW = datetime.now(UTC)


def message(content: str, **changes: Any) -> Message:
    fields = {"role": "user", "sender": "ada", "interface": "tui"} | changes
    return Message(id=MessageId("m"), session_id=SessionId("s"), seq=1, content=content, created_at=NOW, **fields)


def failed(reason: str) -> Turn:
    error = TurnError(code="x", message=reason)
    return Turn(
        id=TurnId("t"), session_id=SessionId("s"), seq=1, state="failed", agent_name="chat", created_at=NOW, error=error
    )


def texts(said: Message, turn: Turn | None = None) -> list[str]:
    return [part.text for part in render(said, turn, 6)]


def test_answer_is_shown_as_it_is_and_others_under_their_name() -> None:
    assert texts(message("hello", role="assistant")) == ["hello"]
    assert texts(message("hello")) == ["**ada** (terminal): hello"]
    assert texts(message("hello", interface="irc")) == ["**ada** (irc): hello"]


def test_block_begins_on_a_line_of_its_own() -> None:
    assert texts(message("```py\n1\n```")) == ["**ada** (terminal):\n```py\n1\n```"]


def test_name_is_no_mark_up() -> None:
    assert plain("**x** [y](z) <@1> `c`\n# d") == r"\*\*x\*\* \[y\](z) \<\@1\> \`c\` \# d"
    assert texts(message("hi", sender="*ada*\n")) == [r"**\*ada\*** (terminal): hi"]


def test_answer_that_broke_off_says_why_outside_of_its_code() -> None:
    answer = message("```py\nx = 1", role="assistant", status="failed")
    assert texts(answer, failed("no\ncredit")) == ["```py\nx = 1\n```\n-# ⚠️ The answer failed: no credit"]
    assert texts(message("so far", role="assistant", status="cancelled")) == ["so far\n-# ⏹ Stopped."]
    assert notice(failed("gone")) == "-# ⚠️ The answer failed: gone"


@given(st.text(min_size=1), st.integers(0, 50), st.integers(1, 10**19), st.integers(0, 3))
def test_nonce_is_short_and_differs_in_every_channel_and_part(message_id: str, part: int, place: int, n: int) -> None:
    made = nonce(message_id, part, str(place), n)
    assert len(made) == NONCE_LENGTH
    assert made == nonce(message_id, part, str(place), n)
    others = [(message_id, part + 1, place, n), (message_id, part, place + 1, n), (message_id, part, place, n + 1)]
    assert made not in {nonce(m, p, str(where), i) for m, p, where, i in others}


@given(st.text(max_size=9000), st.integers(1, 4))
def test_parts_are_few_and_short_and_hold_everything(text: str, most: int) -> None:
    parts = in_parts(text, most, "answer.md")
    assert len(parts) <= most
    assert all(units(part.text) <= LIMIT for part in parts)
    if any(part.files for part in parts):
        assert parts[-1].files[0].data.decode() == text


def test_growing_answer_shows_what_stays() -> None:
    text = "\n\n".join("word " * 100 for _ in range(30))
    final = [part.text for part in in_parts(text, 4, "answer.md")]
    assert growing(text, 4) == final[:3]
