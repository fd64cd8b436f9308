"""What the terminal chat keeps, and what it does with a file that somebody else wrote."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from segue.tui.settings import Settings, change, load, settings_file


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGUE_HOME", str(tmp_path / "home"))


def test_without_a_file_there_are_the_defaults_and_no_complaint(caplog: pytest.LogCaptureFixture) -> None:
    assert load() == Settings()
    assert not caplog.records
    assert not settings_file().exists()


def test_what_was_changed_is_there_in_the_next_run() -> None:
    assert change(theme="nord") == Settings(theme="nord")
    assert change(sidebar=False) == Settings(theme="nord", sidebar=False)
    assert load() == Settings(theme="nord", sidebar=False)
    assert list(settings_file().parent.iterdir()) == [settings_file()]


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "[" * 50_000, "\udcff"])
def test_a_file_that_makes_no_sense_gives_the_defaults_and_a_line_in_the_log(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings_file().parent.mkdir()
    settings_file().write_text(text, errors="surrogateescape")
    with caplog.at_level(logging.WARNING):
        assert load() == Settings()
    assert len(caplog.records) == 1
    assert change(theme="nord") == Settings(theme="nord") == load()


def test_a_field_of_the_wrong_type_or_of_a_newer_version_does_not_spoil_the_others() -> None:
    settings_file().parent.mkdir()
    settings_file().write_text(json.dumps({"theme": "nord", "sidebar": "yes", "width": 40}))
    assert load() == Settings(theme="nord", sidebar=True)


def test_a_file_that_cannot_be_written_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    settings_file().mkdir(parents=True)
    assert change(theme="nord") == Settings(theme="nord")
    assert "cannot be written" in caplog.text
    assert [path.name for path in settings_file().parent.iterdir()] == [settings_file().name]
