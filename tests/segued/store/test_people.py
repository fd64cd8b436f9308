from __future__ import annotations

import pytest

from segue.errors import Forbidden, IdentityTaken, LinkNotFound, TokenNotFound, UserNotFound
from segue.models import Account, CreateLink, TokenId, UserId
from segued.store.base import Actor
from tests.segued.store.drivers import Driver, Home, once, open_home


def discord(external_id: str) -> Account:
    return Account(interface="discord", external_id=external_id)


async def test_a_user_is_added_once_and_found_by_each_identity(home: Home) -> None:
    user = await home.store.add_user("ada", ("unix", "1000"))
    assert user.id == home.ada.user_id
    await home.store.add_user("ada", ("irc", "ada_"))
    again = await home.store.get_user(user.id)
    assert [(i.interface, i.external_id) for i in again.identities] == [("irc", "ada_"), ("unix", "1000")]
    assert await home.store.get_user_of("unix", "1000") == again
    assert await home.store.get_user_of("unix", "1001") is None


async def test_an_identity_belongs_to_one_user(home: Home) -> None:
    await home.store.add_user("ada", ("irc", "nick"))
    with pytest.raises(IdentityTaken):
        await home.store.add_user("bob", ("irc", "nick"))
    with pytest.raises(IdentityTaken):
        await home.store.add_user("somebody new", ("irc", "nick"))
    assert [user.name for user in await home.store.list_users(home.admin)] == ["ada", "bob", "admin"]


async def test_people_see_themselves_and_an_admin_everybody(home: Home) -> None:
    assert [user.name for user in await home.store.list_users(home.bob)] == ["bob"]
    assert len(await home.store.list_users(home.admin)) == 3
    with pytest.raises(UserNotFound):
        await home.store.get_user(UserId("nobody"))


async def test_a_token_is_known_by_its_secret_which_is_stored_nowhere(driver: Driver) -> None:
    async with open_home(driver) as home:
        made = await home.store.add_token(home.admin, "ci", "ada", ("read", "run", "read"))
        assert (made.user, made.user_id, made.scopes) == ("ada", home.ada.user_id, ("read", "run"))
    async with open_home(driver) as home:
        known = await home.store.get_token(made.token)
        assert known is not None
        assert (known.id, known.name, known.last_used_at) == (made.id, "ci", None)
        assert made.token not in known.model_dump_json()
        for wrong in ("", made.token[:-1], made.token + "x", made.token.upper(), "\x00"):
            assert await home.store.get_token(wrong) is None
        await home.store.update_token_used(made.id)
        (listed,) = await home.store.list_tokens(home.admin)
        assert listed.last_used_at is not None


async def test_a_deleted_token_is_unknown_at_once(home: Home) -> None:
    made = await home.store.add_token(home.ada, "mine", None, ("read",))
    with pytest.raises(TokenNotFound):
        await home.store.delete_token(home.bob, made.id)
    assert await home.store.list_tokens(home.bob) == ()
    await home.store.delete_token(home.ada, made.id)
    assert await home.store.get_token(made.token) is None
    for missing in (made.id, TokenId("nothing")):
        with pytest.raises(TokenNotFound):
            await home.store.delete_token(home.admin, missing)
    await home.store.update_token_used(made.id)


async def test_a_token_is_somebodys_and_makes_its_user_where_new(home: Home) -> None:
    with pytest.raises(Forbidden):
        await home.store.add_token(Actor(None, "daemon", "agent", sees_all=True), "ci", None, ("read",))
    made = await home.store.add_token(home.admin, "ci", "somebody new", ("read",))
    assert (await home.store.get_user(made.user_id)).name == "somebody new"


async def test_a_link_code_joins_one_identity_once_to_who_asked_for_it(home: Home) -> None:
    link = await home.store.add_link(home.ada, 600)
    user = await home.store.add_identity(home.bob, f" {link.code.lower()} ", discord("42"))
    assert user.id == home.ada.user_id
    assert [i.external_id for i in await home.store.list_identities(home.ada)] == ["42"]
    with pytest.raises(LinkNotFound):
        await home.store.add_identity(home.bob, link.code, discord("43"))


async def test_an_account_is_called_what_it_was_called_when_it_was_linked(home: Home) -> None:
    mine = await home.store.add_link(home.ada, 600)
    await home.store.add_identity(home.admin, mine.code, discord("42"), "Ada L.")
    theirs = CreateLink(interface="discord", external_id="43", name="Bobby")
    code = (await home.store.add_link(home.admin, 600, theirs)).code
    await home.store.add_identity(home.bob, code)
    for user, name in ((home.ada, "Ada L."), (home.bob, "Bobby")):
        assert [i.name for i in await home.store.list_identities(user)] == [name]


async def test_a_link_code_that_is_wrong_or_too_old_joins_nothing(home: Home) -> None:
    expired = await home.store.add_link(home.ada, 0)
    for code in (expired.code, "WRONG", "", "\x00"):
        with pytest.raises(LinkNotFound):
            await home.store.add_identity(home.bob, code, discord("42"))
    assert await home.store.get_user_of("discord", "42") is None


async def test_a_code_is_not_used_up_by_an_identity_that_is_taken(home: Home) -> None:
    await home.store.add_user("bob", ("discord", "7"))
    link = await home.store.add_link(home.ada, 600)
    with pytest.raises(IdentityTaken):
        await home.store.add_identity(home.ada, link.code, discord("7"))
    await home.store.add_identity(home.ada, link.code, discord("8"))


async def test_an_identity_is_unlinked_by_whose_it_is_or_an_admin(home: Home) -> None:
    await home.store.add_user("ada", ("irc", "a"))
    await home.store.add_user("ada", ("irc", "b"))
    with pytest.raises(LinkNotFound):
        await home.store.delete_identity(home.bob, "irc", "a")
    await home.store.delete_identity(home.ada, "irc", "a")
    await home.store.delete_identity(home.admin, "irc", "b")
    assert await home.store.list_identities(home.ada) == ()
    await home.store.add_user("bob", ("irc", "a"))


async def test_what_people_write_once_is_done_once(home: Home) -> None:
    link = await home.store.add_link(home.ada, 600)
    by = once(home.bob, "claim")
    user = await home.store.add_identity(by, link.code, discord("42"))
    assert await home.store.add_identity(by, link.code, discord("42")) == user
