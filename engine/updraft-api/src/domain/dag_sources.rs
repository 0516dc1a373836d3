//! The texts of DAG files, and reading them again.

use updraft_auth::{Action, Identity, Resource};
use updraft_model::DagId;
use updraft_store::DagCode;

use super::dags;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;

/// The text of a version of a DAG, of the newest one without a number.
pub(crate) async fn of_dag(api: &Api, dag_id: &str, version_number: Option<i64>) -> Result<DagCode, Failure> {
    let found = api
        .store()
        .dag_code(&dags::parse(dag_id)?, version_number)
        .await?;
    found.ok_or_else(|| {
        Failure::NotFound(match version_number {
            Some(number) => format!("the DAG `{dag_id}` has no version {number}"),
            None => format!("there is no DAG `{dag_id}`"),
        })
    })
}

/// The text of the file that a token names. Who reads it may read all DAGs that the file defines.
pub(crate) async fn of_file((api, identity): (&Api, &Identity), file_token: &str) -> Result<String, Failure> {
    let fileloc = open(api, file_token)?;
    let found = api.store().code_of_file(&fileloc).await?;
    let readable = identity.dags(Action::Read);
    for (dag_id, _) in &found {
        if !DagId::parse(dag_id).is_ok_and(|dag_id| readable.contains(&dag_id)) {
            return Err(Failure::Forbidden);
        }
    }
    let code = found.into_iter().find_map(|(_, code)| code.code);
    code.ok_or_else(unknown)
}

/// Has the file read again that a token names. Who asks for it may edit all DAGs that the file defines.
pub(crate) async fn parse_again(actor: &Actor<'_>, file_token: &str) -> Result<(), Failure> {
    let api = actor.api;
    let fileloc = open(api, file_token)?;
    let found = api.store().dags_of_file(&fileloc).await?;
    let may_edit = |dag_id: &DagId| actor.identity.allows(Action::Edit, &Resource::dag(dag_id));
    if !found.iter().all(|(dag_id, _)| may_edit(dag_id)) {
        return Err(Failure::Forbidden);
    }
    let Some((_, source)) = found.first() else {
        return Err(unknown());
    };
    Ok(actor.store().request_parse(source, api.now()).await?)
}

fn open(api: &Api, file_token: &str) -> Result<String, Failure> {
    let opened = api.parts().token_key.open("file", file_token);
    opened.map_err(|_| unknown())
}

fn unknown() -> Failure {
    Failure::NotFound("there is no such DAG file; a DAG tells its `file_token`".to_owned())
}
