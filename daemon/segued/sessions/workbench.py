"""What an agent has at hand in one turn: the conversation, what it may look up, and its tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from segue.models import SCHEDULE, SearchHit, Session, SessionSummary, Turn
from segued.agent.base import Prompt, Search
from segued.agent.built_in import built_in_tools
from segued.agent.scheduling import Diary, scheduling_tools
from segued.config import AgentSettings
from segued.memory import ProjectMemories, ProjectNotebook
from segued.schedules import Schedules
from segued.store.base import Actor, SearchFilter, Store
from segued.tools import BUILT_IN, Offer, Toolbox

DAEMON = Actor(user_id=None, name="segued", interface="agent", sees_all=True)
ServerTools = Callable[[Sequence[str], bool], Awaitable[Offer]]
"""Gives the tools of the MCP servers that are named ("*": of all); those that were never up are waited for a moment, if
the second argument says so."""


async def no_servers(names: Sequence[str], wait: bool) -> Offer:
    """Give none: no server is configured."""
    return Offer()


_PROMPT_CHARACTERS = 2_000_000  # read for a prompt at most; the agent cuts it to its model's budget
_SEARCH_HITS = 8
_RELATED = 10
_PERSONAL = frozenset({"tui", "cli", "http", "mcp"})  # interfaces at which one person, or their program, reads


@dataclass(frozen=True)
class _Reach:
    """What a turn may look up. `related` gives the other sessions of who asks, where these may be told of."""

    search: Search
    notebook: ProjectNotebook | None
    related: Callable[[], Awaitable[Sequence[SessionSummary]]] | None
    diary: Diary | None


@dataclass(frozen=True)
class Workbench:
    """Lays out what a turn needs. What the whole session reads is out of this session alone, and for a guest's
    question too, who is no member; only who is alone with the agent has their other sessions quoted."""

    store: Store
    memories: ProjectMemories
    schedules: Schedules
    server_tools: ServerTools
    summaries: Callable[[Actor, Sequence[Session]], Awaitable[Sequence[SessionSummary]]]

    async def prompt(self, turn: Turn, settings: AgentSettings) -> Prompt:
        """Return what the turn's next answer is asked on."""
        session = await self.store.get_session(DAEMON, turn.session_id)
        reach = self._reach(session, turn)
        return Prompt(
            session=session,
            messages=await self.store.list_prompt_messages(turn.id, _PROMPT_CHARACTERS),
            search=reach.search,
            notebook=reach.notebook,
            turn=turn,
            toolbox=await self._toolbox(reach, settings, wait=True),
        )

    async def toolbox(self, turn: Turn, settings: AgentSettings) -> Toolbox:
        """Return the tools for calls that were asked for. No server is waited for: each call waits for its own."""
        session = await self.store.get_session(DAEMON, turn.session_id)
        return await self._toolbox(self._reach(session, turn), settings, wait=False)

    async def _toolbox(self, reach: _Reach, settings: AgentSettings, *, wait: bool) -> Toolbox:
        wants_built_in = {"*", BUILT_IN} & set(settings.tools)
        built_in = [*built_in_tools(reach.search, reach.notebook, reach.related)] if wants_built_in else []
        if wants_built_in and reach.diary is not None:
            built_in += scheduling_tools(reach.diary)
        offer = await self.server_tools(settings.tools, wait)
        return Toolbox.of([*built_in, *offer.tools], offer.absent)

    def _reach(self, session: Session, turn: Turn) -> _Reach:
        asking = Actor(user_id=turn.user_id, name=turn.agent_name, interface="agent")
        alone = _is_private(session, turn)
        reading, scope = (asking, None) if alone else (DAEMON, session.id)

        async def search(query: str) -> Sequence[SearchHit]:
            return (await self.store.list_hits(reading, query, SearchFilter(session_id=scope), _SEARCH_HITS)).hits

        async def related() -> Sequence[SessionSummary]:
            return await self.summaries(asking, await self.store.list_related_sessions(asking, session.id, _RELATED))

        async def on_the_clock() -> bool:
            if turn.message_id is None:
                return False
            asked = await self.store.get_message(DAEMON, session.id, turn.message_id)
            return asked.interface == SCHEDULE

        member = any(member.user_id == turn.user_id for member in session.members)
        diary = Diary(self.schedules, session.id, asking, on_the_clock) if member else None
        return _Reach(search, self._notebook(session, asking), related if alone else None, diary)

    def _notebook(self, session: Session, asking: Actor) -> ProjectNotebook | None:
        """Return what the session's project remembers, if it has one. It is read as the session's owner would: all of
        its members share it then."""
        if session.project_id is None:
            return None
        owner = Actor(user_id=session.owner_id, name=asking.name, interface="agent")
        return ProjectNotebook(self.store, self.memories, session, session.project_id, owner, asking)


def _is_private(session: Session, turn: Turn) -> bool:
    """Tell whether only who asks will read the answer, so that their other sessions may be quoted in it."""
    members = [member.user_id for member in session.members]
    return members == [turn.user_id] and all(place.interface in _PERSONAL for place in turn.route)
