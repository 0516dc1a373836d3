//! From what a process prints to lines.

/// A line that gets longer than this is cut, in bytes.
const LINE_LENGTH_MAX: usize = 64 << 10;

/// Cuts a stream of bytes into lines.
#[derive(Debug, Default)]
pub(crate) struct LineSplitter {
    /// The line that has not ended yet.
    partial: Vec<u8>,
}

impl LineSplitter {
    /// Takes the next bytes; gives the lines that they complete, without their ends. What is not UTF-8 is replaced.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                lines.extend(self.finish());
            }
            while self.partial.len() > LINE_LENGTH_MAX {
                let rest = self.partial.split_off(cut(&self.partial));
                lines.extend(self.finish());
                self.partial = rest;
            }
        }
        lines
    }

    /// The line that has not ended, as it is; `None` if there is none.
    pub(crate) fn finish(&mut self) -> Option<String> {
        if self.partial.is_empty() {
            return None;
        }
        let line = String::from_utf8_lossy(&self.partial)
            .trim_end_matches(['\n', '\r'])
            .to_owned();
        self.partial.clear();
        Some(line)
    }
}

/// Where to cut a line that is too long: behind its last space, lest a word (which may be a secret that is to be
/// masked) is torn apart; in the middle of a word only if there is no space.
fn cut(line: &[u8]) -> usize {
    let head = line.get(..LINE_LENGTH_MAX).unwrap_or(line);
    head.iter()
        .rposition(u8::is_ascii_whitespace)
        .map_or(head.len(), |space| space + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_are_the_same_in_whatever_pieces_they_come(text in "[a-z \n]{0,200}", piece in 1usize..50) {
            let mut splitter = LineSplitter::default();
            let mut lines: Vec<String> = text.as_bytes().chunks(piece).flat_map(|bytes| splitter.push(bytes)).collect();
            lines.extend(splitter.finish());
            prop_assert_eq!(lines, text.lines().map(str::to_owned).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_line_without_end_is_cut_between_words() {
        let mut splitter = LineSplitter::default();
        let text = "word ".repeat(LINE_LENGTH_MAX / 5 + 10);
        let mut lines = splitter.push(text.as_bytes());
        lines.extend(splitter.finish());
        assert_eq!(lines.len(), 2);
        assert!(
            lines
                .iter()
                .all(|line| line.starts_with("word ") && line.ends_with("word "))
        );
        assert_eq!(lines.concat(), text);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(LineSplitter::default().push(b"a\xffb\r\n"), ["a\u{fffd}b"]);
    }
}
