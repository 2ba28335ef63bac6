"""Errors that no view answered."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse


def _answer(request: HttpRequest, code: int, message: str, status: int) -> JsonResponse:
    trace = getattr(request, "request_id", "")
    return JsonResponse({"code": code, "message": message, "trace": trace, "data": {}}, status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> JsonResponse:
    return _answer(request, 50000, "Bad Request", 400)


def permission_denied(request: HttpRequest, exception: Any = None) -> JsonResponse:
    return _answer(request, 30019, "No permission", 403)


def not_found(request: HttpRequest, exception: Any = None) -> JsonResponse:
    return _answer(request, 30000, "Not found", 404)


def server_error(request: HttpRequest) -> JsonResponse:
    return _answer(request, 59002, "Internal error", 500)
