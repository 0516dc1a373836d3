//! A proxy that has asked people who they are, and says so in a header. Only the addresses of such proxies are believed: anybody can write a
//! header.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, Method};
use updraft_store::UserRow;

use super::people::{self, Told};
use crate::api::Api;
use crate::failure::Failure;
use crate::session;

/// Who is believed, and about what.
#[derive(Debug, Clone)]
pub struct ProxyAuth {
    /// The header that names the user.
    pub user_header: HeaderName,
    /// The header that names the user's groups, with commas between them.
    pub groups_header: Option<HeaderName>,
    /// Where the proxies are.
    pub trusted: Vec<Network>,
}

/// Addresses that begin alike: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    length: u32,
}

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address and no network, expected something like `10.1.2.3` or `10.0.0.0/8`")]
pub struct InvalidNetwork(String);

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidNetwork(text.to_owned());
        let (address, length) = match text.trim().split_once('/') {
            Some((address, length)) => (address, Some(length.parse().map_err(|_| invalid())?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let length_max = if address.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(length_max);
        if length > length_max {
            return Err(invalid());
        }
        Ok(Self { address, length })
    }
}

impl Network {
    /// Whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        let begin = |bits: u128, width: u32| bits.checked_shr(width - self.length).unwrap_or(0);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                begin(own.to_bits().into(), 32) == begin(other.to_bits().into(), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => begin(own.to_bits(), 128) == begin(other.to_bits(), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// The user whom a proxy names, if a proxy calls that is believed. Browsers send what the proxy knows them by with whatever any site has them
/// ask; so changes are refused when the browser says that another site asks.
///
/// # Errors
/// [`Failure::Unauthenticated`], [`Failure::Refused`], or the database does not answer.
pub(crate) async fn user(
    api: &Api,
    (method, headers): (&Method, &HeaderMap),
    from: &str,
) -> Result<Option<UserRow>, Failure> {
    let Some(proxy) = &api.parts().external.proxy else {
        return Ok(None);
    };
    let is_believed = from
        .parse()
        .is_ok_and(|from| proxy.trusted.iter().any(|network| network.contains(from)));
    if !is_believed {
        return Ok(None);
    }
    let Some(username) = only(headers, &proxy.user_header)? else {
        return Ok(None);
    };
    if !method.is_safe() {
        session::demand_own_site(api, headers)?;
    }
    let groups = match &proxy.groups_header {
        Some(name) => Some(only(headers, name)?.unwrap_or_default()),
        None => None,
    };
    let told = Told {
        username: username.to_owned(),
        groups: groups.map(|groups| groups.split(',').map(|group| group.trim().to_owned()).collect()),
        ..Told::default()
    };
    people::by_name(api, &told).await.map(Some)
}

/// The value of a header. Of two one may have been written by somebody else.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Failure> {
    let unclear =
        Failure::Unauthenticated("it is not clear who you are: a header stands there twice, or is no text");
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Err(_) => Err(unclear),
        },
        (Some(_), Some(_)) => Err(unclear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_the_addresses_that_begin_like_them() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("10.1.2.3/32", "::ffff:10.1.2.3", true),
            ("0.0.0.0/0", "192.168.1.1", true),
            ("0.0.0.0/0", "::1", false),
            ("fd00::/8", "fdff::1", true),
            ("fd00::/8", "fe00::1", false),
            ("::/0", "::1", true),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                expected,
                "{network:?} {address}"
            );
        }
        for text in ["", "host", "10.0.0.0/33", "10.0.0.0/x", "::1/129", "10.0.0/8"] {
            text.parse::<Network>().unwrap_err();
        }
    }
}
