"""`macros` of templates."""

from __future__ import annotations

import datetime as _datetime
import json
import random
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

__all__ = [
    "datetime", "datetime_diff_for_humans", "ds_add", "ds_format", "ds_format_locale", "json", "random", "time", "timedelta",
    "uuid",
]  # fmt: skip


def ds_add(ds: str, days: int) -> str:
    """The day so many days after a day, as text."""
    if not days:
        return str(ds)
    return (_datetime.date.fromisoformat(str(ds)) + timedelta(days=days)).isoformat()


def ds_format(ds: str, input_format: str, output_format: str) -> str:
    """A date in another form."""
    return datetime.strptime(str(ds), input_format).strftime(output_format)


def ds_format_locale(ds: str, input_format: str, output_format: str, locale: str | None = None) -> str:
    """A date in another form and language; needs `babel`."""
    from babel.dates import format_datetime  # type: ignore[import-not-found]

    return format_datetime(datetime.strptime(str(ds), input_format), format=output_format, locale=locale)


def datetime_diff_for_humans(dt: Any, since: datetime | None = None) -> str:
    """How long ago a time was, in words."""
    import pendulum

    moment = pendulum.instance(dt)
    return moment.diff_for_humans(pendulum.instance(since)) if since is not None else moment.diff_for_humans()


def __getattr__(name: str) -> Any:
    """`dateutil` and `yaml`, which are imported when they are used."""
    if name == "dateutil":
        import dateutil.parser
        import dateutil.relativedelta
        import dateutil.tz

        return dateutil
    if name == "yaml":
        import yaml

        return yaml
    raise AttributeError(f"there is no macro `{name}`")
