"""Our messages as pydantic-ai's history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from pydantic_ai.messages import (
    BinaryContent,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    UserContent,
    UserPromptPart,
)

from segue.models import Attachment, Message

# Providers want a conversation to begin and to end with the user.
_EARLIER = "(The conversation began earlier.)"
_GO_ON = "(Go on.)"


def to_history(messages: Sequence[Message]) -> list[ModelMessage]:
    """Return the messages as requests and responses in turn, of which the last one is to be answered."""
    history: list[ModelMessage] = []
    for message in messages:
        _append(history, message)
    if history and isinstance(history[0], ModelResponse):
        history.insert(0, ModelRequest([UserPromptPart(_EARLIER)]))
    if not _asks(history):
        _append_request(history, UserPromptPart(_GO_ON))
    return history


def _append(history: list[ModelMessage], message: Message) -> None:
    match message.role:
        case "assistant" if history and isinstance(history[-1], ModelResponse):
            history[-1] = ModelResponse([*history[-1].parts, TextPart(message.content)])
        case "assistant":
            history.append(ModelResponse([TextPart(message.content)]))
        case "system":
            _append_request(history, SystemPromptPart(message.content))
        case _:
            _append_request(history, UserPromptPart(_content(message)))


def _append_request(history: list[ModelMessage], part: ModelRequestPart) -> None:
    if history and isinstance(history[-1], ModelRequest):
        history[-1] = ModelRequest([*history[-1].parts, part])
    else:
        history.append(ModelRequest([part]))


def _asks(history: list[ModelMessage]) -> bool:
    return bool(history) and any(isinstance(p, UserPromptPart) for p in history[-1].parts)


def _content(message: Message) -> str | list[UserContent]:
    if not message.images:
        return message.content
    return [*([message.content] if message.content else []), *_images(message.images)]


def _images(images: Sequence[Attachment]) -> Iterator[UserContent]:
    for image in images:
        url = image if isinstance(image, str) else image.get("url")
        yield _image(url) if isinstance(url, str) else "[An image without a URL]"


def _image(url: str) -> UserContent:
    if url.startswith(("http://", "https://")):
        return ImageUrl(url)
    with suppress(ValueError):
        image = BinaryContent.from_data_uri(url)
        if image.is_image and image.data:
            return image
    return "[An image that is neither at an http(s) URL nor in a base64 data: URL]"
