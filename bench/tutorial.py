"""The rival: FastAPI + SQLAlchemy + aiosqlite as tutorials write it. One table, one commit a request."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy import String, event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['TUTORIAL_DATABASE']}")
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Message(Base):
    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(String(64), index=True)
    role: Mapped[str]
    content: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))


class MessageIn(BaseModel):
    role: str
    content: str


class MessageOut(MessageIn):
    model_config = ConfigDict(from_attributes=True)

    id: int
    session_id: str
    created_at: datetime


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


app = FastAPI(lifespan=lifespan)


@app.post("/api/v1/sessions/{session_id}/messages", status_code=201, response_model=MessageOut)
async def post_message(
    session_id: str, body: MessageIn, session: Annotated[AsyncSession, Depends(get_session)]
) -> Message:
    message = Message(session_id=session_id, role=body.role, content=body.content)
    session.add(message)
    await session.commit()
    await session.refresh(message)
    return message


def set_wal(connection: object, _record: object) -> None:
    """Do more than most tutorials: WAL, still with a sync for each commit."""
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def main(path: str, port: int) -> None:
    """Serve on a Unix socket and on a TCP port."""
    if os.environ.get("TUTORIAL_WAL"):
        event.listen(engine.sync_engine, "connect", set_wal)
    local = socket.socket(socket.AF_UNIX)
    local.bind(path)
    # With the protocol named, as uvicorn itself does: else asyncio leaves TCP_NODELAY off, and each answer takes 40 ms.
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    asyncio.run(server.serve([local, tcp]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
