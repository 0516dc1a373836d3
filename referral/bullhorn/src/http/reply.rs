//! A reply with the headers that matter, read to its end.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, LOCATION, RETRY_AFTER};

#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
}

/// The headers that the client acts on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Headers {
    /// The server's time, to the second.
    pub(crate) date: Option<Timestamp>,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// Calls left in the server's current minute, by the header names of the Kong gateway.
    pub(crate) remaining: Option<u32>,
}

impl Headers {
    pub(crate) fn read(map: &HeaderMap) -> Self {
        let text = |name: &str| map.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let date = text(DATE.as_str()).and_then(http_date);
        Self {
            date,
            location: text(LOCATION.as_str()).map(str::to_owned),
            retry_after: text(RETRY_AFTER.as_str()).and_then(|value| retry_after(value, date)),
            remaining: text("x-ratelimit-remaining-minute").and_then(|value| value.parse().ok()),
        }
    }

    /// How long the server's current minute still lasts; a whole minute when its time is unknown.
    pub(crate) fn minute_left(&self) -> Duration {
        let second = self.date.map_or(0, |date| date.as_second().rem_euclid(60));
        Duration::from_secs(60 - second.unsigned_abs())
    }
}

impl Reply {
    /// Whether the body is markup: a login page, or a proxy's error page.
    pub(crate) fn is_page(&self) -> bool {
        self.body.trim_ascii_start().starts_with(b"<")
    }

    /// Whether the body has nothing to read.
    pub(crate) fn is_empty(&self) -> bool {
        self.body.trim_ascii().is_empty()
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn http_date(value: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value)
        .ok()
}

/// Seconds, or a moment on the server's clock.
fn retry_after(value: &str, now: Option<Timestamp>) -> Option<Duration> {
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = http_date(value)?.duration_since(now?);
    Some(wait.try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> Headers {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.insert(*name, value.parse().unwrap());
        }
        Headers::read(&map)
    }

    #[test]
    fn the_servers_time_and_its_minute_are_read() {
        let headers = headers(&[
            ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("x-ratelimit-remaining-minute", "12"),
        ]);
        assert_eq!(headers.date.unwrap().to_string(), "1994-11-06T08:49:37Z");
        assert_eq!(headers.minute_left(), Duration::from_secs(23));
        assert_eq!(headers.remaining, Some(12));
        assert_eq!(Headers::default().minute_left(), Duration::from_mins(1));
    }

    #[test]
    fn retry_after_is_seconds_or_a_moment() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let wait = |value| headers(&[date, ("retry-after", value)]).retry_after;
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            wait("Sun, 06 Nov 1994 08:49:40 GMT"),
            Some(Duration::from_secs(3))
        );
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
        assert_eq!(
            headers(&[("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT")]).retry_after,
            None
        );
    }
}
