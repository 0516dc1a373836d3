//! The versions of the interface, and what clients of an older one are told.
//!
//! Source: Airflow 3.3.2, `airflow/api_fastapi/execution_api/versions/`.

use axum::http::{HeaderMap, StatusCode};
use jiff::civil::{Date, date};
use serde_json::Value;

use super::refusal::Refusal;

/// The header that names a version.
pub(crate) const HEADER: &str = "Airflow-API-Version";

/// A version of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ApiVersion {
    /// `2026-04-06`, of Airflow 3.2.
    April2026,
    /// `2026-06-30`, of Airflow 3.3.
    June2026,
}

const DATES: [(ApiVersion, Date); 2] = [
    (ApiVersion::June2026, date(2026, 6, 30)),
    (ApiVersion::April2026, date(2026, 4, 6)),
];

impl ApiVersion {
    /// The version that a call is of: the newest one that is not younger than the date that it names; without one, the newest.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let Some(header) = headers.get(HEADER) else {
            return Ok(Self::June2026);
        };
        let named = header
            .to_str()
            .ok()
            .and_then(|text| text.trim().parse::<Date>().ok());
        let version = named.and_then(|named| DATES.into_iter().find(|(_, date)| *date <= named));
        version.map(|(version, _)| version).ok_or_else(|| {
            let message = "the header `Airflow-API-Version` names no version that is served; these are 2026-04-06 and 2026-06-30";
            Refusal::Told(StatusCode::NOT_FOUND, message.into())
        })
    }

    /// Takes out of a run what this version does not have.
    pub(crate) fn trim_run(self, run: &mut Value) {
        let (Self::April2026, Some(fields)) = (self, run.as_object_mut()) else {
            return;
        };
        fields.remove("team_name");
        fields.remove("partition_date");
        let events = fields
            .get_mut("consumed_asset_events")
            .and_then(Value::as_array_mut);
        for event in events.into_iter().flatten().filter_map(Value::as_object_mut) {
            event.remove("partition_key");
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn dates_between_two_versions_are_the_older_one_and_those_before_all_are_refused() {
        for (date, expected) in [
            ("2026-06-30", Some(ApiVersion::June2026)),
            ("2031-01-01", Some(ApiVersion::June2026)),
            ("2026-06-29", Some(ApiVersion::April2026)),
            ("2026-04-06", Some(ApiVersion::April2026)),
            ("2026-04-05", None),
            ("2025-04-11", None),
            ("newest", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(
                HEADER.to_lowercase().parse::<axum::http::HeaderName>().unwrap(),
                HeaderValue::from_static(date),
            )]);
            assert_eq!(ApiVersion::of(&headers).ok(), expected, "{date}");
        }
        assert_eq!(ApiVersion::of(&HeaderMap::new()).ok(), Some(ApiVersion::June2026));
    }
}
