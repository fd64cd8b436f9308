"""Bringing in conversations from elsewhere, and copying one's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Literal

from segue import routes
from segue.client.calls import Calls, given
from segue.errors import SegueError, from_wire
from segue.models import ImportFormat, ImportProgress, ImportReport, ImportStep, SessionDetail
from segue.routes import path

_PIECE = 256 * 1024


class Imports(Calls):
    async def import_file(
        self,
        file: str | Path | AsyncGenerator[bytes, None],
        *,
        format: Literal["auto"] | ImportFormat = "auto",
        name: str | None = None,
        title: str | None = None,
        project_id: str | None = None,
        session_id: str | None = None,
        skip_present: bool = False,
        dry_run: bool = False,
        on_progress: Callable[[ImportProgress], object] | None = None,
    ) -> ImportReport:
        """Bring in a file, or what comes of it: what `export` gives, ChatGPT's conversations.json or its archive,
        DiscordChatExporter's JSON, a log of IRC. `name` is what it is called, where it is no file.

        What was brought in before is not added again, so this may be called anew after whatever went wrong: it goes on
        where it stopped. A file that cannot be read is refused whole. With `skip_present` sessions that were taken out
        of here and are still here are left out; with `dry_run` nothing is stored."""
        pieces = _pieces_of(Path(file)) if isinstance(file, str | Path) else file
        name = name or (Path(file).name if isinstance(file, str | Path) else None)
        query = given(format=format, name=name, title=title, project_id=project_id, session_id=session_id)
        query |= {"skip_present": skip_present, "dry_run": dry_run}
        async for line in self._connection.upload(routes.IMPORT, query, pieces):
            step = ImportStep.model_validate_json(line)
            if step.error is not None:
                raise from_wire(500, {"error": step.error})
            if step.progress is not None and on_progress is not None:
                on_progress(step.progress)
            if step.report is not None:
                return step.report
        raise SegueError("the answer ended without a report: bring the file in again, it goes on where it stopped")

    async def fork(
        self,
        session_id: str,
        *,
        title: str | None = None,
        upto_seq: int | None = None,
        message_id: str | None = None,
    ) -> SessionDetail:
        """Copy a session, whole or up to a seq or a message, into a new one of yours, and return that."""
        body = given(title=title, upto_seq=upto_seq, message_id=message_id)
        return await self._write(SessionDetail, "POST", path(routes.SESSION_FORK, session_id=session_id), body)


async def _pieces_of(file: Path) -> AsyncGenerator[bytes, None]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece
