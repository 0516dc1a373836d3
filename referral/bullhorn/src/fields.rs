//! Which fields a call asks for: an allow-list that cannot hold what must not be asked for.

use std::fmt;

use crate::error::FieldError;
use crate::privacy::check_name;

/// The fields of a reply, in Bullhorn's `fields` syntax. It never holds a wildcard or a forbidden field.
///
/// ```
/// use bullhorn::Fields;
///
/// let fields = Fields::builder()
///     .field("id")
///     .one("address", |address| address.field("city").field("countryCode"))
///     .many("primarySkills", 15, |skill| skill.field("id").field("name"))
///     .build()?;
/// assert_eq!(fields.to_string(), "id,address(city,countryCode),primarySkills[15](id,name)");
///
/// assert!(Fields::builder().field("dateOfBirth").build().is_err());
/// # Ok::<(), bullhorn::FieldError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields(Vec<Selection>);

/// One field of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Selection {
    name: String,
    /// How many members of a to-many field to expand; `None` for every other field.
    expand: Option<u16>,
    children: Vec<Selection>,
}

impl Fields {
    /// Starts an empty list.
    pub fn builder() -> FieldsBuilder {
        FieldsBuilder {
            selections: Vec::new(),
            error: None,
            inside_many: false,
        }
    }

    /// A list of plain fields.
    ///
    /// # Errors
    /// As [`FieldsBuilder::build`].
    pub fn plain(names: &[&str]) -> Result<Self, FieldError> {
        names
            .iter()
            .fold(Self::builder(), |builder, name| builder.field(name))
            .build()
    }

    /// The names at the top level, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|selection| selection.name.as_str())
    }

    /// Whether a field is in the list at the top level.
    pub fn contains(&self, name: &str) -> bool {
        self.names().any(|own| own == name)
    }

    /// The list without some of its top-level fields; `id` always stays, since every reply holds it.
    pub fn without(&self, names: &[String]) -> Self {
        let kept = |selection: &&Selection| selection.name == "id" || !names.contains(&selection.name);
        let mut selections: Vec<Selection> = self.0.iter().filter(kept).cloned().collect();
        if selections.is_empty() {
            selections.push(Selection {
                name: "id".to_owned(),
                expand: None,
                children: Vec::new(),
            });
        }
        Self(selections)
    }

    /// The names one level down, for a field with children.
    pub(crate) fn children_of(&self, name: &str) -> impl Iterator<Item = &str> {
        let children = self.0.iter().filter(move |selection| selection.name == name);
        children.flat_map(|selection| selection.children.iter().map(|child| child.name.as_str()))
    }
}

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, &self.0)
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, selections: &[Selection]) -> fmt::Result {
    for (nth, selection) in selections.iter().enumerate() {
        if nth > 0 {
            f.write_str(",")?;
        }
        f.write_str(&selection.name)?;
        if let Some(count) = selection.expand {
            write!(f, "[{count}]")?;
        }
        if !selection.children.is_empty() {
            f.write_str("(")?;
            write_list(f, &selection.children)?;
            f.write_str(")")?;
        }
    }
    Ok(())
}

/// Collects [`Fields`]; the first mistake is kept and returned by [`FieldsBuilder::build`].
#[derive(Debug)]
pub struct FieldsBuilder {
    selections: Vec<Selection>,
    error: Option<FieldError>,
    /// Bullhorn does not expand a to-many field inside another one.
    inside_many: bool,
}

impl FieldsBuilder {
    /// Adds a plain field, or a to-one or to-many field in its short form.
    pub fn field(self, name: &str) -> Self {
        self.add(name, None, None)
    }

    /// Adds fields of a composite or to-one field: `address(city,zip)`.
    pub fn one(self, name: &str, children: impl FnOnce(Self) -> Self) -> Self {
        let inner = children(Self {
            selections: Vec::new(),
            error: None,
            inside_many: self.inside_many,
        });
        self.add(name, None, Some(inner))
    }

    /// Adds fields of the first `expand` members of a to-many field: `primarySkills[15](id,name)`. Bullhorn gives 5
    /// when not asked, and at most 10 or 15, depending on the account; [`ToMany::is_complete`] tells whether more exist.
    ///
    /// [`ToMany::is_complete`]: crate::ToMany::is_complete
    pub fn many(mut self, name: &str, expand: u16, children: impl FnOnce(Self) -> Self) -> Self {
        if self.inside_many {
            self.error.get_or_insert_with(|| FieldError::NestedToMany {
                name: name.to_owned(),
            });
        }
        let inner = children(Self {
            selections: Vec::new(),
            error: None,
            inside_many: true,
        });
        self.add(name, Some(expand), Some(inner))
    }

    /// Finishes the list.
    ///
    /// # Errors
    /// The first [`FieldError`]: a wildcard, a forbidden field, something that is no name, a field twice, a to-many
    /// field inside another, or nothing at all. All are final.
    pub fn build(self) -> Result<Fields, FieldError> {
        match self.error {
            Some(error) => Err(error),
            None if self.selections.is_empty() => Err(FieldError::Nothing),
            None => Ok(Fields(self.selections)),
        }
    }

    fn add(mut self, name: &str, expand: Option<u16>, inner: Option<Self>) -> Self {
        let mut error = check_name(name).err();
        if error.is_none() && self.selections.iter().any(|selection| selection.name == name) {
            error = Some(FieldError::Twice {
                name: name.to_owned(),
            });
        }
        let children = match inner {
            Some(inner) => {
                error = error.or(inner.error);
                inner.selections
            }
            None => Vec::new(),
        };
        if self.error.is_none() {
            self.error = error;
        }
        self.selections.push(Selection {
            name: name.to_owned(),
            expand,
            children,
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_syntax_is_written() {
        let fields = Fields::builder()
            .field("id")
            .field("firstName")
            .one("address", |a| a.field("city").field("zip"))
            .one("owner", |o| o.field("id").one("corporation", |c| c.field("name")))
            .many("categories", 3, |c| c.field("id").field("name"))
            .many("notes", 0, |n| n)
            .build()
            .unwrap();
        assert_eq!(
            fields.to_string(),
            "id,firstName,address(city,zip),owner(id,corporation(name)),categories[3](id,name),notes[0]"
        );
    }

    #[test]
    fn mistakes_are_found_at_any_depth() {
        let forbidden = Fields::builder()
            .field("id")
            .one("candidate", |c| c.field("ssn"))
            .build();
        assert_eq!(
            forbidden,
            Err(FieldError::Forbidden {
                name: "ssn".to_owned()
            })
        );
        let wildcard = Fields::builder()
            .many("primarySkills", 5, |s| s.field("*"))
            .build();
        assert_eq!(wildcard, Err(FieldError::Everything));
        let nested = Fields::builder()
            .many("placements", 5, |p| {
                p.one("candidate", |c| c.many("primarySkills", 5, |s| s.field("id")))
            })
            .build();
        assert_eq!(
            nested,
            Err(FieldError::NestedToMany {
                name: "primarySkills".to_owned()
            })
        );
        assert_eq!(
            Fields::plain(&["id", "id"]),
            Err(FieldError::Twice {
                name: "id".to_owned()
            })
        );
        assert_eq!(Fields::plain(&[]), Err(FieldError::Nothing));
        assert_eq!(Fields::plain(&["*"]), Err(FieldError::Everything));
    }

    #[test]
    fn dropping_fields_keeps_the_id() {
        let fields = Fields::plain(&["id", "title", "customText9"]).unwrap();
        assert_eq!(
            fields
                .without(&["customText9".to_owned(), "id".to_owned()])
                .to_string(),
            "id,title"
        );
        let all = Fields::plain(&["title"]).unwrap().without(&["title".to_owned()]);
        assert_eq!(all.to_string(), "id");
    }
}
