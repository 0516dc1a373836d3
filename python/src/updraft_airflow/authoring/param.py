"""Parameters of runs: `params={"x": Param(1, type="integer")}`."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, Mapping, MutableMapping, ValuesView
from typing import Any

from updraft_airflow.authoring.resolve import ResolveMixin
from updraft_airflow.exceptions import ParamValidationError
from updraft_airflow.unset import NOTSET, is_arg_set


class Param:
    """A parameter: its default, and as JSON schema what values it may have."""

    def __init__(
        self, default: Any = NOTSET, description: str | None = None, source: str | None = None, **kwargs: Any
    ) -> None:
        self.value = default
        self.description = description
        self.source = source
        self.schema: dict[str, Any] = kwargs.pop("schema", kwargs)
        if is_arg_set(default):
            _check_json(default)

    @property
    def has_value(self) -> bool:
        """Whether it has a default that is not `None`."""
        return is_arg_set(self.value) and self.value is not None

    def resolve(self, value: Any = NOTSET, suppress_exception: bool = False) -> Any:
        """The value given, else the default, if it fits the schema."""
        from updraft_airflow.authoring.json_schema import misfit

        final = value if is_arg_set(value) else self.value
        if not is_arg_set(final):
            if suppress_exception:
                return None
            raise ParamValidationError("no value passed and Param has no default value")
        problem = misfit(final, self.schema)
        if problem is None:
            if is_arg_set(value):
                self.value = value
            return final
        if suppress_exception:
            return None
        raise ParamValidationError(problem)

    def dump(self) -> dict[str, Any]:
        """All of it, with the value."""
        return {
            "value": self.value if is_arg_set(self.value) else None,
            "schema": self.schema,
            "description": self.description,
        }

    def copy(self) -> Param:
        """Another one that is equal."""
        return Param(self.value, self.description, self.source, schema=dict(self.schema))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Param) and self.dump() == other.dump()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Param({self.value!r})"


def _check_json(value: Any) -> None:
    try:
        json.dumps(value)
    except (TypeError, ValueError) as error:
        raise ParamValidationError(f"all provided parameters must be json-serializable: {error}") from error


class ParamsDict(MutableMapping[str, Any]):
    """Parameters by name. Reading one gives its value, setting one checks it."""

    def __init__(self, dict_obj: Mapping[str, Any] | None = None, suppress_exception: bool = False) -> None:
        self._params: dict[str, Param] = {}
        self.suppress_exception = suppress_exception
        for name, value in dict_obj.items_raw() if isinstance(dict_obj, ParamsDict) else (dict_obj or {}).items():
            self._params[name] = value.copy() if isinstance(value, Param) else Param(value)

    @classmethod
    def of(cls, params: Any) -> ParamsDict:
        """A copy of parameters, however they are given."""
        return cls(params)

    def items_raw(self) -> ItemsView[str, Param]:
        """The parameters themselves, not their values."""
        return self._params.items()

    def __getitem__(self, name: str) -> Any:
        return self._params[name].resolve(suppress_exception=self.suppress_exception)

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(value, Param):
            self._params[name] = value
        elif name in self._params:
            try:
                self._params[name].resolve(value, suppress_exception=self.suppress_exception)
            except ParamValidationError as error:
                raise ParamValidationError(f"invalid input for param {name}: {error}") from None
        else:
            self._params[name] = Param(value)

    def __delitem__(self, name: str) -> None:
        del self._params[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._params)

    def __len__(self) -> int:
        return len(self._params)

    def __contains__(self, name: object) -> bool:
        return name in self._params

    def get_param(self, key: str) -> Param:
        """The parameter itself."""
        return self._params[key]

    def items(self) -> ItemsView[str, Any]:
        return ItemsView(self._params)  # type: ignore[arg-type]

    def values(self) -> ValuesView[Any]:
        return ValuesView(self._params)  # type: ignore[arg-type]

    def update(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Takes over parameters or values."""
        for name, value in dict(
            args[0].items_raw() if args and isinstance(args[0], ParamsDict) else args[0] if args else {}, **kwargs
        ).items():
            self[name] = value.copy() if isinstance(value, Param) else value

    def dump(self) -> dict[str, Any]:
        """The values by name, each checked."""
        return {name: self._resolved(name) for name in self._params}

    def validate(self) -> dict[str, Any]:
        """The same."""
        return self.dump()

    def _resolved(self, name: str) -> Any:
        try:
            return self._params[name].resolve(suppress_exception=self.suppress_exception)
        except ParamValidationError as error:
            raise ParamValidationError(f"invalid input for param {name}: {error}") from None

    def deep_merge(self, data: Mapping[str, Any]) -> None:
        """Takes over values; dicts are merged into dicts."""
        from updraft_airflow.helpers import merge_dicts

        for name, value in data.items():
            both = isinstance(value, dict) and name in self._params and isinstance(self._params[name].value, dict)
            self[name] = merge_dicts(self._params[name].value, value) if both else value

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ParamsDict):
            return self._params == other._params
        return dict(self.dump()) == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr({name: param.value for name, param in self._params.items()})


class DagParam(ResolveMixin):
    """A parameter of the DAG as an argument of a task: its value is that of the run."""

    def __init__(self, current_dag: Any, name: str, default: Any = NOTSET) -> None:
        if is_arg_set(default):
            current_dag.params[name] = default
        self._name = name
        self.current_dag = current_dag
        self._default = default

    def resolve(self, context: Any, *_: Any, **__: Any) -> Any:
        """The value of the run."""
        from updraft_airflow.exceptions import AirflowException

        for values in (getattr(context["dag_run"], "conf", None) or {}, context["params"]):
            if self._name in values:
                return values[self._name]
        if is_arg_set(self._default):
            return self._default
        raise AirflowException(f"no value could be resolved for parameter {self._name}")

    def iter_references(self) -> list[Any]:
        """It refers to no task."""
        return []
