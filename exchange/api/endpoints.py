"""Endpoints, declared once: the declaration drives address, access, rate limit and description.

A room's api.py writes

    room = Room("Spot trading")

    @room.post("/spot/v3/cancel_order", access=Access.TRADE, takes=[SYMBOL, ORDER_ID], gives={...})
    def cancel_order(call: Call) -> dict[str, Any]:
        ...

    urlpatterns = room.urlpatterns()

and the function returns the envelope's `data` or raises a refusal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db.utils import InterfaceError, OperationalError
from django.http import HttpResponse, HttpResponseBase
from django.http.request import UnreadablePostError
from django.urls import URLPattern, path
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from exchange.accounts.actors import client_ip
from exchange.api import envelope, errors, throttle
from exchange.api.authentication import Access, ApiKeyAuthentication, Caller
from exchange.api.errors import Said, Saying, WireError, said_of
from exchange.api.limits import Limit, limit_of
from exchange.api.parameters import Fields, Parameter, Whole, body_fields
from exchange.api.signing import TIMESTAMP_RANGE
from exchange.core import clock, switches
from exchange.core.actors import Actor
from exchange.core.errors import Refused

log = logging.getLogger(__name__)

RECV_WINDOW = Whole(
    name="recvWindow",
    least=1,
    most=60_000,
    about="How many milliseconds after its timestamp the request may still be carried out.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one address."""

    method: str
    path: str
    room: str
    access: Access
    takes: Sequence[Parameter]
    gives: Any  # the shape of `data`: type names in the places of values
    family: Mapping[str, Saying]
    refusals: Mapping[type[Refused], int]
    answer: Callable[[Call], Any]

    @property
    def limit(self) -> Limit:
        return limit_of(self.path, private=self.access is not Access.PUBLIC)

    @property
    def bucket(self) -> str:
        return f"{self.method}:{self.path}"


@dataclass(frozen=True, slots=True)
class Call:
    """What an endpoint's function is given: who asks, and for what."""

    endpoint: Endpoint
    request: Request
    fields: Fields

    def read(self, parameter: Parameter) -> Any:
        """A parameter's value. One that the endpoint did not declare is a defect."""
        assert parameter in self.endpoint.takes, f"{parameter.name} is not declared"
        return parameter.read(self.fields)

    @property
    def caller(self) -> Caller:
        return self.request.user

    @property
    def customer_id(self) -> int:
        return self.caller.customer_id

    @property
    def actor(self) -> Actor:
        return self.caller.actor


ENDPOINTS: list[Endpoint] = []  # every room's, in the order of the index of routes


class Room:
    """The endpoints of one room. `refusals` are those that have numbers of their own; integrators
    read of them what the class says of itself."""

    def __init__(self, name: str, *, refusals: Mapping[type[Refused], int] | None = None) -> None:
        self.name = name
        self.refusals = refusals or {}
        self._endpoints: list[Endpoint] = []

    def get(self, path: str, **declared: Any) -> Callable[[Callable[[Call], Any]], Any]:
        return self._declare("GET", path, **declared)

    def post(self, path: str, **declared: Any) -> Callable[[Callable[[Call], Any]], Any]:
        return self._declare("POST", path, **declared)

    def _declare(
        self,
        method: str,
        path: str,
        *,
        gives: Any,
        access: Access = Access.PUBLIC,
        takes: Sequence[Parameter] = (),
        family: Mapping[str, Saying] = errors.SPOT,
    ) -> Callable[[Callable[[Call], Any]], Any]:
        """Register the decorated function. It stays callable under its own name."""

        def register(answer: Callable[[Call], Any]) -> Callable[[Call], Any]:
            declared = Endpoint(
                method=method,
                path=path,
                room=self.name,
                access=access,
                takes=tuple(takes),
                gives=gives,
                family=errors.numbered(self.refusals, family),
                refusals=self.refusals if access is not Access.PUBLIC else {},
                answer=answer,
            )
            self._endpoints.append(declared)
            ENDPOINTS.append(declared)
            return answer

        return register

    def urlpatterns(self) -> list[URLPattern]:
        """One route an address, with all of its methods."""
        by_path: dict[str, dict[str, Endpoint]] = {}
        for declared in self._endpoints:
            by_path.setdefault(declared.path, {})[declared.method] = declared
        return [
            path(address.lstrip("/"), WireView.as_view(endpoints=methods))
            for address, methods in by_path.items()
        ]


class AlwaysJson(BaseContentNegotiation):
    """Clients ask for anything; they get JSON."""

    def select_parser(self, request: Request, parsers: Sequence[Any]) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Sequence[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], envelope.JSON


class WireView(APIView):
    """One address of the wire. The body is read as bytes, because those bytes were signed."""

    endpoints: Mapping[str, Endpoint] = {}
    authentication_classes = [ApiKeyAuthentication]
    permission_classes: Sequence[Any] = []  # access is checked with the key, in BitMart's order
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    schema = None
    http_method_names = ["get", "head", "post"]
    endpoint: Endpoint
    spent: throttle.Taken | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in self.endpoints:
            raise WireError(*errors.METHOD_NOT_ALLOWED)
        self.endpoint = self.endpoints[method]
        if method == "POST" and request.META.get("CONTENT_TYPE"):
            kind = request.META["CONTENT_TYPE"].partition(";")[0].strip().lower()
            if kind != envelope.JSON:
                raise WireError(*errors.UNSUPPORTED_MEDIA)
        self.perform_authentication(request)
        if self.endpoint.access is not Access.PUBLIC:
            switches.refuse_if_closed(switches.API)
        self.spend(request)

    def spend(self, request: Request) -> None:
        """Take one call out of the caller's bucket. Raises WireError 30013."""
        endpoint, limit = self.endpoint, self.endpoint.limit
        if endpoint.access is Access.PUBLIC:
            bucket = f"{endpoint.bucket}:ip:{client_ip(request)}"
        else:
            bucket = f"{endpoint.bucket}:key:{request.user.key_id}"
        self.spent = throttle.take(bucket, limit)
        if not self.spent.allowed:
            raise WireError(*errors.TOO_MANY)

    def get(self, request: Request) -> HttpResponse:
        return self.answer(request, Fields(request.query_params.dict()))

    def post(self, request: Request) -> HttpResponse:
        fields = body_fields(request.body)
        if self.endpoint.access.is_signed:
            _refuse_outdated(request.user, RECV_WINDOW.read(fields))
        return self.answer(request, fields)

    def answer(self, request: Request, fields: Fields) -> HttpResponse:
        call = Call(self.endpoint, request, fields)
        return envelope.ok(request, self.endpoint.answer(call))

    def get_exception_handler(self) -> Callable[..., HttpResponse]:
        return self.refuse

    def refuse(self, error: Exception, context: dict[str, Any]) -> HttpResponse:
        family = self.endpoint.family if hasattr(self, "endpoint") else errors.SPOT
        return envelope.error(context["request"], said_of_any(error, family))

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if self.spent is not None:
            limit = self.endpoint.limit
            # BitMart's "Remaining" counts what is used, and clients read it so.
            response["X-BM-RateLimit-Remaining"] = str(self.spent.used)
            response["X-BM-RateLimit-Limit"] = str(limit.calls)
            response["X-BM-RateLimit-Reset"] = str(limit.seconds)
            response["X-BM-RateLimit-Mode"] = (
                "IP" if self.endpoint.access is Access.PUBLIC else "UID"
            )
            if not self.spent.allowed:
                response["Retry-After"] = str(limit.seconds)
        return response


def said_of_any(error: Exception, family: Mapping[str, Saying] = errors.SPOT) -> Said:
    """What any exception means to an integrator; a defect is logged and says nothing of itself."""
    match error:
        case WireError():
            return Said(error.wire_code, error.message, error.status_code)
        case Refused():
            return said_of(error, family)
        case RequestDataTooBig():
            return errors.TOO_LARGE
        case SuspiciousOperation() | UnreadablePostError():
            return errors.BAD_REQUEST
        case OperationalError() | InterfaceError():
            log.error("the database does not answer: %s", error)
            return errors.UNAVAILABLE
    log.error("unanswered %s", type(error).__name__, exc_info=error)
    return errors.INTERNAL


def _refuse_outdated(caller: Caller, window_ms: int | None) -> None:
    """A caller may shorten the minute in which a signed request is still good."""
    if window_ms is not None and caller.sent_ms is not None:
        if clock.now_ms() - caller.sent_ms > window_ms:
            raise WireError(*TIMESTAMP_RANGE)
