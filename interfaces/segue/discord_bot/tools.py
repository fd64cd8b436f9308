"""Tools as a channel sees them: what one is asked, who has allowed it, and that it was used. Pure functions."""

from __future__ import annotations

import json

import discord

from segue.discord_bot.attachments import File
from segue.discord_bot.render import Part, interface_name, one_line, plain
from segue.discord_bot.splitting import fitting
from segue.models import Approval, Message, ToolUse

_BUILT_IN = "segue"  # the server of what needs none
_SHOWN = 1200  # UTF-16 units of the arguments; with what stands around them they fit into a message
_NAME_LENGTH = 100


def request(approval: Approval) -> Part:
    """Return what is shown while a call waits; arguments that are long follow as a file."""
    arguments = _arguments(approval.call)
    files = (File("arguments.json", arguments.encode()),) if fitting(arguments, _SHOWN) < len(arguments) else ()
    until = discord.utils.format_dt(approval.expires_at, "R")
    return Part(f"{_question(approval.call)}\n-# Not done unless somebody allows it: denied {until}.", files)


def outcome(approval: Approval) -> Part:
    """Return what is shown in its place once it was answered, or nobody can answer it any more."""
    return Part(f"{_question(approval.call)}\n-# {_ended(approval)}")


def used(message: Message) -> Part:
    """Return what is shown of a tool's result: that it was used, and no word of the result."""
    name = _name(message.tool_call) if message.tool_call else plain(message.sender)
    if message.status in ("cancelled", "interrupted"):
        return Part(f"-# stopped {name}")
    return Part(f"-# tried {name} in vain" if message.is_error else f"-# used {name}")


def _question(use: ToolUse) -> str:
    arguments = _arguments(use)
    shown = arguments[: fitting(arguments, _SHOWN)]
    more = len(arguments) - len(shown)
    cut = f"\n… {more:,} characters more" if more else ""
    block = f"\n```json\n{shown}{cut}\n```" if use.arguments else ""
    return f"🔧 May **{_name(use)}** be used?{block}"


def _ended(approval: Approval) -> str:
    who = f"{plain(approval.decided_by or 'somebody')} ({interface_name(approval.interface or '')})"
    always = ", and always here" if approval.remembered else ""
    return {
        "allowed": f"✅ {who} allowed it{always}.",
        "denied": f"⛔ {who} denied it{always}.",
        "expired": "⌛ Nobody answered in time: it was not done.",
    }.get(approval.state, "⏹ The answer ended before anybody allowed it: it was not done.")


def _name(use: ToolUse) -> str:
    server = "" if use.server in ("", _BUILT_IN) else f" ({plain(one_line(use.server, _NAME_LENGTH))})"
    return f"{plain(one_line(use.tool, _NAME_LENGTH))}{server}"


def _arguments(use: ToolUse) -> str:
    """Return them as JSON in which nothing hides, or ends the code block: what cannot be seen is spelled out."""
    text = json.dumps(use.arguments, ensure_ascii=False, indent=2)
    seen = "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)
    return seen.replace("`", "\\u0060")
