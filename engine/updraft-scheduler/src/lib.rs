//! The imperative shell around the planner.
