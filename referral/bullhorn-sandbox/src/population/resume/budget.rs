//! How long a resume becomes, and in which markup.

use crate::population::html::{LONG_STYLES, RESUME_STYLES, SHORT_STYLES, Style};
use crate::population::random::Random;

/// From here on some resumes are long ones.
const LONG_FROM_BYTES: usize = 4_000;
/// Up to here markup must stay small.
const SHORT_TO_BYTES: usize = 3_500;

/// The size of one resume.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub(super) style: &'static Style,
    /// Bytes of the whole document.
    pub(super) bytes: usize,
    /// Bytes of the style sheet in its head.
    pub(super) style_sheet: usize,
}

impl Budget {
    pub(super) fn draw(typical: usize, random: &mut Random) -> Self {
        if typical >= LONG_FROM_BYTES && random.percent(15) {
            let bytes = typical * random.between(217, 384) as usize / 100;
            let style = *random.weighted(LONG_STYLES);
            return Self {
                style,
                bytes,
                style_sheet: bytes * random.between(15, 35) as usize / 100,
            };
        }
        let bytes = typical * random.between(67, 133) as usize / 100;
        let styles = if bytes < SHORT_TO_BYTES {
            SHORT_STYLES
        } else {
            RESUME_STYLES
        };
        Self {
            style: *random.weighted(styles),
            bytes,
            style_sheet: bytes / 10,
        }
    }
}
