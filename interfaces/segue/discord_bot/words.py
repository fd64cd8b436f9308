"""What a person wrote at Discord, as text that means the same anywhere: names instead of ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_CHANNEL = re.compile(r"<#(\d+)>")
_EMOJI = re.compile(r"<a?(:\w+:)\d+>")


@dataclass(frozen=True)
class Names:
    """What the ids in a text stand for."""

    users: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)


def read(content: str, bot_id: int, names: Names) -> str:
    """Return the text with names; the mention of the bot that it is addressed with is left out."""
    addressed = re.compile(rf"^\s*<@!?{bot_id}>[\s,:]*|\s*<@!?{bot_id}>\s*$")
    text = addressed.sub("", content)
    text = _USER.sub(lambda found: _name("@", found, names.users), text)
    text = _ROLE.sub(lambda found: _name("@", found, names.roles), text)
    text = _CHANNEL.sub(lambda found: _name("#", found, names.channels), text)
    return _EMOJI.sub(r"\1", text).strip()


def _name(sign: str, found: re.Match[str], names: Mapping[int, str]) -> str:
    name = names.get(int(found.group(1)))
    return f"{sign}{name}" if name else found.group(0)
