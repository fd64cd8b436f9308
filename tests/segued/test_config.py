from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from segued.config import AgentSettings, McpServerSettings, Settings, as_toml, load, unknown_variables
from segued.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
WILD = """
listen = ["unix:/tmp/a b", "tcp:[::1]:0"]
anonymous_loopback = "read"
[agents."gpt 5.fast"]
system_prompt = "\\"quoted\\" \\\\ line\\nnext\\ttab \\u0001 \\u007f é ימין 🦆"
[server]
allowed_hosts = ["chat.example.org"]
[server.unix_users]
1001 = "ada = 'x'"
"""


@pytest.fixture(autouse=True)
def no_settings_of_the_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("SEGUE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEGUE_HOME", str(tmp_path))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def problems(file: Path | None = None, flags: dict[str, Any] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load(file, flags)
    heading, *lines = str(refused.value).splitlines()
    assert not lines or heading.startswith("The settings are wrong")
    return [line.strip() for line in lines] or [heading]


def keys(settings: object) -> Any:
    """Return the names of the settings as they stand in the file, in order."""
    if isinstance(settings, BaseModel):
        return [(name, keys(getattr(settings, name))) for name in type(settings).model_fields]
    if isinstance(settings, dict) and "chat" in settings:
        return [(name, keys(value)) for name, value in settings.items()]
    return None


def written(table: dict[str, Any]) -> Any:
    return [(name, written(value) if isinstance(value, dict) and value else None) for name, value in table.items()]


def test_the_example_gives_the_defaults() -> None:
    assert load(EXAMPLE).model_dump() == load().model_dump() == Settings().model_dump()


def test_the_example_names_every_setting_in_order_each_with_a_comment() -> None:
    text = EXAMPLE.read_text()
    assert written(tomllib.loads(text)) == keys(Settings())
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"\w+ = |\[", line):
            assert lines[number - 1].startswith("# "), f"{line} says nothing of itself"


def test_the_example_of_an_mcp_server_gives_the_defaults_and_names_every_setting_in_order(file: Path) -> None:
    _, _, rest = EXAMPLE.read_text().partition("# [mcp.time]\n")
    example = rest.partition("\n\n")[0]
    lines = ["[mcp.time]", *(line[2:] for line in example.splitlines() if re.match(r"# \w+ = ", line))]
    file.write_text("\n".join(lines))
    names = [line.partition(" = ")[0] for line in lines[1:]]
    assert names == list(McpServerSettings.model_fields)
    server = load().mcp["time"]
    assert server == McpServerSettings(command=server.command, args=server.args)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[mcp.segue]\ncommand = 'x'", "mcp: 'segue' is taken by the built-in tools"),
        ("[mcp.'a b']\ncommand = 'x'", "mcp: 'a b' cannot be part of a tool's name"),
        ("[mcp.a]", "mcp.a: give a command or a url: exactly one of the two"),
        ("[mcp.a]\ncommand = 'x'\nurl = 'http://x'", "mcp.a: give a command or a url: exactly one of the two"),
        ("[mcp.a]\nurl = 'localhost:80'", "mcp.a: url: 'localhost:80' is no URL"),
        ("[mcp.a]\nurl = 'http://x'\ntoken_env = 'sk-1'", "mcp.a.token_env: this must be the name of an environment"),
        (
            "[agents.chat]\ntools = ['git']",
            "mcp: agents.chat.tools names 'git': add a table [mcp.git], or leave it out",
        ),
    ],
)
def test_an_mcp_server_that_cannot_be_is_refused(file: Path, text: str, problem: str) -> None:
    file.write_text(text)
    (told,) = problems()
    assert told.startswith(problem)


def test_agents_may_name_servers_what_is_built_in_and_all(file: Path) -> None:
    file.write_text("[agents.chat]\ntools = ['git', 'segue', '*']\n[mcp.git]\ncommand = 'git-server'")
    assert load().mcp["git"].command == "git-server"
    file.write_text(as_toml(load()))
    assert load().mcp["git"].command == "git-server"


def test_nothing_set_is_the_defaults_and_a_missing_default_file_is_no_problem() -> None:
    settings = load()
    assert settings.listen == ("unix:", "tcp:127.0.0.1:7348")
    assert settings.agents == {"chat": AgentSettings()}
    assert settings.database.name == "segue.db"


def test_defaults_give_way_to_the_file_then_the_environment_then_flags(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('listen = ["unix:/file"]\n[sessions]\nmax_running_turns = 2\n[log]\nlevel = "debug"\n')
    assert load().listen == ("unix:/file",)
    monkeypatch.setenv("SEGUE_LISTEN", '["unix:/environment"]')
    monkeypatch.setenv("SEGUE_SESSIONS__MAX_RUNNING_TURNS", "3")
    assert load().listen == ("unix:/environment",)
    settings = load(file, {"listen": ["unix:/flag"]})
    assert settings.listen == ("unix:/flag",)
    assert settings.sessions.max_running_turns == 3
    assert settings.log.level == "debug"
    assert settings.sessions.max_message_bytes == Settings().sessions.max_message_bytes


def test_one_agent_more_leaves_the_default_one_as_it_is(file: Path) -> None:
    file.write_text('[agents.poet]\nmodel = "openai:gpt-5"\n')
    settings = load()
    assert list(settings.agents) == ["chat", "poet"]
    assert settings.agents["chat"] == AgentSettings()


def test_all_problems_are_told_at_once_with_their_keys(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(
        'typo = 1\nanonymous_loopback = "maybe"\n[store]\nreaders = 0\n'
        '[agents.chat]\nmodel = "gpt-5"\nmax_retries = "x"\n'
    )
    monkeypatch.setenv("SEGUE_LOG__LEVEL", "loud")
    told = dict(line.split(": ", 1) for line in problems(flags={"listen": ["http://x"]}))
    assert set(told) == {
        "typo",
        "anonymous_loopback",
        "agents.chat.model",
        "agents.chat.max_retries",
        "store.readers",
        "log.level",
        "listen",
    }
    assert told["typo"] == "there is no such setting"
    assert told["agents.chat.model"].startswith("'gpt-5' is not a model: use 'offline' or one of 'openai:NAME'")
    assert '"tcp:HOST:PORT"' in told["listen"]


@pytest.mark.parametrize(
    "model", ["", "gpt-5", "openai:", "openai", "Offline", "mistral:x", "openai-compatible:", ":x", "offline:x"]
)
def test_a_model_that_cannot_be_reached_is_refused(file: Path, model: str) -> None:
    file.write_text(f'[agents.chat]\nmodel = "{model}"\n')
    assert "is not a model" in problems()[0]


@pytest.mark.parametrize(
    "uri", ["", "http://x", "tcp:", "tcp:7348", "tcp:host:", "tcp::1", "tcp:h:70000", "tcp:h:-1", "udp:h:1", "/path"]
)
def test_an_address_that_is_none_is_refused(uri: str) -> None:
    assert "is not an address" in problems(flags={"listen": [uri]})[0]


def test_there_must_be_an_address() -> None:
    assert "at least one" in problems(flags={"listen": []})[0]


def test_what_is_not_toml_is_told_with_its_line(file: Path) -> None:
    file.write_text('listen = ["unix:"]\n\n[agents\n')
    assert re.search(r"not TOML.*line 3", problems()[0])
    file.write_bytes(b"\xff\xfe")
    assert problems()[0].startswith("not readable")


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    assert "there is no such settings file" in problems(tmp_path / "other.toml")[0]
    assert "there is no such settings file" in problems(tmp_path)[0]


def test_what_is_in_the_place_of_the_settings_and_no_file_is_told(file: Path) -> None:
    file.symlink_to("nowhere.toml")
    assert "is a link that leads to no file" in problems()[0]
    file.unlink()
    file.mkdir()
    assert "is no file" in problems()[0]


def test_addresses_in_a_variable_are_json_or_have_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("unix:, tcp:127.0.0.1:0", '["unix:", "tcp:127.0.0.1:0"]'):
        monkeypatch.setenv("SEGUE_LISTEN", text)
        assert load().listen == ("unix:", "tcp:127.0.0.1:0")
    monkeypatch.setenv("SEGUE_LISTEN", '["unix:"')
    monkeypatch.setenv("SEGUE_SESSIONS__MAX_MESSAGE_BYTES", "abc")
    assert [problem.split(":")[0].strip() for problem in problems()] == ["listen", "sessions.max_message_bytes"]


def test_every_address_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGUE_LISTEN", "foo:bar,unix:,zz")
    assert "'foo:bar', 'zz' are no addresses" in problems()[0]


def test_a_key_where_its_variable_should_be_named_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGUE_AGENTS__CHAT__API_KEY_ENV", "sk-secret-1")
    (problem,) = problems()
    assert "name of an environment variable" in problem
    assert "sk-secret" not in problem


def test_variables_that_set_nothing_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEGUE_TOKEN", "SEGUE_URL", "SEGUE_LOG__LEVEL", "SEGUE_LISTENN", "SEGUE_LOGS__LEVEL"):
        monkeypatch.setenv(name, "info")
    assert unknown_variables() == ["SEGUE_LISTENN", "SEGUE_LOGS__LEVEL"]


@pytest.mark.parametrize("text", ["", WILD])
def test_settings_as_toml_give_the_same_settings(file: Path, text: str) -> None:
    file.write_text(text)
    settings = load()
    file.write_text(as_toml(settings))
    assert load().model_dump() == settings.model_dump()


def test_settings_as_json_hold_every_setting(file: Path) -> None:
    file.write_text(WILD)
    assert json.loads(load().model_dump_json())["agents"]["gpt 5.fast"]["model"] == "offline"


def test_settings_hold_no_secrets_only_names_of_variables() -> None:
    names = [name for _, part in keys(Settings()) for name, _ in part or ()] + list(AgentSettings.model_fields)
    assert [name for name in names if re.search("key|token|secret|password", name)] == [
        "api_key_env",
        "token_env",
        "token_file",
        "api_key_env",
        "context_tokens",
        "memory_tokens",
        "tool_result_tokens",
    ]
