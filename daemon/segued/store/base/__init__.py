"""What the daemon keeps, as a closed set of verbs: list, get, add, update, delete.

An atomic action is one verb; no transaction leaves the store. What a verb changes is on disk before it returns, and its
events were handed to `publish`, in the order of their seqs, before that. `by` says who acts: whoever is not a member of
a session meets `SessionNotFound`. Every verb that writes honours `by.once`.
"""

from __future__ import annotations

from typing import Protocol

from segued.store.base.actors import INSIDE, Actor, Commit, Once, Publish, Via
from segued.store.base.audit import AuditVerbs
from segued.store.base.backups import BackupVerbs, Contents, Show
from segued.store.base.chats import ChatChanges, ChatItem, ChatVerbs, chat_place
from segued.store.base.context import ContextVerbs
from segued.store.base.events import EventVerbs
from segued.store.base.imports import Imported, ImportedEntry, ImportedMessage, Origin
from segued.store.base.items import ItemsCleared, ItemTexts, ItemVerbs, NewItem, NewItems, PoppedText
from segued.store.base.mcp import McpUse, McpVerbs
from segued.store.base.members import MemberVerbs
from segued.store.base.memories import MemoryRead, MemoryVerbs
from segued.store.base.messages import MessageVerbs
from segued.store.base.operating import OperatingVerbs, StoreStats
from segued.store.base.people import PeopleVerbs
from segued.store.base.places import PlaceVerbs
from segued.store.base.reading import Reading, ReadingVerbs
from segued.store.base.schedules import Firing, NewSchedule, ScheduleVerbs, Timing
from segued.store.base.search import EVERYWHERE, Meant, SearchFilter, SearchVerbs, Unembedded, Vectors
from segued.store.base.sessions import SessionFilter, SessionVerbs
from segued.store.base.summaries import Counted, NewSummary, SummaryVerbs, Uncovered
from segued.store.base.tools import NewToolCall, ToolResult, ToolStep, ToolVerbs
from segued.store.base.turns import TurnEnd, TurnVerbs
from segued.store.base.upkeep import NO_QUOTAS, Quotas, UpkeepVerbs

__all__ = [
    "EVERYWHERE",
    "INSIDE",
    "NO_QUOTAS",
    "Actor",
    "ChatChanges",
    "ChatItem",
    "Commit",
    "Contents",
    "Counted",
    "Firing",
    "Imported",
    "ImportedEntry",
    "ImportedMessage",
    "ItemTexts",
    "ItemsCleared",
    "McpUse",
    "Meant",
    "MemoryRead",
    "NewItem",
    "NewItems",
    "NewSchedule",
    "NewSummary",
    "NewToolCall",
    "Once",
    "Origin",
    "PoppedText",
    "Publish",
    "Quotas",
    "Reading",
    "SearchFilter",
    "SessionFilter",
    "Show",
    "Store",
    "StoreStats",
    "Timing",
    "ToolResult",
    "ToolStep",
    "TurnEnd",
    "Uncovered",
    "Unembedded",
    "Vectors",
    "Via",
    "chat_place",
]


class Store(
    SessionVerbs,
    MessageVerbs,
    SearchVerbs,
    ChatVerbs,
    ItemVerbs,
    ContextVerbs,
    SummaryVerbs,
    MemoryVerbs,
    TurnVerbs,
    ToolVerbs,
    McpVerbs,
    ReadingVerbs,
    EventVerbs,
    PeopleVerbs,
    MemberVerbs,
    AuditVerbs,
    PlaceVerbs,
    ScheduleVerbs,
    OperatingVerbs,
    UpkeepVerbs,
    BackupVerbs,
    Protocol,
):
    """Everything that the daemon keeps."""
