"""Slash commands, one file a kind: talk, sessions, people, memories, and what the bot is."""
