"""Variables: texts that an installation keeps for its DAGs."""

from __future__ import annotations

import json
import os
from typing import Any

from updraft_airflow import compat
from updraft_airflow.exceptions import AirflowRuntimeError, ErrorType
from updraft_airflow.log import mask_secret, should_hide_value_for_key
from updraft_airflow.runtime import messages
from updraft_airflow.runtime.supervisor import ask
from updraft_airflow.unset import NOTSET, is_arg_set


class Variable:
    """A text under a name. It is looked for in the environment (`AIRFLOW_VAR_NAME`), then in the store."""

    def __init__(self, key: str | None = None, val: Any = None, description: str | None = None) -> None:
        self.key, self.val, self.description = key, val, description

    @property
    def value(self) -> Any:
        """Airflow 3's name of the text."""
        return self.val

    def get_val(self) -> Any:
        """The text."""
        return self.val

    @classmethod
    def get(cls, key: str, default_var: Any = NOTSET, deserialize_json: bool = False, *, default: Any = NOTSET) -> Any:
        """The text, or what it means as JSON; the default if there is none, else an error."""
        value = find(key)
        if value is None:
            fallback = default if is_arg_set(default) else default_var
            if is_arg_set(fallback):
                return fallback
            raise missing(key)
        if should_hide_value_for_key(key):
            mask_secret(value, key)
        return json.loads(value) if deserialize_json else value

    @classmethod
    def set(
        cls,
        key: str,
        value: Any,
        description: str | None = None,
        serialize_json: bool = False,
        session: Any = None,
    ) -> None:
        """Writes it to the store."""
        text = json.dumps(value, indent=2) if serialize_json else str(value)
        _done(ask(messages.PutVariable(key=key, value=text, description=description)))

    @classmethod
    def update(cls, key: str, value: Any, serialize_json: bool = False, session: Any = None) -> None:
        """Writes one that there is."""
        cls.get(key)
        cls.set(key, value, serialize_json=serialize_json)

    @classmethod
    def delete(cls, key: str, session: Any = None) -> int:
        """Deletes it from the store."""
        _done(ask(messages.DeleteVariable(key=key)))
        return 1

    @classmethod
    def setdefault(cls, key: str, default: Any, description: str | None = None, deserialize_json: bool = False) -> Any:
        """The text; if there is none, the default is written."""
        found = cls.get(key, default_var=None, deserialize_json=deserialize_json)
        if found is not None:
            return found
        if default is None:
            raise ValueError("Default Value must be set")
        cls.set(key, default, description=description, serialize_json=deserialize_json)
        return default

    def __repr__(self) -> str:
        return f"{self.key} : {self.val}"


def find(key: str) -> str | None:
    """The text of a Variable, if there is one."""
    if not isinstance(key, str):
        raise TypeError(f"the key of a Variable is a string, not {type(key).__name__}")
    name = f"AIRFLOW_VAR_{key.upper()}"
    if name in os.environ:
        return os.environ[name]
    answer = ask(messages.GetVariable(key=key))
    if isinstance(answer, messages.VariableResult):
        return answer.value
    if isinstance(answer, messages.ErrorResponse) and answer.error == ErrorType.VARIABLE_NOT_FOUND:
        return None
    raise AirflowRuntimeError(answer)


def missing(key: str) -> Exception:
    """The error of a Variable that there is not."""
    if compat.is_three():
        return AirflowRuntimeError(messages.ErrorResponse(ErrorType.VARIABLE_NOT_FOUND, {"key": key}))
    return KeyError(f"Variable {key} does not exist")


def _done(answer: messages.Answer) -> None:
    if isinstance(answer, messages.ErrorResponse):
        raise AirflowRuntimeError(answer)
