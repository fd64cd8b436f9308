"""What people do with commands and buttons, and what the bot says of itself."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from segue.client import Client
from tests.daemons import Daemon
from tests.segued.api.doors import tcp_url
from tests.stories.discord_house import House, housed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> House:
    await shared_house.discord.until(lambda: shared_house.discord.commands.names())
    return shared_house


async def link(house: House) -> None:
    code = (await house.client.create_link()).code
    shown = await house.discord.slash(house.general, house.alice, "link", code=code)
    me = (await house.client.me()).user.name
    assert shown.ephemeral
    assert f"You are **{me}** now" in shown.content


async def test_commands_are_registered_once_and_only_when_they_changed(house: House) -> None:
    names = set(house.discord.commands.names())
    wanted = "chat status help sessions attach detach new who link model memory search stop retry export handoff unlink"
    assert set(wanted.split()) <= names
    said = json.dumps(house.discord.commands.all(None), ensure_ascii=False)
    assert '"…"' not in said  # says discord.py of what is not described
    syncs = len(house.discord.commands.syncs)
    looks = len(house.discord.requests.find("GET", "/applications/*/commands"))
    await house.bot.restart()
    await house.discord.requests.wait_for("GET", "/applications/*/commands", looks + 1)
    await house.discord.slash(house.general, house.alice, "help")
    assert len(house.discord.commands.syncs) == syncs


async def test_document_names_the_commands_that_are_there(house: House) -> None:
    document = Path(__file__).parents[2] / "docs/discord.md"
    assert set(re.findall(r"`/(\w+)", document.read_text())) == set(house.discord.commands.names())


async def test_linked_person_has_one_name_and_takes_a_session_from_the_terminal(house: House) -> None:
    session = await house.client.create_session(title="Release notes")
    await house.client.create_session(title="Something else")
    await house.client.post(session.id, "earlier, in the terminal", respond=False)
    shown = await house.discord.slash(house.general, house.alice, "sessions")
    assert "/link" in shown.content
    await link(house)
    assert "Release notes" in (await house.discord.slash(house.general, house.alice, "sessions")).content
    offered = await house.discord.autocomplete(house.general, house.alice, "attach", "session", "release")
    assert [choice["value"] for choice in offered] == [session.id]
    offered = await house.discord.autocomplete(house.general, house.alice, "attach", "session", session.id[-8:])
    assert [choice["value"] for choice in offered] == [session.id]
    shown = await house.discord.slash(house.general, house.alice, "attach", session=session.id[-8:])
    assert "**Release notes**" in shown.content
    assert shown.ephemeral
    assert not (await house.general.wait_for("**alice** shows **Release notes** here from now on.")).ephemeral
    await house.general.say(house.alice, "and now from here")
    await house.general.wait_for("ok")
    message = await house.until(house.general, "and now from here")
    me = (await house.client.me()).user
    assert (message.session_id, message.sender, message.user_id) == (session.id, me.name, me.id)
    assert "earlier, in the terminal" not in "\n".join(house.general.lines)
    who = await house.discord.slash(house.general, house.alice, "who")
    assert me.name in who.content
    shown = await house.discord.slash(house.general, house.alice, "unlink")
    assert "linked to nobody any more" in shown.content


async def test_direct_talk_of_a_linked_person_is_a_session_of_their_own(house: House) -> None:
    await house.change(allow_users=[house.alice.id])
    await house.discord.until(house.discord.commands.names)
    direct = house.discord.direct_channel(house.alice)
    shown = await house.discord.slash(direct, house.alice, "link", code=(await house.client.create_link()).code)
    assert "here as in your terminal" in shown.content
    await direct.say(house.alice, "in private")
    await direct.wait_for("ok")
    session, me = await house.session(direct), (await house.client.me()).user
    assert (session.owner_id, session.messages[0].user_id) == (me.id, me.id)
    await house.discord.slash(direct, house.alice, "new", title="Secret plans")
    session = await house.session(direct)
    assert (session.title, session.owner_id) == ("Secret plans", me.id)


async def test_new_session_in_a_direct_talk_begins_without_the_project_of_somebody_else(
    make_daemon: Callable[..., Daemon],
) -> None:
    async with housed(partial(make_daemon, LISTEN='["unix:", "tcp:127.0.0.1:0"]'), start=False) as house:
        await house.change(allow_users=[house.alice.id])
        direct = house.discord.direct_channel(house.alice)
        await direct.say(house.alice, "not linked yet")
        await direct.wait_for("ok")
        project = (await house.session(direct)).project_id
        ada = await house.client.create_user("ada")
        token = (await house.client.create_token("laptop", user="ada")).token
        async with Client(tcp_url(house.daemon), token=token) as hers:
            await house.discord.slash(direct, house.alice, "link", code=(await hers.create_link()).code)
        await house.discord.slash(direct, house.alice, "new", title="Mine")
        session = await house.session(direct)
        assert project is not None
        assert (session.title, session.owner_id, session.project_id) == ("Mine", ada.id, None)


async def test_account_is_linked_with_a_code_from_discord(house: House) -> None:
    shown = await house.discord.slash(house.general, house.alice, "link")
    code = shown.content.split("`segue link ")[1].split("`")[0]
    await house.client.claim_link(code)
    identities = [i.external_id for i in (await house.client.me()).user.identities if i.interface == "discord"]
    assert identities == [str(house.alice.id)]


async def test_guest_sees_no_other_session(house: House) -> None:
    secret = await house.client.create_session(title="Secret plans")
    await house.client.post(secret.id, "the secret word is tangerine", respond=False)
    await house.general.say(house.bob, "hello")
    await house.general.wait_for("ok")
    assert "/link" in (await house.discord.slash(house.general, house.bob, "sessions")).content
    assert "tangerine" not in (await house.discord.slash(house.general, house.bob, "search", query="tangerine")).content
    assert await house.discord.autocomplete(house.general, house.bob, "attach", "session", "") == []
    shown = await house.discord.slash(house.general, house.bob, "attach", session=secret.id)
    assert "Only those who manage this server" in shown.content
    shown = await house.discord.slash(house.general, house.alice, "attach", session=secret.id)
    assert "You have no such session" in shown.content
    assert (await house.session(house.general)).title == "#general"


async def test_stranger_is_refused_by_every_command(house: House) -> None:
    sessions = (await house.client.sessions()).total
    elsewhere = house.discord.add_guild("Elsewhere")
    lobby = elsewhere.add_channel("lobby")
    for command in ("help", "new", "stop", "status"):
        shown = await house.discord.slash(lobby, house.alice, command)
        assert "You may not use this bot here" in shown.content
        assert shown.ephemeral
    shown = await house.discord.slash(lobby, house.alice, "chat", message="let me in")
    assert "You may not use this bot here" in shown.content
    assert (await house.client.sessions()).total == sessions


async def test_chat_asks_and_says_so_in_the_channel(house: House) -> None:
    house.model.say("An answer.")
    shown = await house.discord.slash(house.general, house.bob, "chat", message="A question?")
    assert not shown.ephemeral
    assert shown.content == "**bob**: A question?"
    await house.general.wait_for("An answer.")
    assert await house.until_count(house.general, 2) == ["A question?", "An answer."]


async def test_new_detach_policy_and_model(house: House) -> None:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    first = await house.binding(house.general)
    await house.discord.slash(house.general, house.alice, "new", title="Second try")
    second = await house.session(house.general)
    assert (second.title, second.messages) == ("Second try", ())
    assert second.id != first.session_id
    await house.discord.slash(house.general, house.alice, "policy", policy="final")
    assert (await house.binding(house.general)).policy == "final"
    await house.discord.slash(house.general, house.alice, "model", model="openai-compatible:other")
    await house.general.say(house.alice, "hello again")
    await house.general.wait_for(lambda m: m.reply_to is not None and m.reply_to.content == "hello again")
    assert house.model.requests[-1].body["model"] == "other"
    assert "other" in (await house.discord.slash(house.general, house.bob, "model")).content
    shown = await house.discord.slash(house.general, house.bob, "model", model="openai-compatible:mine")
    assert "Only those who manage" in shown.content
    await house.general.wait_for("**alice** began a new session here: **Second try**.")
    await house.discord.slash(house.general, house.alice, "detach")
    await house.general.wait_for("**alice** ended the session's stay: this channel shows none now.")
    assert all(b.place != str(house.general.id) for b in await house.client.bindings())


async def test_new_session_with_a_blank_title_is_called_as_its_place(house: House) -> None:
    for blank in ("  ", "\u200b"):
        shown = await house.discord.slash(house.general, house.alice, "new", title=blank)
        assert shown.content == r"A new session begins here: **\#general**."


async def test_stop_button_is_for_who_asked(house: House) -> None:
    hold = asyncio.Event()
    house.model.say("It begins and never ends.", pieces=3, hold=hold)
    await house.general.say(house.bob, "go on")
    shown = await house.general.wait_for(lambda m: bool(m.buttons))
    carol = house.discord.add_user("carol")
    refused = await house.discord.press(shown, "Stop", by=carol)
    await refused.wait_for("Only who asked may do that")
    await house.discord.press(shown, "Stop", by=house.bob)
    await house.discord.until(lambda: "Stopped." in shown.content and not shown.buttons)
    hold.set()


async def test_retry_button_asks_again_and_says_who(house: House) -> None:
    house.model.refuse(400, message="this model is gone")
    await house.general.say(house.bob, "question")
    failed = await house.general.wait_for("⚠️")
    assert [button["label"] for button in failed.buttons] == ["Retry"]
    house.model.say("Now it works.")
    await house.discord.press(failed, "Retry", by=house.bob)
    await house.general.wait_for("Now it works.")
    await house.discord.until(lambda: "Asked again by bob" in failed.content and not failed.buttons)


async def test_question_that_was_asked_again_elsewhere_has_one_answer(house: House) -> None:
    house.model.refuse(400, message="this model is gone")
    await house.general.say(house.bob, "question")
    failed = await house.general.wait_for("⚠️")
    (turn,) = await house.client.turns((await house.binding(house.general)).session_id)
    house.model.say("Now it works.")
    await house.client.retry(turn.id)
    await house.general.wait_for("Now it works.")
    late = await house.discord.press(failed, "Retry", by=house.bob)
    await late.wait_for("decided already")
    assert await house.until_count(house.general, 2) == ["question", "Now it works."]
    assert len(house.model.requests) == 2


async def test_memories_of_a_project_are_for_those_who_may_see_the_session(house: House) -> None:
    session = await house.client.create_session(title="Work", project_id="demo")
    await house.client.bind("discord", str(house.general.id), session.id)
    shown = await house.discord.slash(house.general, house.bob, "memory list")
    assert "/link" in shown.content
    await link(house)
    await house.discord.slash(house.general, house.alice, "memory set", key="style", value="tabs, never spaces")
    assert (await house.client.memory("demo", "style")).value == "tabs, never spaces"
    assert "tabs" in (await house.discord.slash(house.general, house.alice, "memory get", key="style")).content
    assert "style" in (await house.discord.slash(house.general, house.alice, "memory list")).content
    assert "style" in (await house.discord.slash(house.general, house.alice, "memory search", query="tabs")).content


async def test_export_is_a_file_for_the_owner_alone(house: House) -> None:
    await house.general.say(house.bob, "a line to be kept")
    await house.general.wait_for("ok")
    refused = await house.discord.slash(house.general, house.bob, "export")
    assert not refused.message.attachments
    await link(house)
    shown = await house.discord.slash(house.general, house.alice, "export")
    assert "a line to be kept" in shown.message.attachments[0].text
    assert shown.ephemeral


async def test_who_names_those_who_spoke_and_where(house: House) -> None:
    await house.general.say(house.bob, "hello")
    await house.general.wait_for("ok")
    session_id = (await house.binding(house.general)).session_id
    await house.client.post(session_id, "me too", sender="ada", respond=False)
    shown = await house.discord.slash(house.general, house.alice, "who")
    assert shown.content.split("Said something lately:\n")[1].splitlines()[:2] == [
        "- ada (terminal)",
        "- bob (Discord)",
    ]
