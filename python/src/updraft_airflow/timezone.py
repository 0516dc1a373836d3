"""Times and zones, under the names of `airflow.utils.timezone`."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pendulum

utc = dt.timezone.utc
TIMEZONE = utc


_as_if_at: ContextVar[dt.datetime | None] = ContextVar("as_if_at", default=None)


def utcnow() -> dt.datetime:
    """Now, in UTC."""
    return _as_if_at.get() or dt.datetime.now(tz=utc)


@contextmanager
def as_if_at(moment: dt.datetime) -> Iterator[None]:
    """Has `utcnow` tell another time, for a while: the engine says when it asks."""
    token = _as_if_at.set(moment)
    try:
        yield
    finally:
        _as_if_at.reset(token)


utc_now = utcnow


def utc_epoch() -> dt.datetime:
    """The beginning of 1970, in UTC."""
    return dt.datetime.fromtimestamp(0, tz=utc)


def is_localized(value: dt.datetime) -> bool:
    """Whether the time says its zone."""
    return value.utcoffset() is not None


def is_naive(value: dt.datetime) -> bool:
    """Whether the time does not say its zone."""
    return value.utcoffset() is None


def default_timezone() -> dt.tzinfo:
    """The zone of times that do not say theirs: `[core] default_timezone`."""
    from updraft_airflow.configuration import conf

    name = conf.get("core", "default_timezone", fallback="utc")
    return local_timezone() if name == "system" else parse_timezone(name)


def parse_timezone(name: str | int) -> dt.tzinfo:
    """The zone of that name, or with that many seconds east of UTC."""
    if isinstance(name, int):
        return dt.timezone(dt.timedelta(seconds=name))
    if name.lower() in ("utc", "z"):
        return utc
    import pendulum

    return pendulum.timezone(name)


def local_timezone() -> dt.tzinfo:
    """The zone of this machine."""
    import pendulum

    return pendulum.local_timezone()


def zone_name(zone: dt.tzinfo | None) -> str:
    """The IANA name of a zone, `UTC`, or its offset as `+02:00`."""
    for attribute in ("key", "name", "zone"):
        name = getattr(zone, attribute, None)
        if isinstance(name, str) and name:
            return "UTC" if name.lower() in ("utc", "etc/utc") else name
    offset = zone.utcoffset(None) if zone is not None else None
    if not offset:
        return "UTC"
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def make_aware(value: dt.datetime | None, timezone: Any = None) -> dt.datetime | None:
    """The same wall clock time in a zone, by default that of the installation; of a repeated hour the later one."""
    if value is None:
        return None
    if is_localized(value):
        raise ValueError(f"make_aware wants a time without a zone, not `{value!r}`")
    zone = timezone or default_timezone()
    return value.replace(tzinfo=zone, fold=1)


def make_naive(value: dt.datetime, timezone: Any = None) -> dt.datetime:
    """The wall clock time in a zone."""
    if is_naive(value):
        raise ValueError(f"make_naive wants a time with a zone, not `{value!r}`")
    return value.astimezone(timezone or default_timezone()).replace(tzinfo=None)


@overload
def convert_to_utc(value: None) -> None: ...
@overload
def convert_to_utc(value: dt.datetime) -> dt.datetime: ...
def convert_to_utc(value: dt.datetime | None) -> dt.datetime | None:
    """The time in UTC; one without a zone is read in the installation's."""
    if value is None:
        return None
    aware = make_aware(value) if is_naive(value) else value
    return aware.astimezone(utc) if aware is not None else None


def datetime(*args: Any, **kwargs: Any) -> dt.datetime:
    """A time in the installation's zone, if none is given."""
    kwargs.setdefault("tzinfo", default_timezone())
    return dt.datetime(*args, **kwargs)


def parse(string: str, timezone: Any = None, *, strict: bool = False) -> pendulum.DateTime:
    """Reads a time; without a zone it is read in the installation's."""
    import pendulum

    return pendulum.instance(pendulum.parse(string, tz=timezone or default_timezone(), strict=strict))  # type: ignore[arg-type]


@overload
def coerce_datetime(v: None, tz: dt.tzinfo | None = None) -> None: ...
@overload
def coerce_datetime(v: dt.datetime, tz: dt.tzinfo | None = None) -> pendulum.DateTime: ...
def coerce_datetime(v: dt.datetime | None, tz: dt.tzinfo | None = None) -> pendulum.DateTime | None:
    """The same moment as pendulum's type; without a zone it is read in `tz`, else in UTC."""
    if v is None:
        return None
    import pendulum

    aware = v.replace(tzinfo=tz or utc) if is_naive(v) else v
    moment = pendulum.instance(aware)
    return pendulum.instance(moment.astimezone(tz)) if tz is not None else moment


def td_format(td_object: None | dt.timedelta | float) -> str | None:
    """A duration in words such as `1h:30M`; `None` for none."""
    if not td_object:
        return None
    seconds = int(td_object.total_seconds() if isinstance(td_object, dt.timedelta) else td_object)
    days, rest = divmod(seconds, 86_400)
    years, days = divmod(days, 365)
    months, days = divmod(days, 30)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    units = zip((years, months, days, hours, minutes, seconds), ("y", "mon", "d", "h", "M", "s"), strict=True)
    return ":".join(f"{count}{unit}" for count, unit in units if count) or "<1s"


def from_timestamp(timestamp: float, tz: Any = utc) -> pendulum.DateTime:
    """The time so many seconds after the beginning of 1970."""
    import pendulum

    zone = local_timezone() if tz == "local" else tz
    return pendulum.instance(dt.datetime.fromtimestamp(timestamp, tz=zone))


def instant(value: dt.datetime) -> str:
    """RFC 3339 in UTC, as the engine writes times."""
    text = convert_to_utc(value).isoformat()
    return text.replace("+00:00", "Z")
