"""The conversation of the README: begun in the terminal, gone on with at Discord, and an agent adds a line."""

from __future__ import annotations

from collections.abc import Callable

from segue.client import Client
from tests.daemons import Daemon
from tests.stories.discord_house import housed


async def test_one_conversation_in_the_terminal_at_discord_and_with_an_agent(
    make_daemon: Callable[..., Daemon],
) -> None:
    async with housed(make_daemon) as house:
        await house.change(allow_guilds=[house.guild.id], admin_users=[house.alice.id], reply="always")
        terminal = house.client
        me = (await terminal.me()).user
        await house.discord.until(house.discord.commands.names)
        code = (await terminal.create_link()).code
        await house.discord.slash(house.general, house.alice, "link", code=code)

        session = await terminal.create_session(title="Release", reply="always", place=("tui", "main"))
        house.model.say("Which version is it?")
        await terminal.post(session.id, "I am preparing the release.", respond=True)
        async for event in terminal.follow(session.id, after=0):
            if event.type == "turn.completed":
                break

        await house.discord.slash(house.general, house.alice, "handoff")
        house.model.say("2.1 it is.")
        await house.general.say(house.alice, "It is 2.1.")
        await house.general.wait_for("2.1 it is.")
        await house.until_count(house.general, 4)  # the answer may be read while it is not yet whole
        async with Client(house.daemon.address, interface="http") as agent:
            await agent.post(session.id, "The build of 2.1 is green.", sender="build-bot", respond=False)
        await house.general.wait_for("**build\\-bot** (API): The build of 2.1 is green.")
        await house.bot.kill()
        house.daemon.restart()
        house.model.say("Then let us ship it.")
        await terminal.post(session.id, "So?", respond=True)
        await house.bot.start()
        await house.general.wait_for("Then let us ship it.")

        await house.until_count(house.general, 7)
        everything = [(m.sender, m.interface, m.content) for m in (await terminal.session(session.id)).messages]
        assert everything == [
            (me.name, "tui", "I am preparing the release."),
            ("chat", "agent", "Which version is it?"),
            (me.name, "discord", "It is 2.1."),
            ("chat", "agent", "2.1 it is."),
            ("build-bot", "http", "The build of 2.1 is green."),
            (me.name, "tui", "So?"),
            ("chat", "agent", "Then let us ship it."),
        ]
        assert house.general.lines == [
            "segue: -# **alice** shows **Release** here from now on.",
            "alice: It is 2.1.",
            "segue: 2.1 it is.",
            "segue: **build\\-bot** (API): The build of 2.1 is green.",
            f"segue: **{me.name}** (terminal): So?",
            "segue: Then let us ship it.",
        ]
