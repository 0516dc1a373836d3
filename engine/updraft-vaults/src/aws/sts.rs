//! Roles of AWS: keys for a while, from the Security Token Service.

use jiff::Timestamp;
use reqwest::{Client, Url};

use super::credentials::{NoKeys, Temporary};
use super::sign::{self, Keys, Scope, Unsigned};
use crate::http::{self, Answer};
use crate::kwargs::{InvalidKwargs, Kwargs};

/// What a session is called if nobody says.
pub(crate) const SESSION: &str = "updraft";

const VERSION: &str = "2011-06-15";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// The service of a region.
pub(crate) struct Sts {
    pub(crate) client: Client,
    pub(crate) url: Url,
    pub(crate) region: String,
}

/// A role that is taken on with other keys: `role_arn` among the arguments.
pub(crate) struct AssumedRole {
    arn: String,
    external_id: Option<String>,
    session: String,
}

impl AssumedRole {
    pub(super) fn take(kwargs: &mut Kwargs) -> Result<Option<Self>, InvalidKwargs> {
        let arn = kwargs.text("role_arn")?;
        let external_id = kwargs.text("external_id")?;
        let session = kwargs.text("role_session_name")?;
        let method = kwargs.text("assume_role_method")?;
        if method.is_some_and(|method| method != "assume_role") {
            return Err(InvalidKwargs::Value {
                name: "assume_role_method",
                expected: "`assume_role`; a web identity is found by `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`",
            });
        }
        Ok(arn.map(|arn| Self {
            arn,
            external_id,
            session: session.unwrap_or_else(|| SESSION.to_owned()),
        }))
    }
}

impl Sts {
    /// Takes a role on.
    pub(super) async fn assume(
        &self,
        role: &AssumedRole,
        keys: &Keys,
        now: Timestamp,
    ) -> Result<Temporary, NoKeys> {
        let mut form = vec![
            ("Action", "AssumeRole"),
            ("Version", VERSION),
            ("RoleArn", &role.arn),
            ("RoleSessionName", &role.session),
        ];
        form.extend(role.external_id.as_deref().map(|id| ("ExternalId", id)));
        let body = encode(&form);
        let (host, date) = (sign::host(&self.url), sign::amz_date(now));
        let mut headers = vec![
            ("content-type", FORM),
            ("host", host.as_str()),
            ("x-amz-date", date.as_str()),
        ];
        headers.extend(
            keys.session_token
                .as_deref()
                .map(|token| ("x-amz-security-token", token)),
        );
        let unsigned = Unsigned {
            method: "POST",
            headers: &headers,
            body: body.as_bytes(),
        };
        let scope = Scope {
            region: &self.region,
            service: "sts",
            at: now,
        };
        let authorization = sign::authorization(unsigned, keys, scope);
        let mut request = self
            .client
            .post(self.url.clone())
            .header("authorization", authorization);
        for (name, value) in headers.into_iter().filter(|(name, _)| *name != "host") {
            request = request.header(name, value);
        }
        self.understand(http::send(request.body(body)).await, &role.arn)
    }

    /// Takes on a role with a token of somebody who is believed, such as Kubernetes.
    pub(super) async fn assume_with_web_identity(
        &self,
        arn: &str,
        session: &str,
        token: &str,
    ) -> Result<Temporary, NoKeys> {
        let body = encode(&[
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", VERSION),
            ("RoleArn", arn),
            ("RoleSessionName", session),
            ("WebIdentityToken", token),
        ]);
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", FORM)
            .body(body);
        self.understand(http::send(request).await, arn)
    }

    fn understand(&self, answer: Result<Answer, String>, arn: &str) -> Result<Temporary, NoKeys> {
        let place = format!("role `{arn}` at {}", http::address(&self.url));
        let answer =
            answer.map_err(|why| NoKeys::Unavailable(format!("{place} cannot be asked for: {why}")))?;
        let text = answer.text();
        if !answer.status.is_success() {
            let code = element(&text, "Code").unwrap_or_else(|| answer.status.to_string());
            let why = format!("{place} is not given: {code}");
            return Err(if answer.status.is_server_error() {
                NoKeys::Unavailable(why)
            } else {
                NoKeys::Refused(why)
            });
        }
        let found = element(&text, "AccessKeyId").zip(element(&text, "SecretAccessKey"));
        let (access_key_id, secret_access_key) =
            found.ok_or_else(|| NoKeys::Refused(format!("{place}: the answer has no keys")))?;
        Ok(Temporary {
            keys: Keys {
                access_key_id,
                secret_access_key,
                session_token: element(&text, "SessionToken"),
            },
            expires: element(&text, "Expiration").and_then(|text| text.parse().ok()),
        })
    }
}

/// The text of the first element of that name. What is looked for has no markup and no entities.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.trim().to_owned())
}

fn encode(form: &[(&str, &str)]) -> String {
    // The encoder of addresses is that of forms.
    let mut url = Url::parse("http://form").expect("a constant address");
    url.query_pairs_mut().extend_pairs(form);
    url.query().unwrap_or_default().to_owned()
}
