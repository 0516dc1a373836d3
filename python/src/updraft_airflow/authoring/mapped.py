"""Mapped tasks: `Operator.partial(...).expand(...)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from updraft_airflow.authoring import arguments
from updraft_airflow.authoring.abstract import AbstractOperator
from updraft_airflow.authoring.expand import (
    DictOfListsExpandInput,
    ExpandInput,
    ListOfDictsExpandInput,
    check_known,
    check_mappable,
)
from updraft_airflow.authoring.meta import placement
from updraft_airflow.authoring.setup_teardown import SetupTeardownContext
from updraft_airflow.authoring.xcom_arg import XComArg, references
from updraft_airflow.helpers import prevent_duplicates, validate_key

if TYPE_CHECKING:
    from updraft_airflow.authoring.operator import BaseOperator

_PLACE = ("dag", "task_group", "default_args", "params")

NOT_MAPPABLE = arguments.NAMES | {*_PLACE, "task_id"}


def partial(operator_class: type[BaseOperator], task_id: str, kwargs: dict[str, Any]) -> OperatorPartial:
    """The arguments that all copies have, those from defaults included."""
    check_known(kwargs, operator_class.argument_names(), f"{operator_class.__name__}.partial()")
    validate_key(task_id)
    place = placement(kwargs)
    own = {name: value for name, value in kwargs.items() if name not in _PLACE}
    known = operator_class.argument_names()
    defaults = {name: value for name, value in place["default_args"].items() if name in known and name not in own}
    return OperatorPartial(operator_class, task_id, {**defaults, **own}, set(own), place)


class OperatorPartial:
    """An operator that waits to be told what its copies differ in."""

    def __init__(
        self,
        operator_class: type[BaseOperator],
        task_id: str,
        kwargs: dict[str, Any],
        explicit: set[str],
        place: dict[str, Any],
    ) -> None:
        self.operator_class, self.task_id, self.kwargs, self.place = operator_class, task_id, kwargs, place
        self.explicit = explicit

    def expand(self, **mapped_kwargs: Any) -> MappedOperator:
        """A copy for each combination of the items."""
        if not mapped_kwargs:
            raise TypeError("no arguments to expand against")
        owner = f"{self.operator_class.__name__}.expand()"
        check_known(mapped_kwargs, self.operator_class.argument_names(), owner)
        _refuse_common(mapped_kwargs, owner)
        prevent_duplicates(
            {name: self.kwargs[name] for name in self.explicit}, mapped_kwargs, fail_reason="mapping already partial"
        )
        for name, value in mapped_kwargs.items():
            check_mappable(owner, value, name)
        return self._make(DictOfListsExpandInput(mapped_kwargs), strict=True)

    def expand_kwargs(self, kwargs: Any, *, strict: bool = True) -> MappedOperator:
        """A copy for each dict of arguments."""
        owner = f"{self.operator_class.__name__}.expand_kwargs()"
        if isinstance(kwargs, Sequence) and not isinstance(kwargs, str):
            for item in kwargs:
                if not isinstance(item, (XComArg, Mapping)):
                    raise TypeError(f"expected XComArg or list[dict], not {type(kwargs).__name__}")
        elif not isinstance(kwargs, XComArg):
            raise TypeError(f"expected XComArg or list[dict], not {type(kwargs).__name__}")
        check_mappable(owner, kwargs, "kwargs")
        return self._make(ListOfDictsExpandInput(kwargs), strict=strict)

    def _make(self, expand_input: ExpandInput, *, strict: bool) -> MappedOperator:
        return MappedOperator(self, expand_input, disallow_kwargs_override=strict)


def _refuse_common(names: Mapping[str, Any], owner: str) -> None:
    common = sorted(set(names) & NOT_MAPPABLE)
    if common:
        raise TypeError(
            f"{owner} got unexpected keyword argument {common[0]!r}: arguments of all operators cannot be mapped"
        )


class MappedOperator(AbstractOperator):
    """A task that has a copy for each item of something."""

    is_mapped = True  # type: ignore[misc]

    def __init__(self, source: OperatorPartial, expand_input: ExpandInput, *, disallow_kwargs_override: bool) -> None:
        super().__init__()
        self.operator_class = source.operator_class
        self.partial_kwargs = source.kwargs
        self.expand_input = expand_input
        self.disallow_kwargs_override = disallow_kwargs_override
        self.dag, self.task_group = None, None
        self._place = source.place
        given = {**source.kwargs, "params": source.place["params"]}
        self._take(source.task_id, given, arguments.Configured.of(source.place["dag"]))
        self.task_id = source.task_id
        for name in (
            "template_fields",
            "template_ext",
            "template_fields_renderers",
            "ui_color",
            "ui_fgcolor",
            "operator_extra_links",
            "inherits_from_empty_operator",
            "inherits_from_skipmixin",
        ):
            setattr(self, name, getattr(source.operator_class, name))
        group, dag = source.place["task_group"], source.place["dag"]
        if group is not None:
            self.task_id = group.child_id(source.task_id)
            group.add(self)
        if dag is not None:
            dag.add_task(self)
        SetupTeardownContext.note(self)
        self._connect_arguments()

    def _connect_arguments(self) -> None:
        """Comes after every task whose result is among its arguments."""
        group = self.get_closest_mapped_task_group()
        if group is not None:
            raise NotImplementedError("operator expansion in an expanded task group is not yet supported")
        fields = [
            self.partial_kwargs[name]
            for name in self.partial_kwargs
            if name in (*self.template_fields, "op_args", "op_kwargs")
        ]
        for value in (*fields, *self.expand_input.sources().values()):
            for operator, _ in references(value):
                if operator is not self:
                    self.set_upstream(operator)

    @property
    def task_type(self) -> str:
        return self.operator_class.__name__  # type: ignore[union-attr]

    @property
    def operator_name(self) -> str:
        return getattr(self.operator_class, "custom_operator_name", None) or self.task_type

    @property
    def python_callable(self) -> Callable[..., Any] | None:
        """The function, of a Python task."""
        return self.partial_kwargs.get("python_callable")

    @property
    def python_callable_name(self) -> str | None:
        """The path of that function."""
        from updraft_airflow.helpers import qualname

        return qualname(self.python_callable) if self.python_callable is not None else None

    def unmap(self, resolve: Any = None) -> Any:
        """The operator of one copy; `resolve` holds the arguments that are its own."""
        own = resolve[0] if isinstance(resolve, tuple) else resolve or {}
        if self.disallow_kwargs_override:
            prevent_duplicates(self._explicit_for(own), own, fail_reason="unmappable or already specified")
        kwargs = merge_arguments(self.partial_kwargs, own)
        made: Any = self.operator_class
        task = made(
            task_id=self.task_id,
            dag=self.dag,
            default_args=self._place["default_args"],
            params=self._place["params"],
            _from_mapped=True,
            **kwargs,
        )
        object.__setattr__(task, "task_group", self.task_group)
        task.task_id = self.task_id
        for name in (
            "upstream_task_ids",
            "downstream_task_ids",
            "_is_setup",
            "_is_teardown",
            "_on_failure_fail_dagrun",
            "start_date",
            "end_date",
            "trigger_rule",
        ):
            object.__setattr__(task, name, getattr(self, name))
        return task

    def _explicit_for(self, own: Mapping[str, Any]) -> dict[str, Any]:
        merging = ("op_kwargs", "op_args")
        return {name: value for name, value in self.partial_kwargs.items() if name not in merging and name in own}

    @property
    def start_from_trigger(self) -> bool:
        """Whether its copies start by waiting."""
        return bool(getattr(self.operator_class, "start_from_trigger", False))


def merge_arguments(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of one copy; `op_kwargs` of both are put together."""
    merged = {**common, **own}
    if "op_kwargs" in common and "op_kwargs" in own:
        merged["op_kwargs"] = {**common["op_kwargs"], **own["op_kwargs"]}
    return merged


def ensure_xcomarg_return_value(arg: Any) -> None:
    """Refuses results of tasks under a key of their own."""
    check_mappable("expand()", arg, "argument")
