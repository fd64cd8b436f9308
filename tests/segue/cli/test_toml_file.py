from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.cli.toml_file import NotChanged, as_text, change, changed

BY_HAND = """\
# my settings
listen = ["unix:"]   # only here

[discord]  # the bot
# who may
allow_guilds = [
    1,  # the pub
    2,
]
token_file = "a # b"  # keep this

  # and where
[agents.chat]
model = "offline"
allow_guilds = "not this one"
"""


def test_what_is_set_changes_in_place_and_the_rest_stays_as_it_was() -> None:
    new = changed(BY_HAND, "discord", {"allow_guilds": [1, 2, 3], "token_file": "c", "reply": "always"})
    kept = BY_HAND.replace('    2,\n]\ntoken_file = "a # b"', '    2,\n    3,\n]\ntoken_file = "c"')
    assert new == kept.replace("# keep this\n", '# keep this\nreply = "always"\n')


def test_what_is_written_beside_an_item_of_a_list_stays_with_it() -> None:
    old = "[discord]\nallow = [  # who\n  1, # one\n  # and\n  2,\n  3 # three\n]  # end\n"
    assert changed(old, "discord", {"allow": [1, 3, 4]}) == old.replace("  2,\n", "").replace(
        "  3 # three\n", "  3, # three\n    4,\n"
    )
    assert changed(old, "discord", {"allow": []}) == "[discord]\nallow = [  # who\n  # and\n]  # end\n"
    assert changed(old, "discord", {"allow": [3, 1]}) == "[discord]\nallow = [3, 1]\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "[discord]\nreply = true\n"),
        ("a = 1", "a = 1\n\n[discord]\nreply = true\n"),
        ("[discord]", "[discord]\nreply = true\n"),
        ("[discord]\n# reply = false\n", "[discord]\nreply = true\n# reply = false\n"),
        ("[ discord ]\nreply=false\n[x]\n", "[ discord ]\nreply = true\n[x]\n"),
        ("[discord.channels.1]\nreply = 'x'\n", "[discord.channels.1]\nreply = 'x'\n\n[discord]\nreply = true\n"),
    ],
)
def test_a_table_and_a_setting_are_added_where_they_are_not_there(old: str, new: str) -> None:
    assert changed(old, "discord", {"reply": True}) == new


@pytest.mark.parametrize(
    "text",
    [
        "discord = {reply = false}\n",
        "discord.reply = false\n",
        "[discord\n",
        'a = """\n[discord]\n"""\n',
        "[discord]\n'reply' = false\n",
        "discord = 1\n",
        "[[discord]]\n",
    ],
)
def test_what_is_written_in_another_way_is_left_alone(text: str) -> None:
    with pytest.raises(NotChanged):
        changed(text, "discord", {"reply": True})


NAMES = st.sampled_from(["reply", "allow_users", "token_file", "other"])
VALUES = st.one_of(st.booleans(), st.integers(0, 2**62), st.text(), st.lists(st.integers(0, 9)), st.lists(st.text()))
TABLES = st.dictionaries(NAMES, VALUES, max_size=4)


@given(before=TABLES, other=TABLES, after=TABLES)
def test_any_values_are_set_and_no_others_changed(
    before: dict[str, object], other: dict[str, object], after: dict[str, bool]
) -> None:
    lines = [f"{name} = {literal(value)}  # why" for name, value in before.items()]
    text = "\n".join(["[x]", *(f"{n} = {literal(v)}" for n, v in other.items()), "[discord]", *lines, "[y]", ""])
    new = changed(text, "discord", after)
    assert tomllib.loads(new) == {"x": other, "discord": before | after, "y": {}}
    assert new.count("# why") >= len(before)
    assert tomllib.loads(as_text("discord", after)) == {"discord": after}


def literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def test_a_file_keeps_its_permissions_and_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.toml"
    change(file, "discord", {"reply": "always"})
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    change(link, "discord", {"reply": "never"})
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert tomllib.loads(file.read_text()) == {"discord": {"reply": "never"}}
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotChanged, match="cannot be written"):
        change(tmp_path, "discord", {"reply": "always"})


def test_what_looks_like_the_end_of_a_line_is_none_to_toml() -> None:
    text = '[discord]\ntoken_file = "a\x85[b]\u2028c"  # why\r\nreply = false\r\n'
    new = changed(text, "discord", {"reply": True})
    assert new == text.replace("reply = false\r\n", "reply = true\n")
