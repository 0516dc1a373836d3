"""The supervisor of a task under the engine: asks it in frames."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any, Protocol

from updraft_airflow.exceptions import ErrorType
from updraft_airflow.runtime import messages
from updraft_airflow.serve import answers, plain

log = logging.getLogger("airflow.task")

ANSWERED: frozenset[type[Any]] = frozenset(
    (
        messages.GetXCom, messages.SetXCom, messages.DeleteXCom, messages.GetXComCount, messages.GetXComSequenceItem,
        messages.GetXComSequenceSlice, messages.UpdraftGetXComItem, messages.GetVariable, messages.PutVariable,
        messages.DeleteVariable, messages.GetConnection, messages.MaskSecret, messages.SetRenderedMapIndex,
        messages.SkipDownstreamTasks, messages.UpdraftGetNewestXCom, messages.TriggerDagRun, messages.SetRenderedFields,
        messages.GetDagRun, messages.GetDagRunState, messages.GetPreviousDagRun, messages.GetPrevSuccessfulDagRun,
        messages.GetPreviousTI, messages.GetTICount, messages.GetDRCount, messages.GetTaskStates,
        messages.GetAssetByName, messages.GetAssetByUri, messages.GetAssetEventByAsset,
        messages.GetAssetEventByAssetAlias, messages.GetDag, messages.ValidateInletsAndOutlets, messages.GetAssetsByAlias,
        messages.CreateHITLDetailPayload, messages.UpdateHITLDetail, messages.GetHITLDetailResponse,
        messages.GetTaskStateStore, messages.SetTaskStateStore, messages.DeleteTaskStateStore,
        messages.ClearTaskStateStore, messages.GetAssetStateStoreByName, messages.SetAssetStateStoreByName,
        messages.DeleteAssetStateStoreByName, messages.ClearAssetStateStoreByName, messages.GetAssetStateStoreByUri,
        messages.SetAssetStateStoreByUri, messages.DeleteAssetStateStoreByUri, messages.ClearAssetStateStoreByUri,
    )
)  # fmt: skip
"""What the engine's `ToSupervisor` has."""


class Way(Protocol):
    """The way to the engine."""

    @property
    def is_ours(self) -> bool:
        """Whether it can be gone from this process."""
        ...

    def ask(self, body: dict[str, Any]) -> tuple[Any, Any]:
        """Body and error of the answer."""
        ...


class FrameSupervisor:
    """Asks the engine. `first_start` is when this try first began, as the order says."""

    def __init__(self, channel: Way, first_start: dt.datetime | None = None) -> None:
        self._channel = channel
        self._first_start = first_start
        self._warned: set[str] = set()

    def ask(self, request: messages.Request) -> messages.Answer:
        """The answer."""
        if isinstance(request, messages.GetTaskRescheduleStartDate):
            return messages.DateResult(self._first_start)
        if type(request) not in ANSWERED:
            return self._unknown(type(request).__name__)
        body, error = self._channel.ask({"type": type(request).__name__, **_fields(request)})
        if error is None and isinstance(body, dict) and body.get("type") == "ErrorResponse":
            body, error = None, body
        if error is not None:
            return _failed(request, error)
        return _result(request, body)

    def mask(self, secret: str) -> None:
        """Names a secret, so that it is masked in what the task prints as well. What the task has started masks its own log lines alone."""
        if self._channel.is_ours:
            self.ask(messages.MaskSecret(value=secret))

    def _unknown(self, name: str) -> messages.Answer:
        """Some who ask go on without an answer, so the log says it too; once per attempt."""
        message = f"the engine does not answer `{name}` yet"
        if name not in self._warned:
            self._warned.add(name)
            log.warning("%s", message)
        return messages.ErrorResponse(ErrorType.GENERIC_ERROR, {"message": message})


def _fields(request: messages.Request) -> dict[str, Any]:
    if isinstance(request, messages.SetRenderedFields):
        rendered = {name: plain.document(value) for name, value in request.rendered_fields.items()}
        return {"rendered_fields": rendered}
    if isinstance(request, messages.TriggerDagRun):
        return plain.request({**request._asdict(), "conf": plain.document(request.conf)})
    if isinstance(request, (messages.SetXCom, messages.MaskSecret)):
        return request._asdict()
    return plain.request(request._asdict())


def _failed(request: messages.Request, error: dict[str, Any]) -> messages.Answer:
    kind = error.get("error", ErrorType.GENERIC_ERROR)
    asked = (messages.UpdraftGetXComItem, messages.UpdraftGetNewestXCom)
    if isinstance(request, asked) and kind == ErrorType.XCOM_NOT_FOUND:
        return messages.XComResult(request.key, None, found=False)
    return messages.ErrorResponse(kind, error.get("detail"))


def _result(request: messages.Request, body: Any) -> messages.Answer:
    if body is None:
        return messages.OKResponse()
    answer = answers.read(body)
    if answer is None:
        message = f"the engine answers `{type(request).__name__}` with `{body.get('type')}`"
        return messages.ErrorResponse(ErrorType.GENERIC_ERROR, {"message": message})
    if isinstance(answer, messages.XComResult) and not isinstance(request, messages.UpdraftGetXComItem):
        # The engine's null stands for no value.
        return answer._replace(found=answer.value is not None)
    return answer
