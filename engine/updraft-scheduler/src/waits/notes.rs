//! What looks have seen, for `tasks why`: written down when it is something new, all together and not more than once a second.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use updraft_model::AttemptId;

/// How long it takes from one write to the next.
const PAUSE: Duration = Duration::from_secs(1);

/// The most that is written at a time.
const NOTES_MAX: usize = 10_000;

/// The longest note, in characters.
const NOTE_MAX: usize = 500;

/// What was seen of each wait.
#[derive(Default)]
pub(super) struct Notes {
    seen: BTreeMap<AttemptId, String>,
    /// What is to be written.
    new: BTreeMap<AttemptId, String>,
    writing: bool,
    next: Option<Instant>,
}

impl Notes {
    /// A look has seen this.
    pub(super) fn add(&mut self, id: AttemptId, note: String) {
        let note: String = note.chars().take(NOTE_MAX).collect();
        if self.seen.get(&id) != Some(&note) {
            self.seen.insert(id, note.clone());
            self.new.insert(id, note);
        }
    }

    /// A wait is over.
    pub(super) fn remove(&mut self, id: AttemptId) {
        self.seen.remove(&id);
        self.new.remove(&id);
    }

    /// When something is written next.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        let is_needed = !self.writing && !self.new.is_empty();
        is_needed.then(|| self.next.unwrap_or(now))
    }

    /// What is written now; [`Notes::written`] says how that went.
    pub(super) fn take(&mut self, now: Instant) -> Vec<(AttemptId, String)> {
        let mut taken = Vec::new();
        while taken.len() < NOTES_MAX
            && let Some(note) = self.new.pop_first()
        {
            taken.push(note);
        }
        self.writing = true;
        self.next = Some(now + PAUSE);
        taken
    }

    /// These were written, or not: then they are written again.
    pub(super) fn written(&mut self, notes: Vec<(AttemptId, String)>, is_done: bool) {
        self.writing = false;
        if !is_done {
            for (id, note) in notes {
                if self.seen.get(&id) == Some(&note) {
                    self.new.insert(id, note);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_note_is_written_once_and_again_if_that_has_failed() {
        let mut notes = Notes::default();
        let now = Instant::now();
        let (one, two) = (AttemptId(Uuid::from_u128(1)), AttemptId(Uuid::from_u128(2)));
        notes.add(one, "refused".to_owned());
        notes.add(two, "x".repeat(1000));
        assert_eq!(notes.next(now), Some(now));
        let taken = notes.take(now);
        assert_eq!(taken[1].1.len(), NOTE_MAX);
        assert_eq!(notes.next(now), None, "one write at a time");
        notes.remove(two);
        notes.written(taken, false);
        assert_eq!(notes.next(now), Some(now + PAUSE));
        let again = notes.take(now);
        assert_eq!(again, [(one, "refused".to_owned())]);
        notes.written(again, true);
        notes.add(one, "refused".to_owned());
        assert_eq!(notes.next(now), None, "it is known");
    }
}
