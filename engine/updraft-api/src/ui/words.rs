//! Schedules in words.

use updraft_model::Schedule;

const DAYS: [&str; 8] = [
    "Sundays",
    "Mondays",
    "Tuesdays",
    "Wednesdays",
    "Thursdays",
    "Fridays",
    "Saturdays",
    "Sundays",
];

/// When a DAG runs by itself.
pub(super) fn schedule(schedule: &Schedule, text: &str) -> String {
    match schedule {
        Schedule::None => "only when triggered".to_owned(),
        Schedule::Once => "once".to_owned(),
        Schedule::Continuous => "without a pause".to_owned(),
        Schedule::Cron { expression, .. } => cron(expression),
        Schedule::Crons { expressions } => {
            let each: Vec<String> = expressions.iter().map(|one| cron(one)).collect();
            each.join("; ")
        }
        Schedule::Delta { delta, .. } => every(delta.as_secs()),
        Schedule::Assets { .. } => "when assets are updated".to_owned(),
        Schedule::AssetsOrTime { time, .. } => {
            format!("when assets are updated, and {}", self::schedule(time, text))
        }
        Schedule::Events { .. } | Schedule::Custom(_) => text.to_owned(),
    }
}

/// A cron expression; as it is written where no words are shorter.
fn cron(expression: &str) -> String {
    words(expression).unwrap_or_else(|| expression.to_owned())
}

fn words(expression: &str) -> Option<String> {
    let parts: Vec<&str> = match expression.trim() {
        "@hourly" => vec!["0", "*", "*", "*", "*"],
        "@daily" | "@midnight" => vec!["0", "0", "*", "*", "*"],
        "@weekly" => vec!["0", "0", "*", "*", "0"],
        "@monthly" => vec!["0", "0", "1", "*", "*"],
        "@quarterly" => return Some("every quarter".to_owned()),
        "@yearly" | "@annually" => return Some("every year".to_owned()),
        other => other.split_whitespace().collect(),
    };
    let [minute, hour, day, month, weekday] = parts.as_slice() else {
        return None;
    };
    let step = |field: &str| field.strip_prefix("*/")?.parse::<u64>().ok();
    let number = |field: &str, max: u8| field.parse::<u8>().ok().filter(|number| *number <= max);
    match (*minute, *hour, *day, *month, *weekday) {
        ("*", "*", "*", "*", "*") => Some("every minute".to_owned()),
        (minute, "*", "*", "*", "*") if step(minute).is_some() => Some(every(step(minute)? * 60)),
        (minute, "*", "*", "*", "*") => match number(minute, 59)? {
            0 => Some("every hour".to_owned()),
            minute => Some(format!("every hour, at minute {minute}")),
        },
        (minute, hour, "*", "*", "*") if step(hour).is_some() => match number(minute, 59)? {
            0 => Some(every(step(hour)? * 3600)),
            minute => Some(format!("{}, at minute {minute}", every(step(hour)? * 3600))),
        },
        (minute, hour, day, "*", weekday) => {
            let at = format!("{:02}:{:02}", number(hour, 23)?, number(minute, 59)?);
            match (day, weekday) {
                ("*", "*") => Some(format!("every day at {at}")),
                ("*", "1-5") => Some(format!("on weekdays at {at}")),
                ("*", weekday) => {
                    let name = DAYS.get(usize::from(number(weekday, 7)?))?;
                    Some(format!("on {name} at {at}"))
                }
                (day, "*") => Some(format!("on day {} of each month at {at}", number(day, 31)?)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn every(seconds: u64) -> String {
    for (unit, name) in [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")] {
        if seconds >= unit && seconds.is_multiple_of(unit) {
            return match seconds / unit {
                1 => format!("every {name}"),
                number => format!("every {number} {name}s"),
            };
        }
    }
    "without a pause".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_said_as_people_say_them() {
        for (expression, expected) in [
            ("0 */6 * * *", "every 6 hours"),
            ("30 */6 * * *", "every 6 hours, at minute 30"),
            ("*/15 * * * *", "every 15 minutes"),
            ("*/1 * * * *", "every minute"),
            ("@hourly", "every hour"),
            ("@daily", "every day at 00:00"),
            ("5 4 * * 1", "on Mondays at 04:05"),
            ("5 4 * * 1-5", "on weekdays at 04:05"),
            ("0 6 15 * *", "on day 15 of each month at 06:00"),
            ("0 6 1 1 *", "0 6 1 1 *"),
            ("0 25 * * *", "0 25 * * *"),
            ("0 0 13 * 5", "0 0 13 * 5"),
        ] {
            assert_eq!(cron(expression), expected);
        }
        assert_eq!(
            (every(90), every(86_400), every(0)),
            (
                "every 90 seconds".into(),
                "every day".into(),
                "without a pause".into()
            )
        );
    }
}
