//! The whole list of one record's to-many field.

use crate::call_error::CallError;
use crate::calls::request::{Request, path};
use crate::calls::search::Page;
use crate::client::Client;
use crate::entity::Entity;
use crate::error::{FieldError, RequestError};
use crate::fields::Fields;
use crate::privacy::check_name;
use crate::record::Record;
use crate::record::rows::Rows;

/// Members asked for at a time.
const MEMBERS_PER_CALL: u64 = 200;

/// Whose members, and which.
#[derive(Debug, Clone, Copy)]
pub struct ToManyField<'a> {
    pub(crate) entity: Entity,
    pub(crate) name: &'a str,
}

impl<'a> ToManyField<'a> {
    /// The to-many field `name` of an entity: `primarySkills` of [`Entity::Candidate`], for example.
    ///
    /// # Errors
    /// [`FieldError`] for something that is no field name, or a forbidden field.
    pub fn new(entity: Entity, name: &'a str) -> Result<Self, FieldError> {
        check_name(name)?;
        Ok(Self { entity, name })
    }
}

impl Client {
    /// Reads all members of one record's to-many field. For many records use [`Client::associations`], which takes
    /// hundreds in one call.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn to_many<R: Record>(
        &self,
        field: ToManyField<'_>,
        id: i64,
        fields: &Fields,
    ) -> Result<Rows<R>, CallError> {
        let mut rows = Rows::none();
        loop {
            let start = rows.returned() as u64;
            let request = Request::get(path("entity", field.entity, &format!("{id}/{}", field.name)))
                .with("fields", fields)
                .with("count", MEMBERS_PER_CALL)
                .with("start", start)
                .with("showTotalMatched", true);
            let page = self.call(request, Page::<R>::read).await?;
            let returned = page.rows.returned() as u64;
            rows.append(page.rows);
            // Without a total only a page with nothing on it proves the end.
            let total = page.total.unwrap_or(u64::MAX);
            if returned == 0 || start + returned >= total {
                return Ok(rows);
            }
        }
    }
}

impl From<FieldError> for CallError {
    fn from(error: FieldError) -> Self {
        Self::Request(RequestError::Field(error))
    }
}
