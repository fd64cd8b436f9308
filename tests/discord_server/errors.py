"""Refusals with Discord's own statuses, codes and texts.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes
"""

from __future__ import annotations

from typing import Any


class DiscordError(Exception):
    """A refusal; `body` is the JSON that goes with the status."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "code": code, **more}


class InvalidForm(DiscordError):
    """400 with 50035: `errors` maps a dotted path of the body to (code, text)."""

    def __init__(self, errors: dict[str, tuple[str, str]]) -> None:
        tree: dict[str, Any] = {}
        for path, (code, message) in errors.items():
            node = tree
            for part in path.split("."):
                node = node.setdefault(part, {})
            node["_errors"] = [{"code": code, "message": message}]
        super().__init__(400, 50035, "Invalid Form Body", errors=tree)


def unauthorized() -> DiscordError:
    return DiscordError(401, 0, "401: Unauthorized")


def unknown(what: str) -> DiscordError:
    """404 for a channel, guild, member, message, role, user, webhook, emoji, interaction or application command."""
    return DiscordError(404, _UNKNOWN[what], f"Unknown {what.title()}")


_UNKNOWN = {
    "channel": 10003,
    "guild": 10004,
    "member": 10007,
    "message": 10008,
    "role": 10011,
    "user": 10013,
    "emoji": 10014,
    "webhook": 10015,
    "interaction": 10062,
    "application command": 10063,
}


def missing_access() -> DiscordError:
    return DiscordError(403, 50001, "Missing Access")


def missing_permissions() -> DiscordError:
    return DiscordError(403, 50013, "Missing Permissions")


def cannot_message_user() -> DiscordError:
    return DiscordError(403, 50007, "Cannot send messages to this user")


def not_the_author() -> DiscordError:
    return DiscordError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> DiscordError:
    return DiscordError(400, 50006, "Cannot send an empty message")


def too_large() -> DiscordError:
    return DiscordError(413, 40005, "Request entity too large")


def already_acknowledged() -> DiscordError:
    return DiscordError(400, 40060, "Interaction has already been acknowledged.")


def invalid_webhook_token() -> DiscordError:
    return DiscordError(401, 50027, "Invalid Webhook Token")


def too_many_webhooks(limit: int) -> DiscordError:
    return DiscordError(400, 30007, f"Maximum number of webhooks reached ({limit})")


def too_many_reactions(limit: int) -> DiscordError:
    return DiscordError(400, 30010, f"Maximum number of reactions reached ({limit})")


def too_many_edits_of_old_messages(retry_after: float) -> DiscordError:
    text = "Maximum number of edits to messages older than 1 hour reached. Try again later"
    return DiscordError(429, 30046, text, retry_after=retry_after, **{"global": False})


def thread_exists() -> DiscordError:
    return DiscordError(400, 160004, "A thread has already been created for this message")


def thread_locked() -> DiscordError:
    return DiscordError(403, 160005, "Thread is locked")


def thread_archived() -> DiscordError:
    return DiscordError(400, 50083, "Thread is archived")
