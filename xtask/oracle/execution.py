"""Writes down the OpenAPI document of Airflow's Task Execution API in its newest version, without texts and examples."""

import asyncio
import json
import logging

import httpx

from airflow.api_fastapi.execution_api.app import create_task_execution_api_app
from airflow.api_fastapi.execution_api.versions import bundle

TEXTS = {"description", "summary", "title", "example", "examples"}


async def document() -> dict:
    """The document as Airflow serves it."""
    transport = httpx.ASGITransport(app=create_task_execution_api_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
        answer = await client.get("/openapi.json", params={"version": str(bundle.versions[0].value)})
        return answer.raise_for_status().json()


def without_texts(value: object, *, names: bool = False) -> object:
    """The same without texts; `names` says whether the keys are names that somebody gave."""
    if isinstance(value, list):
        return [without_texts(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: without_texts(item, names=key in {"properties", "schemas", "paths", "responses"})
        for key, item in value.items()
        if names or key not in TEXTS
    }


def main() -> None:
    """Prints the document."""
    logging.disable(logging.CRITICAL)
    found = asyncio.run(document())
    found["info"] = {"version": str(bundle.versions[0].value)}
    kept = {key: found[key] for key in ("openapi", "info", "paths", "components")}
    print(json.dumps(without_texts(kept), indent=1))


if __name__ == "__main__":
    main()
