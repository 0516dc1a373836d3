//! Durations on the wire: written as a number of seconds; read also as ISO 8601 text, which Airflow's supervisor sends.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::Value;

/// For durations that may be absent.
pub(crate) mod optional {
    use super::{Deserialize, Deserializer, Duration, Serializer, Value, read};

    #[expect(clippy::ref_option, reason = "the signature that serde's `with` calls")]
    pub(crate) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => serializer.serialize_some(&duration.as_secs_f64()),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value.is_null() {
            return Ok(None);
        }
        let unreadable = || serde::de::Error::custom(format!("`{value}` is no duration of 0 or more"));
        read(&value).map(Some).ok_or_else(unreadable)
    }
}

fn read(value: &Value) -> Option<Duration> {
    match value {
        Value::Number(seconds) => Duration::try_from_secs_f64(seconds.as_f64()?).ok(),
        Value::String(text) => {
            let span: Span = text.parse().ok()?;
            let duration: SignedDuration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
            Duration::try_from(duration).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_iso_texts_are_read_and_nothing_else() {
        let read = |text: &str| read(&serde_json::from_str(text).unwrap());
        assert_eq!(read("1.5"), Some(Duration::from_millis(1500)));
        assert_eq!(read("\"PT5M\""), Some(Duration::from_mins(5)));
        assert_eq!(read("\"P7DT1S\""), Some(Duration::from_secs(7 * 86_400 + 1)));
        for wrong in ["-1", "1e300", "\"-PT1S\"", "\"soon\"", "true", "[]"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
