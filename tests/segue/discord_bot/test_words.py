from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from segue.discord_bot.words import Names, read

BOT = 42
NAMES = Names({7: "alice", BOT: "segue"}, {8: "crew"}, {9: "general"})


def test_ids_become_names() -> None:
    text = "<@7> and <@!7> of <@&8> in <#9> <:wave:123>"
    assert read(text, BOT, NAMES) == "@alice and @alice of @crew in #general :wave:"


def test_mention_that_addresses_the_bot_is_left_out_and_others_of_it_are_not() -> None:
    assert read("<@42>, how is the build?", BOT, NAMES) == "how is the build?"
    assert read("how is the build <@!42>", BOT, NAMES) == "how is the build"
    assert read("is <@42> a bot?", BOT, NAMES) == "is @segue a bot?"


def test_unknown_ids_stay() -> None:
    assert read("<@1> <#2>", BOT, NAMES) == "<@1> <#2>"


@given(st.text(st.characters(exclude_characters="<")))
def test_text_without_ids_is_as_it_was(text: str) -> None:
    assert read(text, BOT, NAMES) == text.strip()
