"""The description of the API, made from the very declarations that serve it."""

from __future__ import annotations

import inspect
import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path

from exchange.api.authentication import Access
from exchange.api.endpoints import ENDPOINTS, Endpoint
from exchange.api.parameters import object_schema
from exchange.api.shapes import schema_of
from exchange.core.errors import Refused

VERSION = "1.0.0"
OVERVIEW = """\
The BitMart wire format: clients written for it work by changing one address. Every answer is an
envelope, of which the data is described here; code 1000 is success, anything else says in its
message what was wrong. Names may be camelCase or snake_case, amounts strings or numbers."""
HEADERS = {
    "X-BM-KEY": "The API key.",
    "X-BM-TIMESTAMP": "Milliseconds since 1970, within a minute of /system/time.",
    "X-BM-SIGN": "Hex HMAC-SHA256 under the secret of {timestamp}#{memo}#{body}.",
}
ENVELOPE = {
    "type": "object",
    "required": ["message", "code", "trace", "data"],
    "properties": {
        "message": {"type": "string", "description": "OK, or what was wrong."},
        "code": {"type": "integer", "description": "1000 is success."},
        "trace": {"type": "string", "description": "Quote it when you ask about this request."},
        "data": {},
    },
}


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 description of every endpoint."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in sorted(ENDPOINTS, key=lambda e: (e.path, e.method)):
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Holdfast", "version": VERSION, "description": OVERVIEW},
        "tags": [{"name": room} for room in sorted({e.room for e in ENDPOINTS})],
        "paths": paths,
        "components": {
            "schemas": {"Envelope": ENVELOPE},
            "securitySchemes": {
                name: {"type": "apiKey", "in": "header", "name": name, "description": about}
                for name, about in HEADERS.items()
            },
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    summary, rest = _told(endpoint)
    operation: dict[str, Any] = {
        "operationId": f"{endpoint.method.lower()}{endpoint.path.replace('/', '_')}",
        "tags": [endpoint.room],
        "summary": summary,
        "description": rest,
        "security": [_security(endpoint.access)],
        "x-access": endpoint.access.value,
        "x-rate-limit": {
            "calls": endpoint.limit.calls,
            "seconds": endpoint.limit.seconds,
            "per": "address" if endpoint.access is Access.PUBLIC else "key",
        },
        "responses": {
            "200": _answer("Success.", endpoint.gives),
            "default": _answer("An error; nothing was changed.", {}),
        },
    }
    if endpoint.refusals:
        operation["x-refusals"] = refusals_of(endpoint)
    if endpoint.method == "GET":
        operation["parameters"] = [
            {"name": p.name, "in": "query", "required": p.required, "schema": p.described()}
            for p in endpoint.takes
        ]
    else:
        body = object_schema(endpoint.takes)
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return operation


def refusals_of(endpoint: Endpoint) -> list[dict[str, Any]]:
    """The numbers that this endpoint's room refuses with, beside those that all rooms have."""
    return [
        {"code": number, "means": _means(kind)}
        for kind, number in sorted(endpoint.refusals.items(), key=lambda each: each[1])
    ]


def _means(kind: type[Refused]) -> str:
    """What a refusal says of itself, without what it says to programmers of its `limit`."""
    said = inspect.cleandoc(kind.__doc__ or "").replace("\n", " ")
    return said.partition(" `limit`")[0]


def _told(endpoint: Endpoint) -> tuple[str, str]:
    """The first line of an endpoint's documentation, and the rest of it as one paragraph."""
    summary, _, rest = (endpoint.answer.__doc__ or "").partition("\n")
    return summary.strip(), " ".join(rest.split())


def _security(access: Access) -> dict[str, list[str]]:
    if access is Access.PUBLIC:
        return {}
    return dict.fromkeys(HEADERS if access.is_signed else ["X-BM-KEY"], [])


def _answer(about: str, data: Any) -> dict[str, Any]:
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Envelope"}],
        "properties": {"data": schema_of(data)},
    }
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def schema(request: HttpRequest) -> HttpResponse:
    """The description, for programs."""
    return JsonResponse(document(), json_dumps_params={"indent": 1})


def docs(request: HttpRequest) -> HttpResponse:
    """The description, for people."""
    rooms: dict[str, list[dict[str, Any]]] = {}
    for endpoint in ENDPOINTS:
        rooms.setdefault(endpoint.room, []).append(_for_people(endpoint))
    context = {
        "rooms": rooms,
        "overview": OVERVIEW,
        "headers": HEADERS,
        "base_url": settings.BASE_URL,
    }
    return render(request, "exchange/api/docs.html", context)


def _for_people(endpoint: Endpoint) -> dict[str, Any]:
    summary, rest = _told(endpoint)
    described = [(parameter, parameter.described()) for parameter in endpoint.takes]
    return {
        "method": endpoint.method,
        "path": endpoint.path,
        "access": endpoint.access.value,
        "limit": endpoint.limit,
        "summary": summary,
        "about": rest,
        "gives": json.dumps(endpoint.gives, indent=2),
        "refusals": refusals_of(endpoint),
        "parameters": [
            {
                "name": parameter.name,
                "required": parameter.required,
                "type": " | ".join(schema.get("enum", [])) or schema["type"],
                "about": parameter.about,
            }
            for parameter, schema in described
        ],
    }


urlpatterns = [
    path("api/schema.json", schema, name="api-schema"),
    path("api/docs", docs, name="api-docs"),
]
