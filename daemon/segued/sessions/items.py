"""What agent programs keep in a session: their items come in as messages that everybody sees."""

from __future__ import annotations

from segue.errors import SegueError, from_wire
from segue.models import AddItems, AddItemsTo, ItemsAdded, ItemsRefused, PostMessage, SessionId
from segued import items
from segued.store.base import Actor, NewItem, NewItems, Store

_CLEARED_AT_ONCE = 500  # messages in one transaction: others write in between


class SessionItems:
    """The items of every session. A text of more than `max_text_bytes` is cut where people see it, and kept whole."""

    def __init__(self, store: Store, max_text_bytes: int) -> None:
        self._store = store
        self._max_text_bytes = max_text_bytes

    async def add(self, by: Actor, session_id: SessionId, body: AddItems) -> ItemsAdded:
        """Add to one session; raise the error where it is refused."""
        new = self._read(session_id, body)
        (outcome,) = await self._store.add_items(by, (new,))
        if isinstance(outcome, ItemsRefused):
            raise from_wire(0, outcome.model_dump())
        return outcome

    async def add_to_several(
        self, by: Actor, additions: tuple[AddItemsTo, ...]
    ) -> tuple[ItemsAdded | ItemsRefused, ...]:
        """Add to several sessions in one transaction; what is refused is so alone."""
        read = [self._try_to_read(body) for body in additions]
        stored = iter(await self._store.add_items(by, tuple(new for new in read if isinstance(new, NewItems))))
        return tuple(new if isinstance(new, ItemsRefused) else next(stored) for new in read)

    async def clear(self, by: Actor, session_id: SessionId) -> None:
        """Delete what is in the session now. Asked again under the same key, it goes on where it was broken off."""
        cleared = await self._store.clear_items(by, session_id, None, _CLEARED_AT_ONCE)
        while cleared.is_left:
            cleared = await self._store.clear_items(by.without_key(), session_id, cleared.upto_seq, _CLEARED_AT_ONCE)

    def _try_to_read(self, body: AddItemsTo) -> NewItems | ItemsRefused:
        try:
            return self._read(body.session_id, body)
        except SegueError as exc:
            return ItemsRefused(error=exc.to_wire()["error"])

    def _read(self, session_id: SessionId, body: AddItems) -> NewItems:
        parsed = [items.parse(given, number) for number, given in enumerate(body.items)]
        said = items.read([value for _, value in parsed])
        new = (self._new(*item, one, body.agent) for item, one in zip(parsed, said, strict=True))
        return NewItems(session_id, tuple(new))

    def _new(self, item: str, value: items.Value, said: items.Said, agent: str | None) -> NewItem:
        text = self._cut(said.text)
        sender = agent if said.role == "assistant" else said.sender
        post = PostMessage(role=said.role, sender=sender, content=text, respond=False)
        return NewItem(post, items.kept(item, value, said.role, text))

    def _cut(self, text: str) -> str:
        if len(text) * 4 <= self._max_text_bytes or len(text.encode()) <= self._max_text_bytes:
            return text
        kept = self._max_text_bytes // 4
        return f"{text[:kept]}\n… {len(text) - kept:,} more characters"
