//! The built pages, and the one page for every address that is theirs.

mod assets;

use axum::Extension;
use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, Response, Uri};
use axum::response::{Html, IntoResponse};

use crate::caller::Caller;
use crate::failure::Failure;

/// What is shown where no pages were built.
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Recruiting</title></head><body>\n\
    <h1>The recruiting pages were not built</h1>\n<p>Their API works. To have the pages, run <code>cargo xtask ui</code> and build \
    <code>referral</code> again.</p>\n</body></html>\n";

/// A file of the pages, or the page itself.
pub(crate) async fn page(
    Extension(caller): Extension<Caller>,
    uri: Uri,
    headers: HeaderMap,
) -> axum::response::Response {
    let name = uri.path().strip_prefix("/recruiting").unwrap_or_default();
    let name = name.trim_start_matches('/');
    if name == "api" || name.starts_with("api/") {
        return Failure::NotFound("there is nothing at this address".to_owned()).into_response();
    }
    if let Some(response) = asset(name, &headers) {
        return response;
    }
    if name.starts_with("assets/") || name.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return Failure::NotFound("there is no such file".to_owned()).into_response();
    }
    match assets::file("index.html") {
        Some(index) => Html(start(&String::from_utf8_lossy(&index), &caller.base)).into_response(),
        None => Html(NOT_BUILT).into_response(),
    }
}

/// The page that everything begins with, which finds its files below the path that the browser sees.
fn start(index: &str, base: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.~/".contains(character);
    // The path was signed; that it cannot leave its attribute is checked all the same.
    let base = if base.chars().all(is_plain) { base } else { "" };
    index.replace("<base href=\"/\"", &format!("<base href=\"{base}/\""))
}

/// A file as it was compressed when it was built, if the browser takes that. Names in `assets` have a hash of what is in them.
fn asset(name: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    if name.is_empty() || name == "index.html" {
        return None;
    }
    let plain = assets::file(name)?;
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let packed = accepted
        .is_some_and(|accepted| accepted.split(',').any(|one| one.trim() == "gzip"))
        .then(|| assets::file(&format!("{name}.gz")))
        .flatten();
    let is_packed = packed.is_some();
    let mut response = Response::new(Body::from(packed.unwrap_or(plain).into_owned()));
    let about = response.headers_mut();
    about.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    about.insert(VARY, HeaderValue::from_static("accept-encoding"));
    let keeps = if name.starts_with("assets/") {
        "private, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    about.insert(CACHE_CONTROL, HeaderValue::from_static(keeps));
    if is_packed {
        about.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Some(response)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_finds_its_files_below_the_path_of_the_browser() {
        let index = "<base href=\"/\" />";
        assert_eq!(
            start(index, "/x/plugin-views/r"),
            "<base href=\"/x/plugin-views/r/\" />"
        );
        assert_eq!(start(index, "/\"><script>"), "<base href=\"/\" />");
        assert!(NOT_BUILT.contains("cargo xtask ui"));
    }
}
