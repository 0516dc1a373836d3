//! `/ui/api`: what the web interface asks. Whatever Airflow's REST API has already, it asks there.
//!
//! Nothing here is promised to anybody but the interface of the same version. `ui/openapi.json` describes it, and the interface's types are
//! made of that.

mod cursor;
mod dags;
mod events;
mod gantt;
mod graph;
mod grid;
mod home;
mod login;
mod login_methods;
mod logout;
mod logs;
mod me;
mod oidc;
mod runs;
mod search;
mod shapes;
mod tasks;
mod tokens;
mod words;

use crate::endpoint::Endpoint;

/// All endpoints of the web interface.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        vec![login::endpoint(), logout::endpoint(), me::endpoint()],
        vec![login_methods::endpoint()],
        oidc::endpoints().into(),
        vec![graph::endpoint(), gantt::endpoint()],
        logs::endpoints(),
        vec![
            home::endpoint(),
            grid::endpoint(),
            search::endpoint(),
            events::endpoint(),
        ],
        dags::endpoints(),
        runs::endpoints(),
        tasks::endpoints(),
        tokens::endpoints(),
    ]
    .concat()
}
