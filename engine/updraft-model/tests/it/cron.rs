//! Cron expressions: what they mean is compared with croniter's recorded answers; here is what those do not say.

use jiff::ToSpan;
use jiff::civil::DateTime;
use proptest::prelude::*;
use updraft_model::CronExpression;

fn cron(expression: &str) -> CronExpression {
    CronExpression::parse(expression, "a dag").unwrap()
}

#[test]
fn errors_name_the_field_and_what_it_may_contain() {
    let wrong = [
        "",
        "@every 5m",
        "* * * *",
        "60 * * * *",
        "0 24 * * *",
        "0 0 32 * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "0 0 * * 5L",
        "0 0 * * mon#6",
        "0 0 * * 1#2,3",
        "0 0 1,15W * *",
        "0 0 32W * *",
        "*/0 * * * *",
        "5,x * * * *",
        "-5 * * * *",
        "1-2-3 * * * *",
        "? * * * *",
        "0 0 1? * *",
        "H * * * *",
        "R(5-5) * * * *",
        "R(0-99) * * * *",
        "0 0 * feb-foo *",
        "0 0 * * * 60",
        "0 0 * * * 0 1969",
    ];
    let errors = wrong.map(|expression| {
        CronExpression::parse(expression, "a dag")
            .unwrap_err()
            .to_string()
    });
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn no_date_within_fifty_years_is_an_error_that_says_so() {
    let at: DateTime = "2024-01-01T00:00".parse().unwrap();
    let error = cron("0 0 31 2 *").next(at).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cron expression `0 0 31 2 *` matches no date within 50 years after 2024-01-01T00:00:00"
    );
    assert!(cron("0 0 * * * 0 2030").prev(at).is_err());
}

#[test]
fn the_ends_of_the_calendar_are_no_panic() {
    for expression in ["* * * * *", "* * * * * *", "0 0 29 2 *"] {
        assert!(cron(expression).next(DateTime::MAX).is_err(), "{expression}");
        assert!(cron(expression).prev(DateTime::MIN).is_err(), "{expression}");
    }
}

#[test]
fn random_moments_depend_on_the_seed_alone_and_spread() {
    let minute = |seed: &str| {
        let at = "2024-01-01T00:00".parse::<DateTime>().unwrap() - 1.second();
        CronExpression::parse("R * * * *", seed)
            .unwrap()
            .next(at)
            .unwrap()
            .minute()
    };
    assert_eq!(minute("one"), minute("one"));
    let minutes: std::collections::BTreeSet<i8> = (0..200).map(|seed| minute(&seed.to_string())).collect();
    assert!(minutes.len() > 50, "{minutes:?}");
}

#[test]
fn random_forms_stay_within_their_range() {
    for seed in 0..50 {
        let seed = seed.to_string();
        let at: DateTime = "2024-01-01T00:00".parse().unwrap();
        let ranged = CronExpression::parse("R(30-40) R(2-4)/9 * * *", &seed)
            .unwrap()
            .next(at)
            .unwrap();
        assert!(
            (30..=40).contains(&ranged.minute()) && (2..=4).contains(&ranged.hour()),
            "{ranged}"
        );
        let stepped = CronExpression::parse("R/15 * * * *", &seed).unwrap();
        let first = stepped.next(at).unwrap();
        assert_eq!(
            stepped.next(first).unwrap() - first,
            15.minutes().into(),
            "{first}"
        );
    }
}

/// Expressions with every kind of field.
fn expressions() -> impl Strategy<Value = String> {
    let minute = prop_oneof![
        "[0-5]?[0-9]",
        "\\*/[1-9]",
        Just("*".to_owned()),
        "[0-9],[1-5][0-9]",
        "50-10"
    ];
    let hour = prop_oneof!["1?[0-9]", "\\*/[2-8]", Just("*".to_owned()), "22-2", "8-1[0-8]/2"];
    let day = prop_oneof![3 => Just("*".to_owned()), 1 => "[12]?[1-9]", 1 => "L|15W|1,L|\\*/7|31"];
    let month = prop_oneof![3 => Just("*".to_owned()), 1 => "[1-9]|jan-mar|\\*/5|nov-feb"];
    let weekday = prop_oneof![3 => Just("*".to_owned()), 1 => "[0-7]|mon-fri|sat-sun|L[0-6]|[0-6]#[1-5]"];
    (minute, hour, day, month, weekday)
        .prop_map(|(minute, hour, day, month, weekday)| format!("{minute} {hour} {day} {month} {weekday}"))
}

fn times() -> impl Strategy<Value = DateTime> {
    (0..50_000_000_i64).prop_map(|minutes| jiff::civil::datetime(1980, 1, 1, 0, 0, 0, 0) + minutes.minutes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn next_and_prev_are_neighbours(expression in expressions(), at in times()) {
        let cron = cron(&expression);
        if let Ok(next) = cron.next(at) {
            prop_assert!(next > at);
            prop_assert_eq!(cron.prev(next + 1.second()).unwrap(), next, "the match itself");
            if let Ok(prev) = cron.prev(next) {
                prop_assert!(prev <= at, "there is none between {} and {}", at, next);
                prop_assert_eq!(cron.next(prev).unwrap(), next);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9a-zA-Z*/,#?()LWR -]{0,30}", at in times()) {
        if let Ok(cron) = CronExpression::parse(&text, "a dag") {
            let _ = (cron.next(at), cron.prev(at));
        }
    }
}
