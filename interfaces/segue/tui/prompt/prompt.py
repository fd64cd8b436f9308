"""Where one writes messages and commands: Enter sends, Esc leaves what one is at, a list above offers what can come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import var

from segue.tui.commands import Command, Unknown, parse, unescaped
from segue.tui.plain import LONGEST_TEXT, harmless
from segue.tui.prompt.completer import Completer
from segue.tui.prompt.completion import MODES, Suggestion, Token, find_token
from segue.tui.prompt.draft import Draft, Editing
from segue.tui.prompt.suggestions import Suggestions
from segue.tui.prompt.writing_area import WritingArea

if TYPE_CHECKING:
    from textual.widgets.text_area import Edit, EditResult

    from segue.models import SendMode

PLACEHOLDER = "Enter sends, Ctrl+J new line, / commands, F1 help"
EDITING = "editing, Enter saves, Esc leaves"
_TYPING_SECONDS = 3.0


class Prompt(WritingArea):
    """Posts what is to be done with its text, and empties itself.

    `completer` is told which people and choices there are, `answering` whether the mode matters now.
    """

    @dataclass
    class Submitted(Message):
        """The reader sent a text."""

        text: str
        mode: SendMode = "queue"

    @dataclass
    class CommandGiven(Message):
        """The reader asked for a command."""

        command_name: str
        argument: str

    @dataclass
    class UnknownCommand(Message):
        """The reader asked for a command that does not exist; the text stays. `nearest` is "" where nothing is near."""

        name: str
        nearest: str

    @dataclass
    class Edited(Message):
        """The reader gave a message another text."""

        message_id: str
        text: str

    class Typing(Message):
        """The reader is writing a message; posted every few seconds at most."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Send", show=False),
        *WritingArea.BINDINGS,
        Binding("ctrl+t", "next_mode", "Queue, steer or interrupt while an answer is written", show=False),
    ]

    mode: var[SendMode] = var["SendMode"]("queue")
    answering: var[bool] = var(False)

    def __init__(self) -> None:
        super().__init__(PLACEHOLDER)
        self.completer = Completer(self)
        self._editing: Editing | None = None
        self._hint = ""
        self._typing_until = 0.0

    # --- keys

    async def _on_key(self, event: events.Key) -> None:
        await super()._on_key(event)
        self._forget_offer()

    def take_key(self, key: str) -> bool:
        """Take the keys that are for what is offered, or for leaving the edit."""
        if self.completer.offer is None:
            return key == "escape" and self._leave()
        match key:
            case "up":
                self.completer.move(-1)
            case "down":
                self.completer.move(1)
            case "escape":
                self.completer.dismiss()
            case "tab":
                self._complete()
            case "enter":
                return self._choose()
            case _:
                return False
        return True

    def _leave(self) -> bool:
        """Leave the edit or the command that stands here, and return whether there is one."""
        if self._editing is not None:
            self.leave_edit()
        elif self.text.startswith("/"):
            self.put(Draft())
        else:
            return False
        return True

    def action_next_mode(self) -> None:
        modes: list[SendMode] = ["queue", "steer", "interrupt"]
        self.mode = modes[(modes.index(self.mode) + 1) % len(modes)]

    def on_mouse_up(self) -> None:
        self._forget_offer()

    def on_blur(self) -> None:
        self.completer.close()

    # --- sending

    def action_submit(self) -> None:
        """Post what was written as what it is: an edit, a command or a message. Blanks are nothing."""
        draft = self.draft
        asked = None if draft.editing else parse(draft.text)
        if not draft.whole.strip():
            return
        if draft.editing:
            self._save(draft, draft.editing)
        elif asked is None:
            self._send(draft, self.Submitted(unescaped(draft.whole), self.mode))
        elif isinstance(asked, Unknown):
            self.post_message(self.UnknownCommand(asked.name, asked.nearest))
        else:
            self._ask(draft, *asked)

    def _save(self, draft: Draft, editing: Editing) -> None:
        if draft.whole != editing.original:
            self.sent.add(replace(draft, editing=None))
            self.post_message(self.Edited(editing.message_id, draft.whole))
        self.leave_edit()

    def _ask(self, draft: Draft, command: Command, argument: str) -> None:
        if command.needs_argument and not argument:
            self.notify(f"{command.usage}: {command.help}", markup=False)
        else:
            argument = " ".join(replace(draft, text=argument).whole.splitlines())
            self._send(draft, self.CommandGiven(command.name, argument))

    def _send(self, draft: Draft, message: Message) -> None:
        self.sent.add(draft)
        self.put(Draft())
        self._typing_until = 0.0
        self.post_message(message)

    # --- what stands in it

    @property
    def draft(self) -> Draft:
        """All that stands in the prompt, to be put back later."""
        return replace(self.written, editing=self._editing)

    @draft.setter
    def draft(self, draft: Draft) -> None:
        self._editing = draft.editing
        self.border_title = Content(EDITING if draft.editing else "")
        self.put(draft)

    def edit_message(self, message_id: str, text: str) -> None:
        """Have the text of a message changed; what stood here comes back afterwards. A very long text is a placeholder
        to which one can add: every key in it would take a second."""
        behind = self._editing.behind if self._editing else self.draft
        text = harmless(text)
        draft = Draft(text) if len(text) <= LONGEST_TEXT else self.folded(text)
        self.draft = replace(draft, editing=Editing(message_id, text, behind))
        self.focus()

    def leave_edit(self) -> None:
        """Put back what stood here before the edit."""
        if self._editing:
            self.draft = self._editing.behind

    def load_text(self, text: str) -> None:
        super().load_text(text)
        self.completer.close()
        self._say()

    def edit(self, edit: Edit) -> EditResult:
        result = super().edit(edit)
        self.completer.look_at(self._token())
        self._say()
        self._tell_typing()
        return result

    def _tell_typing(self) -> None:
        first = self.document[0]
        is_command = first.startswith("/") and not first.startswith("//")
        is_blank = self.document.line_count == 1 and not first.strip()
        if not is_command and not is_blank and monotonic() >= self._typing_until:
            self._typing_until = monotonic() + _TYPING_SECONDS
            self.post_message(self.Typing())

    # --- what is offered

    def _token(self) -> Token | None:
        row, column = self.cursor_location
        if not self.selection.is_empty:
            return None
        return find_token(self.document[row], column, is_first=row == 0 and not self._editing)

    def _forget_offer(self) -> None:
        """Offer nothing more once the cursor has left what it is for; only writing opens an offer."""
        if self.completer.offer and self.completer.offer.token != self._token():
            self.completer.close()

    def _choose(self) -> bool:
        """Take the chosen suggestion, and send the line if it is complete with it. Return whether there was anything to
        take."""
        offer = self.completer.offer
        chosen = offer.chosen if offer else None
        if offer is None or chosen is None:
            return False
        if offer.token.kind == "person" and self._standing(offer.token) == chosen.text.strip():
            return False
        self._put_in(offer.token, chosen)
        if chosen.complete or (offer.token.kind == "command" and not offer.token.ends):
            self.action_submit()
        return True

    def _complete(self) -> None:
        """Take the best suggestion; where it stands there already, the next Tab goes to the next widget."""
        offer, best = self.completer.offer, self.completer.best
        if offer is None or best is None or self._standing(offer.token) == best.text:
            self.completer.dismiss()
        else:
            self._put_in(offer.token, best)

    def _standing(self, token: Token) -> str:
        return self.document[self.cursor_location[0]][token.start : token.end]

    def _put_in(self, token: Token, suggestion: Suggestion) -> None:
        row = self.cursor_location[0]
        text = suggestion.text if token.ends else suggestion.text.rstrip()
        result = self.replace(text, (row, token.start), (row, token.end), maintain_selection_offset=False)
        self.move_cursor(result.end_location)

    def on_suggestions_picked(self, message: Suggestions.Picked) -> None:
        message.stop()
        self.completer.move_to(message.at)
        self._choose()

    def on_suggestions_rolled(self, message: Suggestions.Rolled) -> None:
        message.stop()
        self.completer.move(message.by)

    # --- what is said in its border

    def watch_mode(self) -> None:
        self._say()

    def watch_answering(self) -> None:
        self._say()

    def _say(self) -> None:
        """Say what Enter would do, where that is not plain."""
        hint = self._describe()
        if hint != self._hint:
            self._hint = hint
            self.border_subtitle = Content(hint)

    def _describe(self) -> str:
        if self._editing:
            return ""
        first = self.document[0]
        asked = parse(first) if first.startswith("/") else None
        if isinstance(asked, tuple) and asked[0].argument:
            return f"{asked[0].usage}: {asked[0].help}"
        if self.answering:
            return f"{self.mode}: {MODES[self.mode]} · Ctrl+T changes it"
        return "" if self.mode == "queue" else f"{self.mode}, while an answer is written · Ctrl+T changes it"
