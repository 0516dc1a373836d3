//! Nobody chooses the session of somebody else.

use serde_json::Value;

use crate::sessions::{ask, log_in};
use crate::support::on_both;

#[tokio::test]
async fn a_log_in_begins_a_session_that_nobody_knew_before() {
    on_both(async |world| {
        let chosen = "updraft_session=chosen-by-somebody-else";
        let own = log_in(world, "Admin", chosen).await;
        assert_ne!(own, chosen);
        let status = async |cookie: &str| {
            ask(world, "GET /ui/api/me", &[("cookie", cookie)], Value::Null)
                .await
                .status
        };
        assert_eq!(status(chosen).await, 401);
        assert_eq!(status(&own).await, 200);
        // Who logs in where somebody is logged in ends that session.
        let theirs = log_in(world, "Viewer", "").await;
        let own = log_in(world, "Admin", &theirs).await;
        assert_ne!(own, theirs);
        assert_eq!(status(&theirs).await, 401);
        // A cookie that somebody puts before or after the real one changes nothing.
        for both in [format!("{chosen}; {own}"), format!("{own}; {chosen}")] {
            assert_eq!(status(&both).await, 200);
        }
    })
    .await;
}
