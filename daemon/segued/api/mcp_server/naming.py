"""What agents call sessions and projects: the sessions that a name means, and the projects that there are."""

from __future__ import annotations

from segue.errors import Invalid, SessionNotFound
from segue.models import Session, SessionId
from segue.naming import called
from segued.api.registry import Call
from segued.store.base import SessionFilter

_PAGE = 500
_SHOWN = 10


async def find_session(call: Call, name: str) -> SessionId:
    """Return the session that `name` means: its id, either end of it, or its title. Raises `SessionNotFound`, and
    `Invalid` where it could be several."""
    try:
        return (await call.store.get_session(call.by, SessionId(name))).id
    except SessionNotFound:
        everything = await _all_sessions(call)
    meant = set(called(name, [(session.id, session.title) for session in everything]))
    matches = [session for session in everything if session.id in meant]
    if not matches:
        raise SessionNotFound(f"there is no session {name!r}")
    if len(matches) > 1:
        candidates = "\n".join(f"- {session.id} “{session.title}”" for session in matches[:_SHOWN])
        raise Invalid(f"{name!r} could be any of {len(matches)} sessions: name one by its id\n{candidates}")
    return matches[0].id


async def _all_sessions(call: Call) -> list[Session]:
    found: list[Session] = []
    while True:
        page, total = await call.store.list_sessions(call.by, SessionFilter(), _PAGE, len(found))
        found += page
        if not page or len(found) >= total:
            return found


async def projects(call: Call) -> dict[str, int]:
    """Return how many memories each project has that the caller sees."""
    found = await call.store.list_projects(call.by, _PAGE, 0)
    return {project.project_id: project.memory_count for project in found}


def listed(names: list[str]) -> str:
    """Return the names in a row, the first of them where they are many."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more
