//! Cursors: pages that name the next and the previous one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::failure::Failure;
use crate::page::Page;

/// Where in a list somebody is.
pub(super) struct Cursor {
    /// The page.
    pub(super) page: Page,
    /// Whether they go from page to page by cursors; an empty one is the beginning.
    pub(super) is_used: bool,
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
        let is_used = cursor.is_some();
        let offset = match cursor {
            None => offset,
            Some("") => None,
            Some(text) => Some(place(text).ok_or_else(|| Failure::query("`cursor` is none that was given"))?),
        };
        Ok(Self {
            page: Page::v2(limit, offset),
            is_used,
        })
    }

    /// The cursors of the next and the previous page, if cursors are used and there are such pages.
    pub(super) fn neighbours(&self, total: u64) -> (Option<String>, Option<String>) {
        if !self.is_used {
            return (None, None);
        }
        let Page { limit, offset } = self.page;
        let next = u64::from(offset) + u64::from(limit);
        let text = |place: u64| URL_SAFE_NO_PAD.encode(place.to_string());
        let previous = (offset > 0).then(|| text(offset.saturating_sub(limit).into()));
        ((next < total).then(|| text(next)), previous)
    }
}

fn place(text: &str) -> Option<u32> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    String::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_lead_from_page_to_page() {
        let first = Cursor::read(Some(""), Some(2), Some(9)).unwrap();
        assert_eq!(first.page, Page { limit: 2, offset: 0 });
        let (next, previous) = first.neighbours(3);
        assert_eq!(previous, None);
        let second = Cursor::read(next.as_deref(), Some(2), None).unwrap();
        assert_eq!(second.page.offset, 2);
        let (next, previous) = second.neighbours(3);
        assert_eq!(next, None);
        assert_eq!(
            Cursor::read(previous.as_deref(), Some(2), None)
                .unwrap()
                .page
                .offset,
            0
        );
        assert!(Cursor::read(Some("?"), None, None).is_err());
        assert_eq!(
            Cursor::read(None, None, Some(9)).unwrap().neighbours(100),
            (None, None)
        );
    }
}
