from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from segue.discord_settings import CREDENTIAL, DiscordSettings, SettingsProblem, find_token, load


@pytest.fixture(autouse=True)
def no_settings_of_the_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("SEGUE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEGUE_HOME", str(tmp_path))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_without_settings_nobody_may_use_it() -> None:
    settings = load()
    assert settings == DiscordSettings()
    assert (settings.allow_guilds, settings.allow_users, settings.admin_users) == ((), (), ())


def test_the_file_gives_way_to_the_environment_and_what_is_not_of_discord_is_left_alone(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('listen = 7\n[agents.chat]\nmodel = "?"\n[discord]\nallow_guilds = [1, "2"]\nreply = "always"\n')
    monkeypatch.setenv("SEGUE_DISCORD__REPLY", "never")
    monkeypatch.setenv("SEGUE_DISCORD__ALLOW_USERS", "[3]")
    settings = load()
    assert (settings.allow_guilds, settings.allow_users, settings.reply) == ((1, 2), (3,), "never")


def test_all_problems_are_told_at_once_with_their_keys(file: Path) -> None:
    file.write_text(
        '[discord]\ntypo = 1\nallow_guilds = ["the pub"]\nreply = "loudly"\ntoken_env = "MTE.a-token.x"\n'
        "[discord.channels.general]\n"
    )
    with pytest.raises(SettingsProblem) as refused:
        load()
    heading, *lines = str(refused.value).splitlines()
    assert str(file) in heading
    told = dict(line.strip().split(": ", 1) for line in lines)
    assert set(told) == {
        "discord.typo",
        "discord.allow_guilds.0",
        "discord.reply",
        "discord.token_env",
        "discord.channels",
    }
    assert told["discord.typo"] == "there is no such setting"
    assert "'general' is not the id of a channel" in told["discord.channels"]
    assert "a-token" not in str(refused.value)


@pytest.mark.parametrize("content", ["[discord", "\xff", "discord = 3"])
def test_a_file_that_cannot_be_read_is_told(file: Path, content: str) -> None:
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(SettingsProblem, match=str(file)):
        load()


def test_a_channel_is_served_as_it_says_or_the_one_above_it_or_as_all_are() -> None:
    settings = DiscordSettings.model_validate(
        {"reply": "never", "channels": {"1": {"reply": "always", "agent": "poet"}, "2": {"policy": "muted"}}}
    )
    assert settings.service(1) == ("always", "live", "poet")
    assert settings.service(5, 1) == ("always", "live", "poet")
    assert settings.service(2, 1) == ("never", "muted", None)
    assert settings.service(7) == ("never", "live", None)


def test_the_token_comes_from_the_variable_else_the_credential_else_the_file(tmp_path: Path) -> None:
    settings = DiscordSettings(token_env="BOT", token_file=str(tmp_path / "token"))
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path), "BOT": " one\n"}
    (tmp_path / CREDENTIAL).write_text("two\n")
    (tmp_path / "token").write_text("three\n")
    found = []
    for gone in ("BOT", CREDENTIAL, "token"):
        token, where = find_token(settings, environment)
        found.append(token.get_secret_value())
        assert gone in where
        assert found[-1] not in where + repr(token)
        environment.pop(gone, None)
        (tmp_path / gone).unlink(missing_ok=True)
    assert found == ["one", "two", "three"]
    with pytest.raises(SettingsProblem, match="environment variable BOT"):
        find_token(settings, environment)


def test_a_token_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem, match="cannot be read"):
        find_token(DiscordSettings(token_file=str(tmp_path)), {})


def test_a_session_gets_the_project_of_its_channel_or_of_its_guild_or_none() -> None:
    assert DiscordSettings().project_of(7, 1) == "discord-7"
    assert DiscordSettings(project="pub-{guild}").project_of(7, 1) == "pub-1"
    assert DiscordSettings(project="pub-{guild}").project_of(7, None) == "pub-7"
    assert DiscordSettings(project="").project_of(7, 1) is None


@pytest.mark.parametrize("project", ["{place}", "{", "{channel.x}", "{0}", "a\nb", "x" * 201])
def test_a_project_that_cannot_be_one_is_refused(project: str) -> None:
    with pytest.raises(ValidationError, match="this must be a name, with"):
        DiscordSettings(project=project)
