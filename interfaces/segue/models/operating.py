"""How the daemon and its front-ends are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from segue.models.base import Model, Name, Request
from segue.models.mcp import ConnectionInfo

FrontEndState = Literal["online", "connecting", "deaf", "failing", "stopped"]


class Alive(Model):
    status: Literal["ok"] = "ok"
    version: str


class Ready(Model):
    status: Literal["ready", "not ready"]
    checks: dict[str, bool]


class ReportHealth(Request):
    """How a front-end says that it is. `deaf`: connected, and told nothing although something happens."""

    state: FrontEndState
    detail: Annotated[str, Field(max_length=500)] = ""
    account: Name | None = Field(None, description="As whom it is logged in there.")
    last_event_at: AwareDatetime | None = Field(None, description="When something last came in from there.")
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


class Status(Model):
    """One look at the daemon. Sizes in bytes, times in seconds."""

    version: str
    pid: int
    uptime_seconds: float
    listening: tuple[str, ...]
    sessions: int
    messages: int
    attached: int
    turns_queued: int
    turns_running: int
    store_bytes: int
    store_path: str
    memory_bytes: int
    loop_lag_seconds: float
    search: str = Field("", description="How messages and memories are found, in words.")
    agents: dict[str, str] = Field(description="Agent name to model.")
    deliveries_retrying: int = 0
    deliveries_failed: int = 0
    places_waiting: dict[str, int] = Field(
        default_factory=dict,
        description="By interface, how many bound places are owed something behind their cursor; a program that"
        " moves no cursor leaves all of its places so.",
    )
    front_ends: tuple[FrontEnd, ...] = ()
    mcp: tuple[ConnectionInfo, ...] = ()
