from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.discord_server import DiscordServer, Guild, TextChannel, User
from tests.discord_server.conftest import Run
from tests.discord_server.listener import Listener, app_commands, dpy

Said = dpy.Interaction[Listener]


class Commanded(Listener):
    """A bot with one command of each kind."""

    def __init__(self) -> None:
        super().__init__()
        self.tree.command(name="status", description="how it goes")(self._status)
        self.tree.command(name="think", description="takes a while")(self._think)
        self.tree.command(name="silence", description="says nothing")(self._silence)
        self.tree.command(name="panel", description="buttons")(self._panel)
        attach: app_commands.Command[Any, Any, Any] = app_commands.Command(
            name="attach", description="bind", callback=self._attach
        )
        attach.autocomplete("session")(self._sessions)
        self.tree.add_command(attach)
        memory = app_commands.Group(name="memory", description="what is remembered")
        memory.command(name="set", description="remember")(self._remember)
        self.tree.add_command(memory)

    async def _status(self, said: Said) -> None:
        await said.response.send_message(f"fine, {said.user.name}", ephemeral=True)
        await said.followup.send("more", ephemeral=True)

    async def _think(self, said: Said, secretly: bool = False) -> None:
        await said.response.defer(ephemeral=secretly)
        await asyncio.sleep(0.02)
        await said.followup.send("42")
        await said.followup.send("really")

    async def _silence(self, said: Said) -> None:
        pass

    async def _attach(self, said: Said, session: str, who: dpy.Member | None = None) -> None:
        name = who.name if who else "nobody"
        await said.response.send_message(f"{session} for {name} in {said.channel}")
        await said.edit_original_response(content=f"{session} for {name}, done")

    async def _sessions(self, said: Said, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=name, value=name) for name in ("work", "home") if name.startswith(typed)]

    async def _remember(self, said: Said, key: str, value: str) -> None:
        await said.response.send_message(f"{key} = {value}")

    async def _panel(self, said: Said) -> None:
        await said.response.send_message("choose", view=Panel())


class Panel(dpy.ui.View):
    @dpy.ui.button(label="Stop", custom_id="stop")
    async def stop_it(self, said: Said, button: dpy.ui.Button[Panel]) -> None:
        button.disabled = True
        await said.response.edit_message(content=f"stopped by {said.user.name}", view=self)

    @dpy.ui.button(label="Later")
    async def later(self, said: Said, _: dpy.ui.Button[Panel]) -> None:
        await said.response.defer()
        await said.edit_original_response(content="later it is")

    @dpy.ui.button(label="Ask")
    async def ask(self, said: Said, _: dpy.ui.Button[Panel]) -> None:
        await said.response.send_modal(Question())

    @dpy.ui.select(custom_id="colour", options=[dpy.SelectOption(label="red"), dpy.SelectOption(label="blue")])
    async def colour(self, said: Said, chosen: dpy.ui.Select[Panel]) -> None:
        await said.response.send_message(chosen.values[0], ephemeral=True)


class Question(dpy.ui.Modal, title="Question"):
    answer: dpy.ui.TextInput[Any] = dpy.ui.TextInput(label="Answer", custom_id="answer")

    async def on_submit(self, said: dpy.Interaction[Any], /) -> None:
        await said.response.send_message(f"so it is {self.answer.value}")


@pytest.fixture
async def bot(run: Run, general: TextChannel, alice: User) -> Any:
    listener = Commanded()
    async with run(listener):
        await listener.tree.sync()
        yield listener


async def test_command_shows_an_ephemeral_answer_to_one_person(
    bot: Commanded, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    shown = await discord.slash(general, alice, "status")
    assert (shown.content, shown.ephemeral) == ("fine, alice", True)
    assert (await shown.wait_for("more")).ephemeral
    assert general.lines == []
    assert [message.guild for message in await bot.hears("message", 2)] == [None, None]


async def test_deferred_answer_takes_the_place_of_thinking(
    bot: Commanded, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    shown = await discord.slash(general, alice, "think")
    assert (shown.content, shown.ephemeral, shown.message.loading) == ("42", False, False)
    assert (await shown.wait_for("really")).reply_to is shown.message
    assert general.lines == ["segue: 42", "segue: really"]
    secret = await discord.slash(general, alice, "think", secretly=True)
    assert (secret.content, secret.ephemeral) == ("42", True)


async def test_options_reach_the_command_and_the_answer_can_be_edited(
    bot: Commanded, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    shown = await discord.slash(general, alice, "attach", session="work", who=alice)
    await shown.wait_for("work for alice, done")
    assert general.messages[0].versions == ["work for alice in general", "work for alice, done"]
    group = await discord.slash(general, alice, "memory set", key="tea", value="green")
    assert group.content == "tea = green"
    direct = await discord.slash(discord.direct_channel(alice), alice, "memory set", key="a", value="b")
    assert direct.content == "a = b"


async def test_commands_are_used_as_they_are_registered(
    bot: Commanded, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    for wrong in ({}, {"session": 1}, {"session": "work", "colour": "red"}):
        with pytest.raises(AssertionError):
            await discord.slash(general, alice, "attach", **wrong)
    with pytest.raises(AssertionError, match="no command /nothing"):
        await discord.slash(general, alice, "nothing")


async def test_choices_are_offered_while_typing(
    bot: Commanded, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    offered = await discord.autocomplete(general, alice, "attach", "session", "w")
    assert offered == [{"name": "work", "value": "work"}]


async def test_no_answer_in_time_is_seen_and_too_late(
    bot: Commanded, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    discord.world.answer_seconds = 0.05
    shown = await discord.slash(general, alice, "silence")
    assert shown.failed
    (late,) = await bot.hears("interaction")
    with pytest.raises(dpy.NotFound) as refused:
        await late.response.send_message("sorry")
    assert refused.value.code == 10062


async def test_interaction_is_answered_once(
    bot: Commanded, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    await discord.slash(general, alice, "status")
    (said,) = bot.all("interaction")
    said.response._response_type = None
    with pytest.raises(dpy.HTTPException) as refused:
        await said.response.send_message("again")
    assert refused.value.code == 40060
    await said.delete_original_response()
    with pytest.raises(dpy.NotFound):
        await said.original_response()


async def test_interaction_is_over_after_a_while(
    bot: Commanded, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    shown = await discord.slash(general, alice, "status")
    await shown.wait_for("more")
    shown.expire()
    with pytest.raises(dpy.HTTPException) as refused:
        await bot.all("interaction")[0].followup.send("still there?")
    assert refused.value.code == 50027


async def test_buttons_menus_and_forms_work(
    bot: Commanded, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    panel = (await discord.slash(general, alice, "panel")).message
    later = await discord.press(panel, "Later", by=alice)
    await later.wait_for("later it is")
    assert panel.content == "later it is"
    chosen = await discord.press(panel, "colour", by=alice, values=["blue"])
    assert (chosen.content, chosen.ephemeral) == ("blue", True)
    form = await discord.press(panel, "Ask", by=alice)
    answered = await discord.submit(form, answer="42")
    assert answered.content == "so it is 42"
    await discord.press(panel, "stop", by=alice)
    assert panel.content == "stopped by alice"
    with pytest.raises(AssertionError, match="disabled"):
        await discord.press(panel, "Stop", by=alice)


async def test_syncs_are_counted_and_ids_stay(bot: Commanded, discord: DiscordServer, guild: Guild) -> None:
    (sync,) = discord.world.commands.syncs
    assert (sync.guild_id, sorted(sync.names)) == (
        None,
        ["attach", "memory", "panel", "silence", "status", "think"],
    )
    before = {command.name: command.id for command in await bot.tree.fetch_commands()}
    await bot.tree.sync()
    assert {command.name: command.id for command in await bot.tree.fetch_commands()} == before
    bot.tree.copy_global_to(guild=dpy.Object(guild.id))
    await bot.tree.sync(guild=dpy.Object(guild.id))
    assert [sync.guild_id for sync in discord.world.commands.syncs] == [None, None, guild.id]
    assert discord.world.commands.names(guild.id) == discord.world.commands.names()
