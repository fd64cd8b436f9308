from __future__ import annotations

import pytest

from segue.address import parse


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("unix:/run/segue.sock", "http://localhost"),
        ("http://127.0.0.1:7348", "http://127.0.0.1:7348"),
        ("http://[::1]:7348/", "http://[::1]:7348"),
        ("https://chat.example.org", "https://chat.example.org:443"),
    ],
)
def test_an_address_is_a_socket_or_a_url(text: str, url: str) -> None:
    assert parse(text).url == url


@pytest.mark.parametrize(
    "text",
    ["", "unix:", "/run/segue.sock", "tcp:127.0.0.1:7348", "http://", "http://h:port", "http://u:p@h", "ftp://h"],
)
def test_anything_else_is_refused_with_the_known_forms(text: str) -> None:
    with pytest.raises(ValueError, match="is not an address: use unix:"):
        parse(text)


def test_only_a_daemon_of_this_machine_can_be_started_from_here() -> None:
    assert "segue server start" in parse("unix:/nowhere").unreachable("no such file").message
    assert "segue server start" in parse("http://localhost:1").unreachable("refused").message
    assert "segue server start" not in parse("http://192.0.2.1:1").unreachable("refused").message
