"""A stream on which secrets are stars."""

from __future__ import annotations

from typing import Any

from updraft_airflow.log import redact


class Masked:
    """Passes on what is written, and all else that a stream can do."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes a text; its length."""
        self._stream.write(redact(text))
        return len(text)

    def flush(self) -> None:
        """Passes on what is kept."""
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
