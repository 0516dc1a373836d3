//! How good the ranking and the threshold are, measured on labelled pairs.

mod dataset;
mod evaluate;
mod logistic;
mod metrics;
mod report;

pub use dataset::{Dataset, DatasetError};
pub use evaluate::{EmbeddedDataset, evaluate};
pub use logistic::{Calibration, ReliabilityBin};
pub use report::{RankingQuality, Report, ThresholdQuality};
