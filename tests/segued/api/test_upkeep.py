from __future__ import annotations

from segue import routes
from segue.client import Client
from tests.daemons import Daemon
from tests.segued.api.doors import tcp


async def test_the_database_is_written_anew_when_an_admin_says_so(client: Client) -> None:
    done = await client.vacuum()
    assert done.bytes_before >= done.bytes_after > 0


async def test_who_has_as_much_as_they_may_have_is_told_what_to_do(make_daemon) -> None:  # type: ignore[no-untyped-def]
    daemon: Daemon = make_daemon(LISTEN='["unix:", "tcp:127.0.0.1:0"]', USERS__MAX_SESSIONS="1", USERS__MAX_BYTES="10")
    async with daemon.client() as owner:
        token = await owner.create_token("ada", user="ada")
        async with tcp(daemon, token.token) as http:
            _, session = await http("POST", routes.SESSIONS)
            status, answer = await http("POST", routes.SESSIONS)
            assert (status, answer["error"]["code"]) == (403, "quota_exceeded")
            assert "segue sessions delete" in answer["detail"]
            where = f"{routes.SESSIONS}/{session['id']}/messages"
            status, answer = await http("POST", where, {"role": "user", "content": "more than ten bytes"})
            assert (status, answer["error"]["code"]) == (403, "quota_exceeded")
            assert (await http("POST", where, {"role": "user", "content": "less"}))[0] == 201
        (ada,) = [user for user in await owner.users() if user.name == "ada"]
        assert (ada.sessions_owned, ada.bytes) == (1, 4)
        for _ in range(3):
            await owner.create_session()
