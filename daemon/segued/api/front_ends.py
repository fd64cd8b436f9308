"""Front-ends that run by themselves: how they are, and what they could not deliver."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from segue import routes
from segue.models import Delivery, FrontEnd, ReportHealth, Request, Undelivered
from segued.api.registry import Call, Registry
from segued.front_ends import FrontEnds

api = Registry("Front-ends")

FRONT_ENDS: web.AppKey[FrontEnds] = web.AppKey("front-ends", FrontEnds)


class DeliveriesQuery(Request):
    state: Undelivered | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@api.operation("PUT", routes.FRONT_END, scope="admin")
async def put_front_end(call: Call, name: str, body: ReportHealth) -> FrontEnd:
    """Say how a front-end is; say it again every ten seconds or so, for after fifteen it counts as lost."""
    return call.request.app[FRONT_ENDS].report(name, body)


@api.operation("GET", routes.DELIVERIES)
async def list_deliveries(call: Call, query: DeliveriesQuery) -> tuple[Delivery, ...]:
    """List what was to be delivered and was not, newest first."""
    return await call.store.list_deliveries(call.by, query.state, query.limit)
