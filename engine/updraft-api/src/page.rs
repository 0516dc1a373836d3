//! Pages of lists, and their order.

use serde::{Deserialize, Deserializer};

use updraft_store::{Paging, SortKeys};

use crate::failure::Failure;

/// The longest page. Airflow's `[api] maximum_page_limit`.
const LIMIT_MAX: u32 = 100;
/// The length of a page that names none, in the two versions.
const LIMIT_V1: u32 = 100;
const LIMIT_V2: u32 = 50;

/// How many columns the database sorts a list by.
const SORT_KEYS_MAX: usize = 2;

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// At most so many.
    pub(crate) limit: u32,
    /// Without the first so many.
    pub(crate) offset: u32,
}

impl Page {
    /// As version 1 reads it: no limit, and the limit 0, mean the longest page.
    pub(crate) fn v1(limit: Option<u32>, offset: Option<u32>) -> Self {
        let limit = limit.filter(|limit| *limit > 0).unwrap_or(LIMIT_V1);
        Self {
            limit: limit.min(LIMIT_MAX),
            offset: offset.unwrap_or(0),
        }
    }

    /// As version 2 reads it.
    pub(crate) fn v2(limit: Option<u32>, offset: Option<u32>) -> Self {
        Self {
            limit: limit.unwrap_or(LIMIT_V2).min(LIMIT_MAX),
            offset: offset.unwrap_or(0),
        }
    }
}

/// A page of a list, and how many there are on all pages.
pub(crate) struct Paged<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) total: u64,
}

impl<T> Paged<T> {
    /// The page of a list that has nothing in it.
    pub(crate) const fn empty() -> Self {
        Self {
            rows: Vec::new(),
            total: 0,
        }
    }

    /// The page of a list, without anything if what it is a list of does not exist. So Airflow answers where its document promises no 404.
    pub(crate) fn or_empty(found: Result<Self, Failure>) -> Result<Self, Failure> {
        match found {
            Err(Failure::NotFound(_)) => Ok(Self::empty()),
            found => found,
        }
    }

    /// The page of a list that is in order.
    pub(crate) fn of(rows: Vec<T>, page: Page) -> Self {
        let total = rows.len() as u64;
        let (offset, limit) = (page.offset as usize, page.limit as usize);
        let rows = rows.into_iter().skip(offset).take(limit).collect();
        Self { rows, total }
    }

    /// The same page of other things.
    pub(crate) fn map<U>(self, make: impl FnMut(T) -> U) -> (Vec<U>, u64) {
        (self.rows.into_iter().map(make).collect(), self.total)
    }
}

/// What a list is sorted by, as `order_by` says: a column, with `-` before it the other way round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) column: String,
    pub(crate) is_descending: bool,
}

/// What rows are compared by. Nothing comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Number(Option<i64>),
    Text(Option<String>),
}

impl Order {
    /// Reads columns; each must be one of those that are known.
    ///
    /// # Errors
    /// [`Failure::BadRequest`], as Airflow says it.
    pub(crate) fn parse(texts: &[String], columns: &[&str]) -> Result<Vec<Self>, Failure> {
        let one = |text: &String| {
            let (column, is_descending) = text
                .strip_prefix('-')
                .map_or((text.as_str(), false), |rest| (rest, true));
            if columns.contains(&column) {
                return Ok(Self {
                    column: column.to_owned(),
                    is_descending,
                });
            }
            Err(Failure::BadRequest(format!(
                "Ordering with '{column}' is disallowed or the attribute does not exist on the model; known are {}",
                columns.join(", ")
            )))
        };
        texts.iter().map(one).collect()
    }

    /// Reads columns that the database sorts by, and the page of what they sort.
    ///
    /// # Errors
    /// [`Failure::BadRequest`]: one is unknown, or there are more than two.
    pub(crate) fn paging(texts: &[String], columns: &[&str], page: Page) -> Result<Paging, Failure> {
        Self::parse(texts, columns)?;
        if texts.len() > SORT_KEYS_MAX {
            return Err(Failure::BadRequest(format!(
                "a list is sorted by at most {SORT_KEYS_MAX} columns"
            )));
        }
        Ok(Paging {
            sort: SortKeys {
                first: texts.first().cloned(),
                second: texts.get(1).cloned(),
            },
            limit: page.limit,
            offset: page.offset,
        })
    }

    /// Sorts rows; those that are equal stay as they are.
    pub(crate) fn sort<T>(orders: &[Self], rows: &mut [T], key: impl Fn(&T, &str) -> Key) {
        for order in orders.iter().rev() {
            rows.sort_by(|one, other| {
                let compared = key(one, &order.column).cmp(&key(other, &order.column));
                if order.is_descending {
                    compared.reverse()
                } else {
                    compared
                }
            });
        }
    }
}

/// Reads a truth value as Airflow's clients write it: `true`, `True`, `1`.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    match text.to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(Some(true)),
        "false" | "0" | "no" | "off" => Ok(Some(false)),
        _ => Err(serde::de::Error::custom(format!(
            "`{text}` is neither true nor false"
        ))),
    }
}

/// Reads a list: repeated parameters, or one with commas, as version 1 has both.
pub(crate) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let parts = texts.iter().flat_map(|text| text.split(','));
    Ok(parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_never_longer_than_the_limit() {
        let limits = |limit| (Page::v1(limit, None).limit, Page::v2(limit, None).limit);
        assert_eq!(limits(None), (100, 50));
        assert_eq!(limits(Some(0)), (100, 0));
        assert_eq!(limits(Some(7)), (7, 7));
        assert_eq!(limits(Some(1000)), (100, 100));
    }

    #[test]
    fn rows_are_sorted_by_several_columns() {
        let orders = Order::parse(&["-size".to_owned(), "name".to_owned()], &["name", "size"]).unwrap();
        let mut rows = vec![("b", 1), ("c", 2), ("a", 1)];
        Order::sort(&orders, &mut rows, |row, column| match column {
            "size" => Key::Number(Some(row.1)),
            _ => Key::Text(Some(row.0.to_owned())),
        });
        assert_eq!(rows, [("c", 2), ("a", 1), ("b", 1)]);
        let refused = Order::parse(&["secret".to_owned()], &["name"]).unwrap_err();
        assert!(
            refused
                .to_string()
                .starts_with("Ordering with 'secret' is disallowed")
        );
    }
}
