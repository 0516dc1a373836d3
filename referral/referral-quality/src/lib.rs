//! Data quality checks, quarantine and report.
