"""Who answers, with what: agents and models, context, memories, servers of tools."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from segue.errors import SegueError
from segue.tui.deeds.base import BaseDeeds

if TYPE_CHECKING:
    from segue.client import Client
    from segue.models import Memory


class KnowledgeDeeds(BaseDeeds):
    def learn_agents(self) -> None:
        """Ask which agents there are, if one may know."""

        async def learn(client: Client) -> None:
            with suppress(SegueError):
                self.agents = (await client.status()).agents

        self._app.ask(learn, "agents")

    def model(self, model: str) -> None:
        if model:
            self._change(model_id=model)
        elif session := self._app.session:
            used = session.model_id or self.agents.get(session.agent_name, "its agent's")
            self._say(f"The model here is {used}. /model NAME chooses another, such as openai:gpt-5.")

    def agent(self, agent: str) -> None:
        if agent:
            self._change(agent_name=agent)
        elif session := self._app.session:
            known = f" There are: {', '.join(self.agents)}." if self.agents else ""
            self._say(f"The agent here is {session.agent_name}.{known} /agent NAME chooses another.")

    def context(self, _: str) -> None:
        session_id = self._app.visit.session_id

        async def show(client: Client) -> None:
            from segue.tui.knowledge import describe_context

            tokens = (await client.session(session_id, limit=1)).tokens
            text = describe_context(await client.context(session_id), tokens)
            self._open_page("What this session worked with", text)

        self._app.ask(show, "context")

    def compact(self, _: str) -> None:
        session_id = self._app.visit.session_id

        async def compress(client: Client) -> None:
            from segue.tui.knowledge import describe_compression

            self._say("Summarising what was said before…", timeout=3)
            self._say(describe_compression(await client.compress(session_id)))

        self._app.ask(compress, "compact")

    def memory(self, words: str) -> None:
        session = self._app.session
        if session is None:
            return
        if session.project_id is None:
            self._say("Memories belong to a project, and this session has none: `segue memory` sets one up.")
            return
        project_id = session.project_id

        async def show(client: Client) -> None:
            from segue.tui.knowledge import describe_memories

            found: Sequence[Memory] = (
                await client.search_memories(project_id, words) if words else await client.memories(project_id)
            )
            self._open_page(f"What {project_id} remembers", describe_memories(found))

        self._app.ask(show, "memory")

    def mcp(self, _: str) -> None:
        async def show(client: Client) -> None:
            from segue.tui.mcp import describe_servers

            servers = [await client.mcp_server(server.name) for server in await client.mcp_servers()]
            self._open_page("MCP servers", describe_servers(servers))

        self._app.ask(show, "mcp")
