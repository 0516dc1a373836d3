"""The `airflow` namespace for DAG files, provided by Updraft; no Airflow is installed or needed.

Only this file has the name. What `airflow.operators.bash` and its like offer stands in the tables of
`updraft_airflow.names`; how it works, in `updraft_airflow`. Providers install beside it, so the path is extended, and
there is no `airflow/providers/__init__.py`.
"""

from __future__ import annotations

from pkgutil import extend_path
from typing import TYPE_CHECKING

__path__ = extend_path(__path__, __name__)

from updraft_airflow import search_path
from updraft_airflow.names import foreign, install, lookup

foreign.refuse(list(__path__))
install()
search_path.prepare()

if TYPE_CHECKING:
    from updraft_airflow.authoring.dag import DAG as DAG

__version__ = "3.1.8"
"""What providers are told. They then use Connection, Variable and XCom of the SDK, which all work here."""


def __getattr__(name: str) -> object:
    return lookup(__name__, name)
