//! Tasks of runs.

mod get;
mod kill;
mod list;
mod question;
mod xcom;

use crate::endpoint::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        list::endpoint(),
        get::endpoint(),
        xcom::endpoint(),
        kill::endpoint(),
    ]
}
