//! Step 1: which data centre the user belongs to.

use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;

use crate::call_error::{Fault, ShapeError};
use crate::http::exchange::Step;
use crate::http::reply::Reply;
use crate::login::LoginError;
use crate::login::address;
use crate::login::post::Sender;
use crate::options::PlainHttp;
use crate::redact::Place;
use crate::wire::envelope::{self, ReadError};
use crate::wire::error_body::ErrorBody;

/// The addresses of the user's data centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataCentre {
    pub(crate) authorize: Url,
    pub(crate) token: Url,
    pub(crate) login: Url,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginInfo {
    oauth_url: Option<String>,
    rest_url: Option<String>,
}

/// Asks for the user's data centre. Hosts are never guessed: users move between data centres.
pub(crate) async fn discover(
    sender: Sender<'_>,
    rest_address: &Url,
    username: &str,
) -> Result<DataCentre, LoginError> {
    let mut url = address::endpoint(rest_address, &["loginInfo"], "loginInfo");
    url.query_pairs_mut().append_pair("username", username);
    let plain_http = sender.exchange.options().plain_http;
    sender
        .get(url, |reply, place| judge(reply, place, plain_http))
        .await?
}

fn judge(reply: &Reply, place: &Place, plain_http: PlainHttp) -> Step<Result<DataCentre, LoginError>> {
    let rejection = || {
        let error = ErrorBody::read(&envelope::text(&reply.body));
        LoginError::UserUnknown(Box::new(error.into_rejection(place.clone(), reply.status)))
    };
    if reply.status != StatusCode::OK {
        return Step::Done(Err(rejection()));
    }
    if reply.is_empty() {
        return Step::Broken(Fault::Empty);
    }
    if reply.is_page() {
        return Step::Broken(Fault::Page);
    }
    let shape = |source| LoginError::Unreadable {
        place: place.clone(),
        source,
    };
    Step::Done(match envelope::read_plain(&envelope::text(&reply.body)) {
        Ok(info) => data_centre(info, plain_http).map_err(shape),
        Err(ReadError::Garbled) => return Step::Broken(Fault::Garbled),
        Err(ReadError::ErrorBody) => Err(rejection()),
        Err(ReadError::Shape(source)) => Err(shape(source)),
    })
}

fn data_centre(info: LoginInfo, plain_http: PlainHttp) -> Result<DataCentre, ShapeError> {
    let url = |text: Option<String>, key: &'static str| {
        let text = text.ok_or(ShapeError::Missing { key })?;
        address::parse(&text, plain_http).map_err(ShapeError::Address)
    };
    let (oauth, rest) = (url(info.oauth_url, "oauthUrl")?, url(info.rest_url, "restUrl")?);
    let known = ["authorize", "token"];
    Ok(DataCentre {
        authorize: address::endpoint(&oauth, &known, "authorize"),
        token: address::endpoint(&oauth, &known, "token"),
        login: address::endpoint(&rest, &["login"], "login"),
    })
}
