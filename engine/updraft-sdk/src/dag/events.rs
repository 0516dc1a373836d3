//! A schedule of single moments.

use jiff::tz::TimeZone;
use updraft_model::Schedule;

use super::DateArgument;

/// A schedule of single moments, for what is foreseeable but follows no rule; Airflow's `EventsTimetable`.
///
/// A run's moment is its logical date and both ends of its data interval. Moments that are given twice count once. Without
/// catchup, moments that pass while no scheduler works or the DAG is paused get no run; while `max_active_runs` is reached, the
/// next one waits for room and those after it get none.
///
/// ```
/// use updraft_sdk::{Dag, Events};
///
/// let matches = Events::new(["2024-06-14T19:00Z", "2024-06-23T19:00Z"]).description("matches of the cup");
/// let dag = Dag::new("ticker").schedule(matches).start_date("2024-06-01");
/// assert_eq!(dag.build().unwrap().spec().schedule.to_string(), "matches of the cup");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Events {
    dates: Vec<DateArgument>,
    restrict_to_events: bool,
    presorted: bool,
    description: Option<String>,
}

impl Events {
    /// A schedule of these moments, in any order.
    pub fn new(dates: impl IntoIterator<Item = impl Into<DateArgument>>) -> Self {
        Self {
            dates: dates.into_iter().map(Into::into).collect(),
            restrict_to_events: false,
            presorted: false,
            description: None,
        }
    }

    /// Whether a run that somebody triggers is about the last event before it, or the first if there was none, instead of
    /// its own date. Default: no.
    pub fn restrict_to_events(mut self, restrict: bool) -> Self {
        self.restrict_to_events = restrict;
        self
    }

    /// Whether the moments are in order already, so that they need not be sorted. Default: no.
    pub fn presorted(mut self, presorted: bool) -> Self {
        self.presorted = presorted;
        self
    }

    /// What the schedule is called in lists. Default: the number of its events.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The schedule, with dates read in this zone; else what is wrong with one of them.
    pub(super) fn resolve(self, zone: &TimeZone) -> Result<Schedule, String> {
        let dates = self.dates.iter().map(|date| date.resolve(zone));
        let mut dates = dates.collect::<Result<Vec<_>, _>>()?;
        if !self.presorted {
            dates.sort_unstable();
        }
        Ok(Schedule::Events {
            dates,
            restrict_to_events: self.restrict_to_events,
            description: self.description,
        })
    }
}
