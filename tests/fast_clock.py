"""The real daemon, for which time goes by many times faster: `python -m tests.fast_clock` in place of `segued`.

FAST_CLOCK_RATE says how many seconds go by in one. FAST_CLOCK_SET names a file with the seconds by which somebody has
set the clock that can be set: written anew, it is set again.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from segued import __main__, clock

RATE = "FAST_CLOCK_RATE"
SET = "FAST_CLOCK_SET"
LOOK_AGAIN_SECONDS = 0.01
_STEP_NANOSECONDS = 5_000_000


def run() -> None:
    """Run the daemon by this clock."""
    rate, began, at = float(os.environ[RATE]), time.time_ns(), time.monotonic_ns()
    file = Path(os.environ[SET]) if SET in os.environ else None

    def steady() -> float:
        """Go in steps: or the two clocks would show what lies between two looks at them, many times over."""
        return (time.monotonic_ns() - at) // _STEP_NANOSECONDS * _STEP_NANOSECONDS * rate / 1e9

    def nanoseconds() -> int:
        return began + int((steady() + _set_by(file)) * 1e9)

    clock.nanoseconds, clock.steady, clock.LOOK_AGAIN_SECONDS = nanoseconds, steady, LOOK_AGAIN_SECONDS
    __main__.main()


def _set_by(file: Path | None) -> float:
    try:
        return float(file.read_text()) if file else 0.0
    except (OSError, ValueError):  # it is just being written
        return 0.0


if __name__ == "__main__":
    run()
