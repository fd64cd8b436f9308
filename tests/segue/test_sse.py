from __future__ import annotations

from segue.sse import Frame, FrameParser

STREAM = b'id: 7\nevent: message.created\ndata: {"a":1}\n\n: heartbeat\n\nevent: synced\ndata: {}\n\n'
FRAMES = [Frame("message.created", '{"a":1}', "7"), Frame("synced", "{}", None)]


def frames(*chunks: bytes) -> list[Frame]:
    parser = FrameParser()
    return [frame for chunk in chunks for frame in parser.feed(chunk)]


def test_frames_come_out_whole_wherever_the_stream_is_cut() -> None:
    for cut in range(len(STREAM)):
        assert frames(STREAM[:cut], STREAM[cut:]) == FRAMES


def test_frames_come_out_of_a_stream_that_arrives_byte_by_byte() -> None:
    assert frames(*(bytes([byte]) for byte in STREAM)) == FRAMES


def test_every_line_ending_of_the_standard_is_understood() -> None:
    for ending in (b"\r\n", b"\r"):
        stream = STREAM.replace(b"\n", ending) + b":\n"
        for cut in range(len(stream)):
            assert frames(stream[:cut], stream[cut:]) == FRAMES


def test_lines_of_data_are_joined() -> None:
    assert frames(b"data: one\ndata:two\ndata:\n\n") == [Frame("message", "one\ntwo\n")]


def test_an_id_belongs_to_its_own_frame_only() -> None:
    assert [frame.id for frame in frames(b"id: 1\ndata: a\n\ndata: b\n\n")] == ["1", None]


def test_a_frame_without_data_and_an_unfinished_one_are_none() -> None:
    assert frames(b"event: synced\n\n", b"data: cut of") == []


def test_characters_cut_between_two_chunks_are_put_together() -> None:
    stream = "data: 🦉 ё\n\n".encode()
    assert all(frames(stream[:cut], stream[cut:]) == [Frame("message", "🦉 ё")] for cut in range(len(stream)))


def test_a_frame_of_megabytes_in_small_chunks_is_taken_in_linear_time() -> None:
    stream = b"data: " + b"x" * 8_000_000 + b"\n\n"
    chunks = [stream[i : i + 4096] for i in range(0, len(stream), 4096)]
    assert [len(frame.data) for frame in frames(*chunks)] == [8_000_000]
