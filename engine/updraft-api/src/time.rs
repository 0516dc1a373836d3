//! Times on the wire: read in any form of ISO 8601, written as each version writes them.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use updraft_model::{DataInterval, isoformat};
use updraft_store::{NumberSpan, TimeSpan};

use crate::failure::Failure;

/// A time that somebody names. Without a zone it is UTC; a day is its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Given(pub(crate) Timestamp);

/// A time as version 1 writes it: `2024-01-12T06:00:00+00:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct V1Time(pub(crate) Timestamp);

/// A time as version 2 writes it: `2024-01-12T06:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct V2Time(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is no time; write `2024-01-12T06:00:00Z`"))
        })
    }
}

/// The span from one time to another, both included.
pub(crate) fn span(from: Option<Given>, until: Option<Given>) -> TimeSpan {
    TimeSpan {
        from: from.map(|given| given.0),
        until: until.map(|given| given.0),
    }
}

/// The span that four bounds leave: not before, after, not after, before.
pub(crate) fn bounds([gte, gt, lte, lt]: [Option<Given>; 4]) -> TimeSpan {
    let after = gt.and_then(|given| given.0.checked_add(1.microsecond()).ok());
    let before = lt.and_then(|given| given.0.checked_sub(1.microsecond()).ok());
    TimeSpan {
        from: gte.map(|given| given.0).max(after),
        until: [lte.map(|given| given.0), before].into_iter().flatten().min(),
    }
}

/// The span of durations that four bounds in seconds leave, in microseconds: at least, more than, at most, less than.
pub(crate) fn durations([gte, gt, lte, lt]: [Option<f64>; 4]) -> NumberSpan {
    let least = gte.map(|seconds| (seconds * 1e6).ceil() as i64);
    let above = gt.map(|seconds| ((seconds * 1e6).floor() as i64).saturating_add(1));
    let most = lte.map(|seconds| (seconds * 1e6).floor() as i64);
    let below = lt.map(|seconds| ((seconds * 1e6).ceil() as i64).saturating_sub(1));
    NumberSpan {
        from: least.max(above),
        until: [most, below].into_iter().flatten().min(),
    }
}

/// The time between two moments, in seconds.
pub(crate) fn seconds(start: Option<Timestamp>, end: Option<Timestamp>) -> Option<f64> {
    let (start, end) = start.zip(end)?;
    Some(end.duration_since(start).as_secs_f64())
}

/// The spans of a page of runs or tasks that the parameters `logical_date_gte` to `duration_lt` leave, and what else is said
/// of the page.
macro_rules! spans {
    ($page:ident of $given:expr; $($more:tt)*) => {
        $page {
            logical_date: $crate::time::bounds([
                $given.logical_date_gte,
                $given.logical_date_gt,
                $given.logical_date_lte,
                $given.logical_date_lt,
            ]),
            run_after: $crate::time::bounds([
                $given.run_after_gte,
                $given.run_after_gt,
                $given.run_after_lte,
                $given.run_after_lt,
            ]),
            started: $crate::time::bounds([
                $given.start_date_gte,
                $given.start_date_gt,
                $given.start_date_lte,
                $given.start_date_lt,
            ]),
            ended: $crate::time::bounds([
                $given.end_date_gte,
                $given.end_date_gt,
                $given.end_date_lte,
                $given.end_date_lt,
            ]),
            duration_us: $crate::time::durations([
                $given.duration_gte,
                $given.duration_gt,
                $given.duration_lte,
                $given.duration_lt,
            ]),
            $($more)*
        }
    };
}
pub(crate) use spans;

/// The data interval from one time to another.
///
/// # Errors
/// [`Failure::Invalid`]: one of the two is missing, or it ends before it begins.
pub(crate) fn interval(start: Option<Given>, end: Option<Given>) -> Result<Option<DataInterval>, Failure> {
    match (start, end) {
        (None, None) => Ok(None),
        (Some(Given(start)), Some(Given(end))) if start <= end => Ok(Some(DataInterval { start, end })),
        (Some(_), Some(_)) => Err(Failure::body(
            "`data_interval_end` is before `data_interval_start`",
        )),
        _ => Err(Failure::body(
            "`data_interval_start` and `data_interval_end` are given both, or neither",
        )),
    }
}

/// In a query, the `+` of an offset is read as a space.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let with_plus = match text.rsplit_once(' ') {
        Some((before, offset)) if before.contains('T') => format!("{before}+{offset}"),
        _ => text.replacen(' ', "T", 1),
    };
    if let Ok(at) = with_plus.parse::<Timestamp>() {
        return Some(at);
    }
    let civil = with_plus.parse::<DateTime>().ok();
    let civil = civil.or_else(|| Some(with_plus.parse::<Date>().ok()?.at(0, 0, 0, 0)))?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

impl Serialize for V1Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&isoformat(self.0))
    }
}

impl Serialize for V2Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&isoformat(self.0).replace("+00:00", "Z"))
    }
}

/// All three are described alike.
fn date_time() -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}

impl JsonSchema for Given {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DateTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        date_time()
    }
}

impl JsonSchema for V1Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DateTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        date_time()
    }
}

impl JsonSchema for V2Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DateTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        date_time()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_that_no_task_has_bound_nothing() {
        let far = 4e16;
        let all = NumberSpan {
            from: Some(i64::MIN),
            until: Some(i64::MAX),
        };
        let (low, high) = (Some(-far), Some(far));
        assert_eq!(durations([low, None, high, None]), all);
        let above = durations([None, high, None, low]);
        assert_eq!((above.from, above.until), (Some(i64::MAX), Some(i64::MIN)));
        assert_eq!(
            durations([None, Some(1.0), None, Some(2.0)]),
            NumberSpan {
                from: Some(1_000_001),
                until: Some(1_999_999)
            }
        );
    }

    #[test]
    fn times_are_read_in_every_form_and_written_as_each_version_does() {
        let at: Timestamp = "2024-01-12T06:00:00Z".parse().unwrap();
        for text in [
            "2024-01-12T06:00:00Z",
            "2024-01-12T06:00:00+00:00",
            "2024-01-12T08:00:00 02:00",
            "2024-01-12 08:00:00+02:00",
            "2024-01-12T06:00:00",
            "2024-01-12 06:00",
        ] {
            assert_eq!(parse(text), Some(at), "{text}");
        }
        assert_eq!(parse("2024-01-12"), Some("2024-01-12T00:00:00Z".parse().unwrap()));
        assert_eq!(parse("tomorrow"), None);
        assert_eq!(
            serde_json::to_string(&V1Time(at)).unwrap(),
            "\"2024-01-12T06:00:00+00:00\""
        );
        assert_eq!(
            serde_json::to_string(&V2Time(at)).unwrap(),
            "\"2024-01-12T06:00:00Z\""
        );
    }
}
