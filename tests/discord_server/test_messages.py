from __future__ import annotations

from io import BytesIO

import pytest

from tests.discord_server import Attachment, DiscordServer, Permission, TextChannel, User
from tests.discord_server.listener import Listener, dpy


async def test_what_people_say_is_heard_and_answered(bot: Listener, general: TextChannel, alice: User) -> None:
    said = await general.say(alice, "hi")
    (heard,) = await bot.hears("message")
    assert (heard.id, heard.content, heard.author.name, heard.channel.name) == (said.id, "hi", "alice", "general")
    assert heard.author.joined_at is not None
    answered = await heard.reply("hello")
    assert general.lines == ["alice: hi", "segue: hello"]
    assert general.messages[1].reply_to is said
    assert general.messages[1].id == answered.id
    (_, own) = await bot.hears("message", 2)
    assert own.reference.resolved.content == "hi"


async def test_edits_and_deletions_go_both_ways(bot: Listener, general: TextChannel, alice: User) -> None:
    said = await general.say(alice, "hello wrld")
    await general.edit(said, "hello world")
    assert (await bot.hears("message_edit"))[0].content == "hello world"
    await general.delete(said)
    assert (await bot.hears("raw_message_delete"))[0].message_id == said.id
    sent = await bot.channel(general.id).send("one")
    await sent.edit(content="two")
    assert general.lines == ["segue: two"]
    assert general.messages[0].versions == ["one", "two"]
    await sent.delete()
    assert general.lines == []


async def test_many_messages_deleted_at_once_are_one_event(bot: Listener, general: TextChannel, alice: User) -> None:
    said = [await general.say(alice, str(number)) for number in range(3)]
    await general.purge(said[:2])
    (event,) = await bot.hears("raw_bulk_message_delete")
    assert event.message_ids == {said[0].id, said[1].id}
    await bot.channel(general.id).send("3")
    await bot.channel(general.id).delete_messages(await bot.hears("message", 4) and bot.all("message")[2:])
    assert general.lines == []
    assert general.last_message_id is not None


async def test_preview_of_a_link_is_an_update_and_no_edit(bot: Listener, general: TextChannel, alice: User) -> None:
    said = await general.say(alice, "see https://example.org")
    await general.unfurl(said, {"type": "link", "title": "Example"})
    (update,) = await bot.hears("raw_message_edit")
    assert update.message.edited_at is None
    assert update.message.embeds[0].title == "Example"


async def test_text_is_trimmed_and_may_have_2000_code_points(bot: Listener, general: TextChannel) -> None:
    channel = bot.channel(general.id)
    assert (await channel.send("  indented\n")).content == "indented"
    assert len((await channel.send("🎉" * 2000)).content) == 2000
    with pytest.raises(dpy.HTTPException, match=r"In content: Must be 2000 or fewer in length\.") as refused:
        await channel.send("x" * 2001)
    assert (refused.value.status, refused.value.code) == (400, 50035)
    with pytest.raises(dpy.HTTPException) as refused:
        await channel.send("\n")
    assert refused.value.code == 50006


async def test_nonce_sent_again_gives_the_same_message(
    bot: Listener, discord: DiscordServer, general: TextChannel
) -> None:
    channel = bot.channel(general.id)
    first = await channel.send("part 1", nonce="m1.1")
    assert (await channel.send("part 1", nonce="m1.1")).id == first.id
    assert first.nonce == "m1.1"
    assert general.lines == ["segue: part 1"]
    assert [message.nonce async for message in channel.history()] == [None]
    discord.forget_nonces()
    assert (await channel.send("part 1", nonce="m1.1")).id != first.id
    with pytest.raises(dpy.HTTPException, match="In nonce: Must be 25 or fewer"):
        await channel.send("x", nonce="n" * 26)


async def test_history_is_read_after_before_and_around(bot: Listener, general: TextChannel, alice: User) -> None:
    said = [await general.say(alice, str(number)) for number in range(250)]
    channel = bot.channel(general.id)

    async def texts(**window: object) -> list[str]:
        return [message.content async for message in channel.history(**window)]  # type: ignore[arg-type]

    assert await texts(after=dpy.Object(said[9].id), limit=None) == [str(number) for number in range(10, 250)]
    assert await texts(limit=3) == ["249", "248", "247"]
    assert await texts(before=dpy.Object(said[2].id)) == ["1", "0"]
    assert await texts(around=dpy.Object(said[100].id), limit=3) == ["101", "100", "99"]
    assert (await channel.fetch_message(said[7].id)).content == "7"
    with pytest.raises(dpy.NotFound) as missing:
        await channel.fetch_message(1)
    assert missing.value.code == 10008


async def test_attachments_go_both_ways(bot: Listener, general: TextChannel, alice: User) -> None:
    await general.say(alice, attachments=[("notes.txt", b"remember"), ("cat.png", b"\x89PNG")])
    (heard,) = await bot.hears("message")
    assert [(item.filename, item.content_type) for item in heard.attachments] == [
        ("notes.txt", "text/plain"),
        ("cat.png", "image/png"),
    ]
    assert await heard.attachments[0].read() == b"remember"
    file = await heard.attachments[1].to_file()
    sent = await heard.channel.send("yours", files=[file, dpy.File(__file__, "code.py", description="a test")])
    received = general.messages[1].attachments
    assert [item.filename for item in received] == ["cat.png", "code.py"]
    assert (received[0].data, received[1].description) == (b"\x89PNG", "a test")
    await sent.edit(attachments=[sent.attachments[1]])
    assert [item.filename for item in general.messages[1].attachments] == ["code.py"]
    assert isinstance(general.messages[1].attachments[0], Attachment)


async def test_file_over_10_mib_is_refused(bot: Listener, general: TextChannel) -> None:
    with pytest.raises(dpy.HTTPException) as refused:
        await bot.channel(general.id).send(file=dpy.File(BytesIO(bytes(10 * 1024 * 1024 + 1)), "large.bin"))
    assert (refused.value.status, refused.value.code) == (413, 40005)
    assert general.messages == []


async def test_only_allowed_mentions_ping(
    bot: Listener, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    assert general.guild is not None
    bob = discord.add_user("bob")
    crew = general.guild.add_role("crew")
    general.allow(discord.bot, Permission.MENTION_EVERYONE)
    text = f"@everyone {bob.mention} {crew.mention} `{alice.mention}`"
    said = await general.say(alice, "hi")
    heard = (await bot.hears("message"))[0]
    await heard.reply(text)
    await heard.reply(text, allowed_mentions=dpy.AllowedMentions.none())
    only_bob = dpy.AllowedMentions(users=[dpy.Object(bob.id)], everyone=False, roles=False, replied_user=False)
    await heard.reply(text, allowed_mentions=only_bob)
    loud, silent, chosen = general.messages[1:]
    assert said.mentions.users == []
    assert (loud.mentions.users, loud.mentions.roles, loud.mentions.everyone) == ([bob, alice], [crew], True)
    assert (silent.mentions.users, silent.mentions.roles, silent.mentions.everyone) == ([], [], False)
    assert (chosen.mentions.users, chosen.mentions.roles, chosen.mentions.everyone) == ([bob], [], False)
    assert silent.allowed_mentions == {"parse": []}


async def test_reply_to_a_deleted_message_fails_unless_told_not_to(
    bot: Listener, general: TextChannel, alice: User
) -> None:
    said = await general.say(alice, "gone soon")
    (heard,) = await bot.hears("message")
    await general.delete(said)
    with pytest.raises(dpy.HTTPException, match="In message_reference: Unknown message"):
        await heard.reply("too late")
    await heard.channel.send("still", reference=heard.to_reference(fail_if_not_exists=False))
    assert general.lines == ["segue: still"]


async def test_only_the_author_may_edit_and_moderators_delete(
    bot: Listener, discord: DiscordServer, general: TextChannel, alice: User
) -> None:
    await general.say(alice, "mine")
    (heard,) = await bot.hears("message")
    with pytest.raises(dpy.Forbidden) as refused:
        await heard.edit(content="yours")
    assert refused.value.code == 50005
    general.deny(discord.bot, Permission.MANAGE_MESSAGES)
    with pytest.raises(dpy.Forbidden) as refused:
        await heard.delete()
    assert refused.value.code == 50013


async def test_reactions_go_both_ways(bot: Listener, discord: DiscordServer, general: TextChannel, alice: User) -> None:
    said = await general.say(alice, "hi")
    (heard,) = await bot.hears("message")
    await heard.add_reaction("✅")
    assert await general.wait_for_reaction(said, "✅") == [discord.bot]
    await general.react(said, alice, "✅")
    payload = (await bot.hears("raw_reaction_add", 2))[1]
    assert (payload.user_id, str(payload.emoji), payload.message_author_id) == (alice.id, "✅", alice.id)
    assert {user.name async for user in heard.reactions[0].users()} == {"segue", "alice"}
    await heard.remove_reaction("✅", bot.user)
    assert said.reactions == {"✅": [alice]}
    await heard.clear_reactions()
    assert said.reactions == {}
    with pytest.raises(dpy.NotFound) as unknown:
        await heard.add_reaction("ok")
    assert unknown.value.code == 10014


async def test_typing_is_seen_on_both_sides(bot: Listener, general: TextChannel, alice: User) -> None:
    await general.type(alice)
    assert await bot.hears("typing")
    async with bot.channel(general.id).typing():
        await general.wait_for_typing()


async def test_embeds_are_shown_taken_away_and_suppressed(bot: Listener, general: TextChannel) -> None:
    sent = await bot.channel(general.id).send(embed=dpy.Embed(title="Status", description="well"))
    assert general.messages[0].embeds[0]["title"] == "Status"
    await sent.edit(content="now text", embed=None)
    assert general.messages[0].embeds == []
    assert (await sent.edit(suppress=True)).flags.suppress_embeds
    with pytest.raises(dpy.HTTPException, match=r"In embeds\.0\.title"):
        await bot.channel(general.id).send(embed=dpy.Embed(title="x" * 257))
