"""State stores in `dag.test()`: what tries of a task keep, and what is kept about assets."""

import pytest

from conftest import states

FILE = """
from datetime import datetime, timedelta
from airflow.sdk import DAG, Asset, AssetAlias, task
from airflow.sdk.execution_time.context import NEVER_EXPIRE

orders, rates = Asset("orders", "s3://lake/orders"), Asset.ref(name="rates")

with DAG("d", schedule=None) as dag:

    @task(retries=1, retry_delay=timedelta(0))
    def tries(task_state_store, ti):
        seen = task_state_store.get("seen", default=0)
        task_state_store.set("seen", seen + 1, retention=NEVER_EXPIRE)
        if not seen:
            raise ValueError("the first try")
        task_state_store.set("gone", {"a": [1]}, retention=timedelta(days=1))
        task_state_store.delete("gone")
        return [task_state_store.get("seen"), task_state_store.get("gone"), task_state_store.get("gone", "none")]

    @task
    async def awaits(task_state_store):
        await task_state_store.aset("a", 1)
        before = await task_state_store.aget("a")
        await task_state_store.aclear()
        return [before, await task_state_store.aget("a")]

    @task(inlets=[orders, Asset.ref(uri="s3://lake/orders"), rates])
    def keeps(asset_state_store):
        asset_state_store[orders].set("n", asset_state_store[orders].get("n", 0) + 1)
        asset_state_store[rates].set("n", 7)
        return [asset_state_store[Asset.ref(uri="s3://lake/orders")].get("n"), asset_state_store[rates].get("n")]

    @task(outlets=[orders, AssetAlias("x")])
    def alone(asset_state_store):
        return asset_state_store.get("n")

    tries(), awaits(), keeps() >> alone()
"""


@pytest.fixture
def dag(parse):
    (found,) = parse(FILE).dags
    return found


def xcoms(run):
    return {place[2]: value for place, value in run.memory.xcoms.items() if place[4] == "return_value"}


def test_tries_share_what_they_keep_and_assets_outlive_the_run(dag, monkeypatch):
    from updraft_airflow.runtime import memory

    monkeypatch.setattr(memory, "STATES", {})
    run = dag.test()
    assert set(states(run).values()) == {"success"}
    assert xcoms(run) == {"tries": [2, None, "none"], "awaits": [1, None], "keeps": [1, 7], "alone": 1}
    assert xcoms(dag.test())["alone"] == 2


def test_mistakes_say_what_is_wrong():
    from airflow.sdk import Asset

    from updraft_airflow.runtime.state_store import AssetStateStoreAccessors, TaskStateStoreAccessor

    one, other = Asset("one"), Asset("other")
    stores = AssetStateStoreAccessors([one], [other])
    with pytest.raises(ValueError, match="2 concrete inlets and outlets"):
        stores.get("key")
    with pytest.raises(KeyError, match="not in this task's inlets or outlets"):
        stores[Asset("third")]
    with pytest.raises(TypeError, match="not str"):
        stores["one"]
    with pytest.raises(TypeError, match="no retention"):
        stores[one].set("key", 1, retention=1)
    with pytest.raises(ValueError, match="None"):
        TaskStateStoreAccessor("i").set("key", None)
    with pytest.raises(TypeError, match="unexpected keyword argument 'other'"):
        TaskStateStoreAccessor("i").set("key", 1, other=2)
