"""What a task says about the assets that it updates, and what it knows of those that it reads."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any, NamedTuple

from updraft_airflow.authoring.assets import Asset, AssetAlias, AssetRef, Metadata
from updraft_airflow.exceptions import AirflowRuntimeError


class OutletEventAccessor:
    """What is said about one asset, or about those behind an alias."""

    def __init__(self, key: Any) -> None:
        self.key = key
        self.extra: dict[str, Any] = {}
        self.asset_alias_events: list[dict[str, Any]] = []

    def add(self, asset: Any, extra: dict[str, Any] | None = None) -> None:
        """Behind the alias stands this asset."""
        if not isinstance(self.key, AssetAlias):
            return
        found = Asset(asset) if isinstance(asset, str) else asset
        self.asset_alias_events.append({"asset": found, "source_alias_name": self.key.name, "extra": extra or {}})


class Said(NamedTuple):
    """What a task has said of an asset that it has updated, directly or behind an alias."""

    asset: Asset
    extra: dict[str, Any]
    alias: str | None = None


def said(events: OutletEvents, outlets: list[Asset]) -> Iterator[Said]:
    """All that a task has said of assets."""
    for key, accessor in events.items():
        asset = next((one for one in outlets if _is(one, key)), key)
        if isinstance(asset, Asset):
            yield Said(asset, accessor.extra)
        for one in accessor.asset_alias_events:
            yield Said(one["asset"], one["extra"], one["source_alias_name"])


def _is(asset: Asset, key: Any) -> bool:
    """Whether a key means this asset; a reference has only one of name and uri."""
    name, uri = getattr(key, "name", None), getattr(key, "uri", None)
    return asset.uri == uri if uri is not None else asset.name == name


def normal(key: Any) -> Any:
    """An asset by its uri, as Airflow 2 names it, is that asset."""
    return Asset(uri=key) if isinstance(key, str) else key


class OutletEvents(Mapping[Any, OutletEventAccessor]):
    """`outlet_events[asset]`: what the task says about each."""

    def __init__(self) -> None:
        self._by_key: dict[Any, OutletEventAccessor] = {}

    def __getitem__(self, key: Any) -> OutletEventAccessor:
        asset = normal(key)
        name = (type(asset).__name__, getattr(asset, "name", None), getattr(asset, "uri", None))
        return self._by_key.setdefault(name, OutletEventAccessor(asset))

    def __iter__(self) -> Iterator[Any]:
        return (event.key for event in self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)


class InletEvents(Mapping[Any, Any]):
    """`inlet_events[asset]`: what has happened to each, the oldest first. In `dag.test()` it is what happened in this process."""

    def __init__(self, inlets: list[Any]) -> None:
        self._inlets = [inlet for inlet in inlets if isinstance(inlet, (Asset, AssetAlias, AssetRef))]

    def __getitem__(self, key: Any) -> list[Any]:
        from updraft_airflow.runtime import messages
        from updraft_airflow.runtime.supervisor import ask

        asset = self._inlets[key] if isinstance(key, int) else normal(key)
        if isinstance(asset, AssetAlias):
            answer = ask(messages.GetAssetEventByAssetAlias(alias_name=asset.name))
        else:
            name, uri = getattr(asset, "name", None), getattr(asset, "uri", None)
            answer = ask(messages.GetAssetEventByAsset(name=name, uri=uri))
        if isinstance(answer, messages.AssetEventsResult):
            return answer.asset_events
        raise AirflowRuntimeError(answer)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._inlets)

    def __len__(self) -> int:
        return len(self._inlets)


def exhaust(generator: Generator[Any, None, Any]) -> Any:
    """Runs a generator to its end; what it yields about assets is kept."""
    from updraft_airflow.runtime.context import get_current_context

    events = get_current_context()["outlet_events"]
    while True:
        try:
            said = next(generator)
        except StopIteration as end:
            return end.value
        if isinstance(said, Metadata):
            if said.alias is not None:
                events[said.alias].add(said.asset, extra=said.extra)
            else:
                events[said.asset].extra.update(said.extra)
