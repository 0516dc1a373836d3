//! Airflow's Task Execution API, `/execution`: what attempts ask that run elsewhere, on workers of the official Task SDK or any others.
//!
//! - An [`Operation`](operation::Operation) is declared like an endpoint of the REST API, but whoever calls is an attempt: its token
//!   says which, and [`Ask`](operation::Ask) is what it asks.
//! - What it asks goes to the engine by the same function as what attempts ask of their supervisors, so both get the same answers.
//! - [`versions`] says what older clients are told.
//!
//! Source: Airflow 3.3.2, versions 2026-04-06 and 2026-06-30.

mod api;
mod asset_events;
mod assets;
mod connections;
mod convert;
mod dag_runs;
mod dags;
mod document;
mod health;
mod hitl;
mod operation;
mod refusal;
mod router;
mod shapes;
mod state_stores;
mod task_instances;
mod tasks;
mod values;
mod variables;
mod versioned;
mod versions;
mod workloads;

pub use api::ExecutionApi;
pub use document::execution_document;
pub use operation::AskedBy;
pub use router::{ExecutionRoute, execution_router, execution_routes};
