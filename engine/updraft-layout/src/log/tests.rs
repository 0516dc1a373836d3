use proptest::prelude::*;

use super::*;

/// An entry as the engine writes it: its bytes with their end, and its level.
type Entry = (Vec<u8>, Level);

fn any_level() -> impl Strategy<Value = Level> {
    prop::sample::select(Level::ALL.to_vec())
}

/// Text that may hold anything: line ends of all kinds, NULs, bytes that are no text, and lines that look like entries.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9 ]{0,20}".prop_map(String::into_bytes),
        1 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        1 => Just(vec![0]),
        1 => Just(vec![0xff, 0xc3]),
        1 => Just("\u{1f600}\u{1b}[31m".as_bytes().to_vec()),
        1 => Just(b"[2024-01-12T06:00:00.000+0000] {x.py:1} ERROR - not an entry".to_vec()),
        1 => Just(b"ERROR CRITICAL".to_vec()),
        1 => (1000_usize..3000).prop_map(|length| vec![b'x'; length]),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn any_log() -> impl Strategy<Value = Vec<Entry>> {
    let entry = (any_text(), any_level()).prop_map(|(mut text, level)| {
        text.push(b'\n');
        (text, level)
    });
    prop::collection::vec(entry, 0..40)
}

/// The records that the engine writes beside these entries.
fn records(entries: &[Entry]) -> Vec<u8> {
    let number = |level: Level| (level.at() as u64 + 1) * 10;
    let mut bytes = b"UPLOGIX1".to_vec();
    let mut offset = 0_u64;
    for (text, level) in entries {
        bytes.extend(((offset << 8) | number(*level)).to_le_bytes());
        offset += text.len() as u64;
    }
    bytes
}

fn bytes(entries: &[Entry]) -> Vec<u8> {
    entries.iter().flat_map(|(text, _)| text.clone()).collect()
}

/// The level of each line, by reading everything.
fn naive_levels(entries: &[Entry]) -> Vec<Option<Level>> {
    let mut levels = Vec::new();
    for (text, level) in entries {
        let lines = text.split_inclusive(|byte| *byte == b'\n').count();
        levels.extend((0..lines).map(|at| (at == 0).then_some(*level)));
    }
    levels
}

fn naive_lines(bytes: &[u8]) -> Vec<(u64, &[u8])> {
    let mut offset = 0;
    let line = |line: &'_ [u8]| {
        let at = offset;
        offset += line.len() as u64;
        (at, line.len())
    };
    let places: Vec<(u64, usize)> = bytes.split_inclusive(|byte| *byte == b'\n').map(line).collect();
    let content = |(at, length): (u64, usize)| {
        let line = &bytes[at as usize..at as usize + length];
        let ended = line.strip_suffix(b"\n");
        (
            at,
            ended.map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line)),
        )
    };
    places.into_iter().map(content).collect()
}

/// The index after log and records came in pieces, in turns.
fn indexed(log: &[u8], records: &[u8], (log_piece, records_piece): (usize, usize)) -> LogIndex {
    let mut index = LogIndex::new(LevelSource::Records);
    let (mut logs, mut records) = (log.chunks(log_piece), records.chunks(records_piece));
    loop {
        let (log, record) = (logs.next(), records.next());
        if let Some(log) = log {
            index.push(log);
        }
        if let Some(record) = record {
            index.push_records(record);
        }
        if log.is_none() && record.is_none() {
            return index;
        }
    }
}

proptest! {
    #[test]
    fn the_index_says_what_a_reading_of_everything_says(
        entries in any_log(),
        log_piece in 1_usize..500,
        records_piece in 1_usize..40,
    ) {
        let log = bytes(&entries);
        let index = indexed(&log, &records(&entries), (log_piece, records_piece));
        let levels = naive_levels(&entries);
        prop_assert_eq!(index.total(), levels.len() as u64);
        prop_assert_eq!(index.finished(), levels.len() as u64);
        prop_assert_eq!(index.bytes(), log.len() as u64);
        for (line, level) in levels.iter().enumerate() {
            prop_assert_eq!(index.level(line as u64), *level, "line {}", line);
        }
        for level in Level::ALL {
            let count = levels.iter().filter(|of| **of == Some(level)).count();
            prop_assert_eq!(index.counts().of(level), count as u64);
        }
        let is_error = |level: &Option<Level>| level.is_some_and(|level| level >= Level::Error);
        prop_assert_eq!(index.first_error(), levels.iter().position(is_error).map(|line| line as u64));
        let at_least = |line: usize, level: Level| levels[line].is_some_and(|of| of >= level);
        for from in [0, levels.len() / 2, levels.len()] {
            let next = (from + 1..levels.len()).find(|line| at_least(*line, Level::Warning));
            prop_assert_eq!(index.near(from as u64, Level::Warning, Way::Next), next.map(|line| line as u64));
            let previous = (0..from).rev().find(|line| at_least(*line, Level::Warning));
            prop_assert_eq!(index.near(from as u64, Level::Warning, Way::Previous), previous.map(|line| line as u64));
        }
        let marks: Vec<u64> = (0..levels.len()).filter(|line| at_least(*line, Level::Warning)).map(|line| line as u64).collect();
        prop_assert_eq!(index.marks(1000).iter().map(|mark| mark.line).collect::<Vec<_>>(), marks);
        prop_assert!(index.marks(3).len() <= 3);
    }

    #[test]
    fn lines_are_the_same_in_whatever_pieces_they_come(
        entries in any_log(),
        rest in any_text(),
        piece in 1_usize..700,
        head_max in 1_usize..100,
    ) {
        let mut log = bytes(&entries);
        log.extend(rest);
        let mut cutter = LineCutter::new(0, 0, head_max);
        let mut lines: Vec<(u64, u64, u64, Vec<u8>)> = Vec::new();
        let mut keep = |line: Line<'_>| {
            lines.push((line.number, line.offset, line.length, line.head.to_vec()));
            true
        };
        for piece in log.chunks(piece) {
            cutter.push(piece, &mut keep);
        }
        if let Some(line) = cutter.unfinished() {
            keep(line);
        }
        let wanted: Vec<(u64, u64, u64, Vec<u8>)> = naive_lines(&log)
            .into_iter()
            .enumerate()
            .map(|(at, (offset, line))| {
                (at as u64, offset, line.len() as u64, line[..line.len().min(head_max)].to_vec())
            })
            .collect();
        prop_assert_eq!(lines, wanted);
    }

    #[test]
    fn anchors_are_beginnings_of_lines(lengths in prop::collection::vec(0_usize..40, 0..2500)) {
        let log: Vec<u8> = lengths.iter().flat_map(|length| [vec![b'x'; *length], b"\n".to_vec()].concat()).collect();
        let index = indexed(&log, b"UPLOGIX1", (1000, 8));
        let lines = naive_lines(&log);
        for line in 0..lines.len() as u64 {
            let anchor = index.anchor(line);
            prop_assert!(anchor.line <= line && line - anchor.line < 1000);
            prop_assert_eq!(lines[anchor.line as usize].0, anchor.offset);
        }
    }

    #[test]
    fn any_bytes_are_taken(log in prop::collection::vec(any::<u8>(), 0..2000), records in prop::collection::vec(any::<u8>(), 0..200)) {
        let by_records = indexed(&log, &[b"UPLOGIX1".to_vec(), records].concat(), (7, 5));
        prop_assert_eq!(by_records.total(), naive_lines(&log).len() as u64);
        let mut by_headers = LogIndex::new(LevelSource::Headers);
        by_headers.push(&log);
        prop_assert_eq!(by_headers.total(), naive_lines(&log).len() as u64);
    }
}

fn by_headers(log: &str) -> Vec<Option<Level>> {
    let mut index = LogIndex::new(LevelSource::Headers);
    for piece in log.as_bytes().chunks(3) {
        index.push(piece);
    }
    (0..index.total()).map(|line| index.level(line)).collect()
}

#[test]
fn without_records_the_field_tells_the_level_and_words_do_not() {
    let log = "[2024-01-12T06:00:00.000+0000] {sync.rs:12} INFO - ERROR is a word here\n\
               Traceback ERROR - CRITICAL\n\
               ERROR - nor is this one\n\
               [not a time] {x} ERROR - nor this\n\
               [2024-01-12T06:00:01.000+0000] {sync.rs:13} WARNING - two\n\
               {\"timestamp\":\"2024-01-12T06:00:02Z\",\"level\":\"error\",\"event\":\"three\"}\n\
               {\"event\":\"level\",\"level\":\"error\"}\n";
    assert_eq!(
        by_headers(log),
        [
            Some(Level::Info),
            None,
            None,
            None,
            Some(Level::Warning),
            Some(Level::Error),
            None
        ]
    );
}

#[test]
fn an_entry_is_read_in_both_forms() {
    let text =
        Header::parse("[2024-01-12T06:00:00.041+0000] {sync.rs:12} WARNING - page - done page=3").unwrap();
    let wanted = Header {
        at: Some("2024-01-12T06:00:00.041Z".parse().unwrap()),
        level: Level::Warning,
        source: "sync.rs:12".to_owned(),
        text: "page - done page=3".to_owned(),
    };
    assert_eq!(text, wanted);
    let json = r#"{"timestamp":"2024-01-12T06:00:00.041Z","level":"warning","event":"page - done","logger":"etl","filename":"sync.rs","lineno":12,"page":3}"#;
    assert_eq!(Header::parse(json).unwrap(), wanted);
    assert_eq!(Header::parse("page done"), None);
    assert_eq!(Header::parse("{not json"), None);
}

#[test]
fn records_that_come_later_are_taken() {
    let entries = [
        (b"one\ntwo\n".to_vec(), Level::Info),
        (b"three\n".to_vec(), Level::Error),
    ];
    let records = records(&entries);
    let mut index = LogIndex::new(LevelSource::Records);
    index.push(&bytes(&entries));
    assert!(index.wants_records());
    index.push_records(&records[..16]);
    assert!(index.wants_records());
    assert_eq!((index.level(0), index.level(2)), (Some(Level::Info), None));
    index.push_records(&records[16..]);
    assert_eq!((index.level(1), index.level(2)), (None, Some(Level::Error)));
}

#[test]
fn a_file_that_is_something_else_is_no_record() {
    let mut index = LogIndex::new(LevelSource::Records);
    index.push(b"one\ntwo\n");
    index.push_records(b"something else that is long");
    assert!(!index.wants_records());
    assert_eq!((index.level(0), index.total()), (None, 2));
}

#[test]
fn a_line_of_a_mebibyte_has_an_anchor_behind_it() {
    let mut index = LogIndex::new(LevelSource::Headers);
    for _ in 0..3 {
        index.push(&vec![b'x'; 1 << 20]);
        index.push(b"\n");
    }
    assert_eq!((index.total(), index.anchor(2).line), (3, 2));
}

#[test]
fn a_line_that_has_not_ended_counts() {
    let mut index = LogIndex::new(LevelSource::Headers);
    index.push(b"one\ntw");
    assert_eq!((index.total(), index.finished()), (2, 1));
    index.push(b"o\n");
    assert_eq!((index.total(), index.finished()), (2, 2));
}
