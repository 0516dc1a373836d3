//! Finds matches for everything that changed since it was last matched, and keeps them.
//!
//! Changed positions are matched with all candidates, changed candidates with all positions, each block in one
//! transaction with the note that it was matched. So a run that is killed leaves exactly the rest, and a full run and many small
//! ones end with the same rows.

use std::sync::Arc;

use referral_service::{Progress, WorkError};
use referral_store::features::{CandidateFeatures, MatchInput, PositionFeatures};
use referral_store::matching::{MatchChanges, MatchProvenance, MatchScope, NewMatch};
use referral_store::sync_run::RunState;
use referral_store::work_run::WorkKind;
use referral_store::{EntityId, EntityKind, RunId, StoreError};
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::MlService;
use super::embed::{chain, store_error};
use crate::features::{CandidateInput, PositionInput};
use crate::matching::{CandidateBlock, Matcher, PositionSet};
use crate::scoring::{CandidateFacts, DEFAULT_VERSION, Formula, IdfTable, Points, PositionFacts};
use crate::vectors::Vectors;

/// Records that are read at once.
const PAGE: u32 = 2_000;

/// Positions, and candidates, that are matched and written together.
const POSITIONS_PER_BLOCK: usize = 64;
const CANDIDATES_PER_BLOCK: usize = 4_096;

/// Everything about a matching but the records.
pub(super) struct Rules {
    matcher: Matcher,
    provenance: MatchProvenance,
}

/// Ids and what the match depends on, shared with the matching threads.
type Inputs = Arc<Vec<(EntityId, MatchInput)>>;

/// Records with their facts and what the match depends on.
struct Side<F> {
    ids: Vec<(EntityId, MatchInput)>,
    facts: Vec<F>,
    vectors: Vectors,
}

/// Runs to the end, or from where an earlier request of the same run stopped.
pub(super) async fn run(
    service: MlService,
    run_id: RunId,
    progress: watch::Sender<Progress>,
    stop: CancellationToken,
) -> Result<Map<String, Value>, WorkError> {
    let begun = service
        .store
        .begin_work(WorkKind::Matches, &run_id, service.now())
        .await
        .map_err(store_error)?;
    if begun.state == RunState::Succeeded {
        return Ok(begun.counts);
    }
    let mut run = MatchRun {
        rules: Arc::new(rules(&service, &run_id).await?),
        service,
        run_id,
        counts: Counts::read(&begun.counts),
        progress,
        stop,
    };
    match run.match_all().await {
        Ok(summary) => {
            let (store, now) = (&run.service.store, run.service.now());
            store
                .finish_work(WorkKind::Matches, &run.run_id, &summary, now)
                .await
                .map_err(store_error)?;
            Ok(summary)
        }
        Err(error) => {
            let (store, now) = (&run.service.store, run.service.now());
            // The run's own error is told; that it could not be noted down is only logged.
            if let Err(unnoted) = store
                .fail_work(WorkKind::Matches, &run.run_id, &error.message, now)
                .await
            {
                tracing::warn!("cannot note that run `{}` failed: {unnoted}", run.run_id);
            }
            Err(error)
        }
    }
}

/// The rules in force: the formula with its frozen table of skills, and the threshold.
pub(super) async fn rules(service: &MlService, run_id: &RunId) -> Result<Rules, WorkError> {
    let idf = idf(service).await?;
    let formula = Formula::new(idf);
    let profile = service.profile();
    let weights = json!({ "weights": formula.weights, "scale": formula.scale, "gates": formula.gates });
    let threshold = i64::from(service.threshold.hundredths());
    let scoring = format!(
        "{} {} {} {} {threshold} {weights}",
        profile.model_sha256, profile.precision, profile.chunk_rule, formula.version
    );
    let provenance = MatchProvenance {
        run_id: run_id.clone(),
        threshold,
        model_sha256: profile.model_sha256,
        precision: profile.precision,
        formula_version: formula.version.clone(),
        weights,
        scoring,
    };
    Ok(Rules {
        matcher: Matcher::new(formula, service.threshold, service.workers.clone()),
        provenance,
    })
}

/// What each skill counts: the table that was frozen with the formula's version, or the one of today, which is then frozen.
async fn idf(service: &MlService) -> Result<IdfTable, WorkError> {
    let frozen = service
        .store
        .frozen_formula(DEFAULT_VERSION)
        .await
        .map_err(store_error)?;
    let document = match frozen {
        Some(document) => document,
        None => {
            let counts = service.store.skill_counts().await.map_err(store_error)?;
            let holders = counts
                .by_skill
                .iter()
                .map(|(skill, candidates)| (skill.as_str(), *candidates));
            let today = IdfTable::new(counts.candidates, holders).document();
            service
                .store
                .freeze_formula(DEFAULT_VERSION, &today, service.now())
                .await
                .map_err(store_error)?
        }
    };
    IdfTable::from_document(DEFAULT_VERSION, &document).map_err(|error| WorkError {
        retryable: false,
        message: chain(&error),
    })
}

/// Counts of a run, kept in the database so that a resumed run reports the whole.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    changes: MatchChanges,
    pairs_scored: u64,
}

impl Counts {
    fn read(saved: &Map<String, Value>) -> Self {
        let number = |name: &str| saved.get(name).and_then(Value::as_u64).unwrap_or_default();
        let changes = MatchChanges {
            new: number("new"),
            updated: number("updated"),
            unchanged: number("unchanged"),
            withdrawn: number("withdrawn"),
        };
        Self {
            changes,
            pairs_scored: number("pairs_scored"),
        }
    }

    fn summary(self, matches: u64, threshold: Points) -> Map<String, Value> {
        let mut summary = Map::new();
        summary.insert("matches".to_owned(), matches.into());
        summary.insert("new".to_owned(), self.changes.new.into());
        summary.insert("updated".to_owned(), self.changes.updated.into());
        summary.insert("unchanged".to_owned(), self.changes.unchanged.into());
        summary.insert("withdrawn".to_owned(), self.changes.withdrawn.into());
        summary.insert("pairs_scored".to_owned(), self.pairs_scored.into());
        summary.insert(
            "threshold".to_owned(),
            (f64::from(threshold.hundredths()) / 100.0).into(),
        );
        summary
    }
}

/// One run at work.
struct MatchRun {
    service: MlService,
    run_id: RunId,
    rules: Arc<Rules>,
    counts: Counts,
    progress: watch::Sender<Progress>,
    stop: CancellationToken,
}

impl MatchRun {
    async fn match_all(&mut self) -> Result<Map<String, Value>, WorkError> {
        let store = self.service.store.clone();
        let now = self.service.now();
        self.counts.changes.withdrawn += store
            .withdraw_unmatchable(&self.rules.provenance, now)
            .await
            .map_err(store_error)?;
        let profile = self.service.profile();
        let delta = store
            .match_delta(&profile, &self.rules.provenance.scoring)
            .await
            .map_err(store_error)?;
        if !delta.positions.is_empty() || !delta.candidates.is_empty() {
            let all_positions = self.positions().await.map_err(store_error)?;
            let changed: Vec<usize> = indices(&all_positions.ids, &delta.positions);
            let everything_changed = changed.len() == all_positions.ids.len();
            if !changed.is_empty() {
                self.match_positions(&all_positions, &changed).await?;
            }
            if everything_changed {
                // Each candidate was matched with every position just now.
                self.mark_candidates(&delta.candidates).await?;
            } else {
                self.match_candidates(all_positions, &delta.candidates).await?;
            }
        }
        let matches = store.totals().await.map_err(store_error)?.matches;
        Ok(self.counts.summary(matches, self.service.threshold))
    }

    /// Matches changed positions with all candidates.
    async fn match_positions(
        &mut self,
        all: &Side<PositionFacts>,
        changed: &[usize],
    ) -> Result<(), WorkError> {
        let candidates = self.candidates().await.map_err(store_error)?;
        let inputs = Arc::new(candidates.ids.clone());
        let block = Arc::new(CandidateBlock::new(candidates.facts, candidates.vectors));
        for (done, chunk) in changed.chunks(POSITIONS_PER_BLOCK).enumerate() {
            self.tell(done * POSITIONS_PER_BLOCK, changed.len(), "positions matched")?;
            let part = all.pick(chunk);
            let scope = MatchScope::Positions(part.ids.clone());
            let set = Arc::new(self.rules.matcher.prepare(part.facts, part.vectors));
            let found = self.find(
                Arc::clone(&set),
                Arc::clone(&block),
                (Arc::new(part.ids), Arc::clone(&inputs)),
            );
            let matches = found.await?;
            self.keep(&scope, &matches, (chunk.len() * inputs.len()) as u64)
                .await?;
        }
        Ok(())
    }

    /// Matches changed candidates with all positions.
    async fn match_candidates(
        &mut self,
        all: Side<PositionFacts>,
        changed: &[EntityId],
    ) -> Result<(), WorkError> {
        let inputs = Arc::new(all.ids.clone());
        let set = Arc::new(self.rules.matcher.prepare(all.facts, all.vectors));
        let profile = self.service.profile();
        for (done, chunk) in changed.chunks(CANDIDATES_PER_BLOCK).enumerate() {
            self.tell(done * CANDIDATES_PER_BLOCK, changed.len(), "candidates matched")?;
            let features = self
                .service
                .store
                .candidate_features_of(&profile, chunk)
                .await
                .map_err(store_error)?;
            let part = candidate_side(features, self.dimensions());
            let scope = MatchScope::Candidates(part.ids.clone());
            let pairs = (part.ids.len() * inputs.len()) as u64;
            let block = Arc::new(CandidateBlock::new(part.facts, part.vectors));
            let found = self.find(Arc::clone(&set), block, (Arc::clone(&inputs), Arc::new(part.ids)));
            let matches = found.await?;
            self.keep(&scope, &matches, pairs).await?;
        }
        Ok(())
    }

    async fn mark_candidates(&self, changed: &[EntityId]) -> Result<(), WorkError> {
        let profile = self.service.profile();
        for chunk in changed.chunks(CANDIDATES_PER_BLOCK) {
            let features = self
                .service
                .store
                .candidate_features_of(&profile, chunk)
                .await
                .map_err(store_error)?;
            let inputs: Vec<(EntityId, MatchInput)> =
                features.into_iter().map(|one| (one.id, one.input)).collect();
            let scoring = &self.rules.provenance.scoring;
            let marked =
                self.service
                    .store
                    .mark_matched(EntityKind::Candidate, &inputs, scoring, self.service.now());
            marked.await.map_err(store_error)?;
        }
        Ok(())
    }

    /// Finds and explains the matches of a block on the matching threads.
    async fn find(
        &self,
        set: Arc<PositionSet>,
        block: Arc<CandidateBlock>,
        inputs: (Inputs, Inputs),
    ) -> Result<Vec<NewMatch>, WorkError> {
        let rules = Arc::clone(&self.rules);
        let threshold = self.service.threshold;
        let work = move || {
            let found = rules.matcher.find(&set, &block);
            let assessed = found
                .into_iter()
                .map(|pair| (pair, rules.matcher.assess(&set, &block, pair)));
            let matched = assessed.filter(|(_, assessment)| assessment.is_match(threshold));
            matched
                .map(|(pair, assessment)| NewMatch {
                    position_id: assessment.position_id,
                    candidate_id: assessment.candidate_id,
                    score: i64::from(assessment.score.hundredths()),
                    cosine: assessment.cosine,
                    parts: json!(assessment.parts),
                    matched_skills: assessment.matched_skills,
                    missing_skills: assessment.missing_skills,
                    gates: json!(assessment.gates),
                    position_input: inputs.0[pair.position].1.clone(),
                    candidate_input: inputs.1[pair.candidate].1.clone(),
                })
                .collect()
        };
        let found = self.service.workers.run(work).await;
        found.ok_or_else(|| WorkError {
            retryable: false,
            message: "matching failed inside; see the log of the service".to_owned(),
        })
    }

    async fn keep(&mut self, scope: &MatchScope, matches: &[NewMatch], pairs: u64) -> Result<(), WorkError> {
        let store = &self.service.store;
        let kept = store.replace_matches(&self.rules.provenance, scope, matches, self.service.now());
        self.counts.changes += kept.await.map_err(store_error)?;
        self.counts.pairs_scored += pairs;
        let so_far = self.counts.summary(0, self.service.threshold);
        store
            .save_work(WorkKind::Matches, &self.run_id, &so_far)
            .await
            .map_err(store_error)
    }

    fn tell(&self, done: usize, total: usize, what: &str) -> Result<(), WorkError> {
        let told = Progress {
            done: done as u64,
            total: Some(total as u64),
            message: what.to_owned(),
        };
        self.progress.send_replace(told);
        if self.stop.is_cancelled() {
            let message = "the service is stopping; the run goes on when it is back".to_owned();
            return Err(WorkError {
                retryable: true,
                message,
            });
        }
        Ok(())
    }

    fn dimensions(&self) -> usize {
        self.service.embedder.identity().dimensions
    }

    async fn candidates(&self) -> Result<Side<CandidateFacts>, StoreError> {
        let profile = self.service.profile();
        let (mut all, mut after) = (Vec::new(), EntityId::ZERO);
        loop {
            let page = self
                .service
                .store
                .candidate_features(&profile, after, PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(candidate_side(all, self.dimensions()));
            };
            after = last.id;
            all.extend(page);
        }
    }

    async fn positions(&self) -> Result<Side<PositionFacts>, StoreError> {
        let profile = self.service.profile();
        let (mut all, mut after) = (Vec::new(), EntityId::ZERO);
        loop {
            let page = self
                .service
                .store
                .position_features(&profile, after, PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(position_side(all, self.dimensions()));
            };
            after = last.id;
            all.extend(page);
        }
    }
}

/// Why a pair has its score, computed now; `None` when one of the two cannot be matched.
pub(super) async fn explain(
    service: &MlService,
    position: EntityId,
    candidate: EntityId,
) -> Result<Option<Value>, WorkError> {
    let nobody = RunId::parse("explain").map_err(|error| WorkError {
        retryable: false,
        message: error.to_string(),
    })?;
    let rules = rules(service, &nobody).await?;
    let profile = service.profile();
    let formula = rules.matcher.formula();
    let pair = (position, candidate);
    let explained = crate::explain::explain(&service.store, &profile, formula, pair).await;
    let Some(explained) = explained.map_err(store_error)? else {
        return Ok(None);
    };
    let assessment = explained.assessment;
    let points = |points: Points| f64::from(points.hundredths()) / 100.0;
    Ok(Some(json!({
        "position_id": position,
        "candidate_id": candidate,
        "score": points(assessment.score),
        "threshold": points(service.threshold),
        "is_match": assessment.is_match(service.threshold),
        "cosine": assessment.cosine,
        "parts": assessment.parts,
        "matched_skills": assessment.matched_skills,
        "missing_skills": assessment.missing_skills,
        "gates": assessment.gates,
        "sentences": assessment.sentences(service.threshold),
        "model_sha256": rules.provenance.model_sha256,
        "precision": rules.provenance.precision,
        "formula_version": rules.provenance.formula_version,
        "weights": rules.provenance.weights,
        "inputs": {
            "position": hashes(&explained.position),
            "candidate": hashes(&explained.candidate),
        },
    })))
}

fn hashes(input: &MatchInput) -> Value {
    json!({ "content_hash": input.content_hash, "text_hash": input.text_hash })
}

impl<F> Side<F> {
    fn empty(dimensions: usize) -> Self {
        Self {
            ids: Vec::new(),
            facts: Vec::new(),
            vectors: Vectors::empty(dimensions),
        }
    }
}

impl Side<PositionFacts> {
    fn pick(&self, chosen: &[usize]) -> Self {
        let mut vectors = Vectors::empty(self.vectors.dimensions());
        for index in chosen {
            vectors.push(self.vectors.row(*index));
        }
        Self {
            ids: chosen.iter().map(|index| self.ids[*index].clone()).collect(),
            facts: chosen.iter().map(|index| self.facts[*index].clone()).collect(),
            vectors,
        }
    }
}

/// Where the wanted ids stand; both lists are sorted by id.
fn indices(all: &[(EntityId, MatchInput)], wanted: &[EntityId]) -> Vec<usize> {
    wanted
        .iter()
        .filter_map(|id| all.binary_search_by_key(id, |(id, _)| *id).ok())
        .collect()
}

fn candidate_side(features: Vec<CandidateFeatures>, dimensions: usize) -> Side<CandidateFacts> {
    let mut side = Side::empty(dimensions);
    for one in features.into_iter().map(CandidateInput::from) {
        side.vectors.push(&one.vector);
        side.ids.push((one.facts.id, one.input));
        side.facts.push(one.facts);
    }
    side
}

fn position_side(features: Vec<PositionFeatures>, dimensions: usize) -> Side<PositionFacts> {
    let mut side = Side::empty(dimensions);
    for one in features.into_iter().map(PositionInput::from) {
        side.vectors.push(&one.vector);
        side.ids.push((one.facts.id, one.input));
        side.facts.push(one.facts);
    }
    side
}
