"""Assets: what tasks update and DAGs wait for. Airflow 2 calls them datasets."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

TEXT_LENGTH_MAX = 1500


class BaseAsset:
    """An asset, or several of which all or any are meant."""

    def __and__(self, other: Any) -> BaseAsset:
        return AssetAll(self, other) if isinstance(other, BaseAsset) else NotImplemented

    def __or__(self, other: Any) -> BaseAsset:
        return AssetAny(self, other) if isinstance(other, BaseAsset) else NotImplemented

    def as_expression(self) -> Any:
        """All of it as JSON, in Airflow's form."""
        raise NotImplementedError

    def iter_assets(self) -> Iterator[tuple[Any, Asset]]:
        """The assets in it, each with its name and uri."""
        yield from ()

    iter_datasets = iter_assets


class AssetUniqueKey:
    """What tells an asset from others."""

    def __init__(self, name: str, uri: str) -> None:
        self.name, self.uri = name, uri

    @staticmethod
    def from_asset(asset: Asset) -> AssetUniqueKey:
        """The key of an asset."""
        return AssetUniqueKey(asset.name, asset.uri)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AssetUniqueKey) and (self.name, self.uri) == (other.name, other.uri)

    def __hash__(self) -> int:
        return hash((self.name, self.uri))

    def __repr__(self) -> str:
        return f"AssetUniqueKey(name={self.name!r}, uri={self.uri!r})"


class Asset(BaseAsset):
    """Something with an address that tasks update and DAGs wait for."""

    asset_type = "asset"

    def __init__(
        self,
        name: str | None = None,
        uri: Any = None,
        *,
        group: str | None = None,
        extra: Mapping[str, Any] | None = None,
        watchers: list[AssetWatcher] | None = None,
        access_control: AssetAccessControl | None = None,
        **more: Any,
    ) -> None:
        if name is None and uri is None:
            raise TypeError("Asset() requires either 'name' or 'uri'")
        if more:
            raise TypeError(f"Asset() got an unexpected keyword argument {sorted(more)[0]!r}")
        name = str(uri) if name is None else name
        uri = name if uri is None else uri
        _check_text("name", name)
        self.name = name
        self.uri = sanitize_uri(uri)
        self.group = group or "asset"
        self.extra: dict[str, Any] = dict(extra or {})
        self.watchers = list(watchers or [])
        self.access_control = access_control or AssetAccessControl()

    @staticmethod
    def ref(*, name: str = "", uri: str = "") -> AssetRef:
        """An asset that is described elsewhere, by its name or its uri."""
        if bool(name) == bool(uri):
            raise TypeError("Asset reference expects either name or URI, not both")
        return AssetNameRef(name) if name else AssetUriRef(uri)

    @property
    def normalized_uri(self) -> str | None:
        """Its address, if that is one."""
        return self.uri if "://" in self.uri else None

    def iter_assets(self) -> Iterator[tuple[AssetUniqueKey, Asset]]:
        yield AssetUniqueKey.from_asset(self), self

    iter_datasets = iter_assets

    def as_expression(self) -> Any:
        return {"asset": {"uri": self.uri, "name": self.name, "group": self.group}}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Asset) and (self.name, self.uri, self.group) == (other.name, other.uri, other.group)

    def __hash__(self) -> int:
        return hash((self.name, self.uri))

    def __fspath__(self) -> str:
        return self.uri

    def __repr__(self) -> str:
        return f"Asset(name={self.name!r}, uri={self.uri!r})"


class Dataset(Asset):
    """Airflow 2's asset: it has a uri and no name of its own."""

    def __init__(self, uri: Any = None, extra: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(name=more.pop("name", None), uri=uri, extra=extra, **more)


class Model(Asset):
    """An asset that is a model."""

    asset_type = "model"

    def __init__(self, name: str | None = None, uri: Any = None, **more: Any) -> None:
        super().__init__(name, uri, **{"group": "model", **more})


class AssetRef(BaseAsset):
    """An asset that is described elsewhere."""

    named_by = ""
    """By which attribute of the asset: one of the same name says which value it has."""

    def describe(self) -> dict[str, str]:
        """It as the engine reads it."""
        return {self.named_by: getattr(self, self.named_by)}

    def means(self, asset: Any) -> bool:
        """Whether it is this asset that is meant."""
        return isinstance(asset, Asset) and getattr(asset, self.named_by) == getattr(self, self.named_by)

    def as_expression(self) -> Any:
        return {"asset_ref": self.describe()}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AssetRef) and self.describe() == other.describe()

    def __hash__(self) -> int:
        return hash(tuple(self.describe().items()))

    def __repr__(self) -> str:
        return f"Asset.ref({self.named_by}={getattr(self, self.named_by)!r})"


class AssetNameRef(AssetRef):
    """An asset by its name."""

    named_by = "name"

    def __init__(self, name: str) -> None:
        self.name = name


class AssetUriRef(AssetRef):
    """An asset by its address."""

    named_by = "uri"

    def __init__(self, uri: str) -> None:
        self.uri = uri


class AssetAlias(BaseAsset):
    """A name under which assets are found out only when a task runs."""

    def __init__(self, name: str, *, group: str = "asset") -> None:
        _check_text("name", name)
        self.name, self.group = name, group

    def as_expression(self) -> Any:
        return {"alias": {"name": self.name, "group": self.group}}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AssetAlias) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"AssetAlias(name={self.name!r})"


class AssetBooleanCondition(BaseAsset):
    """Several assets."""

    word = ""

    def __init__(self, *objects: BaseAsset) -> None:
        wrong = next((item for item in objects if not isinstance(item, BaseAsset)), None)
        if wrong is not None:
            raise TypeError(f"expect asset expressions in condition, not {type(wrong).__name__}")
        self.objects = list(objects)

    def iter_assets(self) -> Iterator[tuple[AssetUniqueKey, Asset]]:
        seen: set[AssetUniqueKey] = set()
        for item in self.objects:
            for key, asset in item.iter_assets():
                if key not in seen:
                    seen.add(key)
                    yield key, asset

    iter_datasets = iter_assets

    def as_expression(self) -> Any:
        return {self.word: [item.as_expression() for item in self.objects]}


class AssetAny(AssetBooleanCondition):
    """At least one of them."""

    word = "any"

    def __or__(self, other: Any) -> BaseAsset:
        return AssetAny(*self.objects, other) if isinstance(other, BaseAsset) else NotImplemented


class AssetAll(AssetBooleanCondition):
    """Each of them."""

    word = "all"

    def __and__(self, other: Any) -> BaseAsset:
        return AssetAll(*self.objects, other) if isinstance(other, BaseAsset) else NotImplemented


class AssetAccessControl:
    """Which teams may update an asset and which hear of it, in an Airflow 3.3 with several teams. There is one team here, which does both."""

    def __init__(
        self,
        producer_teams: list[str] | None = None,
        consumer_teams: list[str] | None = None,
        allow_global: bool = True,
    ) -> None:
        for teams in (producer_teams or [], consumer_teams or []):
            if not all(isinstance(team, str) and team.strip() for team in teams):
                raise ValueError(f"teams are a list of names, not {teams!r}")
        if not isinstance(allow_global, bool):
            raise TypeError(f"`allow_global` is a bool, not {allow_global!r}")
        self.producer_teams, self.consumer_teams = producer_teams or [], consumer_teams
        self.allow_global = allow_global


class AssetWatcher:
    """A trigger whose events are events of an asset."""

    def __init__(self, name: str, trigger: Any) -> None:
        self.name, self.trigger = name, trigger


class Metadata:
    """What a task says about an event of an asset, by yielding it."""

    def __init__(self, asset: Any, extra: dict[str, Any] | None = None, alias: Any = None) -> None:
        if not isinstance(asset, (Asset, str)):
            raise TypeError(f"Metadata wants an asset, not {type(asset).__name__}")
        self.asset = Asset(asset) if isinstance(asset, str) else asset
        self.uri = self.asset.uri
        self.extra = extra or {}
        self.alias = AssetAlias(alias) if isinstance(alias, str) else alias
        self.alias_name = self.alias.name if self.alias is not None else None


def condition(assets: Any) -> BaseAsset:
    """What a schedule says about assets; a list means all of them."""
    return assets if isinstance(assets, BaseAsset) else AssetAll(*assets)


def describe(asset: Asset) -> dict[str, Any]:
    """An asset as the engine reads it."""
    described: dict[str, Any] = {"name": asset.name, "uri": asset.uri, "group": asset.group}
    return {**described, "extra": asset.extra} if asset.extra else described


def describe_alias(alias: AssetAlias) -> dict[str, Any]:
    """An alias as the engine reads it."""
    return {"name": alias.name, "group": alias.group}


def described(expression: BaseAsset) -> dict[str, Any]:
    """What a schedule says about assets as the engine reads it."""
    if isinstance(expression, Asset):
        return {"asset": describe(expression)}
    if isinstance(expression, AssetAlias):
        return {"alias": describe_alias(expression)}
    if isinstance(expression, AssetRef):
        return {"ref": expression.describe()}
    if isinstance(expression, AssetBooleanCondition):
        return {expression.word: [described(item) for item in expression.objects]}
    return {"all": [described(asset) for _, asset in expression.iter_assets()]}


def sanitize_uri(value: Any) -> str:
    """The address in its usual form; what is none is left as it is."""
    import urllib.parse

    uri = str(value)
    _check_text("uri", uri)
    parsed = urllib.parse.urlsplit(uri)
    scheme = parsed.scheme.lower()
    if not scheme or scheme.startswith("x-"):
        return uri
    if scheme == "airflow":
        raise ValueError("Asset scheme 'airflow' is reserved")
    netloc = parsed.netloc
    if parsed.password:
        warnings.warn(f"an asset has a password in its address; it was left out: {parsed.hostname}", stacklevel=4)
        netloc = netloc.rpartition("@")[2]
    query = urllib.parse.urlencode(sorted(urllib.parse.parse_qsl(parsed.query)))
    return urllib.parse.urlunsplit((scheme, netloc, parsed.path.rstrip("/") or "/", query, ""))


def _check_text(what: str, text: Any) -> None:
    if not isinstance(text, str):
        raise ValueError(f"the {what} of an asset must be a string, not {type(text).__name__}")
    if not text.strip():
        raise ValueError(f"the {what} of an asset cannot be empty or just whitespace")
    if len(text) > TEXT_LENGTH_MAX:
        raise ValueError(f"the {what} of an asset cannot exceed {TEXT_LENGTH_MAX} characters")
    if not text.isascii():
        raise ValueError(f"the {what} of an asset must only consist of ASCII characters")


def expand_alias_to_assets(*_: Any, **__: Any) -> list[Asset]:
    """The assets behind an alias; only the engine knows them."""
    return []
