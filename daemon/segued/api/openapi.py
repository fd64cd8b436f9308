"""The OpenAPI 3.1 document, made from the operations and their models, and a page that shows it."""

from __future__ import annotations

import inspect
from functools import cache
from html import escape
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter

import segue
from segue import routes
from segue.models import Model
from segued.api.registry import Operation

_REF = "#/components/schemas/{model}"
_STREAM = "text/event-stream"


class ErrorBody(Model):
    code: str
    message: str
    details: dict[str, Any]


class ErrorAnswer(Model):
    """What every error looks like."""

    error: ErrorBody
    detail: str


@cache
def document(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """Return the OpenAPI document of the operations."""
    schemas, definitions = TypeAdapter.json_schemas(
        [part for operation in operations for part in _parts(operation)]
        + [("error", "serialization", TypeAdapter(ErrorAnswer))],
        ref_template=_REF,
    )
    models = definitions.get("$defs", {})
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _describe(operation, schemas, models)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Segue",
            "version": segue.__version__,
            "description": "One daemon owns the conversation; terminal, Discord, command line and agents attach to it.",
        },
        "paths": paths,
        "components": {
            "schemas": models,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _parts(operation: Operation) -> list[Any]:
    parts: list[Any] = []
    if operation.query is not None:
        parts.append(((operation, "query"), "validation", TypeAdapter(operation.query)))
    if operation.body is not None:
        parts.append(((operation, "body"), "validation", TypeAdapter(operation.body)))
    if operation.answer is not None:
        parts.append(((operation, "answer"), "serialization", TypeAdapter(operation.answer)))
    if operation.frames is not None:
        parts.append(((operation, "frames"), "serialization", TypeAdapter(operation.frames)))
    return parts


def _describe(operation: Operation, schemas: dict[Any, Any], models: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation, schemas, models)],
        "responses": {
            str(operation.status): _response(operation, schemas),
            "default": {
                "description": "What went wrong, and what to do.",
                "content": {"application/json": {"schema": schemas["error", "serialization"]}},
            },
        },
        "security": [{"bearer": [operation.scope]}] if operation.scope else [],
    }
    if operation.method != "GET" and not operation.upload:
        described["parameters"].append(
            {
                "name": routes.IDEMPOTENCY_KEY,
                "in": "header",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                "description": "The same key gives the same answer again, without doing it twice.",
            }
        )
    if operation.upload:
        described["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    if operation.body is not None:
        schema = schemas[(operation, "body"), "validation"]
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {"application/json": {"schema": schema}},
        }
    return described


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    names = [part.strip("{}") for part in operation.path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(operation: Operation, schemas: dict[Any, Any], models: dict[str, Any]) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = models[schemas[(operation, "query"), "validation"]["$ref"].rpartition("/")[2]]
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _response(operation: Operation, schemas: dict[Any, Any]) -> dict[str, Any]:
    response: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.answer is not None:
        schema = schemas[(operation, "answer"), "serialization"]
        response["content"] = {operation.media_type: {"schema": schema}}
    if operation.frames is not None:
        response["content"][_STREAM] = {"schema": schemas[(operation, "frames"), "serialization"]}
    return response


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Segue {version}: the API</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
code {{ font: 0.95em ui-monospace, monospace; }} td {{ padding: 0.15rem 1rem 0.15rem 0; vertical-align: top; }}
.m {{ font-weight: 600; }} .s {{ opacity: 0.65; }} @media (prefers-color-scheme: dark) {{
body {{ background: #16181d; color: #dde; }} a {{ color: #8bf; }} }}
</style></head><body><h1>Segue {version}: the API</h1>
<p>JSON over HTTP, on the Unix socket and on loopback TCP. For programs: <a href="{openapi}"><code>{openapi}</code></a>.
Over TCP send <code>Authorization: Bearer TOKEN</code>. Every write takes an <code>Idempotency-Key</code>.</p>
{sections}</body></html>
"""


@cache
def page(operations: tuple[Operation, ...]) -> str:
    """Return the operations as a page for people."""
    sections = []
    for tag in dict.fromkeys(operation.tag for operation in operations):
        rows = "".join(_row(operation) for operation in operations if operation.tag == tag)
        sections.append(f"<h2>{escape(tag)}</h2><table>{rows}</table>")
    return _PAGE.format(version=segue.__version__, openapi=routes.OPENAPI, sections="\n".join(sections))


def _row(operation: Operation) -> str:
    takes = []
    if operation.query is not None:
        takes.append("?" + "&amp;".join(operation.query.model_fields))
    if operation.body is not None:
        takes.append("{" + ", ".join(operation.body.model_fields) + "}")
    scope = f" <span class=s>({operation.scope})</span>" if operation.scope else ""
    return (
        f"<tr><td class=m>{operation.method}</td><td><code>{escape(operation.path)}</code>"
        f"<br><code class=s>{' '.join(takes)}</code></td>"
        f"<td>{escape(inspect.getdoc(operation.handler) or '')}{scope}</td></tr>"
    )
