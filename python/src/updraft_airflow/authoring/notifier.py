"""Notifiers: callbacks that tell somebody, with templates."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from updraft_airflow.log import LoggingMixin


class BaseNotifier(LoggingMixin):
    """A callback of one's own is a class of this with a `notify(self, context)`."""

    template_fields: Sequence[str] = ()
    template_ext: Sequence[str] = ()

    def __init__(self, *, context: Any = None, **_: Any) -> None:
        super().__init__()
        self.context = context
        self.resolve_template_files = lambda: None

    def notify(self, context: Any) -> None:
        """Tells somebody."""
        raise NotImplementedError(f"{type(self).__name__} has no `notify`")

    async def async_notify(self, context: Any) -> None:
        """The same as a coroutine."""
        self.notify(context)

    def __await__(self) -> Generator[Any, Any, None]:
        context = {} if self.context is None else self.context
        self.render_template_fields(context)
        return self.async_notify(context).__await__()

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Renders its template fields in place."""
        from updraft_airflow.runtime.template import environment, render_fields

        dag = context.get("dag") if hasattr(context, "get") else None
        render_fields(self, context, jinja_env or environment(dag))

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        context = args[0] if len(args) == 1 else {**kwargs}
        if len(args) > 1:
            names = ("dag", "task_list", "blocking_task_list", "slas", "blocking_tis")
            context = dict(zip(names, args, strict=False))
        self.render_template_fields(context)
        try:
            self.notify(context)
        except Exception:
            self.log.exception("Failed to send notification")
