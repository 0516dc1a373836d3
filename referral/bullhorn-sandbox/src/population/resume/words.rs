//! Small pieces of text in a resume.

use jiff::civil::Date;

use crate::population::career::Job;
use crate::population::random::Random;

/// How somebody writes months.
#[derive(Debug, Clone, Copy)]
pub(super) enum Months {
    /// `03/2019 - present`
    Figures,
    /// `Mar 2019 – Present`
    Short,
    /// `March 2019 to date`
    Long,
    /// `2019-2021`
    Years,
}

const NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Months {
    pub(super) fn draw(random: &mut Random) -> Self {
        *random.weighted(&[
            (30, Self::Figures),
            (34, Self::Short),
            (20, Self::Long),
            (16, Self::Years),
        ])
    }

    fn month(self, day: Date) -> String {
        let name = usize::try_from(day.month() - 1)
            .ok()
            .and_then(|place| NAMES.get(place))
            .copied()
            .unwrap_or("");
        match self {
            Self::Figures => format!("{:02}/{}", day.month(), day.year()),
            Self::Short => format!("{} {}", name.get(..3).unwrap_or(name), day.year()),
            Self::Long => format!("{name} {}", day.year()),
            Self::Years => day.year().to_string(),
        }
    }

    /// From the first to the last day of a job.
    pub(super) fn period(self, job: &Job) -> String {
        let start = self.month(job.start);
        let (dash, now) = match self {
            Self::Figures => (" - ", "present"),
            Self::Short => (" – ", "Present"),
            Self::Long => (" to ", "date"),
            Self::Years => ("-", "now"),
        };
        let end = job.end.map_or_else(|| now.to_owned(), |end| self.month(end));
        if end == start {
            start
        } else {
            format!("{start}{dash}{end}")
        }
    }
}

/// `a, b and c`.
pub(super) fn listed(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
