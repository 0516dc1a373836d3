//! The fields of an entity: name, type, where the value comes from. The one table behind replies, filters, sorting,
//! `/meta` and the validation of writes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Entity, Value};
use crate::population::RecordStamp;
use crate::population::record::{
    BusinessSector, CUSTOM_FIELDS, CandidateRecord, Category, CompanyRecord, ContactRecord, CorporateUser,
    Country, EducationRecord, PositionRecord, Skill, Specialty, WorkHistoryRecord,
};

/// Reads one field of a record.
pub(crate) type Read<R> = for<'a> fn(&'a R) -> Value<'a>;

/// The type of a field, in Bullhorn's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Id,
    /// Text of at most this many characters.
    Text(u32),
    Html,
    /// `multiValue` text: array, string or null.
    Texts,
    Integer,
    Double,
    Money,
    Boolean,
    Timestamp,
    /// A timestamp that is midnight in the tenant's zone.
    Date,
    Address,
    ToOne(Entity),
    ToMany(Entity),
}

/// Where the value of a generated record comes from. Writes of clients lie above it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source {
    /// The id of the record.
    Key,
    Candidate(Read<CandidateRecord>),
    Position(Read<PositionRecord>),
    /// Dates and deletion of a candidate or position: much cheaper than the record.
    Stamp(Read<RecordStamp>),
    Company(Read<CompanyRecord>),
    Contact(Read<ContactRecord>),
    User(Read<CorporateUser>),
    Skill(Read<Skill>),
    Category(Read<Category>),
    Specialty(Read<Specialty>),
    BusinessSector(Read<BusinessSector>),
    Country(Read<Country>),
    WorkHistory(Read<WorkHistoryRecord>),
    Education(Read<EducationRecord>),
    /// The same for every record.
    Constant(fn() -> Value<'static>),
    /// The members are the records of the other entity whose field of this name points here.
    Reverse(&'static str),
    /// Never shown to an API user.
    Confidential,
    /// No generated value: null, or no members.
    Nothing,
}

/// One field of an entity.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: Kind,
    /// What the tenant calls it.
    pub(crate) label: String,
    pub(crate) source: Source,
    /// Position in the schema, the key of written values.
    pub(crate) index: u16,
    /// Only the full record has it: the texts that make a page heavy.
    pub(crate) heavy: bool,
    /// Refuses writes.
    pub(crate) read_only: bool,
}

impl Field {
    fn new(name: impl Into<Cow<'static, str>>, kind: Kind) -> Self {
        let name = name.into();
        Self {
            label: label_of(&name),
            name,
            kind,
            source: Source::Nothing,
            index: 0,
            heavy: false,
            read_only: false,
        }
    }

    /// Where generated records have the value.
    pub(crate) fn from(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    /// Marks a long text.
    pub(crate) fn heavy(mut self) -> Self {
        self.heavy = true;
        self
    }

    /// Refuses writes of clients.
    pub(crate) fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Whether no API user ever sees the value.
    pub(crate) fn is_confidential(&self) -> bool {
        matches!(self.source, Source::Confidential)
    }
}

/// The fields of one entity.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

static SCHEMAS: LazyLock<Vec<Schema>> =
    LazyLock::new(|| Entity::ALL.iter().map(|&entity| Schema::new(entity)).collect());

impl Entity {
    /// The fields of this entity.
    pub(crate) fn schema(self) -> &'static Schema {
        SCHEMAS.get(self as usize).expect("one schema for each entity")
    }
}

impl Schema {
    fn new(entity: Entity) -> Self {
        let mut fields = vec![Field::new("id", Kind::Id).from(Source::Key).read_only()];
        fields.extend(super::catalogue::fields_of(entity));
        let mut by_name = HashMap::with_capacity(fields.len());
        for (index, field) in fields.iter_mut().enumerate() {
            field.index = u16::try_from(index).expect("far fewer than 65,536 fields");
            if let Some(custom) = CUSTOM_FIELDS
                .iter()
                .find(|custom| custom.entity == entity.name() && custom.name == field.name)
            {
                custom.label.clone_into(&mut field.label);
            }
            let previous = by_name.insert(field.name.to_string(), index);
            debug_assert!(
                previous.is_none(),
                "field `{}` of {entity} is listed twice",
                field.name
            );
        }
        Self { fields, by_name }
    }

    /// The field with this name; names are case-sensitive.
    pub(crate) fn field(&'static self, name: &str) -> Option<&'static Field> {
        self.by_name.get(name).and_then(|&index| self.fields.get(index))
    }

    /// The field at this index.
    pub(crate) fn at(&'static self, index: u16) -> Option<&'static Field> {
        self.fields.get(usize::from(index))
    }

    /// Whether records of this entity are deleted softly.
    pub(crate) fn has_soft_delete(&self) -> bool {
        self.by_name.contains_key("isDeleted")
    }

    /// What a reference shows when the caller names no fields: `id` and what the record is called.
    pub(crate) fn name_fields(&'static self) -> impl Iterator<Item = &'static Field> {
        let names: &[&str] = if self.by_name.contains_key("firstName") {
            &["firstName", "lastName"]
        } else if self.by_name.contains_key("name") {
            &["name"]
        } else {
            &["title"]
        };
        names.iter().filter_map(|name| self.field(name))
    }
}

/// A text field of at most `max` characters.
pub(crate) fn text(name: &'static str, max: u32) -> Field {
    Field::new(name, Kind::Text(max))
}

/// A long HTML text.
pub(crate) fn html(name: &'static str) -> Field {
    Field::new(name, Kind::Html)
}

/// A `multiValue` text.
pub(crate) fn texts(name: &'static str) -> Field {
    Field::new(name, Kind::Texts)
}

/// A whole number.
pub(crate) fn integer(name: &'static str) -> Field {
    Field::new(name, Kind::Integer)
}

/// A floating-point number.
pub(crate) fn double(name: &'static str) -> Field {
    Field::new(name, Kind::Double)
}

/// A `BigDecimal`.
pub(crate) fn money(name: &'static str) -> Field {
    Field::new(name, Kind::Money)
}

/// `true` or `false`.
pub(crate) fn boolean(name: &'static str) -> Field {
    Field::new(name, Kind::Boolean)
}

/// An instant.
pub(crate) fn timestamp(name: &'static str) -> Field {
    Field::new(name, Kind::Timestamp)
}

/// A day.
pub(crate) fn date(name: &'static str) -> Field {
    Field::new(name, Kind::Date)
}

/// A postal address.
pub(crate) fn address(name: &'static str) -> Field {
    Field::new(name, Kind::Address)
}

/// A reference.
pub(crate) fn one(name: &'static str, target: Entity) -> Field {
    Field::new(name, Kind::ToOne(target))
}

/// A list of references.
pub(crate) fn many(name: &'static str, target: Entity) -> Field {
    Field::new(name, Kind::ToMany(target)).from(Source::Nothing)
}

/// How many custom fields of each type an entity has.
pub(crate) struct CustomCounts {
    pub(crate) text: u32,
    pub(crate) int: u32,
    pub(crate) float: u32,
    pub(crate) date: u32,
    pub(crate) text_block: u32,
}

/// The numbered custom fields (`customText1`, ...), without those already in `listed`.
pub(crate) fn custom_fields(prefix: &str, counts: &CustomCounts, listed: &[Field]) -> Vec<Field> {
    let groups = [
        ("Text", counts.text, Kind::Text(100)),
        ("Int", counts.int, Kind::Integer),
        ("Float", counts.float, Kind::Double),
        ("Date", counts.date, Kind::Date),
        ("TextBlock", counts.text_block, Kind::Html),
    ];
    groups
        .into_iter()
        .flat_map(|(group, count, kind)| {
            (1..=count).map(move |number| Field::new(format!("{prefix}{group}{number}"), kind))
        })
        .filter(|field| listed.iter().all(|other| other.name != field.name))
        .collect()
}

/// `dateLastModified` becomes `Date Last Modified`.
fn label_of(name: &str) -> String {
    let mut label = String::with_capacity(name.len() + 4);
    let mut previous_lower = false;
    for (index, letter) in name.chars().enumerate() {
        if index == 0 {
            label.extend(letter.to_uppercase());
        } else {
            if previous_lower && (letter.is_uppercase() || letter.is_ascii_digit()) {
                label.push(' ');
            }
            label.push(letter);
        }
        previous_lower = letter.is_lowercase();
    }
    label
}
