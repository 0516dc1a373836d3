//! Developer commands: up, test, bench, eval and tidy.

fn main() {}
