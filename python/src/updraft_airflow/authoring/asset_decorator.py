"""`@asset`: a function that makes an asset, with a DAG of its own that calls it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any

from updraft_airflow.authoring.assets import Asset, BaseAsset
from updraft_airflow.authoring.dag import DAG
from updraft_airflow.operators.python import PythonOperator
from updraft_airflow.unset import NOTSET

_DAG_ARGUMENTS = (
    "start_date", "end_date", "catchup", "tags", "params", "max_active_runs", "max_active_tasks", "default_args",
    "on_success_callback", "on_failure_callback", "is_paused_upon_creation", "access_control", "dagrun_timeout",
    "render_template_as_native_obj", "owner_links", "fail_fast", "doc_md", "description",
)  # fmt: skip


class AssetDefinition(Asset):
    """An asset that a function makes."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any], dag: dict[str, Any]) -> None:
        super().__init__(options.pop("name", None) or function.__name__, **options)
        self._function = function
        _make_dag(self.name, function, [self], dag, own=self)


class MultiAssetDefinition(BaseAsset):
    """Several assets that one function makes."""

    def __init__(self, function: Callable[..., Any], outlets: Collection[Any], dag: dict[str, Any]) -> None:
        if not outlets:
            raise ValueError("no outlets provided")
        self._function, self._outlets = function, list(outlets)
        _make_dag(function.__name__, function, self._outlets, dag, own=None)

    def iter_assets(self) -> Any:
        for outlet in self._outlets:
            yield from outlet.iter_assets()

    def as_expression(self) -> Any:
        return {"all": [outlet.as_expression() for outlet in self._outlets]}


class _AssetOperator(PythonOperator):
    """Calls the function of an asset."""

    custom_operator_name = "@asset"

    def __init__(self, *, own: Asset | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._own = own

    def determine_kwargs(self, context: Any) -> dict[str, Any]:
        """The asset itself, the context, and other assets by their names."""
        given: dict[str, Any] = {}
        for name, parameter in inspect.signature(self.python_callable).parameters.items():
            if name == "self":
                given[name] = self._own
            elif name == "context":
                given[name] = context
            elif parameter.kind != parameter.VAR_KEYWORD:
                given[name] = context[name] if name in context else Asset.ref(name=name)
        return given


def _make_dag(dag_id: str, function: Callable[..., Any], outlets: list[Any], options: dict[str, Any], own: Any) -> None:
    named = [name for name in inspect.signature(function).parameters if name not in ("self", "context")]
    inlets = [Asset.ref(name=name) for name in named]
    made = DAG(dag_id, **options)
    made.fileloc = inspect.unwrap(function).__code__.co_filename
    with made:
        _AssetOperator(task_id=function.__name__, python_callable=function, own=own, inlets=inlets, outlets=outlets)


class asset:
    """`@asset(schedule="@daily")` before a function."""

    def __init__(self, *, schedule: Any = NOTSET, **options: Any) -> None:
        self.dag = {name: options.pop(name) for name in _DAG_ARGUMENTS if name in options}
        self.dag.update({} if schedule is NOTSET else {"schedule": schedule})
        display = options.pop("display_name", None)
        self.dag.update({"dag_display_name": display} if display else {})
        self.options = options

    def __call__(self, function: Callable[..., Any]) -> AssetDefinition:
        if self.options.get("name") == "":
            raise ValueError("an asset needs a name")
        return AssetDefinition(function, dict(self.options), self.dag)

    class multi:
        """`@asset.multi(outlets=[...], schedule=...)` before a function that makes several."""

        def __init__(self, *, outlets: Collection[Any], schedule: Any = NOTSET, **options: Any) -> None:
            self.outlets = outlets
            self.dag = {name: options.pop(name) for name in _DAG_ARGUMENTS if name in options}
            self.dag.update({} if schedule is NOTSET else {"schedule": schedule})
            if options:
                raise TypeError(f"asset.multi() got an unexpected keyword argument {sorted(options)[0]!r}")

        def __call__(self, function: Callable[..., Any]) -> MultiAssetDefinition:
            return MultiAssetDefinition(function, self.outlets, self.dag)
