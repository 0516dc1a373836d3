//! Bars that show on a terminal how far long work is; nothing is written where standard error is none.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for so many of something, such as `runs`.
pub(crate) fn bar(total: u64, of: &str) -> ProgressBar {
    let style = format!("{{bar:40}} {{pos}}/{{len}} {of}, {{elapsed}} gone, {{eta}} to go");
    let style = ProgressStyle::with_template(&style).expect("the template names what indicatif knows");
    ProgressBar::new(total).with_style(style)
}
