from __future__ import annotations

import pytest

from segue.errors import BindingNotFound, MessageNotFound, PlaceTaken, SegueError
from segue.models import Account, MessageId, PostReceipt, UpdateBinding
from tests.segued.store.drivers import Driver, Home, open_home


async def test_a_place_is_bound_from_now_on(home: Home) -> None:
    session = await home.session()
    await home.post(session, "said before")
    bound = await home.store.update_binding(home.ada, "irc", "#a", session.id, "final")
    state = await home.store.get_binding(home.ada, "irc", "#a")
    now = await home.store.get_session(home.ada, session.id)
    assert (state.session_id, state.policy, state.user_id) == (session.id, "final", home.ada.user_id)
    assert state.cursor == now.last_seq
    assert (await home.store.get_snapshot(home.ada, session.id, 5)).bindings == (bound,)


async def test_a_policy_is_changed_in_place_and_keeps_the_cursor(home: Home) -> None:
    session = await home.session()
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
    await home.store.update_cursor(home.ada, "irc", "#a", 100)
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "muted")
    state = await home.store.get_binding(home.ada, "irc", "#a")
    assert (state.policy, state.cursor) == ("muted", 100)


async def test_a_place_keeps_its_name_until_it_gets_another(home: Home) -> None:
    first, second = await home.session(), await home.session()
    bound = await home.store.update_binding(home.ada, "irc", "1", first.id, "live", "#a")
    assert bound.name == "#a"
    assert (await home.store.update_binding(home.ada, "irc", "1", first.id, "final")).name == "#a"
    assert (await home.store.update_binding(home.ada, "irc", "1", second.id, "final")).name == "#a"
    changed = await home.store.update_place(home.ada, "irc", "1", UpdateBinding(name="#b"))
    assert (changed.name, changed.policy, changed.session_id) == ("#b", "final", second.id)
    assert (await home.store.update_place(home.ada, "irc", "1", UpdateBinding(policy="muted"))).name == "#b"
    (listed,) = await home.store.list_bindings(home.ada)
    assert (listed.name, listed.session_title) == ("#b", second.title)
    assert home.types(second.id)[-1] == "binding.added"


async def test_a_place_shows_one_session_at_a_time(home: Home) -> None:
    first, second = await home.session(), await home.session()
    await home.store.update_binding(home.ada, "irc", "#a", first.id, "live")
    await home.store.update_binding(home.ada, "irc", "#a", second.id, "live")
    (only,) = await home.store.list_bindings(home.ada)
    assert only.session_id == second.id
    assert home.types(first.id)[-1] == "binding.removed"
    assert home.types(second.id)[-1] == "binding.added"


async def test_the_place_of_a_strangers_session_is_not_taken_away(home: Home) -> None:
    theirs, mine = await home.session(), await home.session(by=home.bob)
    await home.store.update_binding(home.ada, "irc", "#a", theirs.id, "live")
    with pytest.raises(SegueError) as refused:
        await home.store.update_binding(home.bob, "irc", "#a", mine.id, "live")
    assert isinstance(refused.value, (BindingNotFound, PlaceTaken))
    assert (await home.store.get_binding(home.ada, "irc", "#a")).session_id == theirs.id


async def test_bindings_are_listed_in_order_for_all_or_one_session(home: Home) -> None:
    first, second = await home.session(), await home.session()
    for place, session in (("#b", first), ("#a", second), ("#c", first)):
        await home.store.update_binding(home.ada, "irc", place, session.id, "live")
    assert [b.place for b in await home.store.list_bindings(home.ada)] == ["#a", "#b", "#c"]
    assert [b.place for b in await home.store.list_bindings(home.ada, first.id)] == ["#b", "#c"]


async def test_a_cursor_never_moves_back_and_outlives_the_daemon(driver: Driver) -> None:
    async with open_home(driver) as home:
        session = await home.session()
        await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
        events = len(home.commits)
        assert (await home.store.update_cursor(home.ada, "irc", "#a", 50)).cursor == 50
        assert (await home.store.update_cursor(home.ada, "irc", "#a", 7)).cursor == 50
        assert len(home.commits) == events
    async with open_home(driver) as home:
        assert (await home.store.get_binding(home.ada, "irc", "#a")).cursor == 50


async def test_an_unbound_place_is_free_again(home: Home) -> None:
    session = await home.session()
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
    await home.store.delete_binding(home.ada, "irc", "#a")
    with pytest.raises(BindingNotFound):
        await home.store.delete_binding(home.ada, "irc", "#a")
    with pytest.raises(BindingNotFound):
        await home.store.update_cursor(home.ada, "irc", "#a", 1)
    other = await home.session(by=home.bob)
    await home.store.update_binding(home.bob, "irc", "#a", other.id, "live")


async def test_a_receipt_says_what_became_of_a_part_and_the_last_word_counts(home: Home) -> None:
    session = await home.session()
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
    said = await home.post(session, "hi")

    async def receive(**fields: object) -> None:
        receipt = PostReceipt.model_validate({"message_id": said.id, **fields})
        await home.store.add_receipt(home.ada, "irc", "#a", receipt)

    await receive(state="failed", reason="flood")
    await receive(state="sent", external_id="900")
    await receive(state="sent", part=1, external_id="901")
    receipts = await home.store.list_receipts(home.ada, "irc", "#a", 10)
    assert [(r.part, r.state, r.external_id) for r in receipts] == [(0, "sent", "900"), (1, "sent", "901")]
    assert len(await home.store.list_receipts(home.ada, "irc", "#a", 1)) == 1
    assert home.types(session.id)[-3:] == ["binding.failed", "binding.delivered", "binding.delivered"]
    assert (await home.store.get_snapshot(home.ada, session.id, 5)).receipts == receipts


async def test_what_was_delivered_of_a_deleted_message_stays_known_to_whoever_delivered_it(home: Home) -> None:
    session = await home.session()
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
    said = await home.post(session, "hi")
    for part, state in enumerate(("sent", "failed")):
        receipt = PostReceipt.model_validate({"message_id": said.id, "part": part, "state": state, "external_id": "9"})
        await home.store.add_receipt(home.ada, "irc", "#a", receipt)
    await home.store.delete_message(home.ada, session.id, said.id)
    assert [r.part for r in await home.store.list_receipts(home.ada, "irc", "#a", 10)] == [0]
    assert (await home.store.get_snapshot(home.ada, session.id, 5)).receipts == ()
    with pytest.raises(MessageNotFound):
        await home.store.get_place_message(home.ada, "irc", "#a", "9")


async def test_a_receipt_is_for_a_message_of_the_session_bound_there(home: Home) -> None:
    session, other = await home.session(), await home.session()
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
    elsewhere = await home.post(other, "hi")
    for missing in (elsewhere.id, MessageId("nothing")):
        receipt = PostReceipt(message_id=missing, state="sent")
        with pytest.raises(MessageNotFound):
            await home.store.add_receipt(home.ada, "irc", "#a", receipt)


async def test_a_place_waits_for_what_others_say_and_for_answers_that_go_there(home: Home) -> None:
    session = await home.session()
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
    await home.store.update_binding(home.ada, "irc", "#b", session.id, "mention")
    await home.store.update_binding(home.ada, "irc", "#c", session.id, "muted")
    assert await waiting(home) == {}
    said = await home.post(session, "hi", respond=False)
    assert await waiting(home) == {"irc": 1}
    await home.store.update_cursor(home.ada, "irc", "#a", said.seq)
    assert await waiting(home) == {}
    alice = Account(interface="irc", external_id="alice")
    await home.post(session, "from there", by=home.admin, author=alice, place="#a", external_id="1", respond=True)
    await home.store.update_binding(home.ada, "irc", "#d", session.id, "live")
    assert await waiting(home) == {}
    answer = await home.answer(await home.start(session))
    assert await waiting(home) == {"irc": 1}
    await home.store.update_cursor(home.ada, "irc", "#a", answer.seq + 10)
    assert await waiting(home) == {}


async def waiting(home: Home) -> dict[str, int]:
    return (await home.store.get_stats()).places_waiting
