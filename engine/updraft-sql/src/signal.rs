//! Hearing that another connection changed the database: `LISTEN` on PostgreSQL, `PRAGMA data_version` on SQLite.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::{ConnectOptions, Row as _, SqliteConnection};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::db::Db;
use crate::error::SqlError;

/// Tells that another connection may have changed the database. It may tell too often, and never says what changed.
#[derive(Debug)]
pub struct ChangeSignal {
    source: Source,
    /// The net below the notifications; on SQLite the only source.
    ticks: Interval,
    place: Arc<str>,
}

#[derive(Debug)]
enum Source {
    Postgres(PgListener),
    Sqlite { connection: SqliteConnection, seen: i64 },
}

impl Db {
    /// Begins to listen. On PostgreSQL for `NOTIFY` on that channel, and tells of a change every `interval_max` whether
    /// there was one or not; on SQLite it looks every `interval_max` whether another connection has committed. It holds a
    /// connection for as long as it lives.
    ///
    /// # Errors
    /// [`SqlError`].
    pub async fn signal(&self, channel: &str, interval_max: Duration) -> Result<ChangeSignal, SqlError> {
        let place = Arc::clone(self.place_arc());
        let failed = |error| SqlError::of(error, "listen", &place);
        let source = match self {
            Self::Postgres(db) => {
                let mut listener = PgListener::connect_with(&db.pool).await.map_err(failed)?;
                listener.listen(channel).await.map_err(failed)?;
                Source::Postgres(listener)
            }
            Self::Sqlite(db) => {
                let options = db.readers.connect_options();
                let mut connection = options.connect().await.map_err(failed)?;
                let seen = data_version(&mut connection).await.map_err(failed)?;
                Source::Sqlite { connection, seen }
            }
        };
        let mut ticks = interval(interval_max);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset();
        Ok(ChangeSignal { source, ticks, place })
    }
}

impl ChangeSignal {
    /// Waits until there may have been a change. Safe to cancel: a change is not forgotten.
    ///
    /// # Errors
    /// [`SqlError`] if the database cannot be asked; the next call tries again.
    pub async fn changed(&mut self) -> Result<(), SqlError> {
        let waited = match &mut self.source {
            Source::Postgres(listener) => tokio::select! {
                notification = listener.recv() => notification.map(drop),
                _ = self.ticks.tick() => Ok(()),
            },
            Source::Sqlite { connection, seen } => next_version(connection, seen, &mut self.ticks).await,
        };
        waited.map_err(|error| SqlError::of(error, "listen", &self.place))
    }
}

async fn next_version(
    connection: &mut SqliteConnection,
    seen: &mut i64,
    ticks: &mut Interval,
) -> Result<(), sqlx::Error> {
    loop {
        ticks.tick().await;
        let version = data_version(connection).await?;
        if version != *seen {
            *seen = version;
            return Ok(());
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a pragma of the connection, no statement of a catalogue"
)]
async fn data_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query("PRAGMA data_version")
        .fetch_one(connection)
        .await?
        .try_get(0)
}
