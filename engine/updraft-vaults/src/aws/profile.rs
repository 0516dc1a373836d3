//! The files `~/.aws/credentials` and `~/.aws/config`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::aws::sign::Keys;
use crate::open::Surroundings;

/// Settings of profiles that get keys in ways that nothing here knows.
const UNKNOWN_WAYS: [&str; 6] = [
    "credential_process",
    "role_arn",
    "source_profile",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
];

/// The settings of one profile, of both files; those of the credentials come first.
#[derive(Default)]
pub(crate) struct Profile {
    name: String,
    settings: BTreeMap<String, String>,
}

impl Profile {
    /// The profile of that name; empty if no file has it.
    pub(crate) fn read(name: &str, around: &Surroundings) -> Self {
        let mut settings = BTreeMap::new();
        let files = [
            ("AWS_CONFIG_FILE", "config", true),
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials", false),
        ];
        for (variable, file, has_prefix) in files {
            let path = around.get(variable).map(PathBuf::from).or_else(|| {
                let home = around.get("HOME")?;
                Some(PathBuf::from(home).join(".aws").join(file))
            });
            let text = path.and_then(|path| std::fs::read_to_string(path).ok());
            let section = if has_prefix && name != "default" {
                format!("profile {name}")
            } else {
                name.to_owned()
            };
            settings.extend(of_section(&text.unwrap_or_default(), &section));
        }
        Self {
            name: name.to_owned(),
            settings,
        }
    }

    pub(crate) fn get(&self, setting: &str) -> Option<&str> {
        self.settings.get(setting).map(String::as_str)
    }

    /// Its keys; `None` if it has none.
    ///
    /// # Errors
    /// It gets them in a way that is not known here.
    pub(crate) fn keys(&self) -> Result<Option<Keys>, String> {
        if let Some(way) = UNKNOWN_WAYS.into_iter().find(|way| self.get(way).is_some()) {
            return Err(format!(
                "profile `{}` gets its keys by `{way}`, which is not supported here; give it `aws_access_key_id` and \
                 `aws_secret_access_key`, or set `role_arn` among the arguments of the backend",
                self.name
            ));
        }
        let text = |name: &str| self.get(name).map(str::to_owned);
        let keys = text("aws_access_key_id").zip(text("aws_secret_access_key"));
        Ok(keys.map(|(access_key_id, secret_access_key)| Keys {
            access_key_id,
            secret_access_key,
            session_token: text("aws_session_token"),
        }))
    }
}

/// The settings of a section; nested ones, which are indented, are left out.
fn of_section(text: &str, wanted: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut is_there = false;
    for line in text.lines() {
        let is_nested = line.starts_with([' ', '\t']);
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let words: Vec<&str> = section.split_whitespace().collect();
            is_there = words.join(" ") == wanted;
        } else if is_there
            && !is_nested
            && !line.starts_with(['#', ';'])
            && let Some((name, value)) = line.split_once('=')
        {
            found.insert(name.trim().to_lowercase(), value.trim().to_owned());
        }
    }
    found
}
