//! The entity types that the sandbox knows, and what Bullhorn allows on each.

use std::fmt;

/// What a table of the sandbox is called on the wire and what may be done with it.
struct Traits {
    name: &'static str,
    access: Access,
    /// In the Lucene index, so `/search` works.
    indexed: bool,
}

/// Who may write a table through the REST interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Create, update, delete.
    Full,
    /// Create and update; a delete is refused.
    NoDelete,
    /// Reading only: the catalogues an administrator keeps in the web interface.
    ReadOnly,
}

/// A change that a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Update,
    Delete,
}

impl Operation {
    /// The word in Bullhorn's error text.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

macro_rules! entities {
    ($($variant:ident $access:ident $indexed:literal,)*) => {
        /// One type of record. The name of the variant is the name on the wire.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Entity { $($variant,)* }

        impl Entity {
            /// Every entity, in the order of its index.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];
        }

        const TRAITS: &[Traits] = &[$(
            Traits { name: stringify!($variant), access: Access::$access, indexed: $indexed },
        )*];
    };
}

entities! {
    Candidate Full true,
    JobOrder Full true,
    ClientContact Full true,
    ClientCorporation NoDelete true,
    CorporateUser ReadOnly false,
    Skill ReadOnly false,
    Category ReadOnly false,
    Specialty ReadOnly false,
    BusinessSector ReadOnly false,
    Country ReadOnly false,
    Corporation ReadOnly false,
    UserType ReadOnly false,
    Department ReadOnly false,
    Branch ReadOnly false,
    CandidateWorkHistory Full false,
    CandidateEducation Full false,
    CandidateReference Full false,
    CandidateFileAttachment Full false,
    Certification ReadOnly false,
    Note Full true,
    Placement Full true,
    JobSubmission Full true,
    Lead Full true,
    Opportunity Full true,
    Task Full true,
    Appointment Full false,
    Sendout Full false,
    Tearsheet Full false,
    PlacementCommission Full false,
    ClientCorporationAppointment ReadOnly false,
    EmployeePay ReadOnly false,
    EmployerContribution ReadOnly false,
    JobSubmissionHistory ReadOnly false,
    LeadHistory ReadOnly false,
    OpportunityHistory ReadOnly false,
    Location Full false,
    BillingProfile ReadOnly false,
    JobCode ReadOnly false,
    Shift ReadOnly false,
    CandidateEditHistory ReadOnly false,
    CandidateEditHistoryFieldChange ReadOnly false,
    JobOrderEditHistory ReadOnly false,
    JobOrderEditHistoryFieldChange ReadOnly false,
}

impl Entity {
    fn traits(self) -> &'static Traits {
        TRAITS
            .get(self as usize)
            .expect("the macro writes one row for each variant")
    }

    /// The name on the wire.
    pub(crate) fn name(self) -> &'static str {
        self.traits().name
    }

    /// The entity with this name; names are case-sensitive.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|entity| entity.name() == name)
    }

    /// Whether `/search` knows the entity.
    pub(crate) fn is_indexed(self) -> bool {
        self.traits().indexed
    }

    /// Whether `/query` knows the entity: people and notes live in the index only.
    pub(crate) fn is_queryable(self) -> bool {
        !matches!(self, Self::Candidate | Self::Note)
    }

    /// Whether a client may do this through the REST interface.
    pub(crate) fn allows(self, operation: Operation) -> bool {
        match self.traits().access {
            Access::Full => true,
            Access::NoDelete => operation != Operation::Delete,
            Access::ReadOnly => false,
        }
    }

    /// Whether a reference to this entity is a person, which carries `_subtype`.
    pub(crate) fn is_person(self) -> bool {
        matches!(
            self,
            Self::Candidate | Self::ClientContact | Self::CorporateUser | Self::Lead
        )
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
