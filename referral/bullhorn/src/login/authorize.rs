//! Step 2: password for code. Bullhorn answers with a redirect whose address holds the code, or with a web page that
//! says what is wrong, under status 200.

use reqwest::StatusCode;
use url::{Url, form_urlencoded};

use crate::credentials::Credentials;
use crate::http::exchange::Step;
use crate::http::outgoing::Repeat;
use crate::http::reply::Reply;
use crate::login::LoginError;
use crate::login::post::Sender;
use crate::redact;
use crate::secret::Secret;
use crate::wire::envelope;

/// A single-use code that lives about a minute, decoded.
pub(crate) type Code = Secret;

/// Sends the password, in the body of a POST: that keeps it out of access logs.
pub(crate) async fn authorize(
    sender: Sender<'_>,
    url: &Url,
    credentials: &Credentials,
) -> Result<Code, LoginError> {
    let mut form = vec![
        ("client_id", credentials.client_id.clone()),
        ("response_type", "code".to_owned()),
        ("action", "Login".to_owned()),
        ("username", credentials.username.clone()),
        ("password", credentials.password.expose().to_owned()),
    ];
    form.extend(credentials.redirect_uri.clone().map(|uri| ("redirect_uri", uri)));
    let host = url.host_str().unwrap_or_default();
    // After a lost reply the password may already count as tried, so that repeating it blindly could lock the account.
    sender
        .post(url.clone(), form, Repeat::UnlessLost, |reply, _| {
            Step::Done(classify(reply, host))
        })
        .await?
}

/// Tells the many forms of the answer apart.
fn classify(reply: &Reply, host: &str) -> Result<Code, LoginError> {
    if reply.status.is_redirection() {
        return classify_redirect(reply);
    }
    let body = envelope::text(&reply.body);
    let lower = body.to_lowercase();
    if lower.contains("invalid client id") {
        Err(LoginError::ClientUnknown {
            host: host.to_owned(),
        })
    } else if lower.contains("invalid credentials") {
        Err(LoginError::CredentialsRefused)
    } else if reply.status == StatusCode::OK && lower.contains("terms of service") {
        Err(LoginError::TermsNotAccepted)
    } else {
        Err(unknown_page(reply, &body))
    }
}

fn classify_redirect(reply: &Reply) -> Result<Code, LoginError> {
    let location = reply.headers.location.as_deref().unwrap_or_default();
    let query = location.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let value = |name: &str| {
        // Only percent signs are decoded, and once: a plus in a code is a plus.
        let query = query.replace('+', "%2B");
        let found =
            form_urlencoded::parse(query.as_bytes()).find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.into_owned())
    };
    if let Some(code) = value("code") {
        return Ok(Secret::new(code));
    }
    let Some(code) = value("error") else {
        return Err(unknown_page(reply, ""));
    };
    let code = redact::message(&code);
    if matches!(code.as_str(), "temporarily_unavailable" | "server_error") {
        return Err(LoginError::AuthorizationBusy { code });
    }
    let description = value("error_description").map(|text| redact::message(&text.replace('+', " ")));
    Err(LoginError::AuthorizationRefused {
        code,
        description: description.unwrap_or_else(|| "no explanation".to_owned()),
    })
}

fn unknown_page(reply: &Reply, body: &str) -> LoginError {
    let says = match redact::message(&visible_text(body)) {
        nothing if nothing.is_empty() => "no text".to_owned(),
        says => says,
    };
    LoginError::UnknownPage {
        says,
        status: reply.status.as_u16(),
    }
}

/// What a browser would show of a page, title included.
fn visible_text(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        out.push(' ');
        let tag = &rest[start..];
        let hidden = ["script", "style", "!--"]
            .into_iter()
            .find(|name| starts_with_tag(tag, name));
        let end = match hidden {
            Some("!--") => tag.find("-->").map(|at| at + 3),
            Some(name) => tag
                .to_ascii_lowercase()
                .find(&format!("</{name}>"))
                .map(|at| at + name.len() + 3),
            None => tag.find('>').map(|at| at + 1),
        };
        rest = end.map_or("", |end| &tag[end..]);
    }
    out.push_str(rest);
    out
}

fn starts_with_tag(text: &str, name: &str) -> bool {
    text.get(1..=name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::reply::Headers;

    fn answer(status: u16, location: Option<&str>, body: &str) -> Result<String, String> {
        let headers = Headers {
            location: location.map(str::to_owned),
            ..Headers::default()
        };
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: bytes::Bytes::copy_from_slice(body.as_bytes()),
        };
        classify(&reply, "auth.test")
            .map(|code| code.expose().to_owned())
            .map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn the_code_is_decoded_once() {
        let code = |location| answer(302, Some(location), "").unwrap();
        assert_eq!(
            code("http://www.bullhorn.com?code=00%3Aexample&client_id=x"),
            "00:example"
        );
        assert_eq!(
            code("https://app.test/cb?state=1&code=00%253Aexample"),
            "00%3Aexample"
        );
        assert_eq!(code("/cb?code=a+b%2Fc#frag"), "a+b/c");
    }

    #[test]
    fn every_failure_has_its_own_name() {
        let page = |body| answer(200, None, body).unwrap_err();
        assert!(
            page("<html><title>Bullhorn OAuth Error</title>Invalid Client Id</html>")
                .starts_with("ClientUnknown")
        );
        assert_eq!(
            page("<form><p class=\"error\">Invalid credentials.</p>Terms of Service</form>"),
            "CredentialsRefused"
        );
        assert_eq!(
            page("<html><title>Terms of Service</title></html>"),
            "TermsNotAccepted"
        );
        let odd = page(
            "<!DOCTYPE html><html><TITLE>Please wait, a@example.test</TITLE><!-- x > y --><SCRIPT>var a = '<b>';\
             </SCRIPT><p>Invalid redirect</p></html>",
        );
        assert_eq!(
            odd,
            "UnknownPage { says: \"Please wait, [e-mail] Invalid redirect\", status: 200 }"
        );
        assert!(page("").contains("no text"));
        assert!(page("<").contains("no text"));
        assert!(page("é<scripté").contains("says: \"é\""));
        let refused = answer(
            302,
            Some("https://a.test?error=access_denied&error_description=Not+allowed"),
            "",
        );
        assert_eq!(
            refused.unwrap_err(),
            "AuthorizationRefused { code: \"access_denied\", description: \"Not allowed\" }"
        );
        let busy = answer(302, Some("https://a.test?error=temporarily_unavailable"), "").unwrap_err();
        assert!(busy.starts_with("AuthorizationBusy"));
        assert!(
            answer(302, Some("https://a.test/"), "")
                .unwrap_err()
                .starts_with("UnknownPage")
        );
        assert!(
            answer(400, None, "malformed")
                .unwrap_err()
                .contains("status: 400")
        );
    }
}
