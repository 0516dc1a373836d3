"""Loggers for classes, and hiding of secrets in what is logged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

SENSITIVE_WORDS = frozenset(
    ("access_token", "api_key", "apikey", "authorization", "passphrase", "passwd", "password", "private_key", "secret",
     "token", "keyfile_dict", "service_account")
)  # fmt: skip

_secrets: set[str] = set()
_listeners: list[Callable[[str], Any]] = []


def tell_secrets_to(listener: Callable[[str], Any]) -> None:
    """Has this function hear of each new secret: what is printed is masked elsewhere."""
    _listeners.append(listener)


class LoggingMixin:
    """Has a logger, `self.log`, named after the class."""

    _log: logging.Logger | None = None

    def __init__(self, context: Any = None) -> None:
        pass

    @property
    def log(self) -> logging.Logger:
        """The logger of the class."""
        if self._log is None:
            self._log = logging.getLogger(f"{type(self).__module__}.{type(self).__name__}")
        return self._log

    @log.setter
    def log(self, value: logging.Logger) -> None:
        self._log = value

    @property
    def logger(self) -> logging.Logger:
        """The same."""
        return self.log


def mask_secret(secret: Any, name: str | None = None) -> None:
    """Hides a text in all that is logged from now on."""
    if isinstance(secret, str):
        if len(secret) >= 5 and secret not in _secrets:
            _secrets.add(secret)
            for listener in _listeners:
                listener(secret)
    elif isinstance(secret, Mapping):
        for key, value in secret.items():
            if should_hide_value_for_key(key) or not isinstance(value, str):
                mask_secret(value, key)
    elif isinstance(secret, Iterable):
        for value in secret:
            mask_secret(value, name)


def should_hide_value_for_key(name: Any) -> bool:
    """Whether values of that name are secrets."""
    return isinstance(name, str) and any(word in name.strip().lower() for word in SENSITIVE_WORDS)


def redact(value: Any, name: str | None = None, max_depth: int | None = None) -> Any:
    """The same with stars where secrets stand."""
    if name is not None and value and should_hide_value_for_key(name):
        return "***"
    if isinstance(value, str):
        for secret in sorted(_secrets, key=len, reverse=True):
            value = value.replace(secret, "***")
        return value
    if isinstance(value, dict):
        return {key: redact(item, key) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return type(value)(redact(item) for item in value)
    return value


class SecretsMasker(logging.Filter):
    """Hides secrets in log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _secrets:
            record.msg = redact(record.getMessage())
            record.args = None
        return True
