//! Every statement of the store in one list, for the tests that prepare them all.

use updraft_sql::Sql;

/// The statements of each file.
static FILES: &[&[&Sql]] = &[
    crate::asset_aliases::STATEMENTS,
    crate::asset_event_list::STATEMENTS,
    crate::asset_list::STATEMENTS,
    crate::asset_queue::STATEMENTS,
    crate::assets::STATEMENTS,
    crate::attempts::STATEMENTS,
    crate::backfill::STATEMENTS,
    crate::backfills::STATEMENTS,
    crate::callbacks::STATEMENTS,
    crate::changes::STATEMENTS,
    crate::choose::STATEMENTS,
    crate::clear::STATEMENTS,
    crate::code::STATEMENTS,
    crate::connections::STATEMENTS,
    crate::copies::STATEMENTS,
    crate::dag_list::STATEMENTS,
    crate::dag_details::STATEMENTS,
    crate::dag_warnings::STATEMENTS,
    crate::dags::STATEMENTS,
    crate::deadlines::STATEMENTS,
    crate::delete_dag::STATEMENTS,
    crate::event_log::STATEMENTS,
    crate::external::STATEMENTS,
    crate::favorites::STATEMENTS,
    crate::import_errors::STATEMENTS,
    crate::inquiries::STATEMENTS,
    crate::job_list::STATEMENTS,
    crate::jobs::STATEMENTS,
    crate::lease::STATEMENTS,
    crate::mark::STATEMENTS,
    crate::mark_run::STATEMENTS,
    crate::parse_requests::STATEMENTS,
    crate::picture::STATEMENTS,
    crate::plan::STATEMENTS,
    crate::pool_usage::STATEMENTS,
    crate::pools::STATEMENTS,
    crate::queued_events::STATEMENTS,
    crate::restructure::STATEMENTS,
    crate::role_list::STATEMENTS,
    crate::roles::STATEMENTS,
    crate::rotate::STATEMENTS,
    crate::run_chart::STATEMENTS,
    crate::run_list::STATEMENTS,
    crate::runs::STATEMENTS,
    crate::sessions::STATEMENTS,
    crate::sources::STATEMENTS,
    crate::store::STATEMENTS,
    crate::task_list::STATEMENTS,
    crate::task_trigger::STATEMENTS,
    crate::tasks::STATEMENTS,
    crate::timetables::STATEMENTS,
    crate::trigger::STATEMENTS,
    crate::user_list::STATEMENTS,
    crate::users::STATEMENTS,
    crate::variables::STATEMENTS,
    crate::waits::STATEMENTS,
    crate::upstream_events::STATEMENTS,
    crate::xcom::STATEMENTS,
    crate::xcom_list::STATEMENTS,
    crate::xcom_write::STATEMENTS,
];

/// Every statement that the store sends to its database.
pub fn catalogue() -> Vec<&'static Sql> {
    let mut all = FILES.concat();
    all.extend(crate::views::FILES.concat());
    all
}
