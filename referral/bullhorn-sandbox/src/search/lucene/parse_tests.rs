use proptest::prelude::*;

use super::ast::{Leaf, Occur, Query};
use super::parse::parse;

/// A short form of what was read: `+` must, `-` must not, nothing optional.
fn shown(query: &Query) -> String {
    match query {
        Query::Everything => "*:*".to_owned(),
        Query::Leaf { field, leaf } => {
            let field = field
                .as_deref()
                .map(|name| format!("{name}:"))
                .unwrap_or_default();
            let leaf = match leaf {
                Leaf::Term(term) => term.clone(),
                Leaf::Phrase(phrase) => format!("\"{phrase}\""),
                Leaf::Wildcard(_) => "<pattern>".to_owned(),
                Leaf::Exists => "*".to_owned(),
                Leaf::Range(range) => format!(
                    "{}{} TO {}{}",
                    if range.lower.inclusive { '[' } else { '{' },
                    range.lower.text.as_deref().unwrap_or("*"),
                    range.upper.text.as_deref().unwrap_or("*"),
                    if range.upper.inclusive { ']' } else { '}' },
                ),
            };
            format!("{field}{leaf}")
        }
        Query::Group(clauses) => {
            let parts = clauses.iter().map(|clause| {
                let sign = match clause.occur {
                    Occur::Must => "+",
                    Occur::Should => "",
                    Occur::MustNot => "-",
                };
                format!("{sign}{}", shown(&clause.query))
            });
            format!("({})", parts.collect::<Vec<_>>().join(" "))
        }
    }
}

#[test]
fn queries_are_read_as_the_classic_parser_reads_them() {
    let cases = [
        ("id:5", "(id:5)"),
        ("id:1 2 3", "((id:1 id:2 id:3))"),
        ("id:1 2 3 AND isDeleted:0", "(+(id:1 id:2 id:3) +isDeleted:0)"),
        ("id:(1 2)", "((id:1 id:2))"),
        (
            "id:[1 TO *] AND NOT status:Archive",
            "(+id:[1 TO *] -status:Archive)",
        ),
        ("dateAdded:{20230901 TO *}", "(dateAdded:{20230901 TO *})"),
        ("a:[1 TO 2}", "(a:[1 TO 2})"),
        ("a:x OR b:y AND c:z", "(a:x +b:y +c:z)"),
        ("+a:x -b:y c:z", "(+a:x -b:y c:z)"),
        ("a:x && !b:y || c:z", "(+a:x -b:y c:z)"),
        ("NOT status:X", "(-status:X)"),
        ("status:\"New Lead\"", "(status:\"New Lead\")"),
        ("status:New Lead", "(status:New Lead)"),
        ("name:Jo*", "(name:<pattern>)"),
        ("name:J\\*", "(name:J*)"),
        ("email:*", "(email:*)"),
        ("*:*", "(*:*)"),
        ("(a:x OR a:y) AND b:z", "(+(a:x a:y) +b:z)"),
        ("owner.id:7", "(owner.id:7)"),
        ("notes.id:\"^^action:(Call)\"", "(notes.id:\"^^action:(Call)\")"),
        ("rust developer^2 roam~0.8", "(rust developer roam)"),
        ("skill:(rust AND \"c plus\")", "((+skill:rust +skill:\"c plus\"))"),
        ("dateAdded:{2023/01/01 TO *}", "(dateAdded:{2023/01/01 TO *})"),
        ("notable:x", "(notable:x)"),
        ("ORacle", "(ORacle)"),
        ("isPublic:-1", "(isPublic:-1)"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            parse(text).map(|query| shown(&query)),
            Ok(expected.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn broken_queries_are_errors() {
    for text in [
        "", " ", "(a:x", "a:x)", "a:[1 TO", "a:[1 2]", "a:\"x", "a:", "a:x AND", "a:x\\", "a:b:c", "a^",
        "[1 TO 2",
    ] {
        assert!(parse(text).is_err(), "{text}: {:?}", parse(text));
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,80}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_mix_of_signs_makes_the_parser_panic(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "id:", "5", "(", ")", "[", "]", "{", "}", " TO ", "*", "\"", "\\", " AND ", " OR ", " NOT ", "-", "+", "^", "~", ":", "x", " ",
            ]),
            0..40,
        )
    ) {
        let _ = parse(&words.concat());
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_crash(depth in 1_usize..3_000) {
        let text = format!("{}id:1{}", "(".repeat(depth), ")".repeat(depth));
        prop_assert_eq!(parse(&text).is_ok(), depth <= 32);
    }
}
