"""What is counted while the daemon works: numbers that only grow, kept until somebody asks for /metrics.

Plain numbers: prometheus-client takes longer to import than the daemon to start. `api/metrics.py` shows them with it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

FAST = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5)  # bounds, in seconds, of what should take milliseconds
SLOW = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)  # of what models and tools take


@dataclass(frozen=True)
class Count:
    """How often something happened, by `labels`."""

    name: str
    text: str
    labels: tuple[str, ...] = ()
    values: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def add(self, *labels: str, by: int = 1) -> None:
        self.values[labels] += by


@dataclass
class Times:
    """How many times fell under each bound, and beyond the last; and all of them together."""

    buckets: list[int]
    seconds: float = 0.0


@dataclass(frozen=True)
class Duration:
    """How long something took, in seconds, by `labels`."""

    name: str
    text: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = FAST
    values: dict[tuple[str, ...], Times] = field(default_factory=dict)

    def add(self, seconds: float, *labels: str) -> None:
        times = self.values.get(labels)
        if times is None:
            times = self.values[labels] = Times([0] * (len(self.bounds) + 1))
        times.buckets[bisect_left(self.bounds, seconds)] += 1
        times.seconds += seconds


ANSWERS = Count("segue_http_answers", "Answers given over HTTP, by status.", ("status",))
REQUESTS = Duration("segue_http_request_seconds", "From a request to its answer; streams are left out.", ("path",))
EVENTS = Count("segue_events", "Events that were stored and told, by type.", ("type",))
CUT_OFF = Count("segue_followers_cut_off", "Streams that read too slowly and were cut off.")
COMMITS = Duration("segue_store_commit_seconds", "Commits to the database, each for all that waited.")
WRITES = Count("segue_store_writes", "Changes that were asked of the database; many go into one commit.")
SLOW_QUERIES = Count("segue_store_slow", "Reads and commits that took longer than a second.", ("kind",))
TURNS = Duration("segue_turn_seconds", "From a turn's start to its end, by how it ended.", ("agent", "state"), SLOW)
FIRST_WORDS = Duration("segue_first_word_seconds", "From a turn's start to the first piece of text.", ("agent",), SLOW)
TOKENS = Count("segue_model_tokens", "Tokens as the models counted them.", ("agent", "direction"))

ALL: tuple[Count | Duration, ...] = (
    ANSWERS,
    REQUESTS,
    EVENTS,
    CUT_OFF,
    COMMITS,
    WRITES,
    SLOW_QUERIES,
    TURNS,
    FIRST_WORDS,
    TOKENS,
)
