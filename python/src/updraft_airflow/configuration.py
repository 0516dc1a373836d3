"""Settings as DAG files see them: `from airflow.configuration import conf`.

A setting comes from the first that has it: `AIRFLOW__SECTION__KEY`, its `_CMD` or `_SECRET` if it is a sensitive one,
`airflow.cfg`, and the defaults of Airflow. Settings that were moved are found under their old and their new place.
"""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from updraft_airflow import compat
from updraft_airflow.config_defaults import DEFAULTS, RENAMED, SENSITIVE, THREE
from updraft_airflow.exceptions import AirflowConfigException

if TYPE_CHECKING:
    import configparser

_MISSING: Any = object()

TRUE, FALSE = ("t", "true", "1"), ("f", "false", "0")


def expand_env_var(value: str) -> str:
    """Expands `$NAME` and `~` until nothing changes any more."""
    while True:
        expanded = os.path.expanduser(os.path.expandvars(value))
        if expanded == value:
            return value
        value = expanded


def get_airflow_home() -> str:
    """The Airflow home: `AIRFLOW_HOME`, else the current folder if it holds `airflow.cfg`, else `~/airflow`."""
    home = os.environ.get("AIRFLOW_HOME")
    if home:
        return expand_env_var(home)
    return os.getcwd() if os.path.isfile("airflow.cfg") else os.path.expanduser("~/airflow")


def get_airflow_config(airflow_home: str) -> str:
    """The file with the settings."""
    return expand_env_var(os.environ.get("AIRFLOW_CONFIG") or os.path.join(airflow_home, "airflow.cfg"))


@cache
def _file(path: str, _changed: float) -> configparser.ConfigParser:
    import configparser

    parser = configparser.ConfigParser(interpolation=configparser.BasicInterpolation(), strict=False)
    parser.read(path, encoding="utf-8")
    return parser


_LOOK_AGAIN = 1.0
"""After so many seconds it is looked whether the file has changed."""


class AirflowConfigParser:
    """All settings. Nothing is read before the first question; what was found is kept for as long as nothing changes it."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[tuple[Any, ...], str | None]] = {}
        self._looked: tuple[Any, ...] = (None, 0.0, None)

    def get(self, section: str, key: str, fallback: Any = _MISSING, **_: Any) -> Any:
        """The text of a setting; the fallback if there is none, else an error."""
        value = self._find(section.lower(), key.lower())
        if value is not None:
            return value
        if fallback is not _MISSING:
            return fallback
        raise AirflowConfigException(f"section/key [{section}/{key}] not found in config")

    def _find(self, section: str, key: str) -> str | None:
        state = (self._parser(), compat.level(), *map(os.environ.get, _names(section, key)))
        found = self._found.get((section, key))
        if found is None or found[0] != state:
            found = self._found[section, key] = (state, self._search(_places(section, key)))
        return found[1]

    def _search(self, places: tuple[tuple[str, str], ...]) -> str | None:
        for place in places:
            value = self._from_environment(*place)
            value = self.in_file(*place) if value is None else value
            if value is not None:
                return value
        return next((value for place in places if (value := _default(*place)) is not None), None)

    def _from_environment(self, section: str, key: str) -> str | None:
        name = _variable(section, key)
        if name in os.environ:
            return expand_env_var(os.environ[name])
        if (section, key) in SENSITIVE and f"{name}_CMD" in os.environ:
            return _output(os.environ[f"{name}_CMD"])
        return None

    def in_file(self, section: str, key: str) -> str | None:
        """A setting as `airflow.cfg` has it, if it does."""
        file = self._parser()
        if file is None or not file.has_section(section):
            return None
        if file.has_option(section, key):
            return expand_env_var(file.get(section, key))
        if (section, key) in SENSITIVE and file.has_option(section, f"{key}_cmd"):
            return _output(file.get(section, f"{key}_cmd"))
        return None

    def _parser(self) -> configparser.ConfigParser | None:
        now, asked = time.monotonic(), (os.environ.get("AIRFLOW_HOME"), os.environ.get("AIRFLOW_CONFIG"))
        known, until, parser = self._looked
        if known != asked or until < now:
            path = get_airflow_config(get_airflow_home())
            try:
                parser = _file(path, os.stat(path).st_mtime)
            except FileNotFoundError:
                parser = None
            except PermissionError:
                # A task that runs as another user keeps what was read before.
                if known != asked:
                    raise
            self._looked = (asked, now + _LOOK_AGAIN, parser)
        return parser

    def getboolean(self, section: str, key: str, **kwargs: Any) -> bool:
        """A setting as true or false; text after `#` is cut."""
        value = self.get(section, key, **kwargs)
        word = str(value).split("#")[0].strip().lower()
        if word in TRUE + FALSE:
            return word in TRUE
        raise AirflowConfigException(f"[{section}] {key} is `{value}`, expected true or false")

    def getint(self, section: str, key: str, **kwargs: Any) -> int:
        """A setting as a whole number."""
        return self._convert(int, "a whole number", section, key, **kwargs)

    def getfloat(self, section: str, key: str, **kwargs: Any) -> float:
        """A setting as a number."""
        return self._convert(float, "a number", section, key, **kwargs)

    def getlist(self, section: str, key: str, delimiter: str = ",", **kwargs: Any) -> Any:
        """A setting as a list of texts; empty text is an empty list."""
        value = self.get(section, key, **kwargs)
        if not isinstance(value, str):
            return value
        return [item.strip() for item in value.split(delimiter)] if value.strip() else []

    getmandatorylist = getlist

    def getmandatory_value(self, section: str, key: str, **kwargs: Any) -> str:
        """A setting that must be there."""
        return str(self.get(section, key, **kwargs))

    get_mandatory_value = getmandatory_value

    def getjson(self, section: str, key: str, fallback: Any = None, **kwargs: Any) -> Any:
        """A setting written as JSON; empty text is the fallback."""
        import json

        value = self.get(section, key, fallback=fallback, **kwargs)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value.strip() else fallback
        except ValueError as error:
            raise AirflowConfigException(f"[{section}] {key} is no JSON: {error}") from error

    def getimport(self, section: str, key: str, **kwargs: Any) -> Any:
        """The object that a setting names by its path; `None` for empty text."""
        path = self.get(section, key, **kwargs)
        if not path:
            return None
        from updraft_airflow.helpers import import_string

        try:
            return import_string(path)
        except ImportError as error:
            raise AirflowConfigException(f"[{section}] {key} names `{path}`, which cannot be imported") from error

    def gettimedelta(self, section: str, key: str, fallback: Any = None, **kwargs: Any) -> Any:
        """A setting in seconds as a timedelta."""
        from datetime import timedelta

        value = self.get(section, key, fallback=fallback, **kwargs)
        return timedelta(seconds=float(value)) if value not in (None, "", fallback) else fallback

    def getenum(self, section: str, key: str, enum_class: Any, **kwargs: Any) -> Any:
        """A setting as a member of an enumeration, by its name."""
        name = self.get(section, key, **kwargs)
        try:
            return enum_class[name]
        except KeyError as error:
            known = ", ".join(member.name for member in enum_class)
            raise AirflowConfigException(f"[{section}] {key} is `{name}`, known are {known}") from error

    def _convert(self, kind: Any, words: str, section: str, key: str, **kwargs: Any) -> Any:
        value = self.get(section, key, **kwargs)
        try:
            return kind(value)
        except ValueError as error:
            raise AirflowConfigException(f"[{section}] {key} is `{value}`, expected {words}") from error
        except TypeError:
            return value

    def has_option(self, section: str, option: str, **_: Any) -> bool:
        """Whether there is such a setting, if only by default."""
        value = self._find(section.lower(), option.lower())
        return bool(value) or value == ""

    def has_section(self, section: str) -> bool:
        """Whether there is such a section."""
        return self.getsection(section) is not None

    def getsection(self, section: str, **_: Any) -> dict[str, str | int | float | bool] | None:
        """All settings of a section, with numbers and booleans as such."""
        keys = dict.fromkeys(DEFAULTS.get(section, {}))
        file = self._parser()
        if file is not None and file.has_section(section):
            keys.update(dict.fromkeys(file.options(section)))
        prefix = f"AIRFLOW__{section.replace('.', '_').upper()}__"
        keys.update({name[len(prefix) :].lower(): None for name in os.environ if name.startswith(prefix)})
        return {key: _typed(str(self.get(section, key))) for key in keys} if keys else None

    def as_dict(self, display_source: bool = False, **_: Any) -> dict[str, dict[str, Any]]:
        """Every setting, by section; sensitive ones are hidden."""
        file = self._parser()
        names = {*DEFAULTS, *(file.sections() if file is not None else ())}
        settings: dict[str, dict[str, Any]] = {}
        for section in sorted(names):
            values = self.getsection(section) or {}
            hidden = {key: "< hidden >" for key in values if (section, key) in SENSITIVE}
            shown = {key: str(value) for key, value in values.items()} | hidden
            settings[section] = {key: (value, "updraft") for key, value in shown.items()} if display_source else shown
        return settings

    def set(self, section: str, option: str, value: str) -> None:
        """Changes a setting for this process."""
        os.environ[f"AIRFLOW__{section.upper()}__{option.upper()}"] = value


@cache
def _places(section: str, key: str) -> tuple[tuple[str, str], ...]:
    """Where a setting is, and where it was before or is now."""
    older = [RENAMED[section, key]] if (section, key) in RENAMED else []
    return ((section, key), *older, *(new for new, old in RENAMED.items() if old == (section, key)))


@cache
def _names(section: str, key: str) -> tuple[str, ...]:
    """The variables of the environment that decide about a setting."""
    names = [_variable(*place) for place in _places(section, key)]
    return ("AIRFLOW_HOME", *names, *(f"{name}_CMD" for name in names))


def _variable(section: str, key: str) -> str:
    return f"AIRFLOW__{section.replace('.', '_').upper()}__{key.upper()}"


def _default(section: str, key: str) -> str | None:
    own = THREE.get(section, {}).get(key) if compat.is_three() else None
    value = DEFAULTS.get(section, {}).get(key) if own is None else own
    return value.replace("{AIRFLOW_HOME}", get_airflow_home()) if value is not None else None


def _typed(value: str) -> str | int | float | bool:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value.lower() == "true" if value.lower() in ("true", "false") else value


def _output(command: str) -> str:
    import shlex
    import subprocess

    done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AirflowConfigException(f"`{command}` failed with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


conf = AirflowConfigParser()


def __getattr__(name: str) -> Any:
    """`AIRFLOW_HOME` and `AIRFLOW_CONFIG`, as they are now; and `get` and its like, as functions."""
    if name == "AIRFLOW_HOME":
        return get_airflow_home()
    if name == "AIRFLOW_CONFIG":
        return get_airflow_config(get_airflow_home())
    if name in ("get", "getboolean", "getfloat", "getint", "getsection", "has_option", "as_dict", "set"):
        return getattr(conf, name)
    raise AttributeError(name)
