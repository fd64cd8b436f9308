from __future__ import annotations

from pathlib import Path

import pytest

from tests.segue.tui.idle import wait_exactly


@pytest.fixture(autouse=True)
def settings_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a window remembers (its theme, its sidebar) out of the developer's home and of the next test."""
    monkeypatch.setenv("SEGUE_HOME", str(tmp_path / "home"))


@pytest.fixture(autouse=True)
def exact_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    wait_exactly(monkeypatch)
