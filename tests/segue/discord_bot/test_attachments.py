from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from segue.discord_bot.attachments import as_document, as_image, attached, may_be_text
from segue.models import Message, MessageId, SessionId


def message(**attachments: Any) -> Message:
    return Message(
        id=MessageId("m"),
        session_id=SessionId("s"),
        seq=1,
        role="user",
        sender="ada",
        content="",
        created_at=datetime.now(UTC),
        interface="tui",
        **attachments,
    )


def test_image_comes_out_as_it_went_in() -> None:
    files, links = attached(message(images=(as_image(b"\x89PNG", "image/png"), "https://example.org/x.png")))
    assert [(file.name, file.data) for file in files] == [("image1.png", b"\x89PNG")]
    assert links == ["https://example.org/x.png"]


def test_text_file_is_a_document_and_another_is_not() -> None:
    assert as_document("a.txt", "hé".encode(), "text/plain") == {
        "name": "a.txt",
        "content_type": "text/plain",
        "text": "hé",
    }
    assert as_document("a.bin", b"\0\1", "") is None
    assert as_document("a.txt", b"\xff\xfe\x41", "text/plain") is None
    assert may_be_text("notes.md", "")
    assert may_be_text("data.json", "application/json")
    assert not may_be_text("film.mp4", "video/mp4")


def test_documents_become_files_under_their_names() -> None:
    files, links = attached(
        message(documents=("plain text", {"title": "b", "content": "text"}, {"url": "https://x.y"}))
    )
    assert [(file.name, file.data) for file in files] == [("document1.txt", b"plain text"), ("b", b"text")]
    assert links == ["https://x.y"]


def test_what_discord_does_not_take_at_once_is_counted() -> None:
    image = as_image(b"\x89PNG", "image/png")
    for more, line in ((0, []), (1, ["-# 1 more file is not shown here: Discord takes ten at once."])):
        files, links = attached(message(images=(image,), documents=("text",) * (8 + more)))
        assert (len(files), links) == (9, line)
    _, links = attached(message(documents=("text", {"url": "https://x.y"}, *("text",) * 11)))
    assert links == ["https://x.y", "-# 3 more files are not shown here: Discord takes ten at once."]


def test_what_is_no_attachment_is_left_out() -> None:
    assert attached(message(images=("data:image/png;base64,%%%", {"no": "url"}), documents=({}, ""))) == ([], [])
