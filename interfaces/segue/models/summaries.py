"""What stands for the earlier messages of a session before the model, and how much that takes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from segue.models.base import Model, SessionId

TokenSource = Literal["provider", "estimate"]


class TokenCount(Model):
    """How many tokens the model is given of a conversation: what the provider counted for the last answer, or an
    estimate (within some 12 %) where it reports none or more was said since."""

    count: int
    source: TokenSource


class Summary(Model):
    """What the model is told instead of the messages up to `upto_seq`, `message_count` of them; they stay in the
    transcript. `seq` is the position of its event, `model_id` who wrote it ("offline": taken from the messages word by
    word). `tokens_source` says who counted `tokens_before`; `tokens_after` is an estimate. One of which a message
    was edited or deleted is `deleted`, and without its text."""

    session_id: SessionId
    seq: int
    upto_seq: int
    upto_at: datetime
    message_count: int
    text: str
    model_id: str
    tokens_before: int
    tokens_after: int
    tokens_source: TokenSource
    created_at: datetime
    deleted: bool = False


class Compression(Model):
    """What came of asking for a summary: a new one (`changed`) or, in `message`, why there is none. `tokens` is what
    the model is given of the conversation now."""

    session_id: SessionId
    changed: bool
    message: str
    summary: Summary | None = None
    tokens: TokenCount
