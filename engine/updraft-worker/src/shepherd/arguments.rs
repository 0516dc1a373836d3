//! How a shepherd is told what to do.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What a shepherd is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShepherdArguments {
    /// How long processes may take to end after SIGTERM.
    pub(crate) grace: Duration,
    /// The bundle program.
    pub(crate) program: PathBuf,
    /// Its own arguments.
    pub(crate) args: Vec<OsString>,
}

impl ShepherdArguments {
    /// The arguments as a command line: grace in milliseconds, program, arguments.
    pub(crate) fn to_command_line(&self) -> Vec<OsString> {
        let grace = self.grace.as_millis().to_string().into();
        [grace, self.program.clone().into()]
            .into_iter()
            .chain(self.args.iter().cloned())
            .collect()
    }

    /// Reads such a command line; an error says what is wrong with it.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter();
        let (Some(grace), Some(program)) = (arguments.next(), arguments.next()) else {
            return Err("started without its arguments; it is started by workers only".to_owned());
        };
        let milliseconds = grace.to_str().and_then(|grace| grace.parse().ok());
        Ok(Self {
            grace: milliseconds
                .map(Duration::from_millis)
                .ok_or_else(|| format!("`{}` is no number of milliseconds", grace.display()))?,
            program: program.into(),
            args: arguments.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_survive_the_command_line() {
        let arguments = ShepherdArguments {
            grace: Duration::from_mins(1),
            program: "/bin/referral".into(),
            args: vec!["bundle".into(), "--".into(), "-x".into()],
        };
        assert_eq!(
            ShepherdArguments::parse(arguments.to_command_line()),
            Ok(arguments)
        );
    }

    #[test]
    fn mistakes_are_named() {
        let parse = |words: &[&str]| ShepherdArguments::parse(words.iter().map(OsString::from)).unwrap_err();
        assert_eq!(
            parse(&["10"]),
            "started without its arguments; it is started by workers only"
        );
        assert_eq!(parse(&["soon", "x"]), "`soon` is no number of milliseconds");
    }
}
