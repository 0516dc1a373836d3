//! One module per thing that the pages ask.

pub(crate) mod config;
pub(crate) mod feedback;
pub(crate) mod file;
pub(crate) mod pair;
pub(crate) mod people;
pub(crate) mod position;
pub(crate) mod positions;
pub(crate) mod quality;
pub(crate) mod rows;
pub(crate) mod volumes;

mod rules;
mod shapes;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::service::Pages;

type Answer = Result<axum::Json<serde_json::Value>, Failure>;

/// What a caller may do beyond looking at masked data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    /// See personal data.
    Reveal,
    /// Say what they think of a suggestion.
    Feedback,
}

impl Right {
    fn is_given(self, pages: &Pages, caller: &Caller) -> bool {
        let roles = match self {
            Self::Reveal => &pages.parts().reveal_roles,
            Self::Feedback => &pages.parts().feedback_roles,
        };
        caller.roles.iter().any(|role| roles.contains(role))
    }

    /// # Errors
    /// [`Failure::Forbidden`].
    fn demand(self, pages: &Pages, caller: &Caller) -> Result<(), Failure> {
        if self.is_given(pages, caller) {
            return Ok(());
        }
        Err(Failure::Forbidden(match self {
            Self::Reveal => "REFERRAL_REVEAL_ROLES",
            Self::Feedback => "REFERRAL_FEEDBACK_ROLES",
        }))
    }
}

fn no_position(id: i64) -> Failure {
    Failure::NotFound(format!(
        "there is no position {id}; it may have been deleted at the source"
    ))
}
