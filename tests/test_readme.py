"""The README's example works as printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.daemons import Daemon

README = Path(__file__).parents[1] / "README.md"


def test_the_example_for_programs_runs(shared_daemon: Daemon) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", example], env=shared_daemon.env, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 2 3\n", "")
