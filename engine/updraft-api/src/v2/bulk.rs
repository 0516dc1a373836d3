//! Many things at once: `PATCH` of connections, pools and variables.
//!
//! Source: Airflow 3.3 `core_api/services/public/common.py`. An action whose entities are not all as it wants them does nothing and
//! says so in the answer, whose status is 200 all the same.

use std::future::Future;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::Mask;
use crate::call::Actor;
use crate::failure::{Failure, Version};

/// What is to be done.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BulkBody_{T}_")]
pub(super) struct BulkBody<T> {
    actions: Vec<BulkAction<T>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "lowercase", deny_unknown_fields)]
#[schemars(rename = "BulkAction_{T}_")]
enum BulkAction<T> {
    Create {
        entities: Vec<T>,
        #[serde(default)]
        action_on_existence: OnExistence,
    },
    Update {
        entities: Vec<T>,
        update_mask: Option<Vec<String>>,
        #[serde(default)]
        action_on_non_existence: OnNonExistence,
    },
    Delete {
        entities: Vec<Named<T>>,
        #[serde(default)]
        action_on_non_existence: OnNonExistence,
    },
}

/// What becomes of things that are to be made and are there.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "BulkActionOnExistence")]
enum OnExistence {
    #[default]
    Fail,
    Skip,
    Overwrite,
}

/// What becomes of things that are to be changed and are not there.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "BulkActionNotOnExistence")]
enum OnNonExistence {
    #[default]
    Fail,
    Skip,
}

/// A thing by its name, or whole.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "BulkNamed_{T}_")]
enum Named<T> {
    Name(String),
    Whole(T),
}

/// What was done, by the kind of action.
#[derive(Default, Serialize, JsonSchema)]
pub(super) struct BulkResponse {
    create: Option<BulkActionResponse>,
    update: Option<BulkActionResponse>,
    delete: Option<BulkActionResponse>,
}

#[derive(Default, Serialize, JsonSchema)]
struct BulkActionResponse {
    /// The names of those that it was done to.
    success: Vec<String>,
    errors: Vec<BulkError>,
}

#[derive(Serialize, JsonSchema)]
struct BulkError {
    error: String,
    status_code: u16,
}

/// A thing that there are many of.
pub(super) trait Entity: Sized + Send + Sync {
    /// What is said of one.
    const WORD: &'static str;
    /// What somebody needs permissions on.
    const RESOURCE: Resource;

    /// Its name.
    fn name(&self) -> &str;

    /// Whether there is one of that name.
    fn exists(actor: &Actor<'_>, name: &str) -> impl Future<Output = Result<bool, Failure>> + Send;

    /// Makes it, or replaces the one of its name.
    fn put(&self, actor: &Actor<'_>) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Changes some fields of the one of its name.
    fn update(&self, actor: &Actor<'_>, mask: &Mask) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Deletes the one of that name.
    fn delete(actor: &Actor<'_>, name: &str) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Does it all, one action after the other. Who lacks the permission for one of them does none.
pub(super) async fn perform<T: Entity>(
    actor: &Actor<'_>,
    body: BulkBody<T>,
) -> Result<BulkResponse, Failure> {
    for action in &body.actions {
        let needed = match action {
            BulkAction::Create { .. } => Action::Create,
            BulkAction::Update { .. } => Action::Edit,
            BulkAction::Delete { .. } => Action::Delete,
        };
        if !actor.identity.allows(needed, &T::RESOURCE) {
            return Err(Failure::Forbidden);
        }
    }
    let mut response = BulkResponse::default();
    for action in body.actions {
        match action {
            BulkAction::Create {
                entities,
                action_on_existence,
            } => {
                // Replacing is changing.
                let replaces = action_on_existence == OnExistence::Overwrite;
                if replaces && !actor.identity.allows(Action::Edit, &T::RESOURCE) {
                    return Err(Failure::Forbidden);
                }
                let done = response.create.get_or_insert_default();
                create(actor, &entities, action_on_existence, done).await?;
            }
            BulkAction::Update {
                entities,
                update_mask,
                action_on_non_existence,
            } => {
                let mask = Mask {
                    update_mask: update_mask.unwrap_or_default(),
                };
                let done = response.update.get_or_insert_default();
                update(actor, (&entities, &mask), action_on_non_existence, done).await?;
            }
            BulkAction::Delete {
                entities,
                action_on_non_existence,
            } => {
                let done = response.delete.get_or_insert_default();
                delete(actor, &entities, action_on_non_existence, done).await?;
            }
        }
    }
    Ok(response)
}

async fn create<T: Entity>(
    actor: &Actor<'_>,
    entities: &[T],
    on_existence: OnExistence,
    done: &mut BulkActionResponse,
) -> Result<(), Failure> {
    let mut known = Vec::new();
    for entity in entities {
        if T::exists(actor, entity.name()).await? {
            known.push(entity.name());
        }
    }
    if on_existence == OnExistence::Fail && !known.is_empty() {
        done.refuse(409, T::WORD, &known, "already exist");
        return Ok(());
    }
    let is_skipped = |entity: &&T| on_existence == OnExistence::Skip && known.contains(&entity.name());
    for entity in entities.iter().filter(|entity| !is_skipped(entity)) {
        let put = entity.put(actor).await;
        done.note(entity.name(), put)?;
    }
    Ok(())
}

async fn update<T: Entity>(
    actor: &Actor<'_>,
    (entities, mask): (&[T], &Mask),
    on_non_existence: OnNonExistence,
    done: &mut BulkActionResponse,
) -> Result<(), Failure> {
    let names: Vec<&str> = entities.iter().map(T::name).collect();
    let unknown = unknown::<T>(actor, &names).await?;
    if on_non_existence == OnNonExistence::Fail && !unknown.is_empty() {
        done.refuse(404, T::WORD, &unknown, "do not exist");
        return Ok(());
    }
    for entity in entities.iter().filter(|entity| !unknown.contains(&entity.name())) {
        let updated = entity.update(actor, mask).await;
        done.note(entity.name(), updated)?;
    }
    Ok(())
}

async fn delete<T: Entity>(
    actor: &Actor<'_>,
    entities: &[Named<T>],
    on_non_existence: OnNonExistence,
    done: &mut BulkActionResponse,
) -> Result<(), Failure> {
    let name = |entity: &'_ Named<T>| match entity {
        Named::Name(name) => name.clone(),
        Named::Whole(entity) => entity.name().to_owned(),
    };
    let names: Vec<String> = entities.iter().map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let unknown = unknown::<T>(actor, &names).await?;
    if on_non_existence == OnNonExistence::Fail && !unknown.is_empty() {
        done.refuse(404, T::WORD, &unknown, "do not exist");
        return Ok(());
    }
    for name in names.into_iter().filter(|name| !unknown.contains(name)) {
        let deleted = T::delete(actor, name).await;
        done.note(name, deleted)?;
    }
    Ok(())
}

/// The names that nothing has.
async fn unknown<'n, T: Entity>(actor: &Actor<'_>, names: &[&'n str]) -> Result<Vec<&'n str>, Failure> {
    let mut unknown = Vec::new();
    for name in names {
        if !T::exists(actor, name).await? {
            unknown.push(*name);
        }
    }
    Ok(unknown)
}

impl BulkActionResponse {
    fn refuse(&mut self, status_code: u16, word: &str, names: &[&str], why: &str) {
        self.errors.push(BulkError {
            error: format!("The {word} with these names {why}: {}", names.join(", ")),
            status_code,
        });
    }

    /// Notes what became of a thing. What is wrong with the server rather than with the thing ends the call.
    fn note(&mut self, name: &str, result: Result<(), Failure>) -> Result<(), Failure> {
        match result {
            Ok(()) => self.success.push(name.to_owned()),
            Err(failure) if failure.status(Version::V2).is_client_error() => self.errors.push(BulkError {
                error: format!("{name}: {failure}"),
                status_code: failure.status(Version::V2).as_u16(),
            }),
            Err(failure) => return Err(failure),
        }
        Ok(())
    }
}
