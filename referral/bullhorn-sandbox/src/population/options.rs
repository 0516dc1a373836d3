//! What a population is made from.

use jiff::Timestamp;

use super::ids::Ids;
use super::vocabulary::VocabularyError;

/// The size and the seed of a population. Equal options give equal records, on every machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopulationOptions {
    /// Everything is drawn from it. Since v0.1.0.
    pub seed: u64,
    /// Number of candidates, deleted and anonymised ones included. Since v0.1.0.
    pub candidates: u32,
    /// Number of job orders, deleted and closed ones included. Since v0.1.0.
    pub positions: u32,
    /// The day on which the population stands still: no record was changed later. Since v0.1.0.
    pub as_of: Timestamp,
    /// Typical length of a resume in bytes of HTML. Most resumes have between two thirds and four thirds of it. From
    /// 4,000 upwards one in seven is a long one, of 2.2 to 3.8 times the length, as old systems have them: 13 to 23 kB
    /// at the default. Since v0.1.0.
    pub resume_bytes: u32,
    /// Share of the job orders that are open, in percent. Tenants with years of history have about one. Since v0.1.0.
    pub open_percent: u32,
}

impl PopulationOptions {
    /// 1,000 candidates and 100 job orders, two thirds of them open, from seed 1; resumes of 4 to 8 kB.
    pub fn new(as_of: Timestamp) -> Self {
        Self {
            seed: 1,
            candidates: 1_000,
            positions: 100,
            as_of,
            resume_bytes: 6_000,
            open_percent: 66,
        }
    }

    pub(crate) fn check(&self) -> Result<(), PopulationError> {
        for (option, count) in [("candidates", self.candidates), ("positions", self.positions)] {
            if count > Ids::COUNT_MAX {
                return Err(PopulationError::TooMany {
                    option,
                    count,
                    max: Ids::COUNT_MAX,
                });
            }
        }
        if self.as_of < FIRST_DAY || self.as_of > LAST_DAY {
            return Err(PopulationError::Date { as_of: self.as_of });
        }
        if self.resume_bytes > RESUME_BYTES_MAX {
            return Err(PopulationError::Resume {
                bytes: self.resume_bytes,
            });
        }
        Ok(())
    }
}

/// 2000-01-01.
const FIRST_DAY: Timestamp = Timestamp::constant(946_684_800, 0);
/// 2100-01-01.
const LAST_DAY: Timestamp = Timestamp::constant(4_102_444_800, 0);
/// Ten megabytes: what a broken upload may reach.
const RESUME_BYTES_MAX: u32 = 10_000_000;

/// Why there is no population. A second try with the same options fails the same way.
#[derive(Debug, thiserror::Error)]
pub enum PopulationError {
    /// More records than ids can name.
    #[error("`{option}` is {count}, at most {max} are possible; ask for fewer")]
    TooMany {
        /// The option.
        option: &'static str,
        /// Its value.
        count: u32,
        /// The largest value.
        max: u32,
    },
    /// A day in whose past no careers fit.
    #[error("`as_of` is `{as_of}`; give a day between 2000-01-01 and 2100-01-01")]
    Date {
        /// The day.
        as_of: Timestamp,
    },
    /// A resume nobody could hold.
    #[error("`resume_bytes` is {bytes}, at most 10000000 are possible; ask for fewer")]
    Resume {
        /// The length asked for.
        bytes: u32,
    },
    /// The vocabulary inside the program is broken: a bug that its own tests find.
    #[error("the vocabulary cannot be used")]
    Vocabulary(#[source] &'static VocabularyError),
}
