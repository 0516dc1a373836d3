//! People as the pages show them: masked, unless somebody who may see them asks, which is written down.

use jiff::Timestamp;
use updraft_sql::{ColumnType, Row, Sql, SqlError, row, statements};

use super::anywhere;
use crate::rows::id;
use crate::{EntityId, ReferralStore, StoreError};

/// The personal data of a candidate, with what is not personal beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Bullhorn's id.
    pub id: EntityId,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number in E.164.
    pub phone_e164: Option<String>,
    /// Current job title.
    pub occupation: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
}

/// Somebody who was shown whose personal data, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reveal {
    /// Who was shown.
    pub candidate_id: EntityId,
    /// Who saw it.
    pub username: String,
    /// The page.
    pub place: String,
    /// When.
    pub revealed_at: Timestamp,
}

statements! {
    /// Statements about people for the pages.
    pub(crate) STATEMENTS;

    PEOPLE = Sql::new(
        "SELECT id, first_name, last_name, email, phone_e164, occupation, city, state FROM candidate \
         WHERE NOT is_deleted AND NOT is_anonymized AND id IN (SELECT id FROM {batch}) ORDER BY id",
    )
    .batch(&[("id", ColumnType::I64)]);

    FIND = Sql::new(
        "SELECT id, first_name, last_name, email, phone_e164, occupation, city, state FROM candidate \
         WHERE NOT is_deleted AND NOT is_anonymized \
         AND (CAST(id AS TEXT) = $1 OR lower(occupation) LIKE $2 ESCAPE '!') ORDER BY id LIMIT $3",
    );

    LOG_REVEALS = Sql::new(
        "INSERT INTO reveal (candidate_id, username, place, revealed_at) \
         SELECT batch.id, $1, $2, $3 FROM {batch} ORDER BY batch.id",
    )
    .batch(&[("id", ColumnType::I64)]);

    REVEALS = Sql::new(
        "SELECT candidate_id, username, place, revealed_at FROM reveal WHERE candidate_id = $1 ORDER BY id DESC LIMIT $2",
    );
}

impl ReferralStore {
    /// The named people who are here and were not erased, by id. Whoever is shown more than a mask of them goes by
    /// [`ReferralStore::reveal`].
    pub async fn people(&self, ids: &[EntityId]) -> Result<Vec<Person>, StoreError> {
        let wanted = ids.iter().map(|id| row![id.0]);
        let rows = self.db.fetch_all(PEOPLE.rows(wanted)).await?;
        rows.iter().map(|row| Ok(read_person(row)?)).collect()
    }

    /// People of that id or whose job title holds the text, by id.
    pub async fn find_people(&self, text: &str, limit: u32) -> Result<Vec<Person>, StoreError> {
        let rows = self
            .db
            .fetch_all(FIND.bind(text).bind(anywhere(text)).bind(limit))
            .await?;
        rows.iter().map(|row| Ok(read_person(row)?)).collect()
    }

    /// The personal data of the named people, for somebody who sees it on a page; that is written down in the same transaction.
    pub async fn reveal(
        &self,
        ids: &[EntityId],
        username: &str,
        place: &str,
        now: Timestamp,
    ) -> Result<Vec<Person>, StoreError> {
        let mut tx = self.db.begin().await?;
        let rows = tx.fetch_all(PEOPLE.rows(ids.iter().map(|id| row![id.0]))).await?;
        let people: Vec<Person> = rows.iter().map(read_person).collect::<Result<_, _>>()?;
        if !people.is_empty() {
            let seen = people.iter().map(|person| row![person.id.0]);
            tx.execute(LOG_REVEALS.bind(username).bind(place).bind(now).rows(seen))
                .await?;
        }
        tx.commit().await?;
        Ok(people)
    }

    /// Who saw a person's data, newest first.
    pub async fn reveals(&self, candidate: EntityId, limit: u32) -> Result<Vec<Reveal>, StoreError> {
        let rows = self.db.fetch_all(REVEALS.bind(candidate.0).bind(limit)).await?;
        let read = |row: &Row| {
            Ok::<_, StoreError>(Reveal {
                candidate_id: id(row, "candidate_id")?,
                username: row.get("username")?,
                place: row.get("place")?,
                revealed_at: row.timestamp("revealed_at")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

fn read_person(row: &Row) -> Result<Person, SqlError> {
    Ok(Person {
        id: id(row, "id")?,
        first_name: row.get("first_name")?,
        last_name: row.get("last_name")?,
        email: row.get("email")?,
        phone_e164: row.get("phone_e164")?,
        occupation: row.get("occupation")?,
        city: row.get("city")?,
        state: row.get("state")?,
    })
}
