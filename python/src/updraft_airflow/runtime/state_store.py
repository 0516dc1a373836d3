"""State stores of Airflow 3.3: what a task keeps for its own tries, and what it keeps about assets for later runs."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.authoring.assets import Asset, AssetAlias, AssetNameRef, AssetUriRef
from updraft_airflow.exceptions import AirflowRuntimeError, ErrorType
from updraft_airflow.runtime import messages

log = logging.getLogger("airflow.task")


class _Never:
    def __repr__(self) -> str:
        return "NEVER_EXPIRE"


NEVER_EXPIRE = _Never()
"""The retention of what is kept until it is deleted."""

_NOT_THERE = (ErrorType.TASK_STORE_NOT_FOUND, ErrorType.ASSET_STORE_NOT_FOUND)


class _Store:
    """Values by key. Those with an `a` in front can be awaited."""

    def _get(self, key: str) -> messages.Request:
        raise NotImplementedError

    def _set(self, key: str, value: Any, retention: Any) -> messages.Request:
        raise NotImplementedError

    def _delete(self, key: str) -> messages.Request:
        raise NotImplementedError

    def _clear(self) -> messages.Request:
        raise NotImplementedError

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default if there is none."""
        from updraft_airflow.runtime.supervisor import ask

        answer = ask(self._get(key))
        if isinstance(answer, messages.ErrorResponse) and answer.error in _NOT_THERE:
            return default
        if isinstance(answer, (messages.TaskStateStoreResult, messages.AssetStateStoreResult)):
            return answer.value
        raise AirflowRuntimeError(answer)

    def set(self, key: str, value: Any, **options: Any) -> None:
        """Keeps a value, which is JSON and not None."""
        if value is None:
            raise ValueError("Cannot set value as None")
        _change(self._set(key, _document(key, value), options.pop("retention", None)), options)

    def delete(self, key: str) -> None:
        """Takes a value away, if there is one."""
        _change(self._delete(key))

    def clear(self) -> None:
        """Takes all values away."""
        _change(self._clear())

    async def aget(self, key: str, default: Any = None) -> Any:
        """As `get`."""
        return await asyncio.to_thread(self.get, key, default)

    async def aset(self, key: str, value: Any, **options: Any) -> None:
        """As `set`."""
        await asyncio.to_thread(lambda: self.set(key, value, **options))

    async def adelete(self, key: str) -> None:
        """As `delete`."""
        await asyncio.to_thread(self.delete, key)

    async def aclear(self) -> None:
        """As `clear`."""
        await asyncio.to_thread(self.clear)


def _document(key: str, value: Any) -> Any:
    """The value as the JSON that is kept. One that is longer than people may write is kept all the same."""
    from updraft_airflow.configuration import conf

    text = json.dumps(value, allow_nan=False)
    longest = conf.getint("state_store", "max_value_storage_bytes")
    if 0 < longest < len(text):
        log.warning(
            "the value of %r has %d bytes, more than [state_store] max_value_storage_bytes, which is %d",
            key, len(text), longest,
        )  # fmt: skip
    return json.loads(text)


def _change(request: messages.Request, unknown: dict[str, Any] | None = None) -> None:
    from updraft_airflow.runtime.supervisor import ask

    if unknown:
        raise TypeError(f"set() got an unexpected keyword argument {next(iter(unknown))!r}")
    answer = ask(request)
    if isinstance(answer, messages.ErrorResponse):
        raise AirflowRuntimeError(answer)


class TaskStateStoreAccessor(_Store):
    """`context["task_state_store"]`: what the tries of one task of one run have in common."""

    def __init__(self, ti_id: Any) -> None:
        self._ti_id = str(ti_id)

    def __repr__(self) -> str:
        return f"<TaskStateStoreAccessor ti_id={self._ti_id}>"

    def _get(self, key: str) -> messages.Request:
        return messages.GetTaskStateStore(self._ti_id, key)

    def _set(self, key: str, value: Any, retention: Any) -> messages.Request:
        return messages.SetTaskStateStore(self._ti_id, key, value, _expires_at(retention))

    def _delete(self, key: str) -> messages.Request:
        return messages.DeleteTaskStateStore(self._ti_id, key)

    def _clear(self) -> messages.Request:
        return messages.ClearTaskStateStore(self._ti_id)


def _expires_at(retention: Any) -> dt.datetime | None:
    """When a value goes: after its own time, else after `[state_store] default_retention_days`, of which 0 is never."""
    from updraft_airflow.configuration import conf

    if retention is NEVER_EXPIRE:
        return None
    if retention is None:
        days = conf.getint("state_store", "default_retention_days")
        if days < 0:
            raise ValueError(f"[state_store] default_retention_days is {days}; give 0 for values that stay, or more")
        retention = dt.timedelta(days=days)
        if not days:
            return None
    return timezone.coerce_datetime(timezone.utcnow() + retention)


class AssetStateStoreAccessor(_Store):
    """What is kept about one asset, for all runs."""

    def __init__(self, *, name: str | None = None, uri: str | None = None) -> None:
        if not (name or uri):
            raise ValueError("Either `name` or `uri` must be provided")
        self._name, self._uri = name, uri

    def __repr__(self) -> str:
        return f"<AssetStateStoreAccessor name={self._name!r} uri={self._uri!r}>"

    def _get(self, key: str) -> messages.Request:
        if self._name:
            return messages.GetAssetStateStoreByName(self._name, key)
        return messages.GetAssetStateStoreByUri(self._uri or "", key)

    def _set(self, key: str, value: Any, retention: Any) -> messages.Request:
        if retention is not None:
            raise TypeError("what is kept about an asset stays until it is deleted; it has no retention")
        if self._name:
            return messages.SetAssetStateStoreByName(self._name, key, value)
        return messages.SetAssetStateStoreByUri(self._uri or "", key, value)

    def _delete(self, key: str) -> messages.Request:
        if self._name:
            return messages.DeleteAssetStateStoreByName(self._name, key)
        return messages.DeleteAssetStateStoreByUri(self._uri or "", key)

    def _clear(self) -> messages.Request:
        if self._name:
            return messages.ClearAssetStateStoreByName(self._name)
        return messages.ClearAssetStateStoreByUri(self._uri or "")


class AssetStateStoreAccessors(_Store):
    """`context["asset_state_store"][asset]` for the inlets and outlets of a task. If there is one alone, it need not be named."""

    def __init__(self, inlets: list[Any], outlets: list[Any]) -> None:
        self._stores: dict[tuple[str, str], AssetStateStoreAccessor] = {}
        for inlet in inlets:
            for asset in _behind(inlet) if isinstance(inlet, AssetAlias) else [inlet]:
                self._add(asset)
        for outlet in outlets:
            self._add(outlet)

    def _add(self, asset: Any) -> None:
        place = _place(asset)
        if place is not None:
            by, text = place
            self._stores.setdefault(place, AssetStateStoreAccessor(**{by: text}))

    def __getitem__(self, asset: Any) -> AssetStateStoreAccessor:
        place = _place(asset)
        if place is None:
            raise TypeError(f"an asset or a reference to one is wanted, not {type(asset).__name__}")
        if place not in self._stores:
            raise KeyError(f"{asset!r} is not in this task's inlets or outlets")
        return self._stores[place]

    def _only(self) -> AssetStateStoreAccessor:
        if len(self._stores) != 1:
            raise ValueError(
                f"Task has {len(self._stores)} concrete inlets and outlets: say which, asset_state_store[MY_ASSET]"
            )
        return next(iter(self._stores.values()))

    def _get(self, key: str) -> messages.Request:
        return self._only()._get(key)

    def _set(self, key: str, value: Any, retention: Any) -> messages.Request:
        return self._only()._set(key, value, retention)

    def _delete(self, key: str) -> messages.Request:
        return self._only()._delete(key)

    def _clear(self) -> messages.Request:
        return self._only()._clear()


def _place(asset: Any) -> tuple[str, str] | None:
    if isinstance(asset, (Asset, AssetNameRef)):
        return "name", asset.name
    return ("uri", asset.uri) if isinstance(asset, AssetUriRef) else None


def _behind(alias: AssetAlias) -> list[Asset]:
    """The assets behind an alias."""
    from updraft_airflow.runtime.supervisor import ask

    answer = ask(messages.GetAssetsByAlias(alias.name))
    found = answer.assets if isinstance(answer, messages.AssetsByAliasResult) else []
    return [Asset(one["name"], one["uri"]) for one in found]
