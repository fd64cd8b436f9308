"""A screen with nothing on it but what is tested, and what was posted to it."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.events import Key
from textual.message import Message
from textual.widgets import Static

from segue.tui.prompt.prompt import Prompt

CHOICES = {
    "theme": [("nord", "cool"), ("gruvbox", "warm"), ("nord-light", "")],
    "model": [("openai:gpt-5", "large"), ("openai:gpt-5-mini", "small")],
    "session": [(f"s{number}", f"Release notes {number}") for number in range(300)],
}


class PromptApp(App[None]):
    """A prompt at the bottom; `posted` holds what it posts upward."""

    CSS = "Static { height: 1fr; } Prompt { height: auto; max-height: 40%; border: round $border; }"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "stop", "Stop")]

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[Message] = []
        self.stopped = 0

    def compose(self) -> ComposeResult:
        yield Static()
        yield Prompt()

    def on_mount(self) -> None:
        self.prompt.completer.people = lambda: ["ada", "adam", "build-bot", "Grace Hopper", "界面"]
        self.prompt.completer.choices = lambda kind: CHOICES.get(kind, [])
        self.prompt.focus()

    @property
    def prompt(self) -> Prompt:
        return self.query_one(Prompt)

    def action_stop(self) -> None:
        self.stopped += 1

    def on_prompt_submitted(self, message: Prompt.Submitted) -> None:
        self.posted.append(message)

    def on_prompt_command_given(self, message: Prompt.CommandGiven) -> None:
        self.posted.append(message)

    def on_prompt_unknown_command(self, message: Prompt.UnknownCommand) -> None:
        self.posted.append(message)

    def on_prompt_edited(self, message: Prompt.Edited) -> None:
        self.posted.append(message)

    def on_prompt_typing(self, message: Prompt.Typing) -> None:
        self.posted.append(message)

    def posts(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.posted if isinstance(message, kind)]


def burst(app: App[None], *keys: str) -> None:
    """Press keys faster than any of them can be shown."""
    for key in keys:
        app.post_message(Key(key, {"slash": "/", "at": "@", "space": " "}.get(key, key if len(key) == 1 else None)))


def picture(app: App[Any]) -> str:
    """Return the characters that the terminal is given, line by line."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())
