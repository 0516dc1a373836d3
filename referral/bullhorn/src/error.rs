//! Mistakes in a request, found before anything is sent. All of them are final: the same request fails again.

use crate::entity::Entity;

/// A field that cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// A wildcard. Only named fields are asked for, as the fair-use policy wants.
    #[error("fields must be named one by one; `*` is never sent")]
    Everything,
    /// A protected attribute, an identity number or a tax field.
    #[error("`{name}` is protected personal data and is never asked for")]
    Forbidden {
        /// The field.
        name: String,
    },
    /// Something with characters that no field name has.
    #[error("`{name}` is not a field name; use letters, digits and `_`")]
    NotAName {
        /// What was given.
        name: String,
    },
    /// A to-many field inside another, which Bullhorn does not expand.
    #[error(
        "the to-many field `{name}` cannot be expanded inside another to-many field; read it with its own call"
    )]
    NestedToMany {
        /// The inner field.
        name: String,
    },
    /// The same field twice.
    #[error("the field `{name}` stands in the list twice")]
    Twice {
        /// The field.
        name: String,
    },
    /// An empty list.
    #[error("the list of fields is empty; name at least `id`")]
    Nothing,
    /// A date used as another kind, or another kind used as a date.
    #[error("`{name}` cannot be used as {kind}: dates, and only dates, are named `date...` or `...Date`")]
    WrongKind {
        /// The path.
        name: String,
        /// The kind it was to have.
        kind: &'static str,
    },
}

/// A value that cannot be searched for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A text of white space only.
    #[error("the text to look for in `{path}` is empty")]
    EmptyText {
        /// The field.
        path: String,
    },
    /// A list without members.
    #[error("the list of values for `{path}` is empty")]
    EmptyList {
        /// The field.
        path: String,
    },
}

/// A request that the server is known to refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The entity is not in the search index.
    #[error("{entity} is not in the search index; use a query")]
    NotSearchable {
        /// The entity.
        entity: Entity,
    },
    /// The entity is served by `/search` only.
    #[error("{entity} cannot be queried; use a search")]
    NotQueryable {
        /// The entity.
        entity: Entity,
    },
    /// The entity does not have a field that the filter mentions.
    #[error("{entity} has no field `{field}`")]
    NoSuchField {
        /// The entity.
        entity: Entity,
        /// The field.
        field: &'static str,
    },
    /// The name of a to-many field is no name.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// A client that cannot be made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SetupError {
    /// The login address cannot be used.
    #[error("the Bullhorn address cannot be used")]
    Address(#[source] AddressError),
    /// The proxy's address is no URL.
    #[error("the address of the HTTP proxy cannot be used")]
    Proxy,
    /// The HTTP client refused its settings; the user agent is the usual reason.
    #[error("the HTTP client cannot be built")]
    Http(#[source] std::sync::Arc<reqwest::Error>),
}

/// An address, configured or named by Bullhorn, that is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text is no URL.
    #[error("this is not a web address")]
    NotAUrl(#[source] url::ParseError),
    /// The scheme is neither `https` nor `http`.
    #[error("the scheme `{scheme}` is not `https`")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// Plain HTTP to another machine would show the password to the network.
    #[error(
        "`http://{host}` is not encrypted; use https, or allow plain http for a sandbox on a trusted network"
    )]
    Insecure {
        /// The host.
        host: String,
    },
}
