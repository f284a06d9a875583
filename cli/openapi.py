"""Writes docs/openapi.json, the HTTP interface for programs: `python -m sanchat.cli.openapi`.

The bodies are those of the routes; tests compare the addresses with the ones that are served.
"""

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from sanchat import __version__
from sanchat.commands import KEEPING_ORDER
from sanchat.routes import accounts, invites, messages, rooms, sessions

PATH = Path(__file__).resolve().parents[1] / "docs" / "openapi.json"

_LOG = "/api/rooms/{room}/messages"
_NUMBER: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 10**15}
_TEXT: dict[str, Any] = {"type": "string"}
_PAGE = {"after": _NUMBER, "before": _NUMBER, "around": _NUMBER, "limit": _NUMBER}

# What each is for, the body it takes and what its query may say.
OPERATIONS: dict[tuple[str, str], tuple[str, type[Any] | None, dict[str, Any]]] = {
    ("get", "/healthz"): ("Whether the server works.", None, {}),
    ("get", "/metrics"): ("Figures for Prometheus.", None, {}),
    ("get", "/api/server"): ("How people come in here.", None, {}),
    ("post", "/api/session"): ("Sign in.", sessions.SignInBody, {}),
    ("get", "/api/session"): ("Who one is.", None, {}),
    ("delete", "/api/session"): ("Sign out.", None, {}),
    ("get", "/api/sessions"): ("Where one is signed in.", None, {}),
    ("delete", "/api/sessions"): ("Sign out everywhere.", None, {}),
    ("delete", "/api/sessions/{session_id}"): ("End one of one's sessions.", None, {}),
    ("post", "/api/users"): ("Make an account.", accounts.RegisterBody, {}),
    ("post", "/api/password"): ("Another password.", accounts.PasswordBody, {}),
    ("post", "/api/name"): ("Another name for oneself.", accounts.NameBody, {}),
    ("post", "/api/reset"): ("A new password by a link.", accounts.ResetBody, {}),
    ("get", "/api/users/{user_id}/sessions"): ("Where a user is signed in.", None, {}),
    ("delete", "/api/users/{user_id}/sessions"): ("Sign a user out everywhere.", None, {}),
    ("delete", "/api/users/{user_id}/sessions/{session_id}"): (
        "End one of a user's sessions.",
        None,
        {},
    ),
    ("post", "/api/invites"): ("Invite somebody.", invites.CreateBody, {}),
    ("get", "/api/invites"): ("Invitations.", None, {"room": _TEXT}),
    ("delete", "/api/invites/{invite_id}"): ("Revoke an invitation.", None, {}),
    ("post", "/api/invitation"): ("Look at an invitation, or accept it.", invites.LookBody, {}),
    ("get", "/api/rooms"): ("The open rooms.", None, {"after": _TEXT, "limit": _NUMBER}),
    ("post", "/api/rooms"): ("Make a room.", rooms.CreateBody, {}),
    ("get", _LOG): ("A page, poll, long poll or stream.", None, _PAGE | {"epoch": _TEXT}),
    ("post", _LOG): ("Post a message.", messages.PostBody, {}),
    ("post", f"{_LOG}/{{seq}}/edit"): ("Edit a message.", messages.EditBody, {}),
    ("post", f"{_LOG}/{{seq}}/delete"): ("Delete a message.", None, {}),
    ("post", f"{_LOG}/{{seq}}/react"): ("React to a message.", messages.ReactBody, {}),
}


def description() -> dict[str, Any]:
    """The OpenAPI description of this version."""
    operations = dict(OPERATIONS)
    for command in KEEPING_ORDER:
        name = str(command.__struct_config__.tag)
        operations["post", f"/api/commands/{name}"] = (f"The command {name}.", command, {})
    bodies = [body for _, body, _ in operations.values() if body is not None]
    schemas, components = msgspec.json.schema_components(
        bodies, ref_template="#/components/schemas/{name}"
    )
    schema_of = dict(zip(bodies, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for (method, path), (about, body, query) in operations.items():
        paths.setdefault(path, {})[method] = _operation(path, about, schema_of.get(body), query)
    for component in components.values():
        # Over HTTP the address says which command it is.
        if "type" in component.get("properties", {}) and "type" in component.get("required", []):
            del component["properties"]["type"]
            component["required"].remove("type")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sanchat",
            "version": __version__,
            "description": "What the fields mean is in docs/protocol.md.",
        },
        "security": [{"session": []}, {"cookie": []}, {"name": []}],
        "paths": paths,
        "components": {
            "schemas": components | {"Error": _ERROR},
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "sanchat_session"},
                "name": {"type": "apiKey", "in": "query", "name": "name"},
            },
        },
    }


_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": _TEXT, "message": _TEXT, "temporary": {"type": "boolean"}},
        }
    },
}


def _operation(path: str, about: str, body: Any, query: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _TEXT if name == "room" else _NUMBER,
        }
        for name in re.findall(r"\{(\w+)\}", path)
    ] + [{"name": name, "in": "query", "schema": schema} for name, schema in query.items()]
    operation: dict[str, Any] = {
        "summary": about,
        "parameters": parameters,
        "responses": {
            "2XX": {"description": "Done."},
            "4XX": {
                "description": "Refused.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
    return operation


def main() -> None:
    PATH.write_text(json.dumps(description(), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
    print(f"wrote {PATH}")
