"""A tool that must be allowed: shown in the channel that asked and in the terminal, answered once from anywhere,
through crashes of everybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from segue.errors import ApprovalConflict
from segue.models import Approval, PendingApproval
from tests.discord_server.messages import Message
from tests.discord_server.permissions import Permission
from tests.discord_server.users import User
from tests.lamps import LAMP
from tests.stories.discord_house import MESSAGE, MESSAGES, Building, House, building

pytestmark = pytest.mark.asyncio(loop_scope="module")

LABELS = ["Allow", "Always here", "Deny"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_building(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Building]:
    async with building(tmp_path_factory.mktemp("building"), **LAMP) as built:
        yield built


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> House:
    return shared_house


async def ask(house: House, text: str = "hi") -> Message:
    """Let alice ask for something that takes a tool; return what the channel is asked."""
    house.model.ask(("lamp__echo", json.dumps({"text": text})))
    house.model.say("It is done.")
    await house.general.say(house.alice, f"say {text}")
    return await house.general.wait_for(lambda m: [b["label"] for b in m.buttons] == LABELS)


async def pending(house: House) -> PendingApproval:
    session_id = (await house.binding(house.general)).session_id
    (found,) = [a for a in await house.client.pending_approvals() if a.session_id == session_id]
    return found


async def resolved(house: House, approval_id: str) -> Approval:
    """Return an approval as a follower learns of it, once it is answered."""
    session_id = (await house.binding(house.general)).session_id
    async for event in house.client.follow(session_id, after=0):
        if event.type == "approval.resolved" and event.data.id == approval_id:
            return event.data
    raise AssertionError("the stream ended")


async def link(house: House) -> str:
    await house.discord.until(house.discord.commands.names)
    code = (await house.client.create_link()).code
    await house.discord.slash(house.general, house.alice, "link", code=code)
    return (await house.client.me()).user.name


async def told(house: House, asked: Message, label: str, by: User) -> str:
    """Return what somebody hears who presses a button and may not, or is too late."""
    pressed = await house.discord.press(asked, label, by=by)
    return (await pressed.wait_for(lambda m: m.ephemeral)).content


def questions(house: House) -> list[str]:
    return [m.content for m in house.general.messages if m.content.startswith("🔧")]


async def test_call_is_allowed_in_the_channel_and_everybody_sees_by_whom(house: House) -> None:
    asked = await ask(house, "hi @everyone ```")
    assert "May **echo (lamp)** be used?" in asked.content
    assert '"hi @everyone \\u0060\\u0060\\u0060"' in asked.content
    assert asked.allowed_mentions == {"parse": []}
    approval = await pending(house)
    assert (approval.session_title, approval.call.arguments) == ("#general", {"text": "hi @everyone ```"})
    assert "Only who asked may do that" in await told(house, asked, "Allow", house.bob)
    await house.discord.press(asked, "Allow", by=house.alice)
    decided = await resolved(house, approval.id)
    assert (decided.state, decided.decided_by, decided.interface, decided.user_id) == (
        "allowed",
        "alice",
        "discord",
        None,
    )
    await house.general.wait_for("It is done.")
    await house.discord.until(lambda: not asked.buttons)
    assert asked.content.endswith("-# ✅ alice (Discord) allowed it.")
    assert house.answers(house.general)[1:] == ["-# used echo (lamp)", "It is done."]


async def test_call_is_allowed_elsewhere_and_the_channel_says_so(house: House) -> None:
    asked = await ask(house)
    await house.client.decide((await pending(house)).id, "allow", remember=True)
    await house.discord.until(lambda: not asked.buttons)
    me = (await house.client.me()).user.name
    assert asked.content.endswith(f"-# ✅ {me} (terminal) allowed it, and always here.")
    await house.general.wait_for("It is done.")
    house.model.ask(("lamp__echo", '{"text": "again"}'))
    house.model.say("Again.")
    await house.general.say(house.alice, "once more")
    await house.general.wait_for("Again.")
    assert len(questions(house)) == 1


async def test_linked_person_allows_as_themselves_and_for_always(house: House) -> None:
    name = await link(house)
    asked = await ask(house)
    approval = await pending(house)
    await house.discord.press(asked, "Always here", by=house.alice)
    decided = await resolved(house, approval.id)
    assert (decided.decided_by, decided.interface, decided.remembered) == (name, "discord", True)
    assert decided.user_id == (await house.client.me()).user.id
    await house.general.wait_for("It is done.")


async def test_guest_who_asked_may_deny_but_not_allow(house: House) -> None:
    house.model.ask(("lamp__echo", '{"text": "hi"}'))
    house.model.say("Then not.")
    await house.general.say(house.bob, "say hi")
    asked = await house.general.wait_for(lambda m: bool(m.buttons))
    for label in ("Allow", "Always here"):
        assert "only members of this session may allow it" in await told(house, asked, label, house.bob)
    assert (await pending(house)).state == "pending"
    await house.discord.press(asked, "Deny", by=house.bob)
    await house.general.wait_for("Then not.")
    await house.discord.until(lambda: "⛔ bob (Discord) denied it." in asked.content)
    assert "-# tried echo (lamp) in vain" in house.answers(house.general)


async def test_question_is_shown_where_the_answer_is_and_nowhere_else(house: House) -> None:
    quiet, whole, other = (house.guild.add_channel(name) for name in ("quiet", "whole", "other"))
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    session_id = (await house.binding(house.general)).session_id
    await house.client.bind("discord", str(quiet.id), session_id, "muted")
    await house.client.bind("discord", str(whole.id), session_id, "final")
    await house.client.bind("discord", str(other.id), session_id, "mention")
    asked = await ask(house)
    there = await whole.wait_for(lambda m: bool(m.buttons))
    assert house.answers(other) == []
    await house.client.update_binding("discord", str(other.id), policy="live")
    late = await other.wait_for(lambda m: bool(m.buttons))
    await house.discord.press(asked, "Allow", by=house.alice)
    await house.discord.until(lambda: not there.buttons and not late.buttons)
    await whole.wait_for("It is done.")
    assert "-# used echo (lamp)" not in house.answers(whole)
    await other.wait_for("-# used echo (lamp)")
    assert house.answers(quiet) == []


async def test_stopping_the_answer_takes_the_question_back(house: House) -> None:
    await house.discord.until(house.discord.commands.names)
    asked = await ask(house)
    await house.discord.slash(house.general, house.alice, "stop")
    await house.discord.until(lambda: not asked.buttons)
    assert "it was not done" in asked.content


async def test_arguments_that_are_long_are_shown_cut_and_whole_in_a_file(house: House) -> None:
    long = "x" * 5000
    house.model.ask(("lamp__echo", json.dumps({"text": long})), fragment=1000)
    house.model.say("Long.")
    await house.general.say(house.alice, "at length")
    asked = await house.general.wait_for(lambda m: bool(m.buttons))
    assert len(asked.content) < 2000
    assert "characters more" in asked.content
    (file,) = asked.attachments
    assert json.loads(file.data) == {"text": long}
    await house.discord.press(asked, "Allow", by=house.alice)
    await house.general.wait_for("Long.")


async def test_second_press_hears_who_was_first(house: House) -> None:
    asked = await ask(house)
    approval = await pending(house)
    async with house.discord.hold("PATCH", MESSAGE, after_doing=False) as held:
        await house.client.decide(approval.id, "allow")
        await held.arrived()
        me = (await house.client.me()).user.name
        assert await told(house, asked, "Deny", house.alice) == f"{me} has answered this already."
        held.drop()
    await house.general.wait_for("It is done.")
    await house.discord.until(lambda: not asked.buttons)
    with pytest.raises(ApprovalConflict, match=f"{me} has answered this already"):
        await house.client.decide(approval.id, "deny")


@pytest.mark.parametrize("after_doing", [True, False], ids=["sent", "not yet sent"])
async def test_bot_killed_while_it_asks_asks_once(house: House, after_doing: bool) -> None:
    await house.general.say(house.alice, "hello")
    await house.general.wait_for("ok")
    house.model.ask(("lamp__echo", '{"text": "hi"}'))
    house.model.say("It is done.")
    async with house.discord.hold("POST", MESSAGES, after_doing=after_doing) as held:
        await house.general.say(house.alice, "say hi")
        await held.arrived()
        await house.bot.kill()
        held.drop()
    house.discord.forget_nonces()
    await house.bot.start()
    asked = await house.general.wait_for(lambda m: bool(m.buttons))
    await house.discord.press(asked, "Allow", by=house.alice)
    await house.general.wait_for("It is done.")
    await house.discord.until(lambda: not asked.buttons)
    assert len(questions(house)) == 1


async def test_bot_and_daemon_killed_while_a_call_waits(house: House) -> None:
    asked = await ask(house)
    approval = await pending(house)
    await house.bot.kill()
    await asyncio.to_thread(house.daemon.restart)
    house.discord.forget_nonces()
    await house.bot.start()
    assert (await pending(house)).id == approval.id
    await house.discord.press(asked, "Allow", by=house.alice)
    await house.general.wait_for("It is done.")
    await house.discord.until(lambda: not asked.buttons)
    assert len(questions(house)) == 1
    assert house.answers(house.general).count("-# used echo (lamp)") == 1


async def test_what_was_answered_while_the_bot_was_away_is_shown_when_it_is_back(house: House) -> None:
    asked = await ask(house)
    await house.bot.kill()
    await house.client.decide((await pending(house)).id, "deny")
    house.discord.forget_nonces()
    await house.bot.start()
    await house.discord.until(lambda: not asked.buttons)
    assert "(terminal) denied it." in asked.content
    await house.general.wait_for("It is done.")
    assert len(questions(house)) == 1


async def test_button_that_nobody_took_away_says_who_answered(house: House) -> None:
    """The bot may not read the history, so it does not find what it said before it was killed."""
    asked = await ask(house)
    await house.bot.kill()
    await house.client.decide((await pending(house)).id, "allow")
    house.general.deny(house.discord.bot, Permission.READ_MESSAGE_HISTORY)
    await house.bot.start()
    await house.general.wait_for("It is done.")
    assert asked.buttons
    assert "has answered this already" in await told(house, asked, "Deny", house.alice)
    await house.discord.until(lambda: not asked.buttons and "(terminal) allowed it." in asked.content)


async def test_question_goes_with_the_session_when_the_place_is_bound_otherwise(house: House) -> None:
    asked = await ask(house)
    approval = await pending(house)
    other = await house.client.create_session(title="Other")
    await house.client.bind("discord", str(house.general.id), other.id)
    await house.discord.until(lambda: not asked.buttons)
    assert asked.content.endswith("is asked elsewhere")
    await house.client.decide(approval.id, "deny")
