"""Our messages as pydantic-ai's history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from pydantic_ai.messages import (
    BinaryContent,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)

from segue.models import Attachment, Message, ToolUse
from segued.agent.prompt import Reading
from segued.tools import Toolbox, unique_name

# Providers want a conversation to begin and to end with the user.
_EARLIER = "(The conversation began earlier.)"
_GO_ON = "(Go on.)"


def to_history(reading: Reading, toolbox: Toolbox, instructions: str) -> list[ModelMessage]:
    """Return what is read as requests and responses in turn, of which the last one is to be answered."""
    history: list[ModelMessage] = []
    before: ToolUse | None = None
    for message in reading.messages:
        use = message.tool_call if message.role == "tool" else None
        if use is not None:
            _append_call(history, message, use, toolbox, beside=before is not None and before.step == use.step)
        else:
            _append(history, message)
        before = use
    if history and isinstance(history[0], ModelResponse):
        history.insert(0, ModelRequest([UserPromptPart(_EARLIER)]))
    if not _asks(history):
        _append_request(history, UserPromptPart(_GO_ON))
    return [*history[:-1], replace(_last_request(history), instructions=instructions)]


def _last_request(history: list[ModelMessage]) -> ModelRequest:
    last = history[-1]
    return last if isinstance(last, ModelRequest) else ModelRequest([])


def _append_call(
    history: list[ModelMessage], message: Message, use: ToolUse, toolbox: Toolbox, *, beside: bool
) -> None:
    """Put a tool's call behind what the model said, and its result behind that; or both `beside` the call before, which
    was asked for in the same step."""
    name = toolbox.name_of(use.server, use.tool) or unique_name(use.server, use.tool)
    call = ToolCallPart(name, dict(use.arguments), use.id)
    result = ToolReturnPart(name, _result(message), use.id)
    match history:
        case [*_, ModelResponse() as said, ModelRequest(parts=parts) as results] if beside and _are_results(parts):
            history[-2:] = [ModelResponse([*said.parts, call]), ModelRequest([*results.parts, result])]
        case [*_, ModelResponse() as said]:
            history[-1:] = [ModelResponse([*said.parts, call]), ModelRequest([result])]
        case _:
            history += [ModelResponse([call]), ModelRequest([result])]


def _are_results(parts: Sequence[ModelRequestPart]) -> bool:
    return all(isinstance(part, ToolReturnPart) for part in parts)


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
    return bool(history) and any(isinstance(p, UserPromptPart | ToolReturnPart) for p in history[-1].parts)


def _content(message: Message) -> str | list[UserContent]:
    if not message.images:
        return message.content
    return [*([message.content] if message.content else []), *_images(message.images)]


def _result(message: Message) -> str | list[UserContent]:
    """Return what a tool answered: its text, and behind it its images. Where a protocol takes no images in results, the
    SDK's adapter puts them behind, as the user's."""
    images = list(_images(message.images))
    text = "\n".join(filter(None, [message.content, *(image for image in images if isinstance(image, str))]))
    shown: list[UserContent] = [image for image in images if not isinstance(image, str)]
    return [*([text] if text else []), *shown] if shown else text or "(nothing)"


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
