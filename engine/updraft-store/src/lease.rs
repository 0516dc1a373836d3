//! The scheduler's lease: one scheduler at a time, and no write by one that was replaced.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use updraft_sql::{Backend, Sql, Tx, statements};

use crate::error::{StoreError, from_sql};
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // SQLite has no clock but that of this machine.
    CLOCK = Sql::per_backend(
        "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now",
        "SELECT 0 AS now",
    );
    READ = Sql::new(
        "SELECT name, epoch, hostname, pid, acquired_at, renewed_at, expires_at FROM lease WHERE name = 'scheduler'",
    );
    // PostgreSQL has several writers at a time; SQLite's transaction is the only one.
    READ_LOCKED = Sql::per_backend(
        "SELECT name, epoch, hostname, pid, acquired_at, renewed_at, expires_at FROM lease WHERE name = 'scheduler' \
         FOR UPDATE",
        "SELECT name, epoch, hostname, pid, acquired_at, renewed_at, expires_at FROM lease WHERE name = 'scheduler'",
    );
    // As above: whoever takes the lease waits until the writes under the old one are in.
    VERIFY = Sql::per_backend(
        "SELECT epoch FROM lease WHERE name = 'scheduler' AND epoch = $1 FOR SHARE",
        "SELECT epoch FROM lease WHERE name = 'scheduler' AND epoch = $1",
    );
    TAKE = Sql::new(
        "UPDATE lease SET epoch = $1, hostname = $2, pid = $3, acquired_at = $4, renewed_at = $4, expires_at = $5 \
         WHERE name = 'scheduler'",
    );
    RENEW = Sql::new(
        "UPDATE lease SET renewed_at = $2, expires_at = $3 WHERE name = 'scheduler' AND epoch = $1",
    );
    RELEASE = Sql::new(
        "UPDATE lease SET hostname = NULL, pid = NULL, expires_at = 0 WHERE name = 'scheduler' AND epoch = $1",
    );
}

/// A process that wants to schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its machine.
    pub hostname: String,
    /// Its process id there.
    pub pid: u32,
}

/// The right to schedule. Others may take it once it has expired; its epoch then no longer counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    epoch: i64,
}

/// Who holds the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseHeld {
    /// The process.
    pub holder: Holder,
    /// Since when it schedules.
    pub acquired_at: Timestamp,
    /// Its last sign of life.
    pub renewed_at: Timestamp,
    /// When others may take over.
    pub expires_at: Timestamp,
}

impl LeaseHeld {
    /// Whether `by` may take over: the lease has expired, is its own, or that of a process of the same machine that is gone
    /// (`is_alive` says so of a process id).
    pub fn is_over(&self, by: &Holder, now: Timestamp, is_alive: impl Fn(u32) -> bool) -> bool {
        self.expires_at <= now
            || self.holder == *by
            || (self.holder.hostname == by.hostname && !is_alive(self.holder.pid))
    }
}

/// Why the lease was not given.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another scheduler works on this database.
    #[error(
        "another scheduler works on this database: process {} on `{}`, for {held_for:?}, last sign of life {silent_for:?} \
         ago; stop it first, or wait until its lease ends",
        held.holder.pid, held.holder.hostname
    )]
    Held {
        /// Who.
        held: LeaseHeld,
        /// How long it has been scheduling, to the second.
        held_for: Duration,
        /// How long ago its last sign of life was, to the second.
        silent_for: Duration,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(LeaseError);

impl Lease {
    /// The right that came with an epoch. Only whoever keeps the epochs makes one.
    pub fn of(epoch: i64) -> Self {
        Self { epoch }
    }

    /// The fencing epoch: grows with every holder.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }
}

impl Store {
    /// Whether schedulers of several machines can use this database, so that a second one may wait for the lease.
    pub fn can_be_shared(&self) -> bool {
        self.db.backend() == Backend::Postgres
    }

    /// Takes the right to schedule for `ttl`, if nobody has it: the last holder gave it back, or
    /// [its lease is over](LeaseHeld::is_over).
    ///
    /// # Errors
    /// [`LeaseError::Held`] names the holder.
    pub async fn acquire_scheduler(
        &self,
        holder: &Holder,
        now: Timestamp,
        ttl: Duration,
        is_alive: impl Fn(u32) -> bool + Send,
    ) -> Result<Lease, LeaseError> {
        let mut tx = self.db.begin().await?;
        let row = tx.fetch_one(READ_LOCKED.query()).await?;
        let row = TableRow {
            table: "lease",
            row: &row,
        };
        if let Some(held) = held(&row)?
            && !held.is_over(holder, now, is_alive)
        {
            let (held_for, silent_for) = (age(held.acquired_at, now), age(held.renewed_at, now));
            return Err(LeaseError::Held {
                held,
                held_for,
                silent_for,
            });
        }
        // Beginning at the time, the epoch grows even over a reset of the database.
        let epoch = (row.get::<i64>("epoch")? + 1).max(now.as_microsecond());
        let take = TAKE.bind(epoch).bind(&holder.hostname).bind(holder.pid).bind(now);
        tx.execute(take.bind(later(now, ttl))).await?;
        tx.commit().await?;
        Ok(Lease { epoch })
    }

    /// Says that the holder lives, and keeps the right for another `ttl`. False if another scheduler has it now: then this
    /// one must stop.
    ///
    /// # Errors
    /// [`StoreError`]; the lease is as it was.
    pub async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<bool, StoreError> {
        let query = RENEW.bind(lease.epoch).bind(now).bind(later(now, ttl));
        Ok(self.db.execute(query).await? == 1)
    }

    /// Gives the right back, so that the next scheduler need not wait. Does nothing if another one has it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.db.execute(RELEASE.bind(lease.epoch)).await?;
        Ok(())
    }

    /// What time it is on the machine of the database; `None` if that is this machine.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn server_time(&self) -> Result<Option<Timestamp>, StoreError> {
        if self.db.backend() == Backend::Sqlite {
            return Ok(None);
        }
        Ok(Some(self.db.fetch_one(CLOCK.query()).await?.timestamp("now")?))
    }

    /// Who has the right to schedule; it may have expired. `None` if it was given back or never taken.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn scheduler(&self) -> Result<Option<LeaseHeld>, StoreError> {
        let row = self.db.fetch_one(READ.query()).await?;
        held(&TableRow {
            table: "lease",
            row: &row,
        })
    }
}

/// Whether the lease still counts, as part of a transaction that writes under it.
pub(crate) async fn is_valid(tx: &mut Tx, lease: &Lease) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional(VERIFY.bind(lease.epoch)).await?.is_some())
}

fn held(row: &TableRow<'_>) -> Result<Option<LeaseHeld>, StoreError> {
    let (Some(hostname), Some(pid)) = (row.get("hostname")?, row.optional_number("pid")?) else {
        return Ok(None);
    };
    Ok(Some(LeaseHeld {
        holder: Holder { hostname, pid },
        acquired_at: row.time("acquired_at")?,
        renewed_at: row.time("renewed_at")?,
        expires_at: row.time("expires_at")?,
    }))
}

fn later(now: Timestamp, ttl: Duration) -> Timestamp {
    let ttl = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::MAX);
    now.saturating_add(ttl).unwrap_or(Timestamp::MAX)
}

/// To the second, for people; a clock that went back gives zero.
fn age(then: Timestamp, now: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(now.duration_since(then).as_secs()).unwrap_or(0))
}
