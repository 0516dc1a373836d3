"""Whether a value fits a JSON schema, for runs in this process; the engine itself checks with a complete validator.

Known are the keywords of Airflow's forms: `type`, `enum`, `const`, `minimum`, `maximum`, `exclusiveMinimum`,
`exclusiveMaximum`, `multipleOf`, `minLength`, `maxLength`, `pattern`, `format`, `items`, `minItems`, `maxItems`,
`uniqueItems`, `properties`, `required`, `additionalProperties`, `anyOf`, `oneOf`, `allOf`, `not`. Others say nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

_TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
    "number": lambda value: _is_number(value),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, (list, tuple)),
    "object": lambda value: isinstance(value, dict),
}

_NUMBERS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, limit: value >= limit,
    "maximum": lambda value, limit: value <= limit,
    "exclusiveMinimum": lambda value, limit: value > limit,
    "exclusiveMaximum": lambda value, limit: value < limit,
    "multipleOf": lambda value, limit: float(value / limit).is_integer(),
}

_LENGTHS: dict[str, tuple[type | tuple[type, ...], Callable[[int, int], bool]]] = {
    "minLength": (str, lambda length, limit: length >= limit),
    "maxLength": (str, lambda length, limit: length <= limit),
    "minItems": ((list, tuple), lambda length, limit: length >= limit),
    "maxItems": ((list, tuple), lambda length, limit: length <= limit),
}


def misfit(value: Any, schema: Any) -> str | None:
    """Why the value does not fit; `None` if it does."""
    if schema is False:
        return f"{value!r} is not allowed"
    if not isinstance(schema, dict):
        return None
    checks = (_type, _choice, _number, _length, _text, _items, _properties, _combined)
    return next((problem for check in checks if (problem := check(value, schema)) is not None), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _type(value: Any, schema: dict[str, Any]) -> str | None:
    wanted = schema.get("type")
    if wanted is None:
        return None
    names = wanted if isinstance(wanted, list) else [wanted]
    if any(_TYPES.get(name, lambda _: True)(value) for name in names):
        return None
    return f"{value!r} is not of type {', '.join(map(repr, names))}"


def _choice(value: Any, schema: dict[str, Any]) -> str | None:
    if "enum" in schema and value not in schema["enum"]:
        return f"{value!r} is not one of {schema['enum']!r}"
    if "const" in schema and value != schema["const"]:
        return f"{schema['const']!r} was expected"
    return None


def _number(value: Any, schema: dict[str, Any]) -> str | None:
    if not _is_number(value):
        return None
    for keyword, holds in _NUMBERS.items():
        if keyword in schema and not holds(value, schema[keyword]):
            return f"{value!r} does not meet `{keyword}` of {schema[keyword]!r}"
    return None


def _length(value: Any, schema: dict[str, Any]) -> str | None:
    for keyword, (kind, holds) in _LENGTHS.items():
        if keyword in schema and isinstance(value, kind) and not holds(len(value), schema[keyword]):
            return f"{value!r} does not meet `{keyword}` of {schema[keyword]!r}"
    return None


def _text(value: Any, schema: dict[str, Any]) -> str | None:
    if not isinstance(value, str):
        return None
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{value!r} does not match {schema['pattern']!r}"
    read = {"date": dt.date.fromisoformat, "time": dt.time.fromisoformat, "date-time": _date_time}.get(
        schema.get("format", "")
    )
    try:
        if read is not None:
            read(value)
    except ValueError:
        return f"{value!r} is not a {schema['format']!r}"
    return None


def _date_time(text: str) -> None:
    if len(text) <= len("2024-01-01"):
        raise ValueError(text)
    dt.datetime.fromisoformat(text)


def _items(value: Any, schema: dict[str, Any]) -> str | None:
    if not isinstance(value, (list, tuple)):
        return None
    if schema.get("uniqueItems") and any(item in value[:at] for at, item in enumerate(value)):
        return f"{value!r} has non-unique elements"
    problems = (misfit(item, schema.get("items")) for item in value)
    return next((problem for problem in problems if problem is not None), None)


def _properties(value: Any, schema: dict[str, Any]) -> str | None:
    if not isinstance(value, dict):
        return None
    missing = next((name for name in schema.get("required", []) if name not in value), None)
    if missing is not None:
        return f"{missing!r} is a required property"
    known = schema.get("properties", {})
    more = schema.get("additionalProperties")
    problems = (misfit(item, known.get(name, more)) for name, item in value.items())
    return next((problem for problem in problems if problem is not None), None)


def _combined(value: Any, schema: dict[str, Any]) -> str | None:
    for part in schema.get("allOf", []):
        if (problem := misfit(value, part)) is not None:
            return problem
    fits = [sum(misfit(value, part) is None for part in schema.get(keyword, [])) for keyword in ("anyOf", "oneOf")]
    if ("anyOf" in schema and fits[0] == 0) or ("oneOf" in schema and fits[1] != 1):
        return f"{value!r} is not valid under the given schemas"
    if "not" in schema and misfit(value, schema["not"]) is None:
        return f"{value!r} should not be valid under {schema['not']!r}"
    return None
