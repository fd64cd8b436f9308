"""Bringing in: a file of any length, taken as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiohttp import web

from segue import routes
from segue.models import ImportQuery, ImportReport, ImportStep
from segued.api.export import LINES, as_lines, streamed
from segued.api.registry import Call, Registry
from segued.imports import bring_in

api = Registry("Import")


@api.operation("POST", routes.IMPORT, scope="write", upload=True, answer=ImportReport)
async def import_file(call: Call, query: ImportQuery) -> ImportReport | web.StreamResponse:
    """Bring in a file: what an export gives, ChatGPT's conversations.json or its archive, DiscordChatExporter's JSON,
    or a plain log of IRC. What is there already is not added again, and no answer is asked for. With
    `Accept: application/x-ndjson` a line tells each step, the last one with the report or the error."""
    pieces, limits = call.request.content.iter_any(), call.manager.import_limits
    brought = bring_in(call.store, call.by, pieces, query, limits, call.manager.reply_of)
    async with aclosing(_noted(call, brought)) as steps:
        if LINES in call.request.headers.get("Accept", ""):
            return await streamed(call, as_lines(steps, ImportStep), LINES)
        async for step in steps:
            report = step.report
    assert report is not None
    return report


async def _noted(call: Call, steps: AsyncGenerator[ImportStep, None]) -> AsyncGenerator[ImportStep, None]:
    """Pass the steps on; that it was done is in the audit log before the last one."""
    async with aclosing(steps):
        async for step in steps:
            if step.report is not None and not step.report.dry_run:
                what = f"{step.report.format}: {step.report.session_count} sessions, {step.report.messages} messages"
                await call.store.add_audit(call.by, "session.imported", what)
            yield step
