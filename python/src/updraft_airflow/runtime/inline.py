"""What the engine does for a task that is put off, done in this process: `dag.test()` and its like wait themselves."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from updraft_airflow import timezone
from updraft_airflow.exceptions import AirflowException
from updraft_airflow.runtime.instances import TaskInstance
from updraft_airflow.runtime.runner import BY_TRIGGER, Ended
from updraft_airflow.triggers.base import BaseTaskEndEvent

log = logging.getLogger("airflow.task")


def wait(ti: TaskInstance, ended: Ended, who: str) -> bool:
    """Waits for what an attempt is put off for, and says whether it was put off: it is then run again."""
    if ended.reschedule_at is not None:
        ti.reschedule_count += 1
        time.sleep(max(0.0, (ended.reschedule_at - timezone.utcnow()).total_seconds()))
        return True
    if ended.deferred is None:
        return False
    log.info("[%s] running trigger in line", who)
    ti.next_method, ti.next_kwargs = _wait(ended.deferred)
    log.info("[%s] Trigger completed", who)
    return True


def _wait(deferred: Any) -> tuple[str, dict[str, Any]]:
    """Waits for the trigger of a task, and says how it goes on: the method and its arguments."""

    async def first() -> Any:
        async for event in deferred.trigger.run():
            return event
        raise AirflowException("the trigger ended without an event")

    limit = deferred.timeout.total_seconds() if deferred.timeout is not None else None
    try:
        event = asyncio.run(asyncio.wait_for(first(), limit))
    except asyncio.TimeoutError:
        return "__fail__", {"error": "Trigger timeout"}
    except Exception as error:
        log.exception("the trigger failed")
        return "__fail__", {"error": f"Trigger failure: {error}"}
    if isinstance(event, BaseTaskEndEvent):
        return BY_TRIGGER, {"state": str(event.task_instance_state), "xcoms": event.xcoms or {}}
    return deferred.method_name, {**(deferred.kwargs or {}), "event": event.payload}
