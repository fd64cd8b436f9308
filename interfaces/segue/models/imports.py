"""Conversations that are brought in from elsewhere."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from segue.models.base import Model, Name, Request, SessionId, Title, no_control

IMPORTED: Final = "import"
"""The interface of messages that were brought in: they are no news to anybody."""

ImportFormat = Literal["segue", "chatgpt", "discord", "irc"]


class ImportQuery(Request):
    """How a file is to be brought in."""

    format: Literal["auto"] | ImportFormat = "auto"
    name: Annotated[str, StringConstraints(max_length=255), AfterValidator(no_control)] = Field(
        "", description="What the file is called. The name of a log may tell its day, and is its title."
    )
    title: Title | None = Field(None, description="Another title, for a file with one conversation.")
    project_id: Name | None = Field(None, description="The project of the new sessions.")
    session_id: SessionId | None = Field(
        None, description="The session to bring it into, for a file with one conversation."
    )
    skip_present: bool = Field(
        False, description="Leave out what was taken out of a session that is still here and seen by the caller."
    )
    dry_run: bool = Field(False, description="Only look at the file: nothing is stored.")


class ImportedSession(Model):
    """What became of one conversation: how many messages and entries of its context were added, and how many of both
    were there already. `id` is None where nothing was stored."""

    id: SessionId | None = None
    title: str
    created: bool = False
    messages: int = 0
    context: int = 0
    known: int = 0


class ImportRemark(Model):
    """What was done for one reason: how often, and where it was done first."""

    reason: str
    count: int
    examples: tuple[str, ...]


class ImportReport(Model):
    """What became of a file. `sessions` are the first thousand of `session_count`; the other counts are over all.
    `present` is how many sessions were skipped for being here; `left_out` is what is not there now; `changed` what is
    not as it was."""

    format: ImportFormat
    dry_run: bool = False
    session_count: int = 0
    messages: int = 0
    context: int = 0
    known: int = 0
    present: int = 0
    sessions: tuple[ImportedSession, ...] = ()
    left_out: tuple[ImportRemark, ...] = ()
    changed: tuple[ImportRemark, ...] = ()


class ImportProgress(Model):
    """How far it is, in bytes: first the whole file is checked, then it is brought in."""

    stage: Literal["checking", "storing"]
    done: int
    total: int


class ImportStep(Model):
    """One line of a stream: how far it is, or at the end what became of it, or why it went wrong."""

    progress: ImportProgress | None = None
    report: ImportReport | None = None
    error: dict[str, Any] | None = None
