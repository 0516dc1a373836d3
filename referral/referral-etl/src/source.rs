//! What is asked of Bullhorn beyond the client's own records.

use bullhorn::{Fields, FieldsBuilder, JobOrder, Meta, Record, Row, RowFault};
use jiff::Timestamp;

/// The custom field in which tenants commonly keep the lower end of the pay.
const SALARY_FROM: &str = "customFloat1";

/// How many skills to ask for with a position; where more exist, associations complete them.
const SKILLS_EXPANDED: u16 = 15;

/// A position with the fields that the client's record leaves out.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionRow {
    /// What the client reads.
    pub job: JobOrder,
    /// How many people are wanted.
    pub openings: Option<i64>,
    /// The lower end of the pay, where the tenant keeps it in a custom field.
    pub salary_from: Option<f64>,
}

impl PositionRow {
    /// The fields to ask for, given the tenant's description of its fields: a custom field is asked for only if its label says
    /// that it is what we take it for.
    pub fn fields_for(meta: &Meta) -> Fields {
        let is_salary = |label: &str| {
            let label = label.to_lowercase();
            let pay = label.contains("salary") || label.contains("pay");
            pay && ["from", "min", "low", "start"]
                .iter()
                .any(|word| label.contains(word))
        };
        let found = meta
            .fields
            .iter()
            .any(|field| field.name == SALARY_FROM && field.label.as_deref().is_some_and(is_salary));
        if found {
            Self::fields()
        } else {
            Self::fields().without(&[SALARY_FROM.to_owned()])
        }
    }
}

impl Record for PositionRow {
    fn fields() -> Fields {
        let named = |fields: FieldsBuilder| fields.field("id").field("name");
        let address = |fields: FieldsBuilder| {
            ["city", "state", "zip", "countryCode", "countryName"]
                .iter()
                .fold(fields, |fields, name| fields.field(name))
        };
        let asked = JobOrder::fields();
        let fields = asked.names().fold(Fields::builder(), |fields, name| match name {
            "address" => fields.one(name, address),
            "clientCorporation" => fields.one(name, named),
            "skills" => fields.many(name, SKILLS_EXPANDED, named),
            plain => fields.field(plain),
        });
        fields
            .field("numOpenings")
            .field(SALARY_FROM)
            .build()
            .expect("these field names are valid")
    }

    fn from_row(row: &Row<'_>) -> Result<Self, RowFault> {
        Ok(Self {
            job: JobOrder::from_row(row)?,
            openings: row.integer("numOpenings")?,
            salary_from: row.amount(SALARY_FROM)?,
        })
    }

    fn id(&self) -> i64 {
        self.job.id
    }

    fn modified(&self) -> Option<Timestamp> {
        self.job.modified
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_fields_are_asked_for_and_two_more() {
        let asked = PositionRow::fields().to_string();
        assert_eq!(asked, format!("{},numOpenings,customFloat1", JobOrder::fields()));
    }
}
