//! The people, companies and job orders that the sandbox serves: generated, never stored.
//!
//! A [`record`] is made on demand from `(seed, kind, id)`, so a population of a million candidates costs no more memory
//! than one of a hundred. The plan of the interface:
//!
//! ```text
//! Population::new(PopulationOptions { seed, candidates, positions, as_of, .. }) -> Result<Population, PopulationError>
//! candidate_ids() / position_ids() -> iterator of ids, ascending, with gaps
//! candidate_stamp(id) / position_stamp(id) -> Option<RecordStamp>   // dates and deletion alone: cheap, for an index
//! candidate(id) -> Option<CandidateRecord>                          // with the resume
//! candidate_without_description(id) -> Option<CandidateRecord>      // several times faster
//! position(id) / position_without_description(id) -> Option<PositionRecord>
//! company_count(), company(id), contact_count(), contact(id)
//! skills(), categories(), specialties(), business_sectors(), countries(), users() -> slices, id - 1 is the index
//! fit(position_id, candidate_id) -> Option<Fit>, best_fits(position_id, limit) -> Vec<(candidate_id, Fit)>
//! ```

pub mod record;
