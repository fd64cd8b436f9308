"""Discord's other side for tests: its REST and gateway over real sockets, and the people there.

async with DiscordServer() as discord:
    guild = discord.add_guild()
    general = guild.add_channel("general")
    alice = discord.add_user("alice")
    ...  # a bot connects, with discord.api_url, discord.gateway_url and discord.token
    await discord.wait_until_online()
    await general.say(alice, "hi")
    await general.wait_for(lambda message: message.author is discord.bot)
    assert general.lines == ["alice: hi", "segue: hello"]
"""

from tests.discord_server.channels import DirectChannel, TextChannel, Thread
from tests.discord_server.conversation import Channel
from tests.discord_server.guilds import Guild
from tests.discord_server.intents import Intent
from tests.discord_server.interactions import Interaction
from tests.discord_server.messages import Attachment, Message
from tests.discord_server.permissions import Permission
from tests.discord_server.server import DiscordServer
from tests.discord_server.users import Member, Role, User

__all__ = [
    "Attachment",
    "Channel",
    "DirectChannel",
    "DiscordServer",
    "Guild",
    "Intent",
    "Interaction",
    "Member",
    "Message",
    "Permission",
    "Role",
    "TextChannel",
    "Thread",
    "User",
]
