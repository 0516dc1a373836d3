"""What providers' descriptions of assets import from Airflow's API server; they only pass such objects on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass
class AssetDetails:
    """Which asset a permission is about."""

    id: str | None = None
    name: str | None = None


@dataclass
class AssetAliasDetails:
    """Which alias of assets a permission is about."""

    id: str | None = None


class AccessView(Enum):
    """Which page a permission is about."""

    CLUSTER_ACTIVITY = "CLUSTER_ACTIVITY"
    DOCS = "DOCS"
    IMPORT_ERRORS = "IMPORT_ERRORS"
    JOBS = "JOBS"
    PLUGINS = "PLUGINS"
    PROVIDERS = "PROVIDERS"
    TRIGGERS = "TRIGGERS"
    WEBSITE = "WEBSITE"
