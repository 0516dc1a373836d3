//! All statements of the store, from the files that use them.

use updraft_sql::Sql;

/// Every statement, in the order of the files.
pub(crate) fn statements() -> Vec<&'static Sql> {
    [
        crate::candidate_rows::STATEMENTS,
        crate::position_rows::STATEMENTS,
        crate::sync_run::STATEMENTS,
        crate::sync_page::STATEMENTS,
        crate::sweep::STATEMENTS,
        crate::erasure::STATEMENTS,
        crate::embedding::STATEMENTS,
        crate::features::STATEMENTS,
        crate::match_delta::STATEMENTS,
        crate::matching::STATEMENTS,
        crate::reading::STATEMENTS,
        crate::work_run::STATEMENTS,
        crate::quality::STATEMENTS,
        crate::pages::positions::STATEMENTS,
        crate::pages::explain::STATEMENTS,
        crate::pages::people::STATEMENTS,
        crate::pages::feedback::STATEMENTS,
        crate::pages::quality::STATEMENTS,
        crate::pages::volumes::STATEMENTS,
    ]
    .concat()
}
