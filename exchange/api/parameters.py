"""What integrators send, read strictly and forgivingly where each is due.

Forgiving: camelCase and snake_case are one name, numbers may be strings, unknown fields are
ignored, an empty string is an absent value. Strict: a number is plain notation, so that no float,
exponent, NaN or sign gets near money; text has a length and no control characters.

A parameter is declared once, beside its endpoint, which documents it and reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, NoReturn
from unicodedata import category

from exchange.api.errors import NOT_JSON, MissingParameter, Unsupported, WireError
from exchange.core import clock, money
from exchange.core.errors import Invalid, Refused
from exchange.core.foreign import json_of

SYMBOL = re.compile(r"[A-Z0-9]{1,15}_[A-Z0-9]{1,15}")
DIGITS = re.compile(r"[0-9]{1,18}")
WORD = re.compile(r"[A-Za-z0-9]+")
MAX_TEXT = 200
CLIENT_ORDER_ID_LENGTH = 32
# Milliseconds since 1970 that a timestamp can carry: up to the year 9999.
MAX_MS = 253_402_300_799_000


class Number(str):
    """A JSON number, as it was written."""


def body_fields(body: bytes) -> Fields:
    """The fields of a JSON object. An empty body is an empty object. Raises WireError 30018."""
    if not body.strip():
        return Fields({})
    try:
        values = json_of(body, parse_float=Number, parse_int=Number, parse_constant=Number)
    except ValueError:
        raise WireError(*NOT_JSON) from None
    if not isinstance(values, dict):
        raise WireError(*NOT_JSON)
    return Fields(values)


def normal(name: str) -> str:
    """One spelling a name: clientOrderId and client_order_id are the same."""
    return name.replace("_", "").lower()


class Fields:
    """What came with a request, by normal name. Of two spellings of one name the last counts."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {normal(str(name)): value for name, value in values.items()}

    def raw(self, name: str) -> Any:
        """The value as it came; None when absent, null or empty."""
        value = self._values.get(normal(name))
        return None if isinstance(value, str) and not value.strip() else value


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One input. `read` gives its value, or `default` when it is absent and not required.

    Raises MissingParameter, Invalid and its kinds, naming the field.
    """

    name: str
    required: bool = False
    default: Any = None
    about: str = ""
    schema: ClassVar[dict[str, Any]] = {"type": "string"}

    def read(self, fields: Fields) -> Any:
        value = fields.raw(self.name)
        if value is None:
            if self.required:
                raise MissingParameter(f"{self.name} is required.", field=self.name)
            return self.default
        return self.parse(value)

    def needed(self, fields: Fields) -> Any:
        """`read`, where this very request can't do without it."""
        return replace(self, required=True).read(fields)

    def parse(self, value: Any) -> Any:
        return self.written(value)

    def written(self, value: Any) -> str:
        """The value as text. Raises Invalid for lists, objects and what no text should hold."""
        if isinstance(value, bool) or not isinstance(value, str):
            self.refuse("it must be text or a number.")
        text = value.strip()
        if len(text) > MAX_TEXT or not text.isprintable() or _has_lone_surrogate(text):
            self.refuse(f"it may hold {MAX_TEXT} printable characters.")
        return text

    def refuse(self, why: str, kind: type[Refused] = Invalid, limit: object = None) -> NoReturn:
        raise kind(why, field=self.name, limit=limit)

    def described(self) -> dict[str, Any]:
        """Its JSON schema."""
        return {**self.schema, **({"description": self.about} if self.about else {})}


class Text(Parameter):
    """Words of no particular form."""


@dataclass(frozen=True, kw_only=True)
class Prose(Parameter):
    """Words that people read: several lines, up to `most` characters."""

    most: int

    def parse(self, value: Any) -> str:
        if not isinstance(value, str) or isinstance(value, Number):
            self.refuse("it must be text.")
        text = value.replace("\r\n", "\n").strip()
        plain_text = text.replace("\n", " ").replace("\t", " ")
        # Marks that join letters or turn the direction belong to people's languages.
        unfit = any(not each.isprintable() and category(each) != "Cf" for each in plain_text)
        if len(text) > self.most or unfit or _has_lone_surrogate(text):
            self.refuse(f"it may hold {self.most} characters of text.", limit=self.most)
        return text

    def described(self) -> dict[str, Any]:
        return {**Parameter.described(self), "maxLength": self.most}


class Symbol(Parameter):
    """A pair, such as BTC_USDT. Whether it exists is the market's business."""

    schema = {"type": "string", "examples": ["BTC_USDT"]}

    def parse(self, value: Any) -> str:
        text = self.written(value).upper()
        if not SYMBOL.fullmatch(text):
            self.refuse("it is no symbol.", UnknownSymbol)
        return text


class UnknownSymbol(Invalid):
    code = "unknown_market"


class Amount(Parameter):
    """A positive amount in plain notation, as a Decimal."""

    schema = {"type": "string", "examples": ["0.015"], "pattern": r"^[0-9]+(\.[0-9]+)?$"}

    def parse(self, value: Any) -> Decimal:
        return money.parse(self.written(value), field=self.name)


@dataclass(frozen=True, kw_only=True)
class Whole(Parameter):
    """A whole number in a range. With `clamp`, one beyond the range counts as its end."""

    least: int = 0
    most: int = 10**18 - 1
    clamp: bool = False
    schema: ClassVar[dict[str, Any]] = {"type": "integer"}

    def parse(self, value: Any) -> int:
        text = self.written(value)
        if not DIGITS.fullmatch(text):
            self.refuse("it must be a whole number.")
        number = int(text)
        if self.clamp:
            return min(max(number, self.least), self.most)
        if not self.least <= number <= self.most:
            self.refuse(f"it must be from {self.least} to {self.most}.", limit=self.most)
        return number

    def described(self) -> dict[str, Any]:
        bounds = {"minimum": self.least, "maximum": self.most}
        return {**super().described(), **bounds}


@dataclass(frozen=True, kw_only=True)
class Moment(Parameter):
    """A time since 1970, in milliseconds or, with `unit_ms=1000`, in seconds."""

    unit_ms: int = 1
    schema: ClassVar[dict[str, Any]] = {"type": "integer"}

    def parse(self, value: Any) -> datetime:
        text = self.written(value)
        if not DIGITS.fullmatch(text) or int(text) * self.unit_ms > MAX_MS:
            self.refuse("it must be a time since 1970.")
        return clock.from_ms(int(text) * self.unit_ms)


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter):
    """One of a few words."""

    among: Sequence[str] = ()

    def parse(self, value: Any) -> str:
        text = self.written(value).lower()
        if text not in self.among:
            self.refuse(f"{self.name} must be one of {', '.join(self.among)}.", Unsupported)
        return text

    def described(self) -> dict[str, Any]:
        return {**super().described(), "enum": list(self.among)}


class OrderId(Parameter):
    """An order's number. Another text names no order."""

    def parse(self, value: Any) -> int:
        text = self.written(value)
        if not DIGITS.fullmatch(text):
            self.refuse("There is no such order.", NoSuchOrder)
        return int(text)


class NoSuchOrder(Invalid):
    code = "order_not_found"


class ClientOrderId(Parameter):
    """The customer's own name of an order: at most 32 letters and digits, unique."""

    schema = {"type": "string", "maxLength": 32, "pattern": "^[A-Za-z0-9]+$"}

    def parse(self, value: Any) -> str:
        text = self.written(value)
        if len(text) > CLIENT_ORDER_ID_LENGTH:
            self.refuse("it is too long.", ClientOrderIdTooLong, limit=CLIENT_ORDER_ID_LENGTH)
        if not (text.isascii() and WORD.fullmatch(text)):
            self.refuse("letters and digits only.", ClientOrderIdCharset)
        return text


class ClientOrderIdTooLong(Invalid):
    code = "client_order_id_too_long"


class ClientOrderIdCharset(Invalid):
    code = "client_order_id_charset"


@dataclass(frozen=True, kw_only=True)
class Many(Parameter):
    """A list, each element read as `of`: one parameter, or the parameters of an object."""

    of: Parameter | Sequence[Parameter] = ()
    most: int = 100
    schema: ClassVar[dict[str, Any]] = {"type": "array"}

    def parse(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            self.refuse("it must be a list.")
        if not 0 < len(value) <= self.most:
            self.refuse("", OrderCount, limit=self.most)
        if isinstance(self.of, Parameter):
            return [self.of.parse(element) for element in value]
        if not all(isinstance(element, dict) for element in value):
            self.refuse("its elements must be objects.")
        return [Fields(element) for element in value]

    def described(self) -> dict[str, Any]:
        of = self.of
        items = of.described() if isinstance(of, Parameter) else object_schema(of)
        return {**super().described(), "items": items, "maxItems": self.most}


class OrderCount(Invalid):
    code = "order_count"


def object_schema(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The JSON schema of a body that carries these parameters."""
    required = [parameter.name for parameter in parameters if parameter.required]
    return {
        "type": "object",
        "properties": {parameter.name: parameter.described() for parameter in parameters},
        **({"required": required} if required else {}),
    }


def _has_lone_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
