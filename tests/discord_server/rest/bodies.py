from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import BodyPartReader, web

from tests.discord_server.drafts import Draft, Upload
from tests.discord_server.errors import DiscordError
from tests.discord_server.users import Payload

_FILE = re.compile(r"files\[(\d+)\]")


async def read_json(request: web.Request) -> Any:
    try:
        return json.loads(await request.text() or "{}")
    except ValueError as exc:
        raise DiscordError(400, 50109, "The request body contains invalid JSON.") from exc


async def read_form(request: web.Request) -> tuple[Payload, dict[int, Upload]]:
    """Return the JSON and the files by number, whether sent as JSON alone or as a multipart form."""
    if not request.content_type.startswith("multipart/"):
        return await read_json(request), {}
    payload: Payload = {}
    files: dict[int, Upload] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        if part.name == "payload_json":
            payload = json.loads(await part.text())
        elif found := _FILE.fullmatch(part.name or ""):
            files[int(found[1])] = Upload(part.filename or "unknown", bytes(await part.read()))
    return payload, files


async def read_draft(request: web.Request, *, partial: bool = False) -> Draft:
    """Return the message in a request, checked."""
    payload, files = await read_form(request)
    draft = as_draft(payload, files)
    draft.check(partial=partial)
    return draft


def as_draft(payload: Payload, files: dict[int, Upload]) -> Draft:
    described = {int(item["id"]): item for item in payload.get("attachments") or []}
    uploads = [
        Upload(
            described.get(at, {}).get("filename", file.filename), file.data, described.get(at, {}).get("description")
        )
        for at, file in sorted(files.items())
    ]
    return Draft(payload, tuple(uploads))
