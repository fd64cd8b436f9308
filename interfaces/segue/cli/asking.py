"""Tool calls that wait while one waits for an answer: put to whoever sits at the terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from segue.cli.console import note
from segue.cli.tools import call, how_to_answer, outcome
from segue.errors import SegueError

if TYPE_CHECKING:
    from segue.client import Client
    from segue.models import Approval

_LINE_BYTES = 4096
_ANSWERS = {"y": "allow", "yes": "allow", "n": "deny", "no": "deny", "a": "always", "always": "always"}


class Asking:
    """The approvals of one session that wait. At a terminal the first is asked for, until it is answered there or
    anywhere else; without one it is told what to run."""

    def __init__(self, client: Client, *, is_terminal: bool) -> None:
        self._client = client
        self._is_terminal = is_terminal
        self._waiting: dict[str, Approval] = {}
        self._typed: asyncio.Queue[str] = asyncio.Queue()

    def take(self, approval: Approval) -> None:
        """Take note of an approval that is asked for, or was answered."""
        if approval.state == "pending":
            self._add(approval)
        elif self._waiting.pop(approval.id, None) is not None:
            if self._is_terminal:
                click.echo(err=True)  # the question stands there without its answer
            note(outcome(approval))
            self._ask()
        elif approval.decided_by is None and approval.state == "denied":  # nobody was asked
            note(outcome(approval))

    def _add(self, approval: Approval) -> None:
        if approval.id in self._waiting:
            return
        self._waiting[approval.id] = approval
        if not self._is_terminal:
            note(how_to_answer(approval))
        elif len(self._waiting) == 1:
            self._ask()

    def _ask(self) -> None:
        if self._is_terminal and self._waiting:
            first = next(iter(self._waiting.values()))
            click.echo(f"May it use {call(first.call)}? [y]es, [n]o, [a]lways here: ", nl=False, err=True)

    def read(self) -> None:
        """Take what was typed; at the end of input say how else to answer."""
        typed = os.read(sys.stdin.fileno(), _LINE_BYTES)
        if not typed:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._is_terminal = False
            for approval in self._waiting.values():
                note(how_to_answer(approval))
        for text in typed.decode(errors="replace").splitlines():
            self._typed.put_nowait(text.strip().lower())

    async def answer(self) -> None:
        """Pass on what is typed, for as long as it is waited for."""
        while True:
            typed = await self._typed.get()
            if not self._waiting:
                continue
            answer = _ANSWERS.get(typed)
            if answer is None:
                self._ask()
            else:
                await self._decide(next(iter(self._waiting.values())), answer)

    async def _decide(self, approval: Approval, answer: str) -> None:
        del self._waiting[approval.id]
        try:
            decision = "deny" if answer == "deny" else "allow"
            await self._client.decide(approval.id, decision, remember=answer == "always")  # type: ignore[arg-type]
        except SegueError as exc:
            note(exc.message)
        self._ask()


@asynccontextmanager
async def asking(client: Client) -> AsyncIterator[Asking]:
    """Ask whoever sits at the terminal, if somebody does, until the context is left."""
    is_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    asked = Asking(client, is_terminal=is_terminal)
    if not is_terminal:
        yield asked
        return
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.TaskGroup() as tasks:
            answering = tasks.create_task(asked.answer(), name="what is typed")
            loop.add_reader(sys.stdin.fileno(), asked.read)
            try:
                yield asked
            finally:
                loop.remove_reader(sys.stdin.fileno())
                answering.cancel()
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
