"""Room: what was deleted, given back to the disk at once."""

from __future__ import annotations

from segue import routes
from segue.models import Vacuumed
from segued.api.registry import Call, Registry

api = Registry("Operating")


@api.operation("POST", routes.VACUUM, scope="admin")
async def vacuum(call: Call) -> Vacuumed:
    """Write the whole database anew, without what is free in it. Whoever writes waits meanwhile: up to half a minute
    for a gigabyte. It takes as much room again as the database has, until it is done."""
    before, after = await call.store.rebuild()
    return Vacuumed(bytes_before=before, bytes_after=after)
