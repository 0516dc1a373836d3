//! The names of the account's skills, for lists that are completed by id.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bullhorn::{CallError, Client, Entity, Named, Path, Query, Record, Sort, Where};
use tokio::sync::Mutex;

/// Skill names by id, read when the first of them is needed and again for ids that are new.
#[derive(Debug, Default)]
pub(super) struct Catalogue(Mutex<Option<Arc<HashMap<i64, String>>>>);

impl Catalogue {
    /// Names of at least the wanted ids, as far as the account has them.
    pub(super) async fn names(
        &self,
        client: &Client,
        wanted: &BTreeSet<i64>,
    ) -> Result<Arc<HashMap<i64, String>>, CallError> {
        let mut known = self.0.lock().await;
        let names = match &*known {
            Some(names) => Arc::clone(names),
            None => Arc::new(read_all(client).await?),
        };
        let lacking: Vec<i64> = wanted
            .iter()
            .copied()
            .filter(|id| !names.contains_key(id))
            .collect();
        let names = if lacking.is_empty() {
            names
        } else {
            let found = client
                .entities::<Named>(Entity::Skill, &lacking, &Named::fields())
                .await?;
            let mut more = HashMap::clone(&names);
            // An id without a name is remembered too, so that it is asked for only once.
            more.extend(lacking.into_iter().map(|id| (id, String::new())));
            more.extend(
                found
                    .rows
                    .records
                    .into_iter()
                    .filter_map(|skill| Some((skill.id, skill.name?))),
            );
            Arc::new(more)
        };
        *known = Some(Arc::clone(&names));
        Ok(names)
    }
}

/// The whole list, by id.
async fn read_all(client: &Client) -> Result<HashMap<i64, String>, CallError> {
    let mut names = HashMap::new();
    let mut after_id = 0;
    loop {
        let query = Query::new(Entity::Skill, Where::above(&Path::ID, after_id), Named::fields());
        let page = client.query::<Named>(&query.sorted(Sort::by(&Path::ID))).await?;
        let Some(last_id) = page
            .rows
            .records
            .iter()
            .map(|skill| skill.id)
            .max()
            .filter(|&id| id > after_id)
        else {
            return Ok(names);
        };
        after_id = last_id;
        names.extend(
            page.rows
                .records
                .into_iter()
                .filter_map(|skill| Some((skill.id, skill.name?))),
        );
    }
}
