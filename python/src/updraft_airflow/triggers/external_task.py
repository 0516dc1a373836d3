"""Waiting for runs of other DAGs."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

from updraft_airflow.triggers.base import BaseTrigger, TriggerEvent


class DagStateTrigger(BaseTrigger):
    """Waits until each of the runs is in one of the states."""

    path = "airflow.providers.standard.triggers.external_task.DagStateTrigger"

    def __init__(
        self,
        dag_id: str,
        states: list[Any],
        logical_dates: list[dt.datetime] | None = None,
        execution_dates: list[dt.datetime] | None = None,
        run_ids: list[str] | None = None,
        poll_interval: float = 5.0,
    ) -> None:
        super().__init__()
        self.dag_id, self.states = dag_id, [str(state) for state in states]
        self.dates, self.run_ids = logical_dates or execution_dates, run_ids
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        told: dict[str, Any] = {"dag_id": self.dag_id, "states": self.states, "poll_interval": self.poll_interval}
        if self.dates:
            told["logical_dates"] = self.dates
        if self.run_ids:
            told["run_ids"] = self.run_ids
        return self.path, told

    async def run(self) -> AsyncIterator[TriggerEvent]:
        import asyncio

        while not self._is_over():
            await asyncio.sleep(self.poll_interval)
        path, told = self.serialize()
        yield TriggerEvent((path, {**told, **{run_id: self._state(run_id) for run_id in self.run_ids or ()}}))

    def _is_over(self) -> bool:
        from updraft_airflow.runtime import messages
        from updraft_airflow.runtime.supervisor import ask

        if self.run_ids:
            return all(self._state(run_id) in self.states for run_id in self.run_ids)
        dates = list(self.dates or ())
        answer = ask(messages.GetDRCount(dag_id=self.dag_id, logical_dates=dates, states=self.states))
        return isinstance(answer, messages.CountResult) and answer.count >= len(dates)

    def _state(self, run_id: str) -> str | None:
        from updraft_airflow.runtime import messages
        from updraft_airflow.runtime.supervisor import ask

        answer = ask(messages.GetDagRunState(dag_id=self.dag_id, run_id=run_id))
        return answer.state if isinstance(answer, messages.DagRunStateResult) else None
