//! The pure scheduler: snapshot, events and a time in; decisions and a report out. No IO.
