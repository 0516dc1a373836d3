//! Where a page of a list ends, as a text that the next call gives back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::failure::Failure;

/// The text of a place.
pub(super) fn write(date: Timestamp, ids: &[&str]) -> String {
    let text = serde_json::json!([date.as_microsecond(), ids]).to_string();
    URL_SAFE_NO_PAD.encode(text)
}

/// The place of a text.
///
/// # Errors
/// [`Failure::Invalid`].
pub(super) fn read<const N: usize>(text: &str) -> Result<(Timestamp, [String; N]), Failure> {
    let read = || -> Option<(Timestamp, [String; N])> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (date, ids): (i64, Vec<String>) = serde_json::from_slice(&bytes).ok()?;
        let is_storable = ids.iter().all(|id| !id.contains('\0'));
        Some((
            Timestamp::from_microsecond(date).ok()?,
            ids.try_into().ok().filter(|_| is_storable)?,
        ))
    };
    read()
        .ok_or_else(|| Failure::query("`cursor` is not what an answer has said; leave it out to begin anew"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written_and_nothing_else_is() {
        let at = Timestamp::from_microsecond(7).unwrap();
        let text = write(at, &["a b", "ü"]);
        assert_eq!(
            read::<2>(&text).unwrap(),
            (at, ["a b".to_owned(), "ü".to_owned()])
        );
        read::<3>(&text).unwrap_err();
        read::<2>("nonsense").unwrap_err();
    }
}
