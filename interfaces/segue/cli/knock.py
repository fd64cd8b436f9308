"""Who is at an address, found out by knocking."""

from __future__ import annotations

import json
from http.client import HTTPException, HTTPResponse
from typing import Any, Literal

from segue import routes
from segue.address import Address
from segue.cli.wire import connection_to

ANSWER_SECONDS = 5.0

Answer = Literal["ready", "not ready", "silent", "stranger", "nobody"]


def knock(address: Address, seconds: float = ANSWER_SECONDS) -> Answer:
    """Return what answers: a daemon that is ready (refusing us is an answer too) or not, something that says nothing
    within these seconds or is no daemon of ours, or nobody."""
    connection = connection_to(address, seconds)
    try:
        connection.connect()
    except OSError:
        return "nobody"
    try:
        connection.request("GET", routes.READY)
        return _understood(connection.getresponse())
    except TimeoutError:
        return "silent"
    except HTTPException as exc:
        return "nobody" if isinstance(exc, ConnectionError) else "stranger"
    except OSError:
        return "nobody"
    finally:
        connection.close()


def _understood(response: HTTPResponse) -> Answer:
    try:
        body = json.loads(response.read())
    except ValueError:
        return "stranger"
    if not isinstance(body, dict) or not {"checks", "error"} & body.keys():
        return "stranger"
    return "not ready" if response.status == 503 else "ready"


def trouble(address: Address) -> str:
    """Return what a daemon that is not ready says is wrong with it; nothing where nothing is, or nobody says."""
    connection = connection_to(address, ANSWER_SECONDS)
    try:
        connection.request("GET", routes.READY)
        body: Any = json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        return ""
    finally:
        connection.close()
    return str(body.get("trouble") or "") if isinstance(body, dict) else ""
