//! Evaluation on a tiny data set whose figures can be worked out by hand.

use std::fs;
use std::path::Path;

use referral_ml::evaluation::{Dataset, EmbeddedDataset, Report, evaluate};
use referral_ml::vectors::Vectors;
use tempfile::TempDir;

const CANDIDATES: [&str; 4] = [
    r#"{"id":"C1","title":"Welder","years":5,"level":2,"skills":["tig"],"text":"welds"}"#,
    r#"{"id":"C2","title":"Fitter","years":1,"level":2,"skills":["tig","rigging"],"text":"fits"}"#,
    r#"{"id":"C3","title":"Baker","years":9,"level":3,"skills":["bread"],"text":"bakes"}"#,
    r#"{"id":"C4","title":"Clerk","years":2,"level":3,"skills":["excel"],"text":"files"}"#,
];
const POSITIONS: [&str; 2] = [
    r#"{"id":"J1","title":"Welder","min_years":2,"level":2,"required":["tig"],"nice":[],"text":"weld for us"}"#,
    r#"{"id":"J2","title":"Baker","min_years":2,"level":3,"required":["bread"],"nice":["excel"],"text":"bake for us"}"#,
];
const RELEVANCE: &str = "position_id,candidate_id,grade\nJ1,C1,3\nJ1,C2,2\nJ2,C3,3\nJ2,C4,1\n";

fn folder(relevance: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    let write = |name: &str, text: String| fs::write(directory.path().join(name), text).unwrap();
    write("candidates.jsonl", CANDIDATES.join("\n"));
    write("positions.jsonl", POSITIONS.join("\n"));
    write("relevance.csv", relevance.to_owned());
    directory
}

fn read(folder: &Path) -> Result<Dataset, String> {
    Dataset::read(folder).map_err(|error| error.to_string().replace(&folder.display().to_string(), "DATA"))
}

/// Unit vectors at these angles, in degrees.
fn angles<const N: usize>(angles: [f32; N]) -> Vectors {
    let unit = |angle: f32| [angle.to_radians().cos(), angle.to_radians().sin()];
    Vectors::new(2, angles.into_iter().flat_map(unit).collect())
}

fn report() -> Report {
    let dataset = read(folder(RELEVANCE).path()).unwrap();
    // The clerk's text is nearer to the welder's position than the fitter's.
    let data = EmbeddedDataset::with_vectors(dataset, angles([10.0, 55.0, 85.0, 40.0]), angles([0.0, 90.0]));
    evaluate(&data, &data.formula())
}

#[test]
fn a_ranking_that_confuses_two_candidates_loses_what_the_definition_says() {
    let report = report();
    let ranking = |name: &str| {
        report
            .rankings
            .iter()
            .find(|ranking| ranking.name.starts_with(name))
            .unwrap()
    };
    let cosine = ranking("plain cosine");
    let discounted = |gains: [f64; 3]| gains[0] + gains[1] / 3_f64.log2() + gains[2] / 2.0;
    let welder = discounted([7.0, 0.0, 3.0]) / discounted([7.0, 3.0, 0.0]);
    let baker = discounted([7.0, 0.0, 1.0]) / discounted([7.0, 1.0, 0.0]);
    assert!((cosine.ndcg_at_10 - f64::midpoint(welder, baker)).abs() < 1e-12);
    assert!((cosine.precision_at_10 - 0.15).abs() < 1e-12);
    assert!((cosine.recall_at_50 - 1.0).abs() < 1e-12);
    assert!(ranking("formula").ndcg_at_10 > cosine.ndcg_at_10);
}

#[test]
fn the_report_reads_as_tables_and_as_json() {
    let report = report();
    insta::assert_snapshot!(report.to_string(), @r"
    2 positions x 4 candidates, model , texts cut by whole-or-900x16.1, formula 1

    ranking                           nDCG@10     P@10     R@50      AUC
    skills alone (idf)                  1.000    0.150    1.000    1.000
    plain cosine: the baseline          0.969    0.150    1.000    0.800
    formula without level               0.991    0.150    1.000    1.000
    formula                             1.000    0.150    1.000    1.000

    threshold                         matches    prec.   recall     same
    formula >= 60                         3.0    0.500    1.000    1.000
    formula >= 65                         2.5    0.600    1.000    1.000
    formula >= 70                         1.5    1.000    1.000    1.000
    formula >= 75                         1.5    1.000    1.000    1.000
    formula >= 80                         1.0    1.000    0.667    1.000
    cosine >= 0.819 (as many as 70)       1.5    0.667    0.667    1.000

    logistic fit on half of the positions, tested on the others: ECE 0.0104, Brier 0.0002 (base rate 0.1875), P >= 0.7 keeps 1.0 per position at precision 1.00
    reliability                         pairs   stated observed
    0.0 to 0.1                              3    0.014    0.000
    0.1 to 0.2                              0    0.000    0.000
    0.2 to 0.3                              0    0.000    0.000
    0.3 to 0.4                              0    0.000    0.000
    0.4 to 0.5                              0    0.000    0.000
    0.5 to 0.6                              0    0.000    0.000
    0.6 to 0.7                              0    0.000    0.000
    0.7 to 0.8                              0    0.000    0.000
    0.8 to 0.9                              0    0.000    0.000
    0.9 to 1.0                              1    1.000    1.000
    ");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["rankings"][1]["name"], "plain cosine: the baseline");
    assert_eq!(json["calibration"]["bins"].as_array().unwrap().len(), 10);
}

#[test]
fn a_folder_that_is_no_data_set_is_refused_with_file_and_line() {
    let malformed = |relevance: &str| read(folder(relevance).path()).unwrap_err();
    insta::assert_snapshot!(malformed("position_id,candidate_id,grade\nJ1,C9,2\n"), @"`DATA/relevance.csv`, line 2: `J1,C9,2` is not a known position, a known candidate and a grade from 0 to 3");
    insta::assert_snapshot!(malformed("position_id,candidate_id,grade\nJ1,C1,4\n"), @"`DATA/relevance.csv`, line 2: `J1,C1,4` is not a known position, a known candidate and a grade from 0 to 3");
    insta::assert_snapshot!(malformed("position_id,candidate_id,grade\nJ1,C1,2\nJ2,C3,1\n"), @"position `J2` has no candidate of grade 2 or 3; every position needs one");
    let empty = TempDir::new().unwrap();
    insta::assert_snapshot!(read(empty.path()).unwrap_err(), @"cannot read `DATA/candidates.jsonl`");
    let broken = folder(RELEVANCE);
    fs::write(
        broken.path().join("positions.jsonl"),
        format!("{}\n{{", POSITIONS[0]),
    )
    .unwrap();
    insta::assert_snapshot!(read(broken.path()).unwrap_err(), @"`DATA/positions.jsonl`, line 2: EOF while parsing an object at line 1 column 1");
}
