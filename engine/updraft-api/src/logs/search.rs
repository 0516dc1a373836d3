//! Finding a text, or what a regular expression describes, in a whole log.

use std::ops::ControlFlow;

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use updraft_layout::Anchor;

use super::file::{LogFile, PIECE};
use crate::failure::Failure;

/// The longest text or expression, in bytes.
const PATTERN_MAX: usize = 1000;
/// What a compiled expression may take, in bytes, and as much again for what it remembers.
const EXPRESSION_MAX: usize = 2 << 20;
/// A line that is longer than this is looked at in parts, in bytes.
const LINE_MAX: usize = 8 << 20;

/// What is looked for.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// These very bytes.
    Exact(Box<Finder<'static>>),
    /// A text without regard to case. No match reaches over the end of a line, so lines are looked at together.
    AnyCase(Regex),
    /// An expression, of a single line.
    Expression(Regex),
}

/// Which lines, and how many are told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search {
    /// The first line that is looked at.
    pub(crate) from: u64,
    /// A line at or before that one, whose place is known.
    pub(crate) anchor: Anchor,
    pub(crate) limit: u64,
}

impl Pattern {
    /// A text or an expression, with or without regard to case.
    ///
    /// # Errors
    /// It is empty, too long, or no expression.
    pub(crate) fn new(text: &str, is_expression: bool, has_case: bool) -> Result<Self, Failure> {
        if text.is_empty() {
            return Err(Failure::query("`q` is empty: say what to look for"));
        }
        if text.len() > PATTERN_MAX {
            return Err(Failure::query(format!("`q` is longer than {PATTERN_MAX} bytes")));
        }
        if !is_expression && has_case {
            return Ok(Self::Exact(Box::new(Finder::new(text.as_bytes()).into_owned())));
        }
        let expression = if is_expression {
            text.to_owned()
        } else {
            regex::escape(text)
        };
        let regex = RegexBuilder::new(&expression)
            .case_insensitive(!has_case)
            .size_limit(EXPRESSION_MAX)
            .dfa_size_limit(EXPRESSION_MAX)
            .build()
            .map_err(|error| Failure::query(format!("`q` is no regular expression: {error}")))?;
        Ok(if is_expression {
            Self::Expression(regex)
        } else {
            Self::AnyCase(regex)
        })
    }

    /// Shows the numbers of the lines that match, of lines that follow each other; `first` is the number of the first one.
    fn find(
        &self,
        lines: &[u8],
        first: u64,
        found: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let next: &dyn Fn(usize) -> Option<usize> = match self {
            Self::Exact(finder) => &|at| finder.find(&lines[at..]).map(|place| at + place),
            Self::AnyCase(regex) => &|at| regex.find_at(lines, at).map(|place| place.start()),
            Self::Expression(regex) => {
                for (line, number) in lines.split_inclusive(|byte| *byte == b'\n').zip(first..) {
                    let line = line.strip_suffix(b"\n").unwrap_or(line);
                    if regex.is_match(line.strip_suffix(b"\r").unwrap_or(line)) {
                        found(number)?;
                    }
                }
                return ControlFlow::Continue(());
            }
        };
        let (mut at, mut number) = (0, first);
        while at < lines.len()
            && let Some(place) = next(at)
        {
            number += memchr::memchr_iter(b'\n', &lines[at..place]).count() as u64;
            found(number)?;
            let Some(end) = memchr::memchr(b'\n', &lines[place..]) else {
                break;
            };
            at = place + end + 1;
            number += 1;
        }
        ControlFlow::Continue(())
    }
}

/// Looks through a log, and tells lines in batches, as they are found, until `tell` says that nobody listens. Gives how many lines match in
/// all. Blocks.
///
/// # Errors
/// The log cannot be read.
pub(crate) fn search(
    file: &mut LogFile,
    (pattern, search): (&Pattern, Search),
    tell: &mut dyn FnMut(&[u64]) -> ControlFlow<()>,
) -> Result<u64, Failure> {
    let (mut total, mut last) = (0, None);
    let mut number = search.anchor.line;
    let mut rest: Vec<u8> = Vec::with_capacity(2 * PIECE);
    let mut look = |lines: &[u8], number: u64| {
        let mut batch = Vec::new();
        let all = pattern.find(lines, number, &mut |line| {
            // A line that was looked at in parts may be found twice.
            if line >= search.from && last != Some(line) {
                last = Some(line);
                total += 1;
                if total <= search.limit {
                    batch.push(line);
                }
            }
            ControlFlow::Continue(())
        });
        if all.is_break() || (!batch.is_empty() && tell(&batch).is_break()) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    let mut is_heard = true;
    file.read(search.anchor.offset, &mut |piece| {
        rest.extend_from_slice(piece);
        let end = match memchr::memrchr(b'\n', &rest) {
            Some(end) => end + 1,
            None if rest.len() > LINE_MAX => rest.len(),
            None => return Ok(true),
        };
        is_heard = look(&rest[..end], number).is_continue();
        number += memchr::memchr_iter(b'\n', &rest[..end]).count() as u64;
        rest.drain(..end);
        Ok(is_heard)
    })?;
    if is_heard && !rest.is_empty() {
        let _ = look(&rest, number);
    }
    Ok(total)
}
