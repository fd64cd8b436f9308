"""How programs of ours are started: what lies in the folder that somebody stands in is never run as a part of them."""

from __future__ import annotations

import sys
from typing import Final

PYTHON: Final = (sys.executable, "-P", "-m")
