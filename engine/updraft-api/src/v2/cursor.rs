//! Cursors: pages that name the next and the previous one.
//!
//! Where an index has the order of a list, a cursor names the row that a page follows, so that a page costs the same wherever it is;
//! elsewhere it names how many rows come before it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::page::Page;

/// Where in a list somebody is.
pub(super) struct Cursor {
    /// The page.
    pub(super) page: Page,
    /// Whether they go from page to page by cursors; an empty one is the beginning.
    pub(super) is_used: bool,
    turn: Option<Turn>,
}

/// The row that a page stands beside.
#[derive(Serialize, Deserialize)]
struct Turn {
    /// The parts of its key.
    key: Vec<String>,
    /// Whether the page comes before it.
    is_back: bool,
}

/// What a cursor says.
#[derive(Serialize, Deserialize)]
enum Text {
    #[serde(rename = "offset")]
    Offset(u32),
    #[serde(rename = "turn")]
    Turn(Turn),
}

/// A page with the cursors of its neighbours.
pub(super) struct Turned<T> {
    pub(super) rows: Vec<T>,
    pub(super) next: Option<String>,
    pub(super) previous: Option<String>,
}

impl Cursor {
    /// Reads a cursor, or what else says which page is meant.
    ///
    /// # Errors
    /// [`Failure::Invalid`]: it is none.
    pub(super) fn read(
        cursor: Option<&str>,
        limit: Option<u32>,
        offset: Option<u32>,
    ) -> Result<Self, Failure> {
        let (mut offset, mut turn) = (offset, None);
        match cursor {
            None => {}
            Some("") => offset = None,
            Some(text) => match decode(text).ok_or_else(unknown)? {
                Text::Offset(place) => offset = Some(place),
                Text::Turn(at) => (offset, turn) = (None, Some(at)),
            },
        }
        Ok(Self {
            page: Page::v2(limit, offset),
            is_used: cursor.is_some(),
            turn,
        })
    }

    /// Whether it is the first page, or stands beside a row.
    pub(super) fn is_by_key(&self) -> bool {
        self.is_used && self.page.offset == 0
    }

    /// The key of the row that the page stands beside, if it is not the first one.
    ///
    /// # Errors
    /// [`Failure::Invalid`]: that key has another number of parts, so it is of another list.
    pub(super) fn key<const N: usize>(&self) -> Result<Option<&[String; N]>, Failure> {
        let key = self.turn.as_ref().map(|turn| turn.key.as_slice().try_into());
        key.transpose().map_err(|_| unknown())
    }

    /// Whether the page comes before that row.
    pub(super) fn is_back(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.is_back)
    }

    /// A page of what was read in its direction, with one row more if there are more.
    pub(super) fn turned<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> Vec<String>) -> Turned<T> {
        let limit = self.page.limit as usize;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        if self.is_back() {
            rows.reverse();
        }
        let text = |row: Option<&T>, is_back| {
            let key = key(row?);
            Some(encode(&Text::Turn(Turn { key, is_back })))
        };
        let (is_first, is_last) = if self.is_back() {
            (!has_more, false)
        } else {
            (self.turn.is_none(), !has_more)
        };
        Turned {
            next: text(rows.last().filter(|_| !is_last), false),
            previous: text(rows.first().filter(|_| !is_first), true),
            rows,
        }
    }

    /// The cursors of the next and the previous page, if cursors are used and there are such pages.
    pub(super) fn neighbours(&self, total: u64) -> (Option<String>, Option<String>) {
        if !self.is_used {
            return (None, None);
        }
        let Page { limit, offset } = self.page;
        let text = |place: u32| encode(&Text::Offset(place));
        let previous = (offset > 0).then(|| text(offset.saturating_sub(limit)));
        let next = offset.checked_add(limit).filter(|next| u64::from(*next) < total);
        (next.map(text), previous)
    }
}

/// The error of a cursor that no answer has said.
pub(super) fn unknown() -> Failure {
    Failure::query("`cursor` is none that was given")
}

fn encode(text: &Text) -> String {
    let text = serde_json::to_string(text).expect("a cursor has a JSON form");
    URL_SAFE_NO_PAD.encode(text)
}

fn decode(text: &str) -> Option<Text> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: Option<&str>) -> Cursor {
        Cursor::read(text, Some(2), None).unwrap()
    }

    #[test]
    fn cursors_lead_from_page_to_page_by_their_places() {
        let first = Cursor::read(Some(""), Some(2), Some(9)).unwrap();
        assert_eq!(first.page, Page { limit: 2, offset: 0 });
        let (next, previous) = first.neighbours(3);
        assert_eq!(previous, None);
        let second = read(next.as_deref());
        assert_eq!(second.page.offset, 2);
        let (next, previous) = second.neighbours(3);
        assert_eq!(next, None);
        assert_eq!(read(previous.as_deref()).page.offset, 0);
        assert!(Cursor::read(Some("?"), None, None).is_err());
        assert_eq!(
            Cursor::read(None, None, Some(9)).unwrap().neighbours(100),
            (None, None)
        );
    }

    #[test]
    fn cursors_lead_from_page_to_page_by_rows_and_back() {
        // The list is 1 to 5; a page is read with one row more than it has.
        let key = |row: &u32| vec![row.to_string()];
        let first = read(Some("")).turned(vec![1, 2, 3], key);
        assert_eq!((first.rows, first.previous), (vec![1, 2], None));
        let cursor = read(first.next.as_deref());
        assert_eq!(cursor.key::<1>().unwrap(), Some(&["2".to_owned()]));
        let second = cursor.turned(vec![3, 4, 5], key);
        assert_eq!(second.rows, [3, 4]);
        let third = read(second.next.as_deref()).turned(vec![5], key);
        assert_eq!((third.rows, third.next), (vec![5], None));
        let cursor = read(second.previous.as_deref());
        assert!(cursor.is_back());
        let back = cursor.turned(vec![2, 1], key);
        assert_eq!((back.rows, back.previous), (vec![1, 2], None));
        assert!(read(back.next.as_deref()).key::<2>().is_err());
    }
}
