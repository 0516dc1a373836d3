//! Files of the interface, and its page for every address that is its own.

use std::fmt::Write;

use axum::body::Body;
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, LOCATION, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};
use bytes::Bytes;

use super::assets::{self, File};
use super::legacy;
use crate::options::BaseUrl;
use crate::packed::takes;

/// Addresses below these are of programs, whatever they accept.
const OF_PROGRAMS: [&str; 5] = ["/api", "/ui/api", "/auth", "/execution", "/health"];

/// What is shown where no interface was built.
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Updraft</title></head><body>\n\
    <h1>The web interface was not built</h1>\n<p>The REST API works. To have the interface, run <code>cargo xtask ui</code> and build \
    again.</p>\n</body></html>\n";

/// The answer to a call of no endpoint; `None` if nothing is there.
pub(crate) fn page(
    base: &BaseUrl,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Option<Response<Body>> {
    find(base, (method, uri, headers), &assets::file)
}

fn find(
    base: &BaseUrl,
    (method, uri, headers): (&Method, &Uri, &HeaderMap),
    file: &dyn Fn(&str) -> Option<File>,
) -> Option<Response<Body>> {
    let path = uri.path();
    let is_below = |prefix: &&str| {
        path.strip_prefix(*prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if !matches!(*method, Method::GET | Method::HEAD) || OF_PROGRAMS.iter().any(is_below) {
        return None;
    }
    if let Some(target) = legacy::target(path, uri.query().unwrap_or_default()) {
        return Some(redirect(&format!("{}{target}", base.path)));
    }
    let name = path.trim_start_matches('/');
    let is_hidden =
        name.is_empty() || name == "index.html" || name.split('/').any(|part| part.starts_with('.'));
    if !is_hidden && let Some(plain) = file(name) {
        return Some(asset(name, plain, headers, file));
    }
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if !accepted.is_some_and(|accepted| accepted.contains("text/html")) {
        return None;
    }
    Some(match file("index.html") {
        Some(index) => start(base, &index, headers),
        None => with(
            StatusCode::OK,
            NOT_BUILT,
            &[(CONTENT_TYPE, HTML), (CACHE_CONTROL, "no-cache")],
        ),
    })
}

const HTML: &str = "text/html; charset=utf-8";

fn redirect(to: &str) -> Response<Body> {
    with(StatusCode::FOUND, Bytes::new(), &[(LOCATION, to)])
}

/// The page that everything begins with.
fn start(base: &BaseUrl, index: &File, headers: &HeaderMap) -> Response<Body> {
    let text = String::from_utf8_lossy(&index.bytes);
    let text = text.replace("<base href=\"/\"", &format!("<base href=\"{}/\"", base.path));
    let etag = format!("{}-{}\"", tag(index).trim_end_matches('"'), base.path.len());
    if is_known(headers, &etag) {
        return with(StatusCode::NOT_MODIFIED, Bytes::new(), &[(ETAG, &etag)]);
    }
    let about = [(CONTENT_TYPE, HTML), (CACHE_CONTROL, "no-cache"), (ETAG, &etag)];
    with(StatusCode::OK, text, &about)
}

/// A file, as it was compressed when it was built, if the browser takes that. Names in `assets` have a hash of what is in them.
fn asset(
    name: &str,
    plain: File,
    headers: &HeaderMap,
    file: &dyn Fn(&str) -> Option<File>,
) -> Response<Body> {
    let packed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .find_map(|(encoding, suffix)| {
            let packed = takes(headers, encoding).then(|| file(&format!("{name}.{suffix}")))??;
            Some((encoding, packed))
        });
    let etag = tag(&plain);
    let keeps = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut about = vec![
        (CONTENT_TYPE, content_type(name)),
        (CACHE_CONTROL, keeps),
        (VARY, "accept-encoding"),
    ];
    let bytes = match packed {
        Some((encoding, packed)) => {
            about.push((CONTENT_ENCODING, encoding));
            packed.bytes
        }
        None => plain.bytes,
    };
    let etag = about
        .iter()
        .find(|(name, _)| *name == CONTENT_ENCODING)
        .map_or(etag.clone(), |(_, encoding)| {
            format!("{}-{encoding}\"", etag.trim_end_matches('"'))
        });
    about.push((ETAG, &etag));
    if is_known(headers, &etag) {
        return with(StatusCode::NOT_MODIFIED, Bytes::new(), &about);
    }
    with(StatusCode::OK, bytes.into_owned(), &about)
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known = known.into_iter().flat_map(|value| value.split(','));
    known
        .into_iter()
        .any(|one| one.trim().trim_start_matches("W/") == etag)
}

fn tag(file: &File) -> String {
    let mut tag = "\"".to_owned();
    for byte in file.sha256.iter().take(12) {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => HTML,
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "map") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn with(status: StatusCode, body: impl Into<Body>, about: &[(HeaderName, &str)]) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    for (name, value) in about {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use axum::http::header::ACCEPT_ENCODING;

    use super::*;

    fn built(name: &str) -> Option<File> {
        let bytes: &[u8] = match name {
            "index.html" => b"<base href=\"/\" /><script src=\"./assets/a-1.js\">",
            "assets/a-1.js" => b"plain",
            "assets/a-1.js.br" => b"packed",
            "favicon.svg" => b"<svg/>",
            _ => return None,
        };
        Some(File {
            bytes: Cow::Borrowed(bytes),
            sha256: [u8::try_from(bytes.len()).unwrap(); 32],
        })
    }

    fn ask(path: &str, headers: &[(HeaderName, &str)]) -> Option<Response<Body>> {
        let base: BaseUrl = "https://example.com/airflow".parse().unwrap();
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect();
        find(&base, (&Method::GET, &path.parse().unwrap(), &headers), &built)
    }

    fn header(response: &Response<Body>, name: HeaderName) -> &str {
        response
            .headers()
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn files_are_sent_packed_and_kept_for_ever_where_their_name_says_what_is_in_them() {
        let script = ask("/assets/a-1.js", &[(ACCEPT_ENCODING, "gzip, br;q=0.9")]).unwrap();
        assert_eq!(header(&script, CONTENT_ENCODING), "br");
        assert_eq!(header(&script, CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert_eq!(
            header(&script, CACHE_CONTROL),
            "public, max-age=31536000, immutable"
        );
        let plain = ask("/assets/a-1.js", &[(ACCEPT_ENCODING, "br;q=0, gzip")]).unwrap();
        assert_eq!(header(&plain, CONTENT_ENCODING), "");
        assert_ne!(header(&plain, ETAG), header(&script, ETAG));
        let known = ask("/assets/a-1.js", &[(IF_NONE_MATCH, header(&plain, ETAG))]).unwrap();
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
        let icon = ask("/favicon.svg", &[]).unwrap();
        assert_eq!(header(&icon, CACHE_CONTROL), "no-cache");
        assert!(ask("/assets/gone.js", &[(ACCEPT, "*/*")]).is_none());
    }

    #[test]
    fn every_address_of_the_interface_is_its_page_and_those_of_programs_are_not() {
        for path in ["/", "/dags/a/runs/b", "/index.html"] {
            let page = ask(path, &[(ACCEPT, "text/html,*/*")]).unwrap();
            assert_eq!(
                (page.status(), header(&page, CACHE_CONTROL)),
                (StatusCode::OK, "no-cache"),
                "{path}"
            );
            let known = ask(
                path,
                &[(ACCEPT, "text/html"), (IF_NONE_MATCH, header(&page, ETAG))],
            )
            .unwrap();
            assert_eq!(known.status(), StatusCode::NOT_MODIFIED, "{path}");
        }
        for path in [
            "/api/v1/nothing",
            "/ui/api/nothing",
            "/auth/x",
            "/health",
            "/execution",
        ] {
            assert!(ask(path, &[(ACCEPT, "text/html")]).is_none(), "{path}");
        }
        assert!(ask("/dags", &[]).is_none());
    }

    #[tokio::test]
    async fn the_page_names_the_path_that_all_addresses_begin_with() {
        let page = ask("/", &[(ACCEPT, "text/html")]).unwrap();
        let bytes = axum::body::to_bytes(page.into_body(), 1000).await.unwrap();
        assert_eq!(
            bytes,
            "<base href=\"/airflow/\" /><script src=\"./assets/a-1.js\">"
        );
    }

    #[test]
    fn without_a_build_a_page_says_how_to_make_one() {
        let uri: Uri = "/".parse().unwrap();
        let headers: HeaderMap = [(ACCEPT, HeaderValue::from_static("text/html"))]
            .into_iter()
            .collect();
        let page = find(&BaseUrl::default(), (&Method::GET, &uri, &headers), &|_| None).unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        assert!(NOT_BUILT.contains("cargo xtask ui"));
    }

    #[test]
    fn old_addresses_lead_below_the_base_path() {
        let moved = ask("/home", &[]).unwrap();
        assert_eq!(
            (moved.status(), header(&moved, LOCATION)),
            (StatusCode::FOUND, "/airflow/dags")
        );
    }
}
