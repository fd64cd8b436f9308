from __future__ import annotations

from operator import attrgetter

import pytest

from segue import routes
from segue.errors import Invalid
from segue.models import Reloaded
from segued.config import LogSettings, Settings
from segued.errors import ConfigError
from segued.reloading import RELOADABLE, Reloader
from tests.daemons import Daemon

OTHER = """
listen = ["unix:", "tcp:127.0.0.1:0"]
[agents.chat]
system_prompt = "Be brief."
[agents.second]
[log]
level = "debug"
[server]
requests_per_minute = 5
max_body_bytes = 2048
[mcp.none]
command = "/nowhere/at/all"
env = {SECRET = "hidden"}
"""


def reloader(old: Settings, new: Settings) -> Reloader:
    return Reloader(old, lambda: new)


@pytest.mark.parametrize("key", RELOADABLE)
def test_what_can_be_taken_over_is_a_setting(key: str) -> None:
    attrgetter(key)(Settings())


async def test_what_can_be_is_in_force_and_the_rest_is_named_until_a_restart() -> None:
    old, new = Settings(), Settings(anonymous_loopback="read", listen=("unix:/x",), log=LogSettings(level="debug"))
    told: list[Settings] = []
    reloading = reloader(old, new)
    reloading.tell(told.append)
    assert await reloading.reload() == Reloaded(changed=("anonymous_loopback", "log.level"), needs_restart=("listen",))
    assert told == [old.model_copy(update={"anonymous_loopback": "read", "log": new.log})] == [reloading.settings]
    assert await reloading.reload() == Reloaded(changed=(), needs_restart=("listen",))


async def test_a_part_that_refuses_leaves_all_as_it_was() -> None:
    def refuse(settings: Settings) -> None:
        raise ConfigError("no")

    reloading = reloader(Settings(), Settings(anonymous_loopback="read"))
    told: list[Settings] = []
    reloading.tell(refuse)
    reloading.tell(told.append)
    with pytest.raises(Invalid, match="no"):
        await reloading.reload()
    assert (told, reloading.settings) == ([], Settings())


def write(daemon: Daemon, settings: str) -> None:
    (daemon.home / "config.toml").write_text(settings)


async def test_a_daemon_takes_over_what_it_can_while_it_runs(daemon: Daemon) -> None:
    async with daemon.http() as http, daemon.client() as client:
        write(daemon, OTHER)
        status, done = await http("POST", routes.RELOAD)
        assert status == 200
        assert done["needs_restart"] == ["server.max_body_bytes"], "SEGUE_LISTEN stands above the file"
        changed = set(done["changed"])
        assert {"agents.chat.system_prompt", "agents.second (added)", "log.level", "mcp.none (added)"} <= changed
        assert "server.requests_per_minute" in changed
        assert (await client.create_session(agent_name="second")).agent_name == "second"
        assert [server.name for server in (await client.status()).mcp] == ["none"]
        write(daemon, "nonsense = 1")
        status, refused = await http("POST", routes.RELOAD)
        assert (status, "nonsense: there is no such setting" in refused["detail"]) == (422, True)
        assert set((await client.status()).agents) == {"chat", "second"}
        write(daemon, "")
        _, done = await http("POST", routes.RELOAD)
        assert done["needs_restart"] == []
        assert {"agents.second (removed)", "mcp.none (removed)"} <= set(done["changed"])
        assert not [name for name in done["changed"] if name.startswith(("mcp.none.", "agents.second."))]
        assert (await client.status()).mcp == ()
    assert "hidden" not in daemon.log
