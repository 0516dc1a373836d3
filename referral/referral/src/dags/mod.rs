//! The recruiting DAGs. Their tasks are thin: they call the services, stream progress into the log and return counts.

mod bullhorn_sync;
mod data_quality;
pub(crate) mod notify;
mod service;
#[cfg(test)]
mod service_tests;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use updraft_sdk::{Bundle, Context, TaskError, TaskResult};

use crate::args::BundleArgs;
use crate::settings::Settings;
use notify::Channels;
use service::{Patience, Service, Summary};

/// How long a connection to a service may take.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// The services that the tasks call, and where summaries go.
#[derive(Clone)]
pub(crate) struct Services {
    etl: Service,
    ml: Service,
    channels: Channels,
}

impl Services {
    fn new(settings: &Settings) -> Result<Self> {
        let http = reqwest::Client::builder().connect_timeout(CONNECT_MAX).build()?;
        let token = settings.text("REFERRAL_SERVICE_TOKEN").map(str::to_owned);
        let service = |name, base| Service {
            name,
            base,
            token: token.clone(),
            http: http.clone(),
            patience: Patience::default(),
        };
        Ok(Self {
            etl: service("ETL", settings.url("ETL_SERVICE_URL", "http://127.0.0.1:8001")?),
            ml: service("ML", settings.url("ML_SERVICE_URL", "http://127.0.0.1:8000")?),
            channels: Channels::new(settings, http.clone())?,
        })
    }
}

/// Runs the bundle: the DAGs of this program, as the engine or a person asks for them.
pub(crate) fn run(settings: &Settings, args: BundleArgs) -> Result<ExitCode> {
    let services = Arc::new(Services::new(settings)?);
    let mut bundle = Bundle::new("referral");
    for dag in [bullhorn_sync::dag(&services), data_quality::dag(&services)] {
        bundle = bundle.dag(if args.unscheduled { dag.schedule(None) } else { dag });
    }
    Ok(bundle.run_with(args.arguments))
}

/// Calls an operation of a service for this run, with its progress in the log and in the task's progress.
async fn call(service: &Service, operation: &str, context: &Context) -> TaskResult<Summary> {
    let logger = context.logger();
    let mut on_step = |step: service::Step| {
        // Before there is something to tell, a service only shows that it is there.
        if step.message.is_empty() {
            return;
        }
        let of = step.total.map(|total| format!(" of {total}")).unwrap_or_default();
        logger.info(format!("{}{of} {}", step.done, step.message));
        context.progress(step.done, step.total, step.message);
    };
    match service
        .call(operation, context.run_id().as_str(), &mut on_step)
        .await
    {
        Ok(summary) => {
            logger.info(format!("done: {}", serde_json::Value::from(summary.clone())));
            Ok(summary)
        }
        Err(error) if error.is_retryable() => Err(error.into()),
        Err(error) => Err(TaskError::fail_without_retry(error)),
    }
}
