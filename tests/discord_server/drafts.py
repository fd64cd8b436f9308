"""What a client wants to post, checked as Discord checks it before anything is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.discord_server.errors import InvalidForm, empty_message, too_large
from tests.discord_server.users import Payload

CONTENT_LIMIT = 2000
"""In code points, as Discord's own server counts: https://github.com/discord/discord-api-docs/issues/1315."""
NONCE_LIMIT = 25
ATTACHMENT_LIMIT_BYTES = 10 * 1024 * 1024
_ATTACHMENTS_LIMIT = 10
_EMBEDS_LIMIT = 10
_EMBEDS_TEXT_LIMIT = 6000
_EMBED_TEXT_LIMITS = {"title": 256, "description": 4096}
_ROWS_LIMIT = 5
_BUTTONS_LIMIT = 5
_ACTION_ROW = 1
_CUSTOM_ID_LIMIT = 100
_LABEL_LIMIT = 80


@dataclass(frozen=True)
class Upload:
    filename: str
    data: bytes
    description: str | None = None


@dataclass(frozen=True)
class Draft:
    """A message's JSON as it came, and the files with it. A field that is absent from `body` was not given."""

    body: Payload
    uploads: tuple[Upload, ...] = ()

    @property
    def content(self) -> str:
        """The text without the white space around it, which Discord cuts off."""
        return (self.body.get("content") or "").strip()

    @property
    def embeds(self) -> list[Payload]:
        return self.body.get("embeds") or []

    @property
    def components(self) -> list[Payload]:
        return self.body.get("components") or []

    @property
    def nonce(self) -> str | None:
        nonce = self.body.get("nonce")
        return None if nonce is None else str(nonce)

    @property
    def flags(self) -> int:
        return self.body.get("flags") or 0

    @property
    def allowed_mentions(self) -> Payload | None:
        return self.body.get("allowed_mentions")

    def check(self, *, partial: bool = False) -> None:
        """Raise the refusal Discord would give; `partial` is for edits, which need not say anything."""
        if any(len(upload.data) > ATTACHMENT_LIMIT_BYTES for upload in self.uploads):
            raise too_large()
        if errors := dict(self._problems()):
            raise InvalidForm(errors)
        if not partial and not (self.content or self.embeds or self.components or self.uploads):
            raise empty_message()

    def _problems(self) -> Iterator[tuple[str, tuple[str, str]]]:
        content = self.body.get("content")
        if content is not None and not isinstance(content, str):
            yield "content", ("BASE_TYPE_STRING", "Must be a string.")
            return
        yield from _longer_than("content", self.content, CONTENT_LIMIT)
        yield from _longer_than("nonce", self.nonce, NONCE_LIMIT)
        yield from _longer_than("username", self.body.get("username"), 80)
        yield from _more_than("attachments", self.uploads, _ATTACHMENTS_LIMIT)
        yield from self._problems_of_embeds()
        yield from self._problems_of_components()

    def _problems_of_embeds(self) -> Iterator[tuple[str, tuple[str, str]]]:
        yield from _more_than("embeds", self.embeds, _EMBEDS_LIMIT)
        for at, embed in enumerate(self.embeds):
            for field, limit in _EMBED_TEXT_LIMITS.items():
                yield from _longer_than(f"embeds.{at}.{field}", embed.get(field), limit)
        if (
            sum(len(embed.get(field) or "") for embed in self.embeds for field in _EMBED_TEXT_LIMITS)
            > _EMBEDS_TEXT_LIMIT
        ):
            text = f"Embed size exceeds maximum size of {_EMBEDS_TEXT_LIMIT}"
            yield "embeds", ("MAX_EMBED_SIZE_EXCEEDED", text)

    def _problems_of_components(self) -> Iterator[tuple[str, tuple[str, str]]]:
        yield from _more_than("components", self.components, _ROWS_LIMIT)
        seen: set[str] = set()
        for row_at, row in enumerate(self.components):
            if row.get("type") != _ACTION_ROW:
                continue
            yield from _more_than(f"components.{row_at}.components", row["components"], _BUTTONS_LIMIT)
            for at, part in enumerate(row["components"]):
                path = f"components.{row_at}.components.{at}"
                yield from _longer_than(f"{path}.custom_id", part.get("custom_id"), _CUSTOM_ID_LIMIT)
                yield from _longer_than(f"{path}.label", part.get("label"), _LABEL_LIMIT)
                if (custom_id := part.get("custom_id")) in seen:
                    text = "Component custom id cannot be duplicated"
                    yield f"{path}.custom_id", ("COMPONENT_CUSTOM_ID_DUPLICATED", text)
                if custom_id is not None:
                    seen.add(custom_id)


def _longer_than(path: str, text: str | None, limit: int) -> Iterator[tuple[str, tuple[str, str]]]:
    if text is not None and len(text) > limit:
        yield path, ("BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")


def _more_than(path: str, items: Any, limit: int) -> Iterator[tuple[str, tuple[str, str]]]:
    if len(items) > limit:
        yield path, ("BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")
