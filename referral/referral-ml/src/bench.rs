//! How fast embedding and matching are here, measured on made-up records: for the benchmark command, not for tests.

use std::fs;
use std::time::Instant;

use referral_store::{EntityId, Level};
use serde::Serialize;

use crate::bert::LocalModel;
use crate::embedder::EmbedError;
use crate::matching::{CandidateBlock, Matcher};
use crate::scoring::{CandidateFacts, Formula, IdfTable, Points, PositionFacts};
use crate::vectors::Vectors;
use crate::workers::Workers;

/// How fast texts were embedded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EmbeddingSpeed {
    /// Texts embedded.
    pub texts: usize,
    /// Tokens read.
    pub tokens: usize,
    /// Time on the wall, in seconds.
    pub wall_s: f64,
    /// Processor time over all threads, in seconds; `None` where the system does not tell.
    pub cpu_s: Option<f64>,
    /// Arithmetic that the texts' lengths ask for, in billions of operations: divided by time and by the processor's peak it
    /// is the share of what is physically possible.
    pub gflop: f64,
}

/// How fast pairs were matched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MatchingSpeed {
    /// Candidates matched.
    pub candidates: usize,
    /// With so many positions.
    pub positions: usize,
    /// Pairs found above the threshold of 70.
    pub found: usize,
    /// Time on the wall, in seconds.
    pub wall_s: f64,
    /// Processor time over all threads, in seconds; `None` where the system does not tell.
    pub cpu_s: Option<f64>,
}

/// Embeds `texts` once.
///
/// # Errors
/// As [`LocalModel::embed_now`].
pub fn embedding_speed(model: &LocalModel, texts: &[String]) -> Result<EmbeddingSpeed, EmbedError> {
    let mut gflop = 0.0;
    for text in texts {
        let tokens = model.tokens_read(text)? as f64;
        gflop += (21_233_664.0 * tokens + 9_216.0 * tokens * tokens) / 1e9;
    }
    let (embedded, wall_s, cpu_s) = timed(|| model.embed_now(texts));
    Ok(EmbeddingSpeed {
        texts: texts.len(),
        tokens: embedded?.tokens,
        wall_s,
        cpu_s,
        gflop,
    })
}

/// Matches made-up candidates and positions whose cosines spread as those of real texts do: one pair in twelve is close
/// enough to be looked at. Reading the records is not part of the time, preparing them is.
pub fn matching_speed(workers: &Workers, candidates: usize, positions: usize) -> MatchingSpeed {
    let formula = Formula::new(IdfTable::new(candidates as u64, []));
    let matcher = Matcher::new(formula, Points::from_hundredths(7_000), workers.clone());
    let mut random = SplitMix(1);
    let (candidate_vectors, occupations) = vectors(candidates, &mut random);
    let facts = occupations
        .iter()
        .enumerate()
        .map(|(id, occupation)| candidate(id, *occupation, &mut random))
        .collect();
    let block = CandidateBlock::new(facts, candidate_vectors);
    let (position_vectors, occupations) = vectors(positions, &mut random);
    let wanted: Vec<PositionFacts> = occupations
        .iter()
        .enumerate()
        .map(|(id, occupation)| position(id, *occupation, &mut random))
        .collect();
    let (found, wall_s, cpu_s) = timed(|| {
        let set = matcher.prepare(wanted, position_vectors);
        matcher.find(&set, &block).len()
    });
    MatchingSpeed {
        candidates,
        positions,
        found,
        wall_s,
        cpu_s,
    }
}

/// `count` texts of a resume's wording, from one sentence to more than the model reads, about 190 tokens on average.
pub fn resume_texts(count: usize) -> Vec<String> {
    const SENTENCES: [&str; 8] = [
        "Keeps the boilers of two hospitals running and plans their yearly inspection.",
        "Wrote the routines that reconcile nine thousand invoices a night without a clerk.",
        "Led a crew of seven pipe fitters through a refinery shutdown, on time and without an accident.",
        "Teaches newcomers to read drawings, to set up the press and to check the first part.",
        "Skills: TIG welding, blueprint reading, rigging, Microsoft Excel, SAP, PostgreSQL.",
        "Answers tenders, prices materials and follows the order until the customer has signed.",
        "Nurses twelve patients on the night ward and hands over at seven in the morning.",
        "Moved the team from paper files to a records system within a single winter.",
    ];
    let sentence = |index: usize| SENTENCES[index % SENTENCES.len()];
    let text = |index: usize| {
        (0..=index * 7 % 22)
            .map(|step| sentence(index + step))
            .collect::<Vec<_>>()
            .join(" ")
    };
    (0..count).map(text).collect()
}

fn timed<R>(work: impl FnOnce() -> R) -> (R, f64, Option<f64>) {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let result = work();
    let spent = cpu_seconds().zip(cpu).map(|(after, before)| after - before);
    (result, start.elapsed().as_secs_f64(), spent)
}

/// Processor time of this process so far, from Linux's process table; it counts in hundredths of a second.
fn cpu_seconds() -> Option<f64> {
    let line = fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = line.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// A small generator of pseudo-random numbers; the same numbers everywhere.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A direction of length about 1.
    fn direction(&mut self) -> [f32; DIMENSIONS] {
        let scale = (3.0 / DIMENSIONS as f32).sqrt();
        std::array::from_fn(|_| ((self.next() >> 40) as f32 / (1_u32 << 23) as f32 - 1.0) * scale)
    }
}

const DIMENSIONS: usize = crate::bert::WIDTH;
const OCCUPATIONS: u64 = 180;
const OCCUPATIONS_PER_FAMILY: u64 = 12;

/// Unit vectors of records of random occupations: all have something in common, those of one family more, those of one
/// occupation most.
fn vectors(count: usize, random: &mut SplitMix) -> (Vectors, Vec<u64>) {
    let mut shared = SplitMix(99);
    let common = shared.direction();
    let families: Vec<_> = (0..OCCUPATIONS / OCCUPATIONS_PER_FAMILY)
        .map(|_| shared.direction())
        .collect();
    let own: Vec<_> = (0..OCCUPATIONS).map(|_| shared.direction()).collect();
    let mut vectors = Vectors::empty(DIMENSIONS);
    let mut occupations = Vec::with_capacity(count);
    for _ in 0..count {
        let occupation = random.below(OCCUPATIONS);
        let family = &families[(occupation / OCCUPATIONS_PER_FAMILY) as usize];
        let (own, noise) = (&own[occupation as usize], random.direction());
        let mut row: Vec<f32> = (0..DIMENSIONS)
            .map(|index| 0.52 * common[index] + 0.45 * family[index] + 0.4 * own[index] + 0.6 * noise[index])
            .collect();
        let norm = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        for value in &mut row {
            *value /= norm;
        }
        vectors.push(&row);
        occupations.push(occupation);
    }
    (vectors, occupations)
}

/// Skills that belong to an occupation, and some that anybody may have.
fn skills(count: u64, occupation: u64, random: &mut SplitMix) -> Vec<String> {
    let mut name = |_| match random.below(4) {
        0 => format!("general skill {}", random.below(40)),
        _ => format!("skill {occupation} {}", random.below(12)),
    };
    (0..count).map(&mut name).collect()
}

fn candidate(id: usize, occupation: u64, random: &mut SplitMix) -> CandidateFacts {
    CandidateFacts {
        skills: skills(9, occupation, random),
        level: Level::new(1 + random.below(5) as u8),
        years: Some(random.below(20) as f64),
        ..CandidateFacts::new(EntityId(id as i64))
    }
}

fn position(id: usize, occupation: u64, random: &mut SplitMix) -> PositionFacts {
    PositionFacts {
        required_skills: skills(6, occupation, random),
        nice_skills: skills(3, occupation, random),
        level: Level::new(1 + random.below(5) as u8),
        min_years: Some(random.below(8) as f64),
        ..PositionFacts::new(EntityId(id as i64))
    }
}
