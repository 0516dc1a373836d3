//! Signatures of requests to AWS: Signature Version 4.
//!
//! Source: "Signature Version 4 signing process" of the AWS General Reference, whose test suite the tests hold.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::Url;
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What requests are signed with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    /// Of keys that expire.
    pub(crate) session_token: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Keys").finish_non_exhaustive()
    }
}

/// For what a signature is good.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) at: Timestamp,
}

/// A request whose path is `/`, without a query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unsigned<'a> {
    pub(crate) method: &'a str,
    /// Names in small letters, sorted, and their values; `host` and `x-amz-date` are among them.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
}

/// A moment as `x-amz-date` has it.
pub(crate) fn amz_date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The header `Host` of a request to this address.
pub(crate) fn host(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

/// The header `Authorization`.
pub(crate) fn authorization(request: Unsigned<'_>, keys: &Keys, scope: Scope<'_>) -> String {
    let (date_time, names) = (amz_date(scope.at), signed_names(request));
    let date = date_time.split('T').next().unwrap_or_default();
    let credential = format!("{date}/{}/{}/aws4_request", scope.region, scope.service);
    let digest = hex::encode(Sha256::digest(canonical(request, &names)));
    let text = format!("{ALGORITHM}\n{date_time}\n{credential}\n{digest}");
    let parts = [date, scope.region, scope.service, "aws4_request"];
    let first = format!("AWS4{}", keys.secret_access_key).into_bytes();
    let key = parts.into_iter().fold(first, |key, part| mac(&key, part));
    let signature = hex::encode(mac(&key, &text));
    format!(
        "{ALGORITHM} Credential={}/{credential}, SignedHeaders={names}, Signature={signature}",
        keys.access_key_id
    )
}

fn signed_names(request: Unsigned<'_>) -> String {
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| *name).collect();
    names.join(";")
}

fn canonical(request: Unsigned<'_>, names: &str) -> String {
    let line = |(name, value): &(&str, &str)| {
        let words: Vec<&str> = value.split_whitespace().collect();
        format!("{name}:{}\n", words.join(" "))
    };
    let headers: String = request.headers.iter().map(line).collect();
    let body = hex::encode(Sha256::digest(request.body));
    format!("{}\n/\n\n{headers}\n{names}\n{body}", request.method)
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(session_token: Option<&str>) -> Keys {
        Keys {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: session_token.map(str::to_owned),
        }
    }

    fn check(request: Unsigned<'_>, (region, service): (&str, &str), expected: (&str, &str)) {
        let at = "2015-08-30T12:36:00Z".parse().unwrap();
        let scope = Scope { region, service, at };
        let (names, signature) = expected;
        assert_eq!(
            authorization(request, &keys(None), scope),
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/{region}/{service}/aws4_request, SignedHeaders={names}, \
                 Signature={signature}"
            )
        );
    }

    /// `get-vanilla`, `post-vanilla` and `post-x-www-form-urlencoded` of the test suite that AWS has published.
    #[test]
    fn requests_are_signed_as_the_test_suite_has_it() {
        let headers = [
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ];
        let plain = |method| Unsigned {
            method,
            headers: &headers,
            body: b"",
        };
        let scope = ("us-east-1", "service");
        let names = "host;x-amz-date";
        let get = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        check(plain("GET"), scope, (names, get));
        let post = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
        check(plain("POST"), scope, (names, post));
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ];
        let form = Unsigned {
            method: "POST",
            headers: &headers,
            body: b"Param1=value1",
        };
        let signature = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
        check(form, scope, ("content-type;host;x-amz-date", signature));
    }

    /// What botocore 1.44.5 makes of the same request.
    #[test]
    fn a_request_for_a_secret_is_signed_as_botocore_does_it() {
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("host", "secretsmanager.eu-central-1.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            ("x-amz-security-token", "a session token"),
            ("x-amz-target", "secretsmanager.GetSecretValue"),
        ];
        let request = Unsigned {
            method: "POST",
            headers: &headers,
            body: br#"{"SecretId":"airflow/connections/warehouse"}"#,
        };
        let names = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";
        let signature = "a0b11aa0ef33e43af096aadcc28829fd0a38d62354f79fc2f36999e50364b705";
        check(request, ("eu-central-1", "secretsmanager"), (names, signature));
        assert_eq!(
            amz_date("2015-08-30T14:36:00+02:00".parse().unwrap()),
            "20150830T123600Z"
        );
        assert!(!format!("{:?}", keys(Some("a session token"))).contains("token"));
    }
}
