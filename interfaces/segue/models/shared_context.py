"""Shared context: a session as programs see it that pass messages to each other through it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from segue.models.base import MessageId, Model, Name, Request, SessionId
from segue.models.messages import Message


class SharedMessage(Model):
    id: MessageId
    session_id: SessionId
    sender: str
    content: str
    timestamp: datetime


class SharedSession(Model):
    """A session with all that was said in it, oldest first."""

    session_id: SessionId
    title: str
    created_at: datetime
    history: tuple[SharedMessage, ...] = ()


class PostSharedMessage(Request):
    sender: Name
    content: str
    respond: bool | None = Field(None, description="Ask for an answer; by default as the session's `reply` says.")


class SharedMessageAdded(Model):
    status: Literal["message added"] = "message added"
    message: Message
