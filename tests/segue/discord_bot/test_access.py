from __future__ import annotations

from segue.discord_bot.access import Visitor, may_anybody_talk, may_manage, may_talk
from segue.discord_settings import DiscordSettings

GUILD, CHANNEL, THREAD, ALICE, CREW = 1, 2, 3, 4, 5
HERE = Visitor(ALICE, (CHANNEL,), GUILD)
PRIVATE = Visitor(ALICE, (9,))


def test_empty_lists_mean_nobody() -> None:
    assert not may_talk(DiscordSettings(), HERE)
    assert not may_talk(DiscordSettings(), PRIVATE)
    assert not may_talk(DiscordSettings(allow_channels=(CHANNEL,), allow_roles=(CREW,)), HERE)


def test_guild_allows_its_members_in_its_channels_and_not_in_private() -> None:
    settings = DiscordSettings(allow_guilds=(GUILD,))
    assert may_talk(settings, HERE)
    assert not may_talk(settings, PRIVATE)
    assert not may_talk(settings, Visitor(ALICE, (CHANNEL,), 77))


def test_user_is_allowed_everywhere() -> None:
    settings = DiscordSettings(allow_users=(ALICE,))
    assert may_talk(settings, HERE)
    assert may_talk(settings, PRIVATE)
    assert not may_talk(settings, Visitor(99, (CHANNEL,), GUILD))


def test_channels_narrow_it_and_hold_for_their_threads() -> None:
    settings = DiscordSettings(allow_guilds=(GUILD,), allow_users=(ALICE,), allow_channels=(CHANNEL,))
    assert may_talk(settings, HERE)
    assert may_talk(settings, Visitor(ALICE, (THREAD, CHANNEL), GUILD))
    assert not may_talk(settings, Visitor(ALICE, (THREAD, 8), GUILD))
    assert may_talk(settings, PRIVATE)


def test_roles_narrow_it_but_for_users_that_are_named() -> None:
    settings = DiscordSettings(allow_guilds=(GUILD,), allow_roles=(CREW,))
    assert not may_talk(settings, HERE)
    assert may_talk(settings, Visitor(ALICE, (CHANNEL,), GUILD, frozenset({CREW})))
    assert may_talk(settings.model_copy(update={"allow_users": (ALICE,)}), HERE)


def test_only_managers_and_admins_may_manage_a_channel_and_all_their_own_talk() -> None:
    settings = DiscordSettings(allow_guilds=(GUILD,), allow_users=(ALICE,))
    assert not may_manage(settings, HERE)
    assert may_manage(settings, Visitor(ALICE, (CHANNEL,), GUILD, manages_guild=True))
    assert may_manage(settings.model_copy(update={"admin_users": (ALICE,)}), HERE)
    assert may_manage(settings, PRIVATE)
    assert not may_manage(DiscordSettings(), Visitor(ALICE, (CHANNEL,), GUILD, manages_guild=True))


def test_place_is_closed_once_nobody_who_is_there_may_talk() -> None:
    allowed = DiscordSettings(allow_guilds=(GUILD,))
    named = DiscordSettings(allow_users=(ALICE,))
    assert may_anybody_talk(allowed, (CHANNEL,), GUILD, [])
    assert not may_anybody_talk(allowed, (CHANNEL,), 77, [])
    assert not may_anybody_talk(allowed.model_copy(update={"allow_channels": (8,)}), (CHANNEL,), GUILD, [])
    assert may_anybody_talk(named, (CHANNEL,), GUILD, [ALICE])
    assert not may_anybody_talk(named, (CHANNEL,), GUILD, [])
    assert may_anybody_talk(named, (9,), None, [ALICE])
    assert not may_anybody_talk(allowed, (9,), None, [ALICE])
