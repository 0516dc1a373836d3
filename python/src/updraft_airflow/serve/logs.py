"""What tasks log, as messages for the attempt's log. What they print goes there by itself, through the two outputs."""

from __future__ import annotations

import datetime as dt
import logging
import sys
from typing import Any

from updraft_airflow.configuration import conf
from updraft_airflow.log import SecretsMasker
from updraft_airflow.serve.channel import Channel

_LEVELS = (
    (logging.CRITICAL, "critical"),
    (logging.ERROR, "error"),
    (logging.WARNING, "warning"),
    (logging.INFO, "info"),
)


class FrameHandler(logging.Handler):
    """Sends records as log lines. In a process that the task has started they go to standard error instead."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel
        self.setFormatter(logging.Formatter("%(message)s"))
        self.addFilter(SecretsMasker())

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
            if self._channel.is_ours:
                self._channel.tell({"type": "UpdraftLog", "lines": [line(record, text)]})
            else:
                print(text, file=sys.stderr, flush=True)  # noqa: T201
        except Exception:
            self.handleError(record)


def line(record: logging.LogRecord, text: str) -> dict[str, Any]:
    """The engine's `LogLine`."""
    return {
        "timestamp": dt.datetime.fromtimestamp(record.created, tz=dt.timezone.utc),
        "level": next((name for least, name in _LEVELS if record.levelno >= least), "debug"),
        "logger": record.name,
        "file": record.pathname or None,
        "line": record.lineno or None,
        "event": text,
    }


def install(channel: Channel) -> None:
    """Has everything that is logged sent; from `[logging] logging_level` upwards."""
    root = logging.getLogger()
    root.addHandler(FrameHandler(channel))
    root.setLevel(conf.get("logging", "logging_level", fallback="INFO").upper())
