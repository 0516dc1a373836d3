"""What a task says about the assets that it updates, and what it knows of those that it reads."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any, NamedTuple

from updraft_airflow.authoring.assets import Asset, AssetAlias, AssetRef, AssetUriRef, Metadata
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
        found = meant_by(found) if isinstance(found, AssetRef) else found
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
    """Whether a key means this asset."""
    return key.means(asset) if isinstance(key, AssetRef) else isinstance(key, Asset) and asset.uri == key.uri


def meant_by(ref: AssetRef) -> Asset:
    """The asset that a reference means; an error if there is none."""
    from updraft_airflow.runtime import messages
    from updraft_airflow.runtime.supervisor import ask

    (text,) = ref.describe().values()
    by_uri = isinstance(ref, AssetUriRef)
    answer = ask(messages.GetAssetByUri(text) if by_uri else messages.GetAssetByName(text))
    if isinstance(answer, messages.AssetResult):
        return Asset(answer.name, answer.uri, group=answer.group, extra=answer.extra)
    raise AirflowRuntimeError(answer)


def known_asset(outlet: Any) -> Asset | None:
    """The asset that an outlet is or means; nothing for an alias, and for a reference that means none."""
    if not isinstance(outlet, AssetRef):
        return outlet if isinstance(outlet, Asset) else None
    try:
        return meant_by(outlet)
    except AirflowRuntimeError:
        return None


class TriggeringEvents(dict[Any, list[Any]]):
    """`triggering_asset_events[asset]`: what has caused the run, by asset and alias. A reference finds its asset, whatever else is known of it."""

    def __missing__(self, key: Any) -> list[Any]:
        found = (events for asset, events in self.items() if isinstance(asset, Asset) and _is(asset, key))
        events = next(found, None)
        if events is None:
            raise KeyError(key)
        return events


def normal(key: Any) -> Any:
    """An asset by its uri, as Airflow 2 names it, is that asset."""
    return Asset(uri=key) if isinstance(key, str) else key


class OutletEvents(Mapping[Any, OutletEventAccessor]):
    """`outlet_events[asset]`: what the task says about each."""

    def __init__(self) -> None:
        self._by_key: dict[Any, OutletEventAccessor] = {}

    def __getitem__(self, key: Any) -> OutletEventAccessor:
        asset = normal(key)
        name = _name(asset)
        if isinstance(asset, AssetRef) and name not in self._by_key:
            asset = meant_by(asset)
            self._by_key[name] = self[asset]
        return self._by_key.setdefault(name, OutletEventAccessor(asset))

    def __iter__(self) -> Iterator[Any]:
        return (event.key for event in dict.fromkeys(self._by_key.values()))

    def __len__(self) -> int:
        return len(set(self._by_key.values()))


def _name(asset: Any) -> tuple[Any, ...]:
    kind = type(asset).__name__ if isinstance(asset, (AssetAlias, AssetRef)) else "Asset"
    return kind, getattr(asset, "name", None), getattr(asset, "uri", None)


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
