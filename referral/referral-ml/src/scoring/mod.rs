//! How well a candidate fits a position: a score from 0 to 100 made of named parts that sum to it, and gates.

mod assessment;
mod compiled;
mod facts;
mod formula;
mod gates;
mod idf;
mod level;
mod sentences;
mod skill_names;
mod units;
mod weights;

pub use assessment::{Assessment, Part};
pub use compiled::{CompiledCandidate, CompiledPosition, SkillIndex, SkillLists};
pub use facts::{CandidateFacts, PositionFacts};
pub use formula::{DEFAULT_VERSION, Formula, SemanticScale};
pub use gates::{Gate, GateRules, GateVerdict, Verdict};
pub use idf::{IdfDocumentError, IdfTable};
pub use skill_names::skill_key;
pub use units::{Points, Share};
pub use weights::{Category, InvalidWeights, Weights};
