"""Jinja templates, with Airflow's rules: what is rendered, what is a file, and which names there are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from updraft_airflow.authoring.resolve import ResolveMixin
from updraft_airflow.runtime.arguments import resolve


class LiteralValue(ResolveMixin):
    """A text that is no template."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def iter_references(self) -> Iterator[Any]:
        """It refers to no task."""
        return iter(())

    def resolve(self, context: Any, **_: Any) -> Any:
        """The text."""
        return self.value


def literal(value: Any) -> LiteralValue:
    """A text that is no template."""
    return LiteralValue(value)


def environment(dag: Any, *, native: bool | None = None) -> Any:
    """The Jinja environment of a DAG's templates."""
    import jinja2
    import jinja2.nativetypes
    import jinja2.sandbox

    class Sandbox(jinja2.sandbox.SandboxedEnvironment):
        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            return not attr.startswith("__") and not jinja2.sandbox.is_internal_attribute(obj, attr)

    class NativeSandbox(Sandbox, jinja2.nativetypes.NativeEnvironment):
        pass

    if native is None:
        native = bool(dag is not None and dag.render_template_as_native_obj)
    paths = [dag.folder, *(dag.template_searchpath or [])] if dag is not None else [os.getcwd()]
    options = {
        "loader": jinja2.FileSystemLoader(paths),
        "undefined": (dag.template_undefined if dag is not None else None) or jinja2.StrictUndefined,
        "extensions": ["jinja2.ext.do"],
        "cache_size": 0,
        **((dag.jinja_environment_kwargs if dag is not None else None) or {}),
    }
    made = (NativeSandbox if native else Sandbox)(**options)
    made.filters.update(_filters())
    if dag is not None:
        made.globals.update(dag.user_defined_macros or {})
        made.filters.update(dag.user_defined_filters or {})
    return made


def _filters() -> dict[str, Any]:
    def text(form: str) -> Any:
        return lambda value: None if value is None else value.strftime(form)

    return {
        "ds": text("%Y-%m-%d"),
        "ds_nodash": text("%Y%m%d"),
        "ts": lambda value: None if value is None else value.isoformat(),
        "ts_nodash": text("%Y%m%dT%H%M%S"),
        "ts_nodash_with_tz": lambda value: (
            None if value is None else value.isoformat().replace("-", "").replace(":", "")
        ),
    }


class _Names(Mapping[str, Any]):
    """The names of a template: the context, and behind it what the environment has for all."""

    def __init__(self, context: Mapping[str, Any], shared: Mapping[str, Any]) -> None:
        self._context, self._shared = context, shared

    def __getitem__(self, name: str) -> Any:
        return self._context[name] if name in self._context else self._shared[name]

    def __contains__(self, name: object) -> bool:
        return name in self._context or name in self._shared

    def __iter__(self) -> Iterator[str]:
        return iter({*self._context, *self._shared})

    def copy(self) -> dict[str, Any]:
        """The names that are for all; Jinja wants them when it words an error."""
        return dict(self._shared)

    def __len__(self) -> int:
        return len({*self._context, *self._shared})


def render_text(template: Any, context: Mapping[str, Any]) -> Any:
    """What a template becomes; values of the context are worked out only if it names them."""
    import jinja2.nativetypes

    env = template.environment
    names = env.context_class(env, _Names(context, {**env.globals, **template.globals}), template.name, template.blocks)
    try:
        parts = template.root_render_func(names)
        if isinstance(env, jinja2.nativetypes.NativeEnvironment):
            return jinja2.nativetypes.native_concat(parts)
        return "".join(parts)
    except Exception:
        env.handle_exception()


class Renderer:
    """Renders values for one task, or for anything else with `template_fields`."""

    def __init__(self, owner: Any, context: Mapping[str, Any], env: Any, seen: set[int] | None = None) -> None:
        self._context, self._env = context, env
        self._files = tuple(getattr(owner, "template_ext", ()))
        self._seen = seen if seen is not None else set()

    def render(self, value: Any) -> Any:
        """Text is rendered, or read from a file if it ends like one; so are the items of collections."""
        if isinstance(value, str):
            return self._text(value)
        if id(value) in self._seen:
            return value
        if isinstance(value, ResolveMixin):
            return resolve(value, self._context)
        if type(value) is tuple or type(value) is list or type(value) is set:
            return type(value)(self.render(item) for item in value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*(self.render(item) for item in value))
        if type(value) is dict:
            return {key: self.render(item) for key, item in value.items()}
        self._seen.add(id(value))
        for field in getattr(value, "template_fields", None) or () if not _is_task(value) else ():
            if hasattr(value, field):
                setattr(value, field, self.render(getattr(value, field)))
        return value

    def _text(self, value: str) -> Any:
        if self._files and value.endswith(self._files):
            return render_text(self._env.get_template(value), self._context)
        return render_text(self._env.from_string(value), self._context)


def _is_task(value: Any) -> bool:
    from updraft_airflow.authoring.abstract import AbstractOperator

    return isinstance(value, AbstractOperator)


def render_fields(owner: Any, context: Mapping[str, Any], env: Any) -> None:
    """Renders the template fields of a task in place."""
    if hasattr(owner, "prepare_template"):
        owner.prepare_template()
    renderer = Renderer(owner, context, env)
    for field in owner.template_fields:
        if not hasattr(owner, field):
            kind = type(owner).__name__
            raise AttributeError(
                f"{field!r} is configured as a template field but {kind} does not have this attribute."
            )
        object.__setattr__(owner, field, renderer.render(getattr(owner, field)))
