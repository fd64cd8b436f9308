"""`python -m segue.discord_bot`: the bot in the foreground."""

import sys

from segue.discord_bot.app import run

sys.exit(run())
