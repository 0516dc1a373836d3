"""What a task or group is mapped over: the arguments of `expand` and `expand_kwargs`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from updraft_airflow.authoring.resolve import ResolveMixin
from updraft_airflow.authoring.xcom_arg import XCOM_RETURN_KEY, PlainXComArg, XComArg, references

if TYPE_CHECKING:
    from updraft_airflow.authoring.abstract import AbstractOperator


class ExpandInput:
    """What the copies differ in."""

    def sources(self) -> dict[str, Any]:
        """What is mapped over, by argument; for `expand_kwargs` under an empty name."""
        raise NotImplementedError

    def operators(self) -> list[AbstractOperator]:
        """The tasks that decide how many copies there are."""
        found = {operator.task_id: operator for operator, _ in self.iter_references()}
        return list(found.values())

    def counted(self) -> list[AbstractOperator]:
        """Those of them whose results are counted; results within a list that is written out are items of it."""
        found = (source for source in self.sources().values() if isinstance(source, ResolveMixin))
        return [operator for source in found for operator, _ in references(source)]

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        """The tasks whose results are mapped over."""
        for source in self.sources().values():
            yield from references(source)


class DictOfListsExpandInput(ExpandInput):
    """`expand(x=[1, 2], y=other.output)`: a copy for each combination, the last argument varying fastest."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value

    def sources(self) -> dict[str, Any]:
        return self.value


class ListOfDictsExpandInput(ExpandInput):
    """`expand_kwargs([{"x": 1}, {"x": 2}])`: a copy for each dict."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def sources(self) -> dict[str, Any]:
        return {"": self.value}


class MappedArgument(ResolveMixin):
    """An argument of a mapped group: in each copy it is another item."""

    def __init__(self, expand_input: ExpandInput, key: str) -> None:
        self.expand_input, self.key = expand_input, key

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        """The tasks that it comes from."""
        yield from self.expand_input.iter_references()

    def resolve(self, context: Any, **_: Any) -> Any:
        """The item of this copy."""
        from updraft_airflow.runtime.arguments import copy_arguments

        return copy_arguments(self.expand_input, context)[self.key]


def check_mappable(owner: str, value: Any, name: str) -> None:
    """Refuses what has no items, or is the result of a task under a key of its own."""
    for part in [value.arg] if hasattr(value, "arg") else getattr(value, "args", [value]):
        if isinstance(part, PlainXComArg) and part.key != XCOM_RETURN_KEY:
            raise ValueError(f"cannot map over XCom with custom key {part.key!r} from {part.operator}")
    mappable = isinstance(value, (XComArg, MappedArgument, Mapping, Sequence, set)) and not isinstance(
        value, (str, bytes)
    )
    if not mappable:
        raise ValueError(f"{owner} got an unexpected type {type(value).__name__!r} for keyword argument `{name}`")


def check_known(names: Mapping[str, Any], known: set[str] | None, owner: str) -> None:
    """Refuses arguments that there are not; `None` for known ones knows all."""
    unknown = sorted(set(names) - known) if known is not None else []
    if unknown:
        raise TypeError(
            f"{owner} got unexpected keyword argument{'s' if len(unknown) > 1 else ''} {', '.join(map(repr, unknown))}"
        )
