"""The Discord bot: an ordinary client of the daemon, in a process of its own. It keeps no state on disk."""
