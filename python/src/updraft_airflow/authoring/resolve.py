"""Arguments whose value is known only when the task runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class ResolveMixin:
    """Stands for a value until the task runs."""

    def iter_references(self) -> Iterable[tuple[Any, str]]:
        """The tasks that the value comes from, each with the key of the XCom."""
        raise NotImplementedError

    def resolve(self, context: Any, **_: Any) -> Any:
        """The value, while a task runs."""
        raise NotImplementedError
