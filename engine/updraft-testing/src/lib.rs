//! For tests only: simulated clock, scenario runner, databases and process harness.
