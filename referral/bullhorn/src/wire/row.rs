//! One record of a reply, read field by field: the place where Bullhorn's awkward values become plain ones.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::wire::day::TenantDay;
use crate::wire::loose::Loose;
use crate::wire::repair::without_lone_surrogates;
use crate::wire::to_many::ToMany;

/// What stands in place of a value that the user may not read, even in numeric fields.
const CONFIDENTIAL: &str = "**CONFIDENTIAL**";

/// Why a record could not be read. It names the field and the type, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// The record is still in the search index but no longer in the database; `_error` marks it.
    #[error("the record is in the search index but not in the database")]
    NotInDatabase,
    /// The record is no JSON object.
    #[error("the record is not an object")]
    NotAnObject,
    /// A field that every record has is absent.
    #[error("the field `{field}` is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field has a value that cannot be what the field is for.
    #[error("the field `{field}` is not {expected}")]
    Value {
        /// The field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

/// A record of a reply. Each method reads one field: null, `""`, white space, absence and `**CONFIDENTIAL**` are all
/// the same "no value", padding is trimmed, numbers and flags may come as text.
///
/// Every reading method fails with [`RowFault::Value`] for a value that cannot be understood.
pub struct Row<'a> {
    entries: Vec<(Cow<'a, str>, &'a RawValue)>,
    is_object: bool,
}

impl<'a> Row<'a> {
    pub(crate) fn of(entries: Vec<(Cow<'a, str>, &'a RawValue)>) -> Self {
        Self {
            entries,
            is_object: true,
        }
    }

    /// Something that stands where a record should.
    pub(crate) fn no_object() -> Self {
        Self {
            entries: Vec::new(),
            is_object: false,
        }
    }

    /// Takes an object apart without reading its fields.
    pub(crate) fn parse(raw: &'a str) -> Result<Self, RowFault> {
        serde_json::from_str(raw).map_err(|_| RowFault::NotAnObject)
    }

    /// Finds out whether there is a record to read.
    ///
    /// # Errors
    /// [`RowFault::NotAnObject`], or [`RowFault::NotInDatabase`] where the server says so.
    pub(crate) fn check(&self) -> Result<(), RowFault> {
        match (self.is_object, self.raw("_error")) {
            (false, _) => Err(RowFault::NotAnObject),
            (true, Some(_)) => Err(RowFault::NotInDatabase),
            (true, None) => Ok(()),
        }
    }

    /// The record as JSON again; `null` for what was no record.
    pub(crate) fn to_json(&self) -> String {
        if !self.is_object {
            return "null".to_owned();
        }
        let pair = |(name, raw): &(Cow<'_, str>, &RawValue)| {
            format!("{}:{}", serde_json::Value::from(name.as_ref()), raw.get())
        };
        format!(
            "{{{}}}",
            self.entries.iter().map(pair).collect::<Vec<_>>().join(",")
        )
    }

    /// The record's id.
    ///
    /// # Errors
    /// [`RowFault::Missing`] when there is none.
    pub fn id(&self) -> Result<i64, RowFault> {
        self.integer("id")?.ok_or(RowFault::Missing { field: "id" })
    }

    /// Text without the padding around it. Several values are joined by a comma.
    pub fn text(&self, field: &'static str) -> Result<Option<String>, RowFault> {
        match self.loose(field)? {
            Loose::Nothing => Ok(None),
            Loose::List(list) => {
                let parts = texts_of(field, list)?;
                Ok((!parts.is_empty()).then(|| parts.join(", ")))
            }
            single => text_of(field, single).map(Some),
        }
    }

    /// The values of a field that comes as array, single text or null. A single text is not split.
    pub fn texts(&self, field: &'static str) -> Result<Vec<String>, RowFault> {
        match self.loose(field)? {
            Loose::Nothing => Ok(Vec::new()),
            Loose::List(list) => texts_of(field, list),
            single => Ok(vec![text_of(field, single)?]),
        }
    }

    /// A whole number.
    pub fn integer(&self, field: &'static str) -> Result<Option<i64>, RowFault> {
        let fault = RowFault::Value {
            field,
            expected: "a whole number",
        };
        match self.loose(field)? {
            Loose::Nothing => Ok(None),
            Loose::Integer(value) => Ok(Some(value)),
            Loose::Decimal(value) if value.fract() == 0.0 && value.abs() < 9e15 => Ok(Some(value as i64)),
            Loose::Text(text) => text.parse().map(Some).map_err(|_| fault),
            Loose::Decimal(_) | Loose::Flag(_) | Loose::List(_) | Loose::Object => Err(fault),
        }
    }

    /// A decimal number; amounts come as JSON integers or floats.
    pub fn decimal(&self, field: &'static str) -> Result<Option<f64>, RowFault> {
        let fault = RowFault::Value {
            field,
            expected: "a number",
        };
        match self.loose(field)? {
            Loose::Nothing => Ok(None),
            Loose::Integer(value) => Ok(Some(value as f64)),
            Loose::Decimal(value) => Ok(Some(value)),
            Loose::Text(text) => match text.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(Some(value)),
                _ => Err(fault),
            },
            Loose::Flag(_) | Loose::List(_) | Loose::Object => Err(fault),
        }
    }

    /// An amount of money, hours or years of which 0 means "not given".
    pub fn amount(&self, field: &'static str) -> Result<Option<f64>, RowFault> {
        Ok(self.decimal(field)?.filter(|&value| value != 0.0))
    }

    /// Yes or no; also as 1 and 0.
    pub fn flag(&self, field: &'static str) -> Result<Option<bool>, RowFault> {
        match self.loose(field)? {
            Loose::Nothing => Ok(None),
            Loose::Flag(value) => Ok(Some(value)),
            Loose::Integer(value @ (0 | 1)) => Ok(Some(value == 1)),
            Loose::Text(text) if text.eq_ignore_ascii_case("true") || text == "1" => Ok(Some(true)),
            Loose::Text(text) if text.eq_ignore_ascii_case("false") || text == "0" => Ok(Some(false)),
            Loose::Integer(_) | Loose::Decimal(_) | Loose::Text(_) | Loose::List(_) | Loose::Object => {
                Err(RowFault::Value {
                    field,
                    expected: "true or false",
                })
            }
        }
    }

    /// A moment, from epoch milliseconds in UTC.
    pub fn instant(&self, field: &'static str) -> Result<Option<Timestamp>, RowFault> {
        let Some(ms) = self.integer(field)? else {
            return Ok(None);
        };
        let fault = RowFault::Value {
            field,
            expected: "a moment in epoch milliseconds",
        };
        Timestamp::from_millisecond(ms).map(Some).map_err(|_| fault)
    }

    /// A day, from the epoch milliseconds of midnight in the account's time zone.
    pub fn day(&self, field: &'static str) -> Result<Option<TenantDay>, RowFault> {
        Ok(self.instant(field)?.map(TenantDay))
    }

    /// A to-one or composite field, or `None` for null.
    pub fn one(&self, field: &'static str) -> Result<Option<Row<'a>>, RowFault> {
        let Some(raw) = self.raw(field) else {
            return Ok(None);
        };
        match self.loose(field)? {
            Loose::Nothing => Ok(None),
            Loose::Object => Row::parse(raw.get()).map(Some),
            Loose::Flag(_) | Loose::Integer(_) | Loose::Decimal(_) | Loose::Text(_) | Loose::List(_) => {
                Err(RowFault::Value {
                    field,
                    expected: "a record",
                })
            }
        }
    }

    /// A to-many field; `read` reads one member.
    pub fn many<T>(
        &self,
        field: &'static str,
        read: impl Fn(&Row<'a>) -> Result<T, RowFault>,
    ) -> Result<ToMany<T>, RowFault> {
        let fault = || RowFault::Value {
            field,
            expected: "a list of records",
        };
        let (total, members): (Option<i64>, Vec<Row<'a>>) = match self.loose(field)? {
            Loose::Nothing => return Ok(ToMany::empty()),
            Loose::List(_) => (None, self.rows(field).ok_or_else(fault)?),
            Loose::Object => {
                let inner = self.one(field)?.ok_or_else(fault)?;
                (inner.integer("total")?, inner.rows("data").unwrap_or_default())
            }
            Loose::Flag(_) | Loose::Integer(_) | Loose::Decimal(_) | Loose::Text(_) => return Err(fault()),
        };
        let members = members.iter().map(read).collect::<Result<Vec<T>, RowFault>>()?;
        let total = total.and_then(|total| u64::try_from(total).ok()).unwrap_or(0);
        Ok(ToMany {
            total: total.max(members.len() as u64),
            members,
        })
    }

    /// The records of an array field.
    fn rows(&self, field: &str) -> Option<Vec<Row<'a>>> {
        serde_json::from_str(self.raw(field)?.get()).ok()
    }

    fn raw(&self, field: &str) -> Option<&'a RawValue> {
        self.entries
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, raw)| *raw)
    }

    /// Any value; what means "no value" is [`Loose::Nothing`], texts are trimmed.
    fn loose(&self, field: &'static str) -> Result<Loose, RowFault> {
        let Some(raw) = self.raw(field) else {
            return Ok(Loose::Nothing);
        };
        let value = match serde_json::from_str(raw.get()) {
            Ok(value) => value,
            Err(_) => {
                serde_json::from_str(&without_lone_surrogates(raw.get())).map_err(|_| RowFault::Value {
                    field,
                    expected: "valid JSON",
                })?
            }
        };
        Ok(match value {
            Loose::Text(text) => plain_text(text).map_or(Loose::Nothing, Loose::Text),
            other => other,
        })
    }
}

/// Trimmed, without the NUL characters that databases refuse; `None` when nothing is left or nothing may be seen.
fn plain_text(text: String) -> Option<String> {
    let text = if text.contains('\0') {
        text.replace('\0', "")
    } else {
        text
    };
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed == CONFIDENTIAL {
        None
    } else if trimmed.len() == text.len() {
        Some(text)
    } else {
        Some(trimmed.to_owned())
    }
}

fn text_of(field: &'static str, value: Loose) -> Result<String, RowFault> {
    match value {
        Loose::Text(text) => Ok(text),
        Loose::Integer(value) => Ok(value.to_string()),
        Loose::Decimal(value) => Ok(value.to_string()),
        Loose::Flag(value) => Ok(value.to_string()),
        Loose::Nothing | Loose::List(_) | Loose::Object => Err(RowFault::Value {
            field,
            expected: "text",
        }),
    }
}

fn texts_of(field: &'static str, list: Vec<Loose>) -> Result<Vec<String>, RowFault> {
    let mut texts = Vec::with_capacity(list.len());
    for value in list {
        match value {
            Loose::Nothing => {}
            Loose::Text(text) => texts.extend(plain_text(text)),
            other => texts.push(text_of(field, other)?),
        }
    }
    Ok(texts)
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names only: the values are personal data.
        f.debug_list()
            .entries(self.entries.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check<T: PartialEq + fmt::Debug>(
        read: impl Fn(&Row<'_>) -> Result<T, RowFault>,
        cases: &[(&str, Result<T, &'static str>)],
    ) {
        for (value, expected) in cases {
            let json = format!(r#"{{"x":{value}}}"#);
            let got = read(&Row::parse(&json).unwrap());
            match expected {
                Ok(expected) => assert_eq!(got.as_ref(), Ok(expected), "{value}"),
                Err(kind) => assert_eq!(
                    got,
                    Err(RowFault::Value {
                        field: "x",
                        expected: kind
                    }),
                    "{value}"
                ),
            }
        }
    }

    #[test]
    fn every_form_of_no_value_is_the_same() {
        for json in [
            "{}",
            r#"{"x":null}"#,
            r#"{"x":""}"#,
            r#"{"x":" "}"#,
            r#"{"x":"**CONFIDENTIAL**"}"#,
        ] {
            let row = Row::parse(json).unwrap();
            assert_eq!(row.text("x"), Ok(None));
            assert_eq!(row.texts("x"), Ok(vec![]));
            assert_eq!(row.integer("x"), Ok(None));
            assert_eq!(row.decimal("x"), Ok(None));
            assert_eq!(row.flag("x"), Ok(None));
            assert_eq!(row.instant("x"), Ok(None));
            assert_eq!(row.day("x"), Ok(None));
            assert!(row.one("x").unwrap().is_none());
            assert_eq!(row.many("x", Row::id), Ok(ToMany::empty()));
        }
    }

    #[test]
    fn text_is_trimmed_and_joined() {
        let some = |text: &str| Ok(Some(text.to_owned()));
        check(
            |row| row.text("x"),
            &[
                (r#""Nowhere   ""#, some("Nowhere")),
                (r#"["a"," b ",null,""]"#, some("a, b")),
                ("[]", Ok(None)),
                ("5", some("5")),
                (r#""a\u0000b""#, some("ab")),
                (r#""cut \ud83d""#, some("cut \u{fffd}")),
                (
                    r#""\\ud83d \ud83d\ude00 \ude00 \n""#,
                    some("\\ud83d \u{1f600} \u{fffd}"),
                ),
                ("{}", Err("text")),
            ],
        );
    }

    #[test]
    fn lists_come_as_array_text_or_null() {
        let list = |texts: &[&str]| Ok(texts.iter().map(|&text| text.to_owned()).collect());
        check(
            |row| row.texts("x"),
            &[
                (r#"["Rust","**CONFIDENTIAL**"," SQL "]"#, list(&["Rust", "SQL"])),
                (r#""Rust, SQL""#, list(&["Rust, SQL"])),
                ("[1,2.5,true]", list(&["1", "2.5", "true"])),
                (r#"[["nested"]]"#, Err("text")),
            ],
        );
    }

    #[test]
    fn numbers_come_as_int_float_or_text() {
        check(
            |row| row.integer("x"),
            &[
                ("7", Ok(Some(7))),
                ("7.0", Ok(Some(7))),
                (r#""7""#, Ok(Some(7))),
                ("7.5", Err("a whole number")),
                ("true", Err("a whole number")),
            ],
        );
        check(
            |row| row.decimal("x"),
            &[
                ("50", Ok(Some(50.0))),
                ("50.25", Ok(Some(50.25))),
                (r#"" 50.25 ""#, Ok(Some(50.25))),
                (r#""many""#, Err("a number")),
                (r#""inf""#, Err("a number")),
            ],
        );
        check(
            |row| row.amount("x"),
            &[("0", Ok(None)), ("0.0", Ok(None)), ("1", Ok(Some(1.0)))],
        );
    }

    #[test]
    fn flags_come_as_words_or_digits() {
        check(
            |row| row.flag("x"),
            &[
                ("true", Ok(Some(true))),
                ("0", Ok(Some(false))),
                (r#""1""#, Ok(Some(true))),
                (r#""False""#, Ok(Some(false))),
                ("-1", Err("true or false")),
                (r#""maybe""#, Err("true or false")),
            ],
        );
    }

    #[test]
    fn moments_are_utc_and_days_belong_to_the_accounts_zone() {
        let row =
            Row::parse(r#"{"at":1500000000000,"day":1893474000000,"far":9223372036854775807}"#).unwrap();
        assert_eq!(
            row.instant("at").unwrap().unwrap().to_string(),
            "2017-07-14T02:40:00Z"
        );
        let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
        assert_eq!(
            row.day("day").unwrap().unwrap().date_in(&zone).to_string(),
            "2030-01-01"
        );
        assert!(row.instant("far").is_err());
    }

    #[test]
    fn to_many_fields_tell_whether_members_are_missing() {
        let many = |json: &str| Row::parse(json).unwrap().many("x", Row::id);
        let partial = many(r#"{"x":{"total":7,"data":[{"id":1},{"id":2}]}}"#).unwrap();
        assert_eq!(
            (partial.total, &partial.members, partial.is_complete()),
            (7, &vec![1, 2], false)
        );
        assert!(!many(r#"{"x":{"total":1,"data":[]}}"#).unwrap().is_complete());
        assert!(many(r#"{"x":{"total":0,"data":[]}}"#).unwrap().is_complete());
        assert_eq!(many(r#"{"x":[{"id":3}]}"#).unwrap().members, vec![3]);
        assert_eq!(
            many(r#"{"x":{"total":1,"data":[{}]}}"#),
            Err(RowFault::Missing { field: "id" })
        );
        assert_eq!(
            many(r#"{"x":5}"#),
            Err(RowFault::Value {
                field: "x",
                expected: "a list of records"
            })
        );
    }

    #[test]
    fn neither_faults_nor_debug_quote_values() {
        let row = Row::parse(r#"{"salary":"a.person@example.test","isDeleted":"Test Person"}"#).unwrap();
        let shown = format!(
            "{row:?} {} {}",
            row.decimal("salary").unwrap_err(),
            row.flag("isDeleted").unwrap_err()
        );
        assert!(
            !shown.contains("example.test") && !shown.contains("Person"),
            "{shown}"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_trimmed(text in any::<String>()) {
            let json = serde_json::json!({ "x": text }).to_string();
            let expected = text.replace('\0', "").trim().to_owned();
            let got = Row::parse(&json).unwrap().text("x").unwrap();
            prop_assert_eq!(got, (!expected.is_empty() && expected != CONFIDENTIAL).then_some(expected));
        }
    }
}
