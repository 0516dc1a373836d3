//! Arguments that may be given in more than one way: dates and schedules.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use updraft_model::{Asset, AssetAlias, AssetExpression, AssetRef, Schedule, ScheduleKind};

use super::{Events, Timetable, TimetableArgument};

/// A moment: text such as `2024-01-01`, `2024-01-01T06:00` or `2024-01-01T06:00:00Z`, or one of jiff's types.
///
/// A date or time without an offset is read in the DAG's time zone; a date alone is its midnight.
#[derive(Debug, Clone, PartialEq)]
pub enum DateArgument {
    /// As written in the program.
    Text(String),
    /// An instant.
    Instant(Timestamp),
    /// A local time in the DAG's time zone.
    Local(DateTime),
}

impl DateArgument {
    /// The instant that is meant, in a DAG of this zone; else what is wrong.
    pub(crate) fn resolve(&self, zone: &TimeZone) -> Result<Timestamp, String> {
        let local = match self {
            Self::Instant(at) => return Ok(*at),
            Self::Local(local) => *local,
            Self::Text(text) => {
                if let Ok(at) = text.parse::<Timestamp>() {
                    return Ok(at);
                }
                let date = || {
                    text.parse::<Date>()
                        .map(|date| date.to_datetime(Time::midnight()))
                };
                let wrong =
                    |_| format!("`{text}` is no date, write it like `2024-01-01` or `2024-01-01T06:00:00Z`");
                text.parse::<DateTime>().or_else(|_| date()).map_err(wrong)?
            }
        };
        zone.to_ambiguous_timestamp(local)
            .compatible()
            .map_err(|error| format!("`{local}` is out of range: {error}"))
    }
}

impl From<&str> for DateArgument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Timestamp> for DateArgument {
    fn from(at: Timestamp) -> Self {
        Self::Instant(at)
    }
}

impl From<Zoned> for DateArgument {
    fn from(at: Zoned) -> Self {
        Self::Instant(at.timestamp())
    }
}

impl From<Date> for DateArgument {
    fn from(date: Date) -> Self {
        Self::Local(date.to_datetime(Time::midnight()))
    }
}

impl From<DateTime> for DateArgument {
    fn from(local: DateTime) -> Self {
        Self::Local(local)
    }
}

/// When a DAG runs: a cron expression or preset such as `0 */6 * * *`, `@daily` or `@continuous`, several cron expressions in
/// an array or `Vec` (a run at each of their moments, Airflow's `MultipleCronTriggerTimetable`), a [`Duration`] between two
/// runs, single moments as [`Events`], a [`Timetable`] of your own, an [`Asset`] or several joined by `&` and `|`, an [`AssetOrTimeSchedule`], a
/// [`Schedule`], or `None` for a DAG that only runs when somebody triggers it.
#[derive(Debug, Clone, PartialEq)]
pub enum ScheduleArgument {
    /// A cron expression or preset, as written.
    Text(String),
    /// Several cron expressions, as written.
    Texts(Vec<String>),
    /// The time between two runs.
    Every(Duration),
    /// Single moments.
    Events(Events),
    /// When assets were updated.
    Assets(AssetExpression),
    /// When assets were updated, and by the clock.
    AssetsOrTime(Box<AssetOrTimeSchedule>),
    /// As a timetable of the program says it.
    Timetable(TimetableArgument),
    /// A schedule with all its details.
    Schedule(Schedule),
}

/// A schedule that follows the clock and assets: the DAG runs at its times, and beside that whenever the assets were updated.
/// Airflow's class of that name.
///
/// ```
/// use updraft_sdk::{Asset, AssetOrTimeSchedule, Dag};
///
/// let orders = Asset::new("orders", "postgres://warehouse/public/orders");
/// let dag = Dag::new("report")
///     .schedule(AssetOrTimeSchedule::new(&orders, "@daily"))
///     .start_date("2024-01-01");
/// # dag.build().unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AssetOrTimeSchedule {
    assets: AssetExpression,
    time: ScheduleArgument,
}

impl AssetOrTimeSchedule {
    /// These assets, beside that schedule.
    pub fn new(assets: impl Into<AssetExpression>, time: impl Into<ScheduleArgument>) -> Self {
        Self {
            assets: assets.into(),
            time: time.into(),
        }
    }
}

impl ScheduleArgument {
    /// The schedule that is meant, in a DAG of this zone; else what is wrong.
    pub(crate) fn resolve(self, kind: ScheduleKind, zone: &TimeZone) -> Result<Schedule, String> {
        Ok(match self {
            Self::Text(text) => Schedule::from_text(&text, kind),
            Self::Texts(expressions) => Schedule::Crons { expressions },
            Self::Every(delta) => Schedule::Delta { delta, kind },
            Self::Events(events) => events.resolve(zone)?,
            Self::Assets(assets) => Schedule::Assets { assets },
            Self::AssetsOrTime(both) => Schedule::AssetsOrTime {
                assets: both.assets,
                time: Box::new(both.time.resolve(kind, zone)?),
            },
            Self::Timetable(timetable) => Schedule::Custom(Box::new(timetable.describe())),
            Self::Schedule(schedule) => schedule,
        })
    }

    /// The timetable of the program that it follows, alone or beside assets.
    pub(super) fn timetable(&self) -> Option<&TimetableArgument> {
        match self {
            Self::Timetable(timetable) => Some(timetable),
            Self::AssetsOrTime(both) => both.time.timetable(),
            Self::Text(_)
            | Self::Texts(_)
            | Self::Every(_)
            | Self::Events(_)
            | Self::Assets(_)
            | Self::Schedule(_) => None,
        }
    }
}

impl From<&str> for ScheduleArgument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<S: Into<String>> From<Vec<S>> for ScheduleArgument {
    fn from(expressions: Vec<S>) -> Self {
        Self::Texts(expressions.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for ScheduleArgument {
    fn from(expressions: [S; N]) -> Self {
        Self::Texts(expressions.into_iter().map(Into::into).collect())
    }
}

impl From<Duration> for ScheduleArgument {
    fn from(delta: Duration) -> Self {
        Self::Every(delta)
    }
}

impl From<Events> for ScheduleArgument {
    fn from(events: Events) -> Self {
        Self::Events(events)
    }
}

impl From<AssetExpression> for ScheduleArgument {
    fn from(assets: AssetExpression) -> Self {
        Self::Assets(assets)
    }
}

impl From<Asset> for ScheduleArgument {
    fn from(asset: Asset) -> Self {
        Self::Assets(asset.into())
    }
}

impl From<&Asset> for ScheduleArgument {
    fn from(asset: &Asset) -> Self {
        Self::Assets(asset.into())
    }
}

impl From<AssetAlias> for ScheduleArgument {
    fn from(alias: AssetAlias) -> Self {
        Self::Assets(alias.into())
    }
}

impl From<AssetRef> for ScheduleArgument {
    fn from(asset: AssetRef) -> Self {
        Self::Assets(asset.into())
    }
}

impl From<AssetOrTimeSchedule> for ScheduleArgument {
    fn from(both: AssetOrTimeSchedule) -> Self {
        Self::AssetsOrTime(Box::new(both))
    }
}

impl<T: Timetable> From<T> for ScheduleArgument {
    fn from(timetable: T) -> Self {
        Self::Timetable(TimetableArgument::new(timetable))
    }
}

impl From<Schedule> for ScheduleArgument {
    fn from(schedule: Schedule) -> Self {
        Self::Schedule(schedule)
    }
}

impl From<Option<&str>> for ScheduleArgument {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Schedule(Schedule::None), Self::from)
    }
}
