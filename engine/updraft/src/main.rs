//! The Updraft binary: command line, configuration and wiring.

fn main() {}
