//! What the service works with.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use referral_ml::scoring::Points;
use referral_store::ReferralStore;

use crate::caller::Secret;

/// What [`Pages`] are made of.
pub struct PagesParts {
    /// The application database.
    pub store: ReferralStore,
    /// Pairs with at least this score are suggested.
    pub threshold: Points,
    /// What the headers are signed with that say who asks.
    pub secret: Secret,
    /// Roles that may see personal data.
    pub reveal_roles: BTreeSet<String>,
    /// Roles that may say what they think of suggestions.
    pub feedback_roles: BTreeSet<String>,
    /// The time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// The service. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Pages(Arc<PagesParts>);

impl Pages {
    /// A service of these parts.
    pub fn new(parts: PagesParts) -> Self {
        Self(Arc::new(parts))
    }

    pub(crate) fn parts(&self) -> &PagesParts {
        &self.0
    }

    pub(crate) fn store(&self) -> &ReferralStore {
        &self.0.store
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.clock)()
    }
}
