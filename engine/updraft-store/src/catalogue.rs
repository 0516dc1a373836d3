//! Every statement of the store in one list, for the tests that prepare them all.

use updraft_sql::Sql;

/// The statements of each file.
static FILES: &[&[&Sql]] = &[
    crate::asset_queue::STATEMENTS,
    crate::assets::STATEMENTS,
    crate::attempts::STATEMENTS,
    crate::backfill::STATEMENTS,
    crate::backfills::STATEMENTS,
    crate::callbacks::STATEMENTS,
    crate::changes::STATEMENTS,
    crate::choose::STATEMENTS,
    crate::clear::STATEMENTS,
    crate::connections::STATEMENTS,
    crate::copies::STATEMENTS,
    crate::dags::STATEMENTS,
    crate::deadlines::STATEMENTS,
    crate::event_log::STATEMENTS,
    crate::external::STATEMENTS,
    crate::inquiries::STATEMENTS,
    crate::jobs::STATEMENTS,
    crate::lease::STATEMENTS,
    crate::mark::STATEMENTS,
    crate::mark_run::STATEMENTS,
    crate::picture::STATEMENTS,
    crate::plan::STATEMENTS,
    crate::pool_usage::STATEMENTS,
    crate::pools::STATEMENTS,
    crate::restructure::STATEMENTS,
    crate::roles::STATEMENTS,
    crate::rotate::STATEMENTS,
    crate::run_chart::STATEMENTS,
    crate::run_list::STATEMENTS,
    crate::runs::STATEMENTS,
    crate::sessions::STATEMENTS,
    crate::sources::STATEMENTS,
    crate::store::STATEMENTS,
    crate::task_trigger::STATEMENTS,
    crate::tasks::STATEMENTS,
    crate::timetables::STATEMENTS,
    crate::trigger::STATEMENTS,
    crate::users::STATEMENTS,
    crate::variables::STATEMENTS,
    crate::waits::STATEMENTS,
    crate::xcom::STATEMENTS,
];

/// Every statement that the store sends to its database.
pub fn catalogue() -> Vec<&'static Sql> {
    let mut all = FILES.concat();
    all.extend(crate::views::FILES.concat());
    all
}
