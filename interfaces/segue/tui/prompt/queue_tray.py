"""What the agent is at, and the questions that wait for it. Their writer can change them or take them back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from segue.tui import tools
from segue.tui.plain import one_line
from segue.tui.prompt.prompt import Prompt
from segue.tui.sessions.keys import Handover
from segue.tui.view import View

if TYPE_CHECKING:
    from segue.models import Message as TranscriptMessage
    from segue.models import Turn

_MOST_ROWS = 3
_LONGEST_TEXT = 300
_KEYS = "e edits, x withdraws, Esc goes back"


@dataclass(frozen=True)
class Waiting:
    """A question in the queue; `text` is as it was written. It can be changed by its writer alone."""

    turn_id: str
    mode: str = "queue"
    message_id: str = ""
    who: str = ""
    text: str = ""
    own: bool = False


class QueueTray(Handover, can_focus=False):
    """Shows the queue in words; it takes no room while there is nothing to say."""

    @dataclass
    class EditWanted(Message):
        """The reader wants to change a question of their own."""

        message_id: str
        text: str

    @dataclass
    class WithdrawWanted(Message):
        """The reader takes a question back."""

        turn_id: str

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "The question before", show=False),
        Binding("down,j", "move(1)", "The question after", show=False),
        Binding("e,enter", "edit", "Change the question", show=False),
        Binding("x,delete", "withdraw", "Withdraw the question", show=False),
        Binding("escape", "leave", "Back to the prompt", show=False),
    ]
    DEFAULT_CSS = """
    QueueTray {
        display: none;
        height: auto;
        padding: 0 2;
        color: $text-muted;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        link-color: $text-accent;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[object, ...] = ()
        self._title = ""
        self._waiting: tuple[Waiting, ...] = ()
        self._at = 0

    def show(self, view: View) -> None:
        """Show what is new in the view; nothing is drawn where the queue is as it was."""
        shown = (view.open_turns, view.messages, view.me, view.connection)
        if all(new is old for new, old in zip(shown, self._shown, strict=False)) and self._shown:
            return
        self._shown = shown
        said = (describe_queue(view), waiting(view))
        if said != (self._title, self._waiting):
            self._title, self._waiting = said
            self._update()

    def _update(self) -> None:
        self._at = min(self._at, max(0, len(self._waiting) - 1))
        if self.has_focus and not self._waiting:
            self.action_leave()
        self.can_focus = bool(self._waiting)
        self.display = bool(self._title)
        self.refresh(layout=True)

    # --- what is seen

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1 + min(len(self._waiting), _MOST_ROWS) + (len(self._waiting) > _MOST_ROWS)

    def render(self) -> Content:
        rows = range(self._top, min(self._top + _MOST_ROWS, len(self._waiting)))
        title = f"{len(self._waiting)} queued · {_KEYS}" if self.has_focus else self._title
        lines = [Content(title), *map(self._line, rows)]
        if more := len(self._waiting) - len(rows):
            lines.append(Content(f"  … {more} more"))
        return Content("\n").join(lines)

    def _line(self, at: int) -> Content:
        asked = self._waiting[at]
        chosen = self.has_focus and at == self._at
        buttons = f"  [@click=click_edit({at})]edit[/]  [@click=click_withdraw({at})]withdraw[/]" if asked.own else ""
        end = Content.from_markup(buttons)
        text = Content(f"{'›' if chosen else ' '} {at + 1}. {_describe(asked)}")
        text = text.truncate(self.content_size.width - end.cell_length, ellipsis=True)
        return Content.assemble(text.stylize("reverse" if chosen else ""), end)

    @property
    def _top(self) -> int:
        return max(0, min(self._at - 1, len(self._waiting) - _MOST_ROWS))

    # --- what the reader does

    async def _on_key(self, event: events.Key) -> None:
        """Act on the own keys; any other letter is the beginning of something for the prompt."""
        bindings = self._bindings.key_to_bindings.get(event.key)
        if self.takes_no_more(event):
            return
        if bindings:
            event.stop()
            event.prevent_default()
            await self.run_action(bindings[0].action)
        elif event.is_printable:
            self.action_leave()
            self.takes_no_more(event)

    def action_move(self, by: int) -> None:
        self._at = max(0, min(self._at + by, len(self._waiting) - 1))
        self.refresh()

    def action_edit(self) -> None:
        if asked := self._own():
            self.hold_keys()
            self.post_message(self.EditWanted(asked.message_id, asked.text))

    def action_withdraw(self) -> None:
        if asked := self._own():
            self.post_message(self.WithdrawWanted(asked.turn_id))

    def action_click_edit(self, at: int) -> None:
        self._at = at
        self.action_edit()

    def action_click_withdraw(self, at: int) -> None:
        self._at = at
        self.action_withdraw()

    def action_leave(self) -> None:
        self.hold_keys()
        self.screen.query_one(Prompt).focus()

    def on_blur(self) -> None:
        self._at = 0
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        row = event.y - 1
        if 0 <= row < min(_MOST_ROWS, len(self._waiting)):
            self._at = self._top + row
            self.refresh()

    def _own(self) -> Waiting | None:
        asked = self._waiting[self._at] if self._waiting else None
        if asked and not asked.own:
            self.notify("Only who asked can change this or take it back.", markup=False)
            return None
        return asked


def describe_queue(view: View) -> str:
    """Return what is going on: "chat is answering, Esc stops it · 2 queued", or that it waits for a person."""
    running, parts, count = view.running, [], len(_queued(view))
    if running:
        who = one_line(running.agent_name)
        away = view.connection == "away"
        does = "waits for somebody to allow a tool" if tools.pending(view) else "is answering"
        parts.append(f"{who} goes on when the daemon is back" if away else f"{who} {does}, Esc stops it")
    if count:
        parts.append(f"{count} queued")
    return " · ".join(parts)


def waiting(view: View) -> tuple[Waiting, ...]:
    """Return the questions that wait, the next one first."""
    turns = _queued(view)
    messages: dict[str, TranscriptMessage] = {message.id: message for message in view.messages} if turns else {}
    return tuple(_waiting(turn, messages.get(turn.message_id or ""), view.me) for turn in turns)


def _queued(view: View) -> list[Turn]:
    queued = [turn for turn in view.open_turns if turn.state == "queued"]
    return queued if view.running else queued[1:]  # the first one is about to start


def _waiting(turn: Turn, message: TranscriptMessage | None, me: str) -> Waiting:
    if message is None:
        return Waiting(turn.id, turn.mode, text="a question further up" if turn.message_id else "one more answer")
    own = one_line(message.sender) == me
    return Waiting(turn.id, turn.mode, message.id, one_line(message.sender), message.content, own)


def _describe(asked: Waiting) -> str:
    """Return a question on one line: "ada: What about the tests? [interrupt]"."""
    mode = "" if asked.mode == "queue" else f"[{asked.mode}] "
    who = f"{asked.who}: " if asked.who else ""
    return f"{mode}{who}{one_line(asked.text[:_LONGEST_TEXT])}"
