//! Addresses, from the configuration and from Bullhorn's replies: checked, and brought into one form.

use url::{Host, Url};

use crate::error::AddressError;
use crate::options::PlainHttp;

/// Parses an address that credentials or tokens will be sent to.
///
/// # Errors
/// [`AddressError`] for anything but `https`, or `http` where it is allowed.
pub(crate) fn parse(text: &str, plain_http: PlainHttp) -> Result<Url, AddressError> {
    check(
        Url::parse(text.trim()).map_err(AddressError::NotAUrl)?,
        plain_http,
    )
}

/// The target of a redirect, which may be relative to where it came from.
pub(crate) fn join(base: &Url, location: &str, plain_http: PlainHttp) -> Result<Url, AddressError> {
    check(base.join(location).map_err(AddressError::NotAUrl)?, plain_http)
}

/// An endpoint below a base address, whether or not that ends in a slash. `known` endings of the base are dropped
/// first: some data centres name their authorization address with the last step included.
pub(crate) fn endpoint(base: &Url, known: &[&str], name: &str) -> Url {
    let mut path = base.path().trim_end_matches('/');
    for ending in known {
        path = path
            .strip_suffix(ending)
            .and_then(|path| path.strip_suffix('/'))
            .unwrap_or(path);
    }
    let path = format!("{}/{name}", path.trim_end_matches('/'));
    let mut url = base.clone();
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    url
}

fn check(url: Url, plain_http: PlainHttp) -> Result<Url, AddressError> {
    match url.scheme() {
        "https" => Ok(url),
        "http" if plain_http == PlainHttp::Anywhere || is_loopback(&url) => Ok(url),
        "http" => Err(AddressError::Insecure {
            host: url.host_str().unwrap_or_default().to_owned(),
        }),
        scheme => Err(AddressError::Scheme {
            scheme: scheme.to_owned(),
        }),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_found_whatever_the_base_ends_in() {
        let authorize =
            |base: &str| endpoint(&Url::parse(base).unwrap(), &["authorize"], "authorize").to_string();
        for base in [
            "https://a.test/oauth",
            "https://a.test/oauth/",
            "https://a.test/oauth/authorize?x=1",
        ] {
            assert_eq!(authorize(base), "https://a.test/oauth/authorize");
        }
        let info = |base: &str| endpoint(&Url::parse(base).unwrap(), &["loginInfo"], "loginInfo").to_string();
        for base in [
            "https://r.test/rest-services",
            "https://r.test/rest-services/",
            "https://r.test/rest-services/loginInfo/",
        ] {
            assert_eq!(info(base), "https://r.test/rest-services/loginInfo");
        }
        assert_eq!(info("https://r.test"), "https://r.test/loginInfo");
    }

    #[test]
    fn plain_http_is_for_this_machine_unless_allowed() {
        let loopback = PlainHttp::LoopbackOnly;
        for address in [
            "https://a.test",
            "http://127.0.0.1:8010",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            assert!(parse(address, loopback).is_ok(), "{address}");
        }
        let host = "a.test".to_owned();
        assert_eq!(
            parse("http://a.test/x", loopback),
            Err(AddressError::Insecure { host })
        );
        assert!(parse("http://a.test/x", PlainHttp::Anywhere).is_ok());
        assert!(matches!(
            parse("ftp://a.test", PlainHttp::Anywhere),
            Err(AddressError::Scheme { .. })
        ));
        assert!(matches!(parse("a.test", loopback), Err(AddressError::NotAUrl(_))));
        let base = Url::parse("https://a.test/x").unwrap();
        assert!(join(&base, "http://b.test/y", loopback).is_err());
        assert_eq!(join(&base, "/y", loopback).unwrap().as_str(), "https://a.test/y");
    }
}
