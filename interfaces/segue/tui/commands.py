"""What can be asked for with a line that begins with "/": one table for the prompt, the palette and the help."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(r"/([a-z][\w-]*)(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Command:
    """A command. `argument` is how its argument is written, in brackets where it can be left out; `choices` the kind of
    thing that it names (session, model, agent, theme, mode), None where it is any text."""

    name: str
    argument: str
    help: str
    choices: str | None = None

    @property
    def usage(self) -> str:
        return f"/{self.name} {self.argument}".rstrip()

    @property
    def needs_argument(self) -> bool:
        return bool(self.argument) and not self.argument.startswith("[")


@dataclass(frozen=True)
class Unknown:
    """A name that no command has. `nearest` is the one that looks most like it, "" if none does."""

    name: str
    nearest: str


COMMANDS: tuple[Command, ...] = (
    Command("help", "", "Show all keys and commands"),
    Command("new", "[TITLE]", "Begin a new session"),
    Command("rename", "TITLE", "Give this session another title"),
    Command("fork", "[TITLE]", "Go on in a copy of this session"),
    Command("switch", "[SESSION]", "Go to another session", "session"),
    Command("model", "[MODEL]", "Choose the model that answers here", "model"),
    Command("agent", "[AGENT]", "Choose the agent that answers here", "agent"),
    Command("search", "[WORDS]", "Search all messages"),
    Command("memory", "[WORDS]", "Show what is remembered, or search it"),
    Command("context", "", "Show what this session has worked with"),
    Command("compact", "", "Summarise earlier messages for the model"),
    Command("schedule", "[WHEN | TEXT]", "Ask the agent at some time; alone, show what is scheduled here"),
    Command("remind", "WHEN | TEXT", "Be reminded here at some time"),
    Command("unschedule", "NAME", "Remove what is scheduled"),
    Command("mcp", "", "Show the MCP servers and their tools"),
    Command("link", "", "Get a code that makes you the same person on Discord"),
    Command("who", "", "Show who is here, and from where"),
    Command("members", "", "Show who belongs to this session"),
    Command("invite", "[ROLE]", "Get a code that lets somebody in, as a reader or a writer"),
    Command("cancel", "", "Stop the answer being written"),
    Command("allow", "[always]", "Allow the tool that waits; always: in this session from now on"),
    Command("deny", "", "Deny the tool that waits"),
    Command("retry", "", "Try again what failed"),
    Command("export", "[FILE]", "Write this session to a file"),
    Command("theme", "[NAME]", "Choose the colours", "theme"),
    Command("mode", "[MODE]", "Choose what a message does while an answer is written", "mode"),
    Command("pin", "", "Pin this session, or unpin it"),
    Command("archive", "", "Archive this session, or take it back"),
    Command("delete", "", "Delete this session; it can be undone for a moment"),
    Command("sidebar", "", "Show or hide the list of sessions"),
    Command("copy", "", "Copy the last answer"),
    Command("queue", "", "Go to the messages that wait for an answer"),
    Command("quit", "", "Close the window; the conversation goes on"),
)
_BY_NAME = {command.name: command for command in COMMANDS}


def find(name: str) -> Command | None:
    """Return the command of that name, however its letters are cased."""
    return _BY_NAME.get(name.lower())


def parse(text: str) -> tuple[Command, str] | Unknown | None:
    """Return the command that a text asks for, with its argument on one line; None if the text is a message."""
    asked = _LINE.fullmatch(text.rstrip())
    if asked is None:
        return None
    name, argument = asked[1], " ".join((asked[2] or "").splitlines()).strip()
    command = find(name)
    return (command, argument) if command else Unknown(name, _nearest(name))


def unescaped(text: str) -> str:
    """Return the message that a text stands for: two slashes at its beginning are one."""
    return text[1:] if text.startswith("//") else text


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    begun = [other for other in _BY_NAME if other.startswith(name.lower())]
    return (begun or get_close_matches(name.lower(), _BY_NAME, n=1) or [""])[0]
