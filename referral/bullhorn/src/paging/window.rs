//! The stretch of time that one incremental run reads.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::ServerTime;

/// A stretch of the server's time, in whole seconds, both ends included.
///
/// It begins an overlap before the last run's watermark, because the index lags, and ends at the server's present.
/// [`Window::upper`] becomes the watermark once every page is stored; records that change while the run reads move out
/// of the window and into the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    lower: Timestamp,
    upper: Timestamp,
    /// How long before `upper` the index may not be up to date.
    unsettled_s: i64,
}

/// Why there is no window to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The clocks differ by more than the overlap covers.
    #[error("this machine's clock differs from Bullhorn's by {} s, more than the overlap of {} s; set the clock", .skew.as_secs(), .overlap.as_secs())]
    Skewed {
        /// Server minus local time.
        skew: SignedDuration,
        /// The overlap.
        overlap: Duration,
    },
    /// The watermark is later than the server's present by more than the overlap.
    #[error(
        "the last sync is said to have read up to {watermark}, which is after Bullhorn's present {present}"
    )]
    InFuture {
        /// The watermark.
        watermark: Timestamp,
        /// The server's time.
        present: Timestamp,
    },
}

impl Window {
    /// From `overlap` before the watermark to the server's present. 15 minutes are a good overlap: it must be longer
    /// than the index lags.
    ///
    /// # Errors
    /// [`WindowError`]; final until a clock or the watermark is put right.
    pub fn since(watermark: Timestamp, overlap: Duration, server: ServerTime) -> Result<Self, WindowError> {
        if server.skew.unsigned_abs() > overlap {
            return Err(WindowError::Skewed {
                skew: server.skew,
                overlap,
            });
        }
        let overlap_s = i64::try_from(overlap.as_secs()).unwrap_or(i64::MAX);
        let lower = second(watermark).as_second().saturating_sub(overlap_s).max(0);
        let lower = Timestamp::from_second(lower).unwrap_or(Timestamp::UNIX_EPOCH);
        // Servers behind one address need not agree to the second; a watermark far ahead is a mistake.
        if lower > server.at {
            return Err(WindowError::InFuture {
                watermark,
                present: server.at,
            });
        }
        Ok(Self {
            lower,
            upper: second(server.at),
            unsettled_s: overlap_s,
        })
    }

    /// The first second of the window.
    pub fn lower(&self) -> Timestamp {
        self.lower
    }

    /// The last second of the window: the next watermark.
    pub fn upper(&self) -> Timestamp {
        self.upper
    }

    /// Whether the index knew a record's date for certain when the run began. Replies show the database's date, which
    /// runs ahead of the index for records changed in the last minutes, so that those may stand out of order.
    pub(crate) fn is_settled(&self, modified: Timestamp) -> bool {
        self.upper.as_second() - modified.as_second() > self.unsettled_s
    }
}

/// The beginning of the second, which is all that the index knows of a moment.
pub(crate) fn second(moment: Timestamp) -> Timestamp {
    let floor = moment.as_millisecond().div_euclid(1_000);
    Timestamp::from_second(floor).expect("the second of a moment is a moment")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const QUARTER: Duration = Duration::from_mins(15);

    #[test]
    fn a_window_overlaps_the_last_one_and_ends_at_the_servers_present() {
        let server = ServerTime {
            at: at("2030-01-01T12:00:00Z"),
            skew: SignedDuration::from_secs(-5),
        };
        let window = Window::since(at("2030-01-01T06:00:00.5Z"), QUARTER, server).unwrap();
        assert_eq!(
            (window.lower(), window.upper()),
            (at("2030-01-01T05:45:00Z"), at("2030-01-01T12:00:00Z"))
        );
        assert!(window.is_settled(at("2030-01-01T11:44:59Z")));
        assert!(!window.is_settled(at("2030-01-01T11:45:00Z")));
        assert!(!window.is_settled(at("2030-01-01T13:00:00Z")));
        let json = serde_json::to_string(&window).unwrap();
        assert_eq!(serde_json::from_str::<Window>(&json).unwrap(), window);
    }

    #[test]
    fn wrong_clocks_and_watermarks_are_refused() {
        let server = |skew| ServerTime {
            at: at("2030-01-01T12:00:00Z"),
            skew: SignedDuration::from_secs(skew),
        };
        for skew in [901, -901] {
            let error = Window::since(at("2030-01-01T06:00:00Z"), QUARTER, server(skew)).unwrap_err();
            assert!(matches!(error, WindowError::Skewed { .. }));
        }
        let error = Window::since(at("2030-01-01T12:15:01Z"), QUARTER, server(0)).unwrap_err();
        assert!(matches!(error, WindowError::InFuture { .. }));
        assert!(Window::since(at("2030-01-01T12:00:01Z"), QUARTER, server(0)).is_ok());
        let first = Window::since(Timestamp::UNIX_EPOCH, QUARTER, server(0)).unwrap();
        assert_eq!(first.lower(), Timestamp::UNIX_EPOCH);
    }
}
