"""Human in the loop: what tasks ask people, and what these answer. Airflow 3.1."""

from __future__ import annotations

from typing import Any, TypedDict

from updraft_airflow.exceptions import AirflowRuntimeError
from updraft_airflow.runtime import messages


class HITLUser(TypedDict):
    """Somebody who may answer, or has."""

    id: str
    name: str


def upsert_hitl_detail(
    ti_id: Any,
    options: list[str],
    subject: str,
    body: str | None = None,
    defaults: list[str] | None = None,
    multiple: bool = False,
    params: dict[str, Any] | None = None,
    assigned_users: list[HITLUser] | None = None,
) -> None:
    """Asks people. What this try has asked before is forgotten."""
    request = messages.CreateHITLDetailPayload(
        str(ti_id), options, subject, body, defaults, multiple, params or {}, assigned_users or []
    )
    _answer(request)


def update_hitl_detail_response(
    ti_id: Any, chosen_options: list[str], params_input: dict[str, Any]
) -> messages.HITLDetailResponse:
    """Answers in the name of nobody: the time is over."""
    return _answer(messages.UpdateHITLDetail(str(ti_id), chosen_options, params_input))


def get_hitl_detail_content_detail(ti_id: Any) -> messages.HITLDetailResponse:
    """What was answered, if something was."""
    return _answer(messages.GetHITLDetailResponse(str(ti_id)))


def _answer(request: messages.Request) -> messages.HITLDetailResponse:
    from updraft_airflow.runtime.supervisor import ask

    answer = ask(request)
    if isinstance(answer, messages.HITLDetailResponse):
        return answer
    raise AirflowRuntimeError(answer)
