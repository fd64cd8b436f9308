from __future__ import annotations

import pytest

from segue.discord_bot.mentions import first_words, mentioned, with_mentions

NAMES = {1: ("Bob", "bob_the_first"), 2: ("Bob the Builder", "builder"), 3: ("Zoë",), 4: ("Sam",), 5: ("sam",)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("@Bob, look", "<@1>, look"),
        ("(@bob_the_first) and @zoë!", "(<@1>) and <@3>!"),
        ("@Bob the Builder builds", "<@2> builds"),
        ("@Bob the builder's", "<@2>'s"),
        ("@Bobby is somebody else", "@Bobby is somebody else"),
        ("@Sam: which one?", "@Sam: which one?"),
        ("bob@Bob.example and @@Bob", "bob@Bob.example and @@Bob"),
        ("@everyone @here @Bob", "@everyone @here <@1>"),
        (
            "`@Bob` in code\n```\n@Bob\n```\n> @Bob said so\n@Bob",
            "`@Bob` in code\n```\n@Bob\n```\n> @Bob said so\n<@1>",
        ),
    ],
)
def test_name_becomes_a_mention_where_it_means_one_member(text: str, wanted: str) -> None:
    assert with_mentions(text, NAMES) == wanted


def test_words_that_may_begin_a_name_are_looked_for() -> None:
    assert list(first_words("@Bob the Builder and @Zoë, `@code` a@b @everyone")) == ["Bob", "Zoë"]


def test_mentions_in_code_and_quotes_and_of_roles_call_nobody() -> None:
    text = "<@1> <@!2> <@1> `<@3>` <@&4>\n> <@5>\n```<@6>```\n```\n<@7>"
    assert mentioned(text) == (1, 2)
