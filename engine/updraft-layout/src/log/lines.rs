//! Lines of a log that comes in pieces, of which none is kept that is longer than it should be.

/// A line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, from 0.
    pub number: u64,
    /// Where it begins in the log, in bytes.
    pub offset: u64,
    /// Its length in bytes, without its end (LF or CR LF).
    pub length: u64,
    /// Its first bytes; all of them, unless it is too long.
    pub head: &'a [u8],
    /// Whether its end was there.
    pub is_finished: bool,
}

/// Cuts bytes into lines.
#[derive(Debug)]
pub struct LineCutter {
    number: u64,
    /// Where the line begins that is being read.
    offset: u64,
    /// How much of it there was, its end included.
    length: u64,
    head: Vec<u8>,
    head_max: usize,
    /// Whether the last byte was a CR.
    ends_with_cr: bool,
}

impl LineCutter {
    /// Begins at a line of that number and offset. Of each line at most `head_max` bytes are kept.
    pub fn new(number: u64, offset: u64, head_max: usize) -> Self {
        Self {
            number,
            offset,
            length: 0,
            head: Vec::new(),
            head_max,
            ends_with_cr: false,
        }
    }

    /// Takes the next bytes and shows the lines that they end, until it is told to stop by `false`. Tells whether it went on.
    pub fn push(&mut self, bytes: &[u8], mut show: impl FnMut(Line<'_>) -> bool) -> bool {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end + 1);
            rest = after;
            let content = line.get(..end).unwrap_or_default();
            let goes_on = if self.length == 0 {
                let head = content.strip_suffix(b"\r").unwrap_or(content);
                let shown = head.get(..self.head_max).unwrap_or(head);
                show(self.line(shown, head.len() as u64))
            } else {
                self.take(content);
                let length = self.length - u64::from(self.ends_with_cr);
                let head = std::mem::take(&mut self.head);
                let shown = head.get(..length as usize).unwrap_or(&head);
                let goes_on = show(self.line(shown, length));
                self.head = head;
                goes_on
            };
            let whole = self
                .length
                .max(if self.length == 0 { content.len() as u64 } else { 0 });
            self.offset += whole + 1;
            self.number += 1;
            self.length = 0;
            self.head.clear();
            self.ends_with_cr = false;
            if !goes_on {
                return false;
            }
        }
        self.take(rest);
        true
    }

    /// The line that has not ended, if there is one.
    pub fn unfinished(&self) -> Option<Line<'_>> {
        (self.length > 0).then(|| Line {
            is_finished: false,
            ..self.line(&self.head, self.length)
        })
    }

    fn take(&mut self, bytes: &[u8]) {
        let room = self.head_max.saturating_sub(self.head.len());
        self.head.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        self.length += bytes.len() as u64;
        if let Some(last) = bytes.last() {
            self.ends_with_cr = *last == b'\r';
        }
    }

    fn line<'a>(&self, head: &'a [u8], length: u64) -> Line<'a> {
        Line {
            number: self.number,
            offset: self.offset,
            length,
            head,
            is_finished: true,
        }
    }
}
