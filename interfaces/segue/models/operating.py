"""How the daemon and its front-ends are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from segue.models.base import Model, Moment, Name, Request
from segue.models.mcp import ConnectionInfo
from segue.models.turns import TurnState

FrontEndState = Literal["online", "connecting", "deaf", "failing", "stopped"]


class Alive(Model):
    status: Literal["ok"] = "ok"
    version: str


class Ready(Model):
    status: Literal["ready", "not ready"]
    checks: dict[str, bool]
    trouble: str | None = Field(None, description="What is wrong with the store, and what to do.")


class Reloaded(Model):
    """What came of reading the settings anew: the names of those that changed."""

    changed: tuple[str, ...] = Field(description="In force from now on.")
    needs_restart: tuple[str, ...] = Field(description="In force after a restart.")


class Vacuumed(Model):
    """How large the database was, and is since it was written anew."""

    bytes_before: int
    bytes_after: int


class ReportHealth(Request):
    """How a front-end says that it is. `deaf`: connected, and told nothing although something happens."""

    state: FrontEndState
    detail: Annotated[str, Field(max_length=500)] = ""
    account: Name | None = Field(None, description="As whom it is logged in there.")
    last_event_at: Moment | None = Field(None, description="When something last came in from there.")
    latency_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    places: Annotated[int, Field(ge=0)] | None = Field(None, description="How many places it serves.")
    deliveries_waiting: Annotated[int, Field(ge=0)] = 0


class FrontEnd(Model):
    """How a front-end is: as it said `age_seconds` ago, or `lost` where that is too long."""

    name: str
    state: FrontEndState | Literal["lost"]
    detail: str = ""
    account: str | None = None
    last_event_at: datetime | None = None
    latency_ms: float | None = None
    places: int | None = None
    deliveries_waiting: int = 0
    reported_at: datetime
    age_seconds: float


class LatestTurn(Model):
    """How an agent's latest turn since the start of the daemon ended."""

    state: TurnState
    at: datetime
    seconds: float
    model_id: str | None = None
    error: str | None = Field(None, description="Why there is no answer, and what to do.")


class Status(Model):
    """One look at the daemon. Sizes in bytes, times in seconds. Only an admin is told the `pid`, what concerns the
    database's file and its backups, and why an agent's latest turn failed: else that is null, empty or 0."""

    version: str
    pid: int | None
    uptime_seconds: float
    listening: tuple[str, ...]
    sessions: int
    messages: int
    attached: int
    attached_by: dict[str, int] = Field(default_factory=dict, description="How many streams are open, by interface.")
    turns_queued: int
    turns_running: int
    store_bytes: int
    store_path: str
    disk_free_bytes: int = Field(0, description="What is left for the database.")
    store_trouble: str | None = Field(None, description="What is wrong with the disk or the database, and what to do.")
    last_backup_at: datetime | None = Field(None, description="When the newest backup in the daemon's folder was made.")
    backup_error: str | None = Field(None, description="Why the last backup on the clock was not made.")
    memory_bytes: int
    loop_lag_seconds: float
    search: str = Field("", description="How messages and memories are found, in words.")
    agents: dict[str, str] = Field(description="Agent name to model.")
    latest_turns: dict[str, LatestTurn] = Field(default_factory=dict, description="By agent, if it had one.")
    deliveries_retrying: int = 0
    deliveries_failed: int = 0
    places_waiting: dict[str, int] = Field(
        default_factory=dict,
        description="By interface, how many bound places are owed something behind their cursor; a program that"
        " moves no cursor leaves all of its places so.",
    )
    front_ends: tuple[FrontEnd, ...] = ()
    mcp: tuple[ConnectionInfo, ...] = ()
