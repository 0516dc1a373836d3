//! Times on the wire: msgpack's timestamp extension (type -1) when written as msgpack, RFC 3339 text otherwise.
//!
//! Source: the timestamp extension of the msgpack specification; Airflow's supervisor sends every time this way.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// The extension type of msgpack timestamps.
pub(crate) const EXTENSION: i8 = -1;

/// The bytes of a timestamp extension: 4, 8 or 12 of them, the fewest that hold the value.
pub(crate) fn to_bytes(at: Timestamp) -> Vec<u8> {
    // jiff counts both parts towards zero; the format wants a non-negative fraction.
    let nanoseconds = at.as_nanosecond();
    let seconds = nanoseconds.div_euclid(1_000_000_000) as i64;
    let fraction = nanoseconds.rem_euclid(1_000_000_000) as u32;
    match (u32::try_from(seconds), u64::try_from(seconds)) {
        (Ok(seconds), _) if fraction == 0 => seconds.to_be_bytes().to_vec(),
        (_, Ok(positive)) if positive < 1 << 34 => {
            ((u64::from(fraction) << 34) | positive).to_be_bytes().to_vec()
        }
        _ => [&fraction.to_be_bytes()[..], &seconds.to_be_bytes()[..]].concat(),
    }
}

/// The time in the bytes of a timestamp extension; `None` if there is none in them.
pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Timestamp> {
    let (seconds, nanoseconds) = match bytes.len() {
        4 => (i64::from(u32::from_be_bytes(bytes.try_into().ok()?)), 0),
        8 => {
            let both = u64::from_be_bytes(bytes.try_into().ok()?);
            ((both & ((1 << 34) - 1)) as i64, (both >> 34) as u32)
        }
        12 => {
            let (fraction, seconds) = bytes.split_at_checked(4)?;
            (
                i64::from_be_bytes(seconds.try_into().ok()?),
                u32::from_be_bytes(fraction.try_into().ok()?),
            )
        }
        _ => return None,
    };
    if nanoseconds > 999_999_999 {
        return None;
    }
    let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    Timestamp::from_nanosecond(total).ok()
}

struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

pub(crate) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        return at.serialize(serializer);
    }
    let bytes = to_bytes(*at);
    serializer.serialize_newtype_struct(rmp_serde::MSGPACK_EXT_STRUCT_NAME, &(EXTENSION, Bytes(&bytes)))
}

/// The same for times that may be absent.
pub(crate) mod optional {
    use super::{Serialize, Serializer, Timestamp};

    struct Time<'a>(&'a Timestamp);

    impl Serialize for Time<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            super::serialize(self.0, serializer)
        }
    }

    #[expect(
        clippy::ref_option,
        reason = "the signature that serde's `serialize_with` calls"
    )]
    pub(crate) fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        at.as_ref().map(Time).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_time_survives_the_wire(nanoseconds in Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond()) {
            let at = Timestamp::from_nanosecond(nanoseconds).unwrap();
            prop_assert_eq!(from_bytes(&to_bytes(at)), Some(at));
        }

        #[test]
        fn any_bytes_give_a_time_or_none(bytes in prop::collection::vec(any::<u8>(), 0..16)) {
            let _ = from_bytes(&bytes);
        }
    }

    #[test]
    fn the_shortest_form_is_written() {
        let length = |text: &str| to_bytes(text.parse().unwrap()).len();
        assert_eq!(length("2024-01-12T06:00:00Z"), 4);
        assert_eq!(length("2024-01-12T06:00:00.5Z"), 8);
        assert_eq!(length("1969-12-31T23:59:59.5Z"), 12);
    }
}
