"""The items of messages: what is kept of one beside its message, put together again."""

from __future__ import annotations

import json
import sqlite3

from segue.models import Message
from segued import items
from segued.store.sqlite import transcript
from segued.store.sqlite.transaction import Transaction


def item_of(row: sqlite3.Row) -> str:
    """Return the item of a message, given by its row with `item`; of one that somebody posted, what it says."""
    if row["item"] is not None:
        return items.whole(row["item"], row["content"])
    if row["role"] != "tool" and row["images"] is None and row["documents"] is None:
        return items.plain(row["role"], row["content"])
    message = transcript.message_from_row(row)
    return items.of_message(message.role, message.sender, message.content, message.images, message.documents)


def rewrite(tx: Transaction, message: Message, text: str) -> None:
    """Let the message's item say the new text, where it is one that says just a text."""
    where = "number = (SELECT number FROM messages WHERE id = ?)"
    row = tx.execute(f"SELECT item FROM message_items WHERE {where}", (message.id,)).fetchone()
    if row is None:
        return
    whole = items.whole(row["item"], message.content)
    changed = items.with_text(json.loads(whole), text)
    item = whole if changed is None else items.dump(changed)
    tx.execute(f"UPDATE message_items SET item = ? WHERE {where}", (item, message.id))
