//! What came in: counters by endpoint, status, minute and month, and the latest requests.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::http::Endpoint;

/// Requests kept for reading.
const REQUESTS_KEPT: usize = 2_000;

/// One request, without anything secret.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LoggedRequest {
    pub(crate) number: u64,
    pub(crate) at_ms: i64,
    pub(crate) method: String,
    pub(crate) endpoint: Endpoint,
    /// What stands after the endpoint's name in the path.
    pub(crate) rest: String,
    /// The harmless parameters.
    pub(crate) params: BTreeMap<String, String>,
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    pub(crate) took_ms: u64,
    /// The fault that struck.
    pub(crate) fault: Option<String>,
}

/// Parameters that say nothing about people or passwords.
pub(crate) const LOGGED_PARAMS: [&str; 12] = [
    "query",
    "where",
    "fields",
    "count",
    "start",
    "sort",
    "orderBy",
    "meta",
    "layout",
    "requestId",
    "maxEvents",
    "grant_type",
];

/// Characters of a logged parameter.
pub(crate) const LOGGED_CHARACTERS: usize = 300;

/// Counters and the latest requests.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    calls: u64,
    by_endpoint: BTreeMap<&'static str, u64>,
    by_status: BTreeMap<u16, u64>,
    by_month: BTreeMap<String, u64>,
    faults: BTreeMap<String, u64>,
    latest: VecDeque<LoggedRequest>,
    minute: i64,
    calls_in_minute: u32,
}

/// The counters as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Counters<'t> {
    calls: u64,
    calls_in_minute: u32,
    by_endpoint: &'t BTreeMap<&'static str, u64>,
    by_status: &'t BTreeMap<u16, u64>,
    by_month: &'t BTreeMap<String, u64>,
    faults: &'t BTreeMap<String, u64>,
}

impl Traffic {
    /// Counts a call against the minute's limit; returns how many calls the minute has seen, this one included.
    pub(crate) fn arrived(&mut self, now_ms: i64) -> u32 {
        let minute = now_ms.div_euclid(60_000);
        if minute != self.minute {
            self.minute = minute;
            self.calls_in_minute = 0;
        }
        self.calls_in_minute = self.calls_in_minute.saturating_add(1);
        self.calls_in_minute
    }

    /// Notes a call that was answered.
    pub(crate) fn answered(&mut self, mut request: LoggedRequest) {
        self.calls += 1;
        request.number = self.calls;
        *self.by_endpoint.entry(request.endpoint.as_str()).or_default() += 1;
        *self.by_status.entry(request.status).or_default() += 1;
        if let Ok(at) = Timestamp::from_millisecond(request.at_ms) {
            let month = at.to_zoned(TimeZone::UTC).strftime("%Y-%m").to_string();
            *self.by_month.entry(month).or_default() += 1;
        }
        if let Some(fault) = &request.fault {
            *self.faults.entry(fault.clone()).or_default() += 1;
        }
        if self.latest.len() >= REQUESTS_KEPT {
            self.latest.pop_front();
        }
        self.latest.push_back(request);
    }

    /// The counters.
    pub(crate) fn counters(&self) -> Counters<'_> {
        Counters {
            calls: self.calls,
            calls_in_minute: self.calls_in_minute,
            by_endpoint: &self.by_endpoint,
            by_status: &self.by_status,
            by_month: &self.by_month,
            faults: &self.faults,
        }
    }

    /// The latest requests after this number, oldest first.
    pub(crate) fn since(&self, number: u64, limit: usize) -> Vec<&LoggedRequest> {
        let newest_first = self
            .latest
            .iter()
            .rev()
            .take_while(|request| request.number > number)
            .take(limit);
        let mut requests: Vec<&LoggedRequest> = newest_first.collect();
        requests.reverse();
        requests
    }

    /// Starts counting anew.
    pub(crate) fn reset(&mut self) {
        *self = Self {
            minute: self.minute,
            calls_in_minute: self.calls_in_minute,
            ..Self::default()
        };
    }
}
