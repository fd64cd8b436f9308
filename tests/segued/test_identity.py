from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from segue.errors import Forbidden, Unauthorized
from segue.models import Account, TokenId, UpdateUser
from segued import clock
from segued.config import ServerSettings, Settings, StoreSettings
from segued.identity import ALL_SCOPES, Gatekeeper
from segued.store import open_store
from segued.store.base import Actor, Store

OWNER = Actor(None, "owner", "unix", sees_all=True)
STRANGER = os.getuid() + 1


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    settings = Settings(store=StoreSettings(path=str(tmp_path / "segue.db")))
    async with open_store(settings, lambda commits: None) as store:
        yield store


@pytest.fixture
def keeper(store: Store) -> Callable[..., Gatekeeper]:
    def make(**settings: object) -> Gatekeeper:
        return Gatekeeper(store, Settings.model_validate(settings))

    return make


async def test_the_daemons_own_account_is_the_owner_with_all_scopes(keeper: Callable[..., Gatekeeper]) -> None:
    caller = await keeper().by_uid(os.getuid())
    assert caller.scopes == ALL_SCOPES
    assert caller.actor.sees_all
    again = await keeper().by_uid(os.getuid())
    assert again.actor.user_id == caller.actor.user_id


async def test_another_account_is_refused_unless_it_is_listed(keeper: Callable[..., Gatekeeper]) -> None:
    with pytest.raises(Unauthorized, match=f"{STRANGER} may not use this socket: list it"):
        await keeper().by_uid(STRANGER)
    listed = await keeper(server=ServerSettings(unix_users={str(STRANGER): "bob"})).by_uid(STRANGER)
    assert (listed.actor.name, listed.actor.sees_all) == ("bob", False)
    assert listed.scopes == {"read", "write", "run"}
    with pytest.raises(Forbidden, match="'admin'"):
        listed.require("admin")


async def test_a_token_gives_its_user_and_its_scopes(store: Store, keeper: Callable[..., Gatekeeper]) -> None:
    token = await store.add_token(OWNER, "ci", "bob", ("read", "admin"))
    gatekeeper = keeper()
    for _ in range(2):
        caller = await gatekeeper.by_token(token.token)
        assert (caller.actor.name, caller.token_id, caller.scopes) == ("bob", token.id, {"read", "admin"})
        assert caller.actor.sees_all
    caller.require("read")
    with pytest.raises(Forbidden):
        caller.require("run")


@pytest.mark.parametrize("wrong", ["", "segue_", "x" * 10_000, "\x00", "ü", "\udcff"])
async def test_a_wrong_token_is_refused(keeper: Callable[..., Gatekeeper], wrong: str) -> None:
    with pytest.raises(Unauthorized, match="segue token create"):
        await keeper().by_token(wrong)


async def test_a_tokens_use_is_noted_but_not_at_every_call(store: Store, keeper: Callable[..., Gatekeeper]) -> None:
    token = await store.add_token(OWNER, "ci", "bob", ("read",))
    gatekeeper = keeper()
    await gatekeeper.by_token(token.token)
    (first,) = await store.list_tokens(OWNER)
    assert first.last_used_at is not None
    for _ in range(5):
        await gatekeeper.by_token(token.token)
    assert await store.list_tokens(OWNER) == (first,)


async def test_a_deleted_token_is_refused_once_it_is_forgotten(store: Store, keeper: Callable[..., Gatekeeper]) -> None:
    token = await store.add_token(OWNER, "ci", "bob", ("read",))
    gatekeeper = keeper()
    await gatekeeper.by_token(token.token)
    await store.delete_token(OWNER, token.id)
    gatekeeper.forget()
    with pytest.raises(Unauthorized):
        await gatekeeper.by_token(token.token)


async def test_an_expired_token_is_refused_also_while_it_is_remembered(
    store: Store, keeper: Callable[..., Gatekeeper], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await store.add_token(OWNER, "ci", "bob", ("read",), 60)
    gatekeeper, real = keeper(), clock.nanoseconds
    await gatekeeper.by_token(token.token)
    monkeypatch.setattr(clock, "nanoseconds", lambda: real() + 61 * 10**9)
    for each in (gatekeeper, keeper()):
        with pytest.raises(Unauthorized, match="has expired"):
            await each.by_token(token.token)


async def test_a_disabled_user_is_refused_whichever_way_they_come(
    store: Store, keeper: Callable[..., Gatekeeper]
) -> None:
    gatekeeper = keeper(server=ServerSettings(unix_users={str(STRANGER): "bob"}), anonymous_loopback="read")
    token = await store.add_token(OWNER, "ci", "bob", ("read",))
    admin = await gatekeeper.by_uid(os.getuid())
    bob = Account(interface="unix", external_id=str(STRANGER))
    await gatekeeper.by_uid(STRANGER)
    await gatekeeper.anonymous()
    for name in ("bob", "anonymous"):
        await store.update_user(OWNER, name, UpdateUser(disabled=True))
    gatekeeper.forget()
    for attempt in (gatekeeper.by_uid(STRANGER), gatekeeper.by_token(token.token), gatekeeper.anonymous()):
        with pytest.raises(Unauthorized, match="is disabled"):
            await attempt
    with pytest.raises(Forbidden, match="bob is disabled"):
        await gatekeeper.acting_for(admin, bob, "bob")


class Slow:
    """A store whose answer about a token is on its way while the token is deleted."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.known = asyncio.Event()
        self.go_on = asyncio.Event()

    async def get_token(self, secret: str) -> object:
        token = await self.store.get_token(secret)
        self.known.set()
        await self.go_on.wait()
        return token

    async def update_token_used(self, token_id: TokenId) -> None:
        await self.store.update_token_used(token_id)


async def test_a_token_deleted_while_it_is_looked_up_is_not_remembered(store: Store) -> None:
    token = await store.add_token(OWNER, "ci", "bob", ("read",))
    slow = Slow(store)
    gatekeeper = Gatekeeper(slow, Settings())  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as tasks:
        caller = tasks.create_task(gatekeeper.by_token(token.token))
        await slow.known.wait()
        await store.delete_token(OWNER, token.id)
        gatekeeper.forget()
        slow.go_on.set()
    assert caller.done()
    with pytest.raises(Unauthorized):
        await gatekeeper.by_token(token.token)


@pytest.mark.parametrize(("allowed", "scopes"), [("read", {"read"}), ("read-write", {"read", "write", "run"})])
async def test_who_comes_without_a_token_may_do_what_the_settings_allow(
    keeper: Callable[..., Gatekeeper], allowed: str, scopes: set[str]
) -> None:
    caller = await keeper(anonymous_loopback=allowed).anonymous()
    assert (caller.actor.name, caller.scopes, caller.actor.sees_all) == ("anonymous", scopes, False)
    with pytest.raises(Unauthorized, match="TCP needs a token"):
        await keeper().anonymous()
