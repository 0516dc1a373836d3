//! Pools, and how full they are.

use updraft_model::Pool;
use updraft_store::{PoolError, PoolUsage};

use super::search::Search;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::{Key, Order, Page, Paged};

/// What pools can be sorted by.
pub(crate) const COLUMNS: [&str; 5] = ["id", "name", "pool", "slots", "description"];
/// The longest name, in characters.
const NAME_MAX: usize = 256;

/// A pool with what its tasks do.
pub(crate) struct PoolRow {
    pub(crate) pool: Pool,
    pub(crate) usage: PoolUsage,
}

impl PoolRow {
    /// Slots that are taken.
    pub(crate) fn occupied(&self) -> u64 {
        let deferred = if self.pool.include_deferred {
            self.usage.deferred
        } else {
            0
        };
        self.usage.running + self.usage.queued + deferred
    }

    /// Slots that are free; -1: any number.
    pub(crate) fn open(&self) -> i64 {
        match self.pool.capacity() {
            Some(capacity) => capacity as i64 - self.occupied() as i64,
            None => -1,
        }
    }
}

/// A page of pools.
pub(crate) async fn list(
    api: &Api,
    search: &Search,
    orders: &[Order],
    page: Page,
) -> Result<Paged<PoolRow>, Failure> {
    let mut pools = api.store().pools().await?;
    pools.retain(|pool| search.finds(&pool.name));
    Order::sort(orders, &mut pools, |pool, column| match column {
        "slots" => Key::Number(Some(pool.slots.into())),
        "description" => Key::Text(Some(pool.description.clone())),
        _ => Key::Text(Some(pool.name.clone())),
    });
    let mut usage = api.store().pool_usage().await?;
    let Paged { rows, total } = Paged::of(pools, page);
    let rows = rows
        .into_iter()
        .map(|pool| PoolRow {
            usage: usage.remove(&pool.name).unwrap_or_default(),
            pool,
        })
        .collect();
    Ok(Paged { rows, total })
}

/// A pool.
pub(crate) async fn get(api: &Api, name: &str) -> Result<PoolRow, Failure> {
    let pool = api.store().pool(name).await?;
    let pool = pool.ok_or_else(|| Failure::NotFound(format!("there is no pool `{name}`")))?;
    let usage = api.store().pool_usage().await?.remove(name).unwrap_or_default();
    Ok(PoolRow { pool, usage })
}

/// Makes a pool that there is not yet.
pub(crate) async fn create(actor: &Actor<'_>, pool: Pool) -> Result<PoolRow, Failure> {
    if actor.api.store().pool(&pool.name).await?.is_some() {
        return Err(Failure::Conflict(format!(
            "the pool `{}` already exists",
            pool.name
        )));
    }
    set(actor, pool).await
}

/// Makes a pool or changes it.
pub(crate) async fn set(actor: &Actor<'_>, pool: Pool) -> Result<PoolRow, Failure> {
    if pool.name.is_empty() || pool.name.chars().count() > NAME_MAX {
        return Err(Failure::body(format!(
            "the name of a pool has 1 to {NAME_MAX} characters"
        )));
    }
    if pool.slots < -1 {
        return Err(Failure::body("`slots` is -1 (any number) or more"));
    }
    actor.store().set_pool(&pool).await?;
    get(actor.api, &pool.name).await
}

/// Deletes a pool; the default one stays.
pub(crate) async fn delete(actor: &Actor<'_>, name: &str) -> Result<(), Failure> {
    match actor.store().delete_pool(name).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::NotFound(format!("there is no pool `{name}`"))),
        Err(error @ PoolError::Default) => Err(Failure::BadRequest(error.to_string())),
        Err(PoolError::Store(error)) => Err(error.into()),
    }
}
