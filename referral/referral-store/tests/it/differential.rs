//! Two implementations as mutual oracle: the same random operations leave both databases with equal contents, and a model in
//! memory agrees with both about what is live.

use std::collections::{BTreeMap, BTreeSet};

use referral_store::EntityKind::Candidate;
use referral_store::features::MatchInput;
use referral_store::matching::{MatchProvenance, MatchScope, NewMatch};
use referral_store::sync_page::{Erased, Erasure, SyncPage};
use referral_store::sync_run::SyncMode;
use referral_store::{EntityId, ReferralStore};
use serde_json::json;
use updraft_sql::inspect;
use updraft_testing::databases;

use crate::fixtures::{at, begin, candidate, embed_all, load_positions, position, run_id};

const OPERATIONS: usize = 60;
const IDS: u64 = 12;

/// A small generator (Weyl sequence and a mixing step), so that a seed says everything.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// One operation; equal seeds give equal operations.
async fn operate(
    store: &ReferralStore,
    random: &mut Random,
    step: usize,
    model: &mut BTreeMap<i64, (i64, bool)>,
) {
    match random.below(4) {
        0 | 1 => {
            let run = begin(store, Candidate, &format!("r{step}"), SyncMode::Incremental).await;
            let page = random_page(random, model);
            store
                .commit_candidates(&run, &page, at(step as i64))
                .await
                .unwrap();
        }
        2 => {
            embed_all(store, Candidate).await;
        }
        _ => replace_random_matches(store, random, step).await,
    }
}

/// A page of random versions; the model notes what must be live afterwards.
fn random_page(
    random: &mut Random,
    model: &mut BTreeMap<i64, (i64, bool)>,
) -> SyncPage<referral_store::Candidate> {
    let mut page = SyncPage::default();
    let ids: BTreeSet<i64> = (0..=random.below(5))
        .map(|_| 1 + random.below(IDS) as i64)
        .collect();
    for id in ids {
        let (version, live) = (random.below(50) as i64, random.below(4) > 0);
        if live {
            page.live
                .push(candidate(id, &format!("W{}", random.below(3)), version));
        } else {
            let erasure = if random.below(2) == 0 {
                Erasure::Deleted
            } else {
                Erasure::Anonymised
            };
            page.erased.push(Erased {
                id: EntityId(id),
                erasure,
                source_modified_ms: Some(version),
            });
        }
        let stored = model.entry(id).or_insert((version, live));
        if version >= stored.0 {
            *stored = (version, live);
        }
        page.fetched += 1;
    }
    page
}

async fn replace_random_matches(store: &ReferralStore, random: &mut Random, step: usize) {
    let input = MatchInput {
        content_hash: "c".to_owned(),
        text_hash: "t".to_owned(),
    };
    let scope = MatchScope::Candidates((1..=IDS as i64).map(|id| (EntityId(id), input.clone())).collect());
    let chosen: Vec<i64> = (1..=IDS as i64).filter(|_| random.below(2) == 0).collect();
    let matches = chosen.into_iter().map(|id| NewMatch {
        position_id: EntityId(1),
        candidate_id: EntityId(id),
        score: 7_000 + (id % 3),
        cosine: 0.5,
        parts: json!([]),
        matched_skills: vec![],
        missing_skills: vec![],
        gates: json!({}),
        position_input: input.clone(),
        candidate_input: input.clone(),
    });
    let provenance = MatchProvenance {
        run_id: run_id(&format!("m{step}")),
        threshold: 7_000,
        model_sha256: "model".to_owned(),
        precision: "f32".to_owned(),
        formula_version: "v1".to_owned(),
        weights: json!({}),
        scoring: "s".to_owned(),
    };
    let matches: Vec<NewMatch> = matches.collect();
    store
        .replace_matches(&provenance, &scope, &matches, at(step as i64))
        .await
        .unwrap();
}

#[tokio::test]
async fn random_operations_leave_both_databases_equal() {
    for seed in [1, 20_261_107, 977] {
        let mut contents = Vec::new();
        for database in [databases::sqlite(), databases::postgres().await] {
            let store = ReferralStore::open(database.url(), at(0)).await.unwrap();
            load_positions(&store, "p", vec![position(1, "P", 1)]).await;
            let (mut random, mut model) = (Random(seed), BTreeMap::new());
            for step in 0..OPERATIONS {
                operate(&store, &mut random, step, &mut model).await;
            }
            let live = model.values().filter(|(_, live)| *live).count() as u64;
            assert_eq!(store.count_live(Candidate).await.unwrap(), live, "seed {seed}");
            contents.push(inspect::contents(store.db()).await.unwrap());
            store.close().await;
        }
        assert_eq!(contents[0], contents[1], "seed {seed}");
    }
}
