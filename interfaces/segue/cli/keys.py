"""Keys that are pressed before the chat has taken the terminal over."""

from __future__ import annotations

import atexit
import sys
import termios


def hold_keys() -> None:
    """Let the terminal keep them as they are: unseen, not edited by the line, Enter as Enter. Undone at the end."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    held = termios.tcgetattr(terminal)
    held[0] &= ~termios.ICRNL
    held[3] &= ~(termios.ECHO | termios.ICANON)
    atexit.register(termios.tcsetattr, terminal, termios.TCSANOW, before)
    termios.tcsetattr(terminal, termios.TCSANOW, held)
