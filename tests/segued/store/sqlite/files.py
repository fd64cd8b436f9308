"""The database file itself, looked at while nobody has it open."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from typing import Any

from segued.store.sqlite import SqliteStore, open_sqlite
from tests.segued.store.drivers import Home, SqliteDriver, open_home


def database(folder: Path) -> Path:
    return folder / "segue.db"


def home_in(folder: Path) -> AbstractAsyncContextManager[Home]:
    return open_home(SqliteDriver(folder))


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteStore]:
    async with open_sqlite(path, 1, lambda commits: None) as store:
        yield store


def query(path: Path, sql: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(sql, values).fetchall()
        connection.commit()
        return rows


def everything(path: Path) -> str:
    """Return all that can be read in the database, table by table."""
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())
