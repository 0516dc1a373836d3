"""`AirflowPlugin`, and which of its parts are used here."""

from __future__ import annotations

from typing import Any, ClassVar


class AirflowPlugin:
    """What a plugin adds: a class of this in a file of the plugins folder, or named by the entry points `airflow.plugins` of a package."""

    name: str | None = None
    source: Any = None
    macros: ClassVar[list[Any]] = []
    hooks: ClassVar[list[Any]] = []
    executors: ClassVar[list[Any]] = []
    timetables: ClassVar[list[Any]] = []
    listeners: ClassVar[list[Any]] = []
    operator_extra_links: ClassVar[list[Any]] = []
    global_operator_extra_links: ClassVar[list[Any]] = []
    priority_weight_strategies: ClassVar[list[Any]] = []
    hook_lineage_readers: ClassVar[list[Any]] = []
    ti_deps: ClassVar[list[Any]] = []
    flask_blueprints: ClassVar[list[Any]] = []
    appbuilder_views: ClassVar[list[Any]] = []
    appbuilder_menu_items: ClassVar[list[Any]] = []
    admin_views: ClassVar[list[Any]] = []
    menu_links: ClassVar[list[Any]] = []
    fastapi_apps: ClassVar[list[Any]] = []
    fastapi_root_middlewares: ClassVar[list[Any]] = []
    external_views: ClassVar[list[Any]] = []
    react_apps: ClassVar[list[Any]] = []

    @classmethod
    def validate(cls) -> None:
        """Refuses a plugin without a name."""
        if not cls.name:
            raise ValueError("Your plugin needs a name.")

    @classmethod
    def on_load(cls, *args: Any, **kwargs: Any) -> None:
        """Called when it is loaded."""


USED = (
    "macros", "hooks", "timetables", "listeners", "operator_extra_links", "global_operator_extra_links",
    "priority_weight_strategies", "external_views", "appbuilder_menu_items",
)  # fmt: skip
"""Parts that have an effect."""

NOT_SERVED: dict[str, str] = {
    **dict.fromkeys(
        ("flask_blueprints", "appbuilder_views", "admin_views", "menu_links"),
        "pages that Flask serves are not served; serve them elsewhere, and name their address in `appbuilder_menu_items` or `external_views`",
    ),
    **dict.fromkeys(
        ("fastapi_apps", "fastapi_root_middlewares", "react_apps"),
        "apps within Airflow 3's web server are not served; serve them elsewhere, and name their address in `external_views`",
    ),
    "executors": "attempts run where the engine's own executor runs them",
    "ti_deps": "what a task waits for is decided by the engine, which runs nobody's code",
    "hook_lineage_readers": "lineage is not collected",
}  # fmt: skip
"""Parts that have none, and why."""
