from __future__ import annotations

from tests.segued.sessions.conftest import house

__all__ = ["house"]
