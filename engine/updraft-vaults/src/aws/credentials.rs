//! Where keys for AWS come from, in boto3's order: the arguments, the environment, a web identity, a profile, the container, the
//! machine.

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Url};
use tokio::sync::Mutex;

use crate::aws::profile::Profile;
use crate::aws::sign::Keys;
use crate::aws::sts::{self, AssumedRole, Sts};
use crate::http::{self, Answer, InvalidClient, Reach, Verify};
use crate::kwargs::{InvalidKwargs, Kwargs};
use crate::open::{Invalid, Surroundings};

/// Keys that expire are renewed so long before.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_mins(5);

/// How long a service beside this machine may take; where there is none, nobody answers.
const BESIDE_MAX: std::time::Duration = std::time::Duration::from_secs(2);

/// The metadata service of a machine.
const INSTANCE: &str = "http://169.254.169.254";

/// The service that gives containers their keys, unless they are told a whole address.
const CONTAINER: &str = "http://169.254.170.2";

/// Hosts of such services that may be asked without TLS, besides this machine.
const CONTAINER_HOSTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];

/// Gets keys, and remembers them.
pub(crate) struct Credentials {
    source: Source,
    /// The role that is taken on with those keys.
    role: Option<AssumedRole>,
    sts: Sts,
    beside: Client,
    /// Who gets keys writes them, all others wait for that.
    known: Mutex<Option<Temporary>>,
}

/// Keys and their end.
#[derive(Debug, Clone)]
pub(crate) struct Temporary {
    pub(crate) keys: Keys,
    pub(crate) expires: Option<Timestamp>,
}

/// Where keys come from.
enum Source {
    Given(Keys),
    WebIdentity {
        token_file: String,
        role_arn: String,
        session: String,
    },
    Container {
        url: Url,
        authorization: Option<String>,
        authorization_file: Option<String>,
    },
    Instance {
        url: Url,
    },
}

/// Why there are no keys.
pub(crate) enum NoKeys {
    /// Nobody answers at the moment.
    Unavailable(String),
    /// It will not help to ask again.
    Refused(String),
}

impl Credentials {
    pub(crate) fn new(
        kwargs: &mut Kwargs,
        around: &Surroundings,
        profile: Option<&Profile>,
        sts: Sts,
    ) -> Result<Self, Invalid> {
        let given = kwargs
            .text("aws_access_key_id")?
            .zip(kwargs.text("aws_secret_access_key")?);
        let session_token = kwargs.text("aws_session_token")?;
        let role = AssumedRole::take(kwargs)?;
        let source = match given {
            Some((access_key_id, secret_access_key)) => Source::Given(Keys {
                access_key_id,
                secret_access_key,
                session_token,
            }),
            None => Source::find(around, profile)?,
        };
        Ok(Self {
            source,
            role,
            sts,
            beside: http::client(&Verify::WellKnown, Reach::Beside, Some(BESIDE_MAX))?,
            known: Mutex::new(None),
        })
    }

    /// Keys that are good for a while; others than the old ones, which were refused.
    pub(crate) async fn keys(&self, now: Timestamp, old: Option<&Keys>) -> Result<Keys, NoKeys> {
        let mut known = self.known.lock().await;
        let is_good = |known: &Temporary| {
            let lasts = known
                .expires
                .is_none_or(|end| end.duration_since(now) > RENEW_BEFORE);
            lasts && Some(&known.keys) != old
        };
        if let Some(known) = known.as_ref().filter(|known| is_good(known)) {
            return Ok(known.keys.clone());
        }
        let mut got = self.source.get(&self.beside, &self.sts).await?;
        if let Some(role) = &self.role {
            got = self.sts.assume(role, &got.keys, now).await?;
        }
        Ok(known.insert(got).keys.clone())
    }
}

impl Source {
    fn find(around: &Surroundings, profile: Option<&Profile>) -> Result<Self, Invalid> {
        let variable = |name: &str| around.get(name).cloned();
        // A profile that is named comes before what the environment says.
        if let Some(profile) = profile {
            return match of_profile(profile)? {
                Some(keys) => Ok(Self::Given(keys)),
                None => Err(InvalidKwargs::Value {
                    name: "profile_name",
                    expected: "a profile with `aws_access_key_id` and `aws_secret_access_key` in `~/.aws/credentials`",
                }
                .into()),
            };
        }
        if let Some((access_key_id, secret_access_key)) =
            variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY"))
        {
            let session_token = variable("AWS_SESSION_TOKEN").or_else(|| variable("AWS_SECURITY_TOKEN"));
            return Ok(Self::Given(Keys {
                access_key_id,
                secret_access_key,
                session_token,
            }));
        }
        if let Some((token_file, role_arn)) =
            variable("AWS_WEB_IDENTITY_TOKEN_FILE").zip(variable("AWS_ROLE_ARN"))
        {
            let session = variable("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| sts::SESSION.to_owned());
            return Ok(Self::WebIdentity {
                token_file,
                role_arn,
                session,
            });
        }
        if let Some(keys) = of_profile(&Profile::read("default", around))? {
            return Ok(Self::Given(keys));
        }
        if let Some(url) = container(around)? {
            return Ok(Self::Container {
                url,
                authorization: variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
                authorization_file: variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
            });
        }
        let address = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
        let url = address.as_deref().unwrap_or(INSTANCE).parse();
        let url = url.map_err(|_| InvalidKwargs::Value {
            name: "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            expected: "an address",
        })?;
        Ok(Self::Instance { url })
    }

    async fn get(&self, beside: &Client, sts: &Sts) -> Result<Temporary, NoKeys> {
        match self {
            Self::Given(keys) => Ok(Temporary {
                keys: keys.clone(),
                expires: None,
            }),
            Self::WebIdentity {
                token_file,
                role_arn,
                session,
            } => {
                let token = std::fs::read_to_string(token_file).map_err(|error| {
                    NoKeys::Refused(format!(
                        "the web identity in `{token_file}` cannot be read: {error}"
                    ))
                })?;
                sts.assume_with_web_identity(role_arn, session, token.trim())
                    .await
            }
            Self::Container {
                url,
                authorization,
                authorization_file,
            } => {
                let mut request = beside.get(url.clone());
                let from_file = authorization_file.as_ref().map(std::fs::read_to_string);
                let from_file = from_file.transpose().map_err(|error| {
                    NoKeys::Refused(format!(
                        "the token for the container's keys cannot be read: {error}"
                    ))
                })?;
                if let Some(token) = from_file.as_deref().or(authorization.as_deref()) {
                    request = request.header("Authorization", token.trim());
                }
                let answer = http::send(request)
                    .await
                    .map_err(|why| beside_is_silent(url, &why))?;
                of_document(url, &answer)
            }
            Self::Instance { url } => of_instance(beside, url).await,
        }
    }
}

fn of_profile(profile: &Profile) -> Result<Option<Keys>, Invalid> {
    profile
        .keys()
        .map_err(|why| Invalid::Client(InvalidClient::Client { why }))
}

/// Where a container gets its keys, if it is one.
fn container(around: &Surroundings) -> Result<Option<Url>, InvalidKwargs> {
    if let Some(path) = around.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        let url = format!("{CONTAINER}{path}").parse();
        return url.map(Some).map_err(|_| InvalidKwargs::Value {
            name: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            expected: "a path",
        });
    }
    let Some(url) = around.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") else {
        return Ok(None);
    };
    // The token for it must not go to anybody without TLS.
    let is_safe = |url: &Url| {
        let host = url.host_str().unwrap_or_default();
        let is_this = matches!(host, "localhost" | "[::1]") || host.starts_with("127.");
        url.scheme() == "https" || is_this || CONTAINER_HOSTS.contains(&host)
    };
    let url = url.parse().ok().filter(is_safe);
    url.map(Some).ok_or(InvalidKwargs::Value {
        name: "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        expected: "an address with https, or of this machine",
    })
}

/// The keys of the role that the machine has: a token is asked for first, so that no proxy can be made to ask.
async fn of_instance(beside: &Client, url: &Url) -> Result<Temporary, NoKeys> {
    let place = |path: &str| url.join(path).unwrap_or_else(|_| url.clone());
    let silent = |why: String| {
        NoKeys::Refused(format!(
            "there are no keys for AWS: neither the arguments, the environment, a profile, the container nor this machine ({why}) \
             has them; set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or give the machine a role"
        ))
    };
    let request = beside.put(place("/latest/api/token"));
    let request = request.header("X-aws-ec2-metadata-token-ttl-seconds", "300");
    let token = http::send(request).await.map_err(silent)?;
    if !token.status.is_success() {
        return Err(silent(format!("it answers {}", token.status)));
    }
    let token = token.text();
    let ask = |path: String| {
        let request = beside.get(place(&path));
        http::send(request.header("X-aws-ec2-metadata-token", token.trim()))
    };
    let roles = "/latest/meta-data/iam/security-credentials/";
    let role = ask(roles.to_owned()).await.map_err(silent)?;
    let text = role.text();
    let name = text.lines().next().unwrap_or_default().trim();
    if !role.status.is_success() || name.is_empty() {
        return Err(silent("it has no role".to_owned()));
    }
    let answer = ask(format!("{roles}{name}")).await.map_err(silent)?;
    of_document(url, &answer)
}

fn beside_is_silent(url: &Url, why: &str) -> NoKeys {
    NoKeys::Unavailable(format!("{} gives no keys: {why}", http::address(url)))
}

fn of_document(url: &Url, answer: &Answer) -> Result<Temporary, NoKeys> {
    if !answer.status.is_success() {
        return Err(beside_is_silent(url, &format!("it answers {}", answer.status)));
    }
    let document = answer.json();
    let text = |name: &str| document[name].as_str().map(str::to_owned);
    let keys = text("AccessKeyId").zip(text("SecretAccessKey"));
    let (access_key_id, secret_access_key) =
        keys.ok_or_else(|| beside_is_silent(url, "its answer has none"))?;
    Ok(Temporary {
        keys: Keys {
            access_key_id,
            secret_access_key,
            session_token: text("Token"),
        },
        expires: document["Expiration"].as_str().and_then(|text| text.parse().ok()),
    })
}
