"""Deletions and second thoughts about them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from segue.tui.sessions.deletions import SECOND_THOUGHTS_SECONDS, Deletions


class Clock:
    """Timers that go off when the test says so."""

    def __init__(self) -> None:
        self.timers: list[Timer] = []

    def set_timer(self, seconds: float, act: Callable[[], None]) -> Timer:
        assert seconds == SECOND_THOUGHTS_SECONDS
        self.timers.append(timer := Timer(act))
        return timer

    def go_off(self) -> None:
        for timer in self.timers:
            if not timer.stopped:
                timer.act()


class Timer:
    def __init__(self, act: Callable[[], None]) -> None:
        self.act = act
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def deleted() -> list[str]:
    return []


@pytest.fixture
def deletions(clock: Clock, deleted: list[str]) -> Deletions:
    return Deletions(clock.set_timer, deleted.append)


def test_a_deletion_is_carried_out_once_when_its_time_is_over(
    deletions: Deletions, clock: Clock, deleted: list[str]
) -> None:
    deletions.ask("a")
    deletions.ask("a")
    assert deleted == []
    clock.go_off()
    clock.go_off()
    deletions.flush()
    assert deleted == ["a"]
    assert deletions.undo() is None


def test_the_latest_is_undone_first_and_stays(deletions: Deletions, clock: Clock, deleted: list[str]) -> None:
    for session_id in "abc":
        deletions.ask(session_id)
    assert deletions.undo() == "c"
    assert deletions.undo() == "b"
    clock.go_off()
    assert deleted == ["a"]


def test_at_the_end_what_waits_is_carried_out_at_once(deletions: Deletions, clock: Clock, deleted: list[str]) -> None:
    deletions.ask("a")
    deletions.ask("b")
    deletions.flush()
    clock.go_off()
    assert deleted == ["a", "b"]


def test_what_somebody_else_deleted_is_left_alone(deletions: Deletions, clock: Clock, deleted: list[str]) -> None:
    deletions.ask("a")
    deletions.forget("a")
    deletions.forget("never asked for")
    clock.go_off()
    assert deleted == []
    assert deletions.undo() is None


def test_it_can_be_asked_for_again_after_it_was_undone(deletions: Deletions, clock: Clock, deleted: list[str]) -> None:
    deletions.ask("a")
    deletions.undo()
    deletions.ask("a")
    clock.go_off()
    assert deleted == ["a"]
