"""What can go wrong, by stable code. The daemon raises these, the wire carries them, the client raises them again."""

from __future__ import annotations

from typing import Any, ClassVar


class SegueError(Exception):
    """Base of every error. `message` says what happened and what to do; `details` is for programs."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    by_code: ClassVar[dict[str, type[SegueError]]] = {}

    def __init_subclass__(cls) -> None:
        if "code" in cls.__dict__:
            SegueError.by_code[cls.code] = cls

    def __init__(self, message: str, *, retry_after: float | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.retry_after = retry_after  # seconds

    def to_wire(self) -> dict[str, Any]:
        """Return the error body of the contract."""
        error = {"code": self.code, "message": self.message, "details": self.details}
        return {"error": error, "detail": self.message}


def from_wire(status: int, body: Any, retry_after: float | None = None) -> SegueError:
    """Build the error that an answer with this status and (decoded) body stands for."""
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {}
    message = str(error.get("message") or _unexplained(status))
    by_status = {cls.status: cls for cls in SegueError.__subclasses__()}
    cls = SegueError.by_code.get(str(error.get("code"))) or by_status.get(status, SegueError)
    details = error.get("details")
    built = cls(message, retry_after=retry_after)
    built.details = details if isinstance(details, dict) else {}
    return built


def _unexplained(status: int) -> str:
    if status in (404, 405, 501):
        return f"what answered there ({status}) is no segued: see whether the address is right"
    return f"the server answered {status} without an explanation"


# One class a status, for those who catch broadly …
class BadRequest(SegueError):
    status, code = 400, "bad_request"


class Unauthorized(SegueError):
    status, code = 401, "unauthorized"


class Forbidden(SegueError):
    status, code = 403, "forbidden"


class NotFound(SegueError):
    status, code = 404, "not_found"


class MethodNotAllowed(SegueError):
    status, code = 405, "method_not_allowed"


class Conflict(SegueError):
    status, code = 409, "conflict"


class TooLarge(SegueError):
    status, code = 413, "too_large"


class UnsupportedMediaType(SegueError):
    status, code = 415, "unsupported_media_type"


class Invalid(SegueError):
    status, code = 422, "invalid"


class RateLimited(SegueError):
    status, code = 429, "rate_limited"


class Internal(SegueError):
    status, code = 500, "internal"


class BadGateway(SegueError):
    status, code = 502, "bad_gateway"


class Unavailable(SegueError):
    status, code = 503, "unavailable"


# … and one a code, where a caller would act differently.
class BadCursor(BadRequest):
    code = "bad_cursor"


class QuotaExceeded(Forbidden):
    """The user has as much as they may have. Trying again does not help; deleting something does."""

    code = "quota_exceeded"


class SessionNotFound(NotFound):
    code = "session_not_found"


class MessageNotFound(NotFound):
    code = "message_not_found"


class TurnNotFound(NotFound):
    code = "turn_not_found"


class BindingNotFound(NotFound):
    code = "binding_not_found"


class LinkNotFound(NotFound):
    code = "link_not_found"


class TokenNotFound(NotFound):
    code = "token_not_found"


class ApprovalNotFound(NotFound):
    code = "approval_not_found"


class MemoryNotFound(NotFound):
    code = "memory_not_found"


class UserNotFound(NotFound):
    code = "user_not_found"


class InvitationNotFound(NotFound):
    code = "invitation_not_found"


class ScheduleNotFound(NotFound):
    code = "schedule_not_found"


class BackupNotFound(NotFound):
    code = "backup_not_found"


class McpServerNotFound(NotFound):
    code = "mcp_server_not_found"


class McpToolNotFound(NotFound):
    code = "mcp_tool_not_found"


class IdempotencyConflict(Conflict):
    code = "idempotency_conflict"


class PlaceTaken(Conflict):
    code = "place_taken"


class IdentityTaken(Conflict):
    code = "identity_taken"


class UserTaken(Conflict):
    """Another user has that name."""

    code = "user_taken"


class UserConflict(Conflict):
    """That cannot be done to this user: sessions are theirs, or the daemon runs as them."""

    code = "user_conflict"


class TurnConflict(Conflict):
    code = "turn_conflict"


class ApprovalConflict(Conflict):
    code = "approval_conflict"


class Stopping(Unavailable):
    code = "stopping"


class McpUnavailable(Unavailable):
    """The MCP server was not asked: it is not there, or has too much to do."""

    code = "mcp_unavailable"


class McpFailed(BadGateway):
    """The MCP server was asked, and gave no result: whether the call took effect is not known."""

    code = "mcp_failed"


class StorageFull(Unavailable):
    code = "storage_full"


class StorageFailed(Unavailable):
    code = "storage_failed"


# Seen by clients only: nothing answered, so there is no status to carry.
class Unreachable(SegueError):
    """No daemon answered at the address."""

    code = "unreachable"


class Gap(SegueError):
    """A seq is missing from a session's events: the stream cannot be trusted and is opened anew."""

    code = "gap"
