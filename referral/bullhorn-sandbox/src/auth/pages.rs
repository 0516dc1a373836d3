//! The HTML pages of the login server. Its failures come as pages with status 200.

/// The page for a request that names no known client.
pub(super) fn unknown_client() -> String {
    oauth_error("Invalid Client Id")
}

/// The page for a redirect address other than the registered one.
pub(super) fn wrong_redirect() -> String {
    oauth_error("Invalid Redirect URI")
}

fn oauth_error(message: &str) -> String {
    page(
        "Bullhorn OAuth Error",
        &format!("<h1>Bullhorn OAuth Error</h1>\n<p class=\"error\">{message}</p>"),
    )
}

/// The form that asks for name and password, with what was wrong before.
pub(super) fn login_form(error: Option<&str>) -> String {
    let error = error
        .map(|message| format!("<p class=\"error\">{message}</p>\n"))
        .unwrap_or_default();
    page(
        "Log in",
        &format!(
            "{error}<form method=\"post\" action=\"\">\n\
             <input type=\"text\" name=\"username\">\n\
             <input type=\"password\" name=\"password\">\n\
             <input type=\"submit\" name=\"action\" value=\"Login\">\n</form>"
        ),
    )
}

/// The page that a new API user gets until somebody accepts the terms in a browser.
pub(super) fn terms() -> String {
    page(
        "Terms of Service",
        "<h1>Terms of Service</h1>\n<p>Please read and accept the terms before you go on.</p>\n\
         <form method=\"post\" action=\"\"><input type=\"submit\" name=\"action\" value=\"Agree\"></form>",
    )
}

/// Where a login without a registered redirect address ends.
pub(crate) fn authorized() -> String {
    page("Authorized", "<p>The code is in the address of this page.</p>")
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\">\n<html>\n<head><title>{title}</title></head>\n\
         <body>\n{body}\n</body>\n</html>\n"
    )
}
