//! Sends a request until it is answered, within the attempts and the deadline.
//!
//! Being throttled is not a failed attempt: the request is simply too early, and only the deadline limits how often
//! that may happen. Everything else that another send may mend counts as an attempt.

use std::sync::Arc;
use std::time::Duration;

use crate::call_error::{Fault, Unavailable};
use crate::clock::{Clock, Jitter};
use crate::error::SetupError;
use crate::http::outgoing::{Outgoing, Repeat};
use crate::http::reply::Reply;
use crate::http::transport::Transport;
use crate::options::Options;
use crate::pace::backoff::Backoff;
use crate::pace::deadline::Deadline;
use crate::pace::governor::{Admission, Governor};

/// What a reply means for the loop.
#[derive(Debug)]
pub(crate) enum Step<T> {
    /// It is an answer, good or bad.
    Done(T),
    /// The server asks to slow down.
    Throttled,
    /// It is no answer; another send may bring one.
    Broken(Fault),
}

#[derive(Debug)]
pub(crate) struct Exchange {
    transport: Transport,
    governor: Governor,
    clock: Arc<dyn Clock>,
    jitter: Arc<Jitter>,
    options: Options,
}

/// How a request fared so far.
#[derive(Debug, Default)]
struct Tally {
    attempts: u32,
    throttled: u32,
    last: Option<Fault>,
}

impl Exchange {
    pub(crate) fn new(
        options: Options,
        clock: Arc<dyn Clock>,
        jitter: Arc<Jitter>,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            transport: Transport::new(&options)?,
            governor: Governor::new(&options, Arc::clone(&clock), Arc::clone(&jitter)),
            clock,
            jitter,
            options,
        })
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Requests sent since the client was made.
    pub(crate) fn calls(&self) -> u64 {
        self.governor.calls()
    }

    /// A deadline for one call with everything it entails.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(&*self.clock, self.options.call_deadline)
    }

    /// Sends until `judge` finds an answer in a reply.
    pub(crate) async fn run<T>(
        &self,
        outgoing: &Outgoing,
        repeat: Repeat,
        deadline: Deadline,
        judge: impl Fn(&Reply) -> Step<T>,
    ) -> Result<T, Unavailable> {
        let mut tally = Tally::default();
        loop {
            let Ok(admission) = self.governor.admit(deadline).await else {
                return Err(self.unavailable(outgoing, tally, deadline));
            };
            let (step, retry_after) = self.send(outgoing, deadline, &judge).await;
            match step {
                Step::Done(value) => {
                    self.governor.served(&admission);
                    return Ok(value);
                }
                Step::Throttled => self.note_throttling(outgoing, &admission, retry_after, &mut tally),
                Step::Broken(fault) => {
                    // The place in flight is for others while this call waits.
                    drop(admission);
                    let may_repeat = match repeat {
                        Repeat::Freely => true,
                        Repeat::UnlessLost => !fault.is_loss(),
                        Repeat::UnlessReceived => fault.is_before_arrival(),
                    };
                    let hopeless = matches!(fault, Fault::TooLarge { .. });
                    tally.attempts += 1;
                    tally.last = Some(fault);
                    let wait = self.backoff().delay(tally.attempts - 1, self.jitter.fraction());
                    let wait = wait.max(retry_after.unwrap_or_default());
                    let spent =
                        tally.attempts >= self.options.attempts_max || wait >= deadline.left(self.clock());
                    if hopeless || spent || !may_repeat {
                        return Err(self.unavailable(outgoing, tally, deadline));
                    }
                    tracing::warn!(
                        call.place = %outgoing.place,
                        call.attempt = tally.attempts,
                        wait_ms = wait.as_millis() as u64,
                        "call to Bullhorn failed and will be repeated: {}",
                        tally.last.as_ref().map(ToString::to_string).unwrap_or_default(),
                    );
                    self.clock.sleep(wait).await;
                }
            }
        }
    }

    /// Sends once and judges the reply; what the server says about its limits is passed on.
    async fn send<T>(
        &self,
        outgoing: &Outgoing,
        deadline: Deadline,
        judge: impl Fn(&Reply) -> Step<T>,
    ) -> (Step<T>, Option<Duration>) {
        let started = self.clock.uptime();
        let timeout = self.options.request_timeout.min(deadline.left(self.clock()));
        let reply = match self.transport.send(outgoing, timeout).await {
            Ok(reply) => reply,
            Err(fault) => return (Step::Broken(fault), None),
        };
        tracing::debug!(
            call.place = %outgoing.place,
            http.status = reply.status.as_u16(),
            body_bytes = reply.body.len(),
            duration_ms = self.clock.uptime().saturating_sub(started).as_millis() as u64,
            "Bullhorn answered",
        );
        if let Some(remaining) = reply.headers.remaining {
            self.governor.remaining(remaining, reply.headers.minute_left());
        }
        (judge(&reply), reply.headers.retry_after)
    }

    fn note_throttling(
        &self,
        outgoing: &Outgoing,
        admission: &Admission<'_>,
        retry_after: Option<Duration>,
        tally: &mut Tally,
    ) {
        self.governor.throttled(admission, retry_after);
        tally.throttled += 1;
        tally.last = Some(Fault::Throttled);
        tracing::warn!(
            call.place = %outgoing.place,
            retry_after_ms = retry_after.map(|wait| wait.as_millis() as u64),
            "Bullhorn asks to slow down",
        );
    }

    fn backoff(&self) -> Backoff {
        Backoff {
            first: self.options.backoff_first,
            most: self.options.backoff_max,
        }
    }

    fn unavailable(&self, outgoing: &Outgoing, tally: Tally, deadline: Deadline) -> Unavailable {
        Unavailable {
            place: outgoing.place.clone(),
            attempts: tally.attempts,
            throttled: tally.throttled,
            waited: deadline.spent(self.clock()),
            fault: tally.last.unwrap_or(Fault::Deadline),
        }
    }
}
