"""What triggers log, as messages for the logs of the tasks that wait for them."""

from __future__ import annotations

import logging
import sys

from updraft_airflow.configuration import conf
from updraft_airflow.log import SecretsMasker
from updraft_airflow.serve.logs import line
from updraft_airflow.triggerer.steps import current
from updraft_airflow.triggerer.wire import Wire


class TriggerHandler(logging.Handler):
    """Sends each record for the trigger whose code has logged it."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire
        self.setFormatter(logging.Formatter("%(message)s"))
        self.addFilter(SecretsMasker())

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
            if self._wire.is_ours:
                self._wire.news("log", trigger=current.get(), lines=[line(record, text)])
            else:
                print(text, file=sys.stderr, flush=True)  # noqa: T201
        except Exception:
            self.handleError(record)


def install(wire: Wire) -> None:
    """Has everything that is logged sent; from `[logging] logging_level` upwards."""
    root = logging.getLogger()
    root.addHandler(TriggerHandler(wire))
    root.setLevel(conf.get("logging", "logging_level", fallback="INFO").upper())
    # It would warn of slow steps in its own words, in nobody's name.
    logging.getLogger("asyncio").setLevel(logging.WARNING)
