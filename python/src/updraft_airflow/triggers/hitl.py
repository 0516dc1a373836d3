"""Waiting for the answer of people."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.runtime.hitl import get_hitl_detail_content_detail
from updraft_airflow.triggers.base import BaseTrigger, TriggerEvent


class HITLTrigger(BaseTrigger):
    """Waits until somebody has answered, or the time is over. The engine waits for it itself."""

    def __init__(
        self,
        *,
        ti_id: Any,
        options: list[str],
        params: dict[str, Any],
        defaults: list[str] | None = None,
        multiple: bool = False,
        timeout_datetime: dt.datetime | None = None,
        poke_interval: float = 5.0,
        **_: Any,
    ) -> None:
        super().__init__()
        self.ti_id = str(ti_id)
        self.options, self.params, self.defaults, self.multiple = options, params, defaults, multiple
        self.timeout_datetime, self.poke_interval = timeout_datetime, poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        told = {
            "ti_id": self.ti_id,
            "options": self.options,
            "defaults": self.defaults,
            "params": self.params,
            "multiple": self.multiple,
            "timeout_datetime": self.timeout_datetime,
            "poke_interval": self.poke_interval,
        }
        return "airflow.providers.standard.triggers.hitl.HITLTrigger", told

    async def run(self) -> AsyncIterator[TriggerEvent]:
        import asyncio

        while not (answer := get_hitl_detail_content_detail(self.ti_id)).response_received:
            pause = self.poke_interval
            if self.timeout_datetime is not None:
                left = (self.timeout_datetime - timezone.utcnow()).total_seconds()
                if left <= 0:
                    yield TriggerEvent(self.timeout_datetime)
                    return
                pause = min(pause, left)
            await asyncio.sleep(pause)
        yield TriggerEvent(payload(answer))


def payload(answer: Any) -> dict[str, Any]:
    """What an answer tells the operator."""
    return {
        "chosen_options": answer.chosen_options,
        "params_input": answer.params_input or {},
        "responded_at": answer.responded_at,
        "responded_by_user": answer.responded_by_user,
        "timedout": answer.responded_by_user is None,
    }
