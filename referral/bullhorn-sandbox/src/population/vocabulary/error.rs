//! What can be wrong with a vocabulary.

/// Why a vocabulary cannot be used. The texts are part of the program, so each is a mistake of whoever edited them.
#[derive(Debug, thiserror::Error)]
pub enum VocabularyError {
    /// Not TOML of the right form; the source names the line.
    #[error("`{file}` cannot be read")]
    Form {
        /// Name of the file.
        file: String,
        /// What the parser says.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// Readable, but it breaks a rule of the README.
    #[error("`{file}`: `{entry}` {problem}")]
    Rule {
        /// Name of the file.
        file: String,
        /// Which occupation, family or list.
        entry: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

impl VocabularyError {
    pub(super) fn rule(file: &str, entry: &str, problem: impl Into<String>) -> Self {
        Self::Rule {
            file: file.to_owned(),
            entry: entry.to_owned(),
            problem: problem.into(),
        }
    }
}
