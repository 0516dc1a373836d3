//! Assets: what tasks update and DAGs wait for. Airflow 2 calls them datasets.
//!
//! An asset is told by its uri. Here stands what an asset is, what a schedule says about several of them, and what has
//! happened to one; who waits for what is the planner's business.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::{BitAnd, BitOr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{CompatLevel, DataInterval, RunId, RunType};

/// The longest name or uri, in characters; Airflow's columns hold no more.
const TEXT_LENGTH_MAX: usize = 1500;

/// The group of an asset that was given none.
const DEFAULT_GROUP: &str = "asset";

/// Something that tasks update and DAGs wait for: a table, a file, anything with an address. Airflow 2's `Dataset`.
///
/// ```
/// use updraft_model::Asset;
///
/// let orders = Asset::new("orders", "postgres://warehouse/public/orders").group("sales");
/// let rates = Asset::new("rates", "s3://lake/rates.parquet");
/// let both = &orders & &rates;
/// assert_eq!(both.to_string(), "orders & rates");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// What people call it; unique in the installation.
    pub name: String,
    /// What it is: its address, unique in the installation and compared as written. Nothing is ever read from there.
    pub uri: String,
    /// A word to sort it by; `asset` if absent.
    #[serde(default = "default_group")]
    pub group: String,
    /// What else there is to know of it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

fn default_group() -> String {
    DEFAULT_GROUP.to_owned()
}

impl Asset {
    /// An asset with this name and address.
    pub fn new(name: impl Into<String>, uri: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            uri: uri.into(),
            group: default_group(),
            extra: Map::new(),
        }
    }

    /// A word to sort it by.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }

    /// Something else to know of it.
    pub fn extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(key.into(), value.into());
        self
    }

    /// Whether its group was given to it.
    pub fn has_group(&self) -> bool {
        self.group != DEFAULT_GROUP
    }

    /// Whether name and uri can be used. Source: the validators of `Asset` in Airflow 3, and one of ours: a password in an
    /// address would be seen by everybody.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check(&self) -> Result<(), AssetProblem> {
        check_text("name", &self.name)?;
        check_text("uri", &self.uri)?;
        let (scheme, rest) = self.uri.split_once("://").unwrap_or(("", &self.uri));
        if scheme.eq_ignore_ascii_case("airflow") {
            return Err(AssetProblem::ReservedScheme {
                uri: self.uri.clone(),
            });
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let user = authority.rsplit_once('@').map(|(user, _)| user);
        if !scheme.is_empty() && user.is_some_and(|user| user.contains(':')) {
            return Err(AssetProblem::Password {
                name: self.name.clone(),
            });
        }
        Ok(())
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// A name behind which stand assets that are known only once a task has updated them. Airflow's `AssetAlias`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetAlias {
    /// What it is called; unique in the installation.
    pub name: String,
    /// A word to sort it by; `asset` if absent.
    #[serde(default = "default_group")]
    pub group: String,
}

impl AssetAlias {
    /// An alias with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            group: default_group(),
        }
    }

    /// Whether its name can be used.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), AssetProblem> {
        check_text("name", &self.name)
    }
}

impl fmt::Display for AssetAlias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// An asset that is described elsewhere: it means whatever asset has that name or that address, whenever it becomes known.
/// Airflow's `Asset.ref`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetRef {
    /// The one that is called so.
    Name(String),
    /// The one with this address.
    Uri(String),
}

impl AssetRef {
    /// Whether it means the asset with this name and address.
    pub fn means(&self, name: &str, uri: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Uri(own) => own == uri,
        }
    }

    /// By which of the two it names the asset, and that text.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Name(name) => ("name", name),
            Self::Uri(uri) => ("uri", uri),
        }
    }

    /// Whether its text can be that of an asset.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), AssetProblem> {
        let (what, text) = self.parts();
        check_text(what, text)
    }
}

impl fmt::Display for AssetRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.parts().1)
    }
}

fn check_text(what: &'static str, text: &str) -> Result<(), AssetProblem> {
    if text.trim().is_empty() {
        return Err(AssetProblem::Empty { what });
    }
    let length = text.chars().count();
    if length > TEXT_LENGTH_MAX {
        return Err(AssetProblem::TooLong { what, length });
    }
    let is_wrong = |character: &char| !character.is_ascii() || character.is_ascii_control();
    match text.chars().find(is_wrong) {
        Some(character) => Err(AssetProblem::Character {
            what,
            text: text.to_owned(),
            character,
        }),
        None => Ok(()),
    }
}

/// What is wrong with an asset, or with what a schedule says about assets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssetProblem {
    /// It has no name or no uri.
    #[error("the {what} of an asset is empty")]
    Empty {
        /// `name` or `uri`.
        what: &'static str,
    },
    /// Its name or uri is too long.
    #[error("the {what} of an asset has {length} characters, at most {TEXT_LENGTH_MAX} are allowed")]
    TooLong {
        /// `name` or `uri`.
        what: &'static str,
        /// Its length in characters.
        length: usize,
    },
    /// Its name or uri has a character that is not allowed.
    #[error("the {what} `{}` of an asset contains {character:?}, only printable ASCII is allowed", text.escape_debug())]
    Character {
        /// `name` or `uri`.
        what: &'static str,
        /// The text.
        text: String,
        /// The first offending character.
        character: char,
    },
    /// Its uri has the scheme that Airflow keeps for itself.
    #[error("the uri `{uri}` has the scheme `airflow`, which is reserved; use another one")]
    ReservedScheme {
        /// The uri.
        uri: String,
    },
    /// There is a password in its uri, which is shown to everybody.
    #[error(
        "the uri of asset `{name}` holds a password, which everybody would see; leave user and password out"
    )]
    Password {
        /// Its name.
        name: String,
    },
    /// A list of assets in a schedule is empty.
    #[error("a list of assets is empty, it would never or always come true; give at least one asset")]
    NoAssets,
    /// One uri has two names.
    #[error("the uri `{uri}` is called `{first}` and `{second}`, an asset has one name")]
    TwoNames {
        /// The uri.
        uri: String,
        /// One name.
        first: String,
        /// The other one.
        second: String,
    },
    /// One name has two uris.
    #[error("two assets are called `{name}`: `{first}` and `{second}`, each needs a name of its own")]
    TwoUris {
        /// The name.
        name: String,
        /// One uri.
        first: String,
        /// The other one.
        second: String,
    },
}

/// Notices where assets contradict each other: one uri with two names, or one name for two uris.
#[derive(Debug, Default)]
pub struct AssetNames<'a> {
    by_uri: BTreeMap<&'a str, &'a str>,
    by_name: BTreeMap<&'a str, &'a str>,
}

impl<'a> AssetNames<'a> {
    /// Takes note of one more asset; if it contradicts those before, it is not taken.
    ///
    /// # Errors
    /// The contradiction.
    pub fn add(&mut self, asset: &'a Asset) -> Result<(), AssetProblem> {
        let (name, uri) = (asset.name.as_str(), asset.uri.as_str());
        if let Some(first) = self.by_uri.get(uri).filter(|first| **first != name) {
            return Err(AssetProblem::TwoNames {
                uri: uri.to_owned(),
                first: (*first).to_owned(),
                second: name.to_owned(),
            });
        }
        if let Some(first) = self.by_name.get(name).filter(|first| **first != uri) {
            return Err(AssetProblem::TwoUris {
                name: name.to_owned(),
                first: (*first).to_owned(),
                second: uri.to_owned(),
            });
        }
        self.by_uri.insert(uri, name);
        self.by_name.insert(name, uri);
        Ok(())
    }
}

/// What a DAG waits for: an asset, all of several, any of several, or a mixture. `a & b` is all, `a | b` is any.
///
/// It is true when each asset that it needs has been updated since the DAG's last run that assets have caused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetExpression {
    /// This one.
    Asset(Asset),
    /// At least one of those that stand behind this alias.
    Alias(AssetAlias),
    /// The one that is meant by this.
    Ref(AssetRef),
    /// Each of these.
    All(Vec<AssetExpression>),
    /// At least one of these.
    Any(Vec<AssetExpression>),
}

impl AssetExpression {
    /// Each of these.
    pub fn all(parts: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        Self::All(parts.into_iter().map(Into::into).collect())
    }

    /// At least one of these.
    pub fn any(parts: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        Self::Any(parts.into_iter().map(Into::into).collect())
    }

    /// Every asset in it, in the order of the text; one that occurs twice comes twice.
    pub fn assets(&self) -> Vec<&Asset> {
        match self {
            Self::Asset(asset) => vec![asset],
            Self::Alias(_) | Self::Ref(_) => Vec::new(),
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::assets).collect(),
        }
    }

    /// Every alias in it, in the order of the text; one that occurs twice comes twice.
    pub fn aliases(&self) -> Vec<&AssetAlias> {
        match self {
            Self::Asset(_) | Self::Ref(_) => Vec::new(),
            Self::Alias(alias) => vec![alias],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::aliases).collect(),
        }
    }

    /// Every reference in it, in the order of the text; one that occurs twice comes twice.
    pub fn refs(&self) -> Vec<&AssetRef> {
        match self {
            Self::Asset(_) | Self::Alias(_) => Vec::new(),
            Self::Ref(asset) => vec![asset],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::refs).collect(),
        }
    }

    /// Whether it is true if exactly these assets were updated.
    pub fn is_met(&self, updated: &UpdatedAssets) -> bool {
        match self {
            Self::Asset(asset) => updated.uris.contains(&asset.uri),
            Self::Alias(alias) => updated.aliases.contains(&alias.name),
            Self::Ref(AssetRef::Name(name)) => updated.names.contains(name),
            Self::Ref(AssetRef::Uri(uri)) => updated.uris.contains(uri),
            Self::All(parts) => parts.iter().all(|part| part.is_met(updated)),
            Self::Any(parts) => parts.iter().any(|part| part.is_met(updated)),
        }
    }

    /// What is still missing if exactly these assets were updated; `None` if it is true.
    pub fn missing(&self, updated: &UpdatedAssets) -> Option<Self> {
        if self.is_met(updated) {
            return None;
        }
        let missing =
            |parts: &[Self]| -> Vec<Self> { parts.iter().filter_map(|part| part.missing(updated)).collect() };
        Some(match self {
            Self::Asset(_) | Self::Alias(_) | Self::Ref(_) => self.clone(),
            Self::All(parts) => Self::All(missing(parts)).without_list_of_one(),
            Self::Any(parts) => Self::Any(missing(parts)).without_list_of_one(),
        })
    }

    fn without_list_of_one(self) -> Self {
        match self {
            Self::All(mut parts) | Self::Any(mut parts) if parts.len() == 1 => parts.remove(0),
            other => other,
        }
    }

    /// Whether every asset in it can be used, and no list is empty.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), AssetProblem> {
        match self {
            Self::Asset(asset) => asset.check(),
            Self::Alias(alias) => alias.check(),
            Self::Ref(asset) => asset.check(),
            Self::All(parts) | Self::Any(parts) if parts.is_empty() => Err(AssetProblem::NoAssets),
            Self::All(parts) | Self::Any(parts) => parts.iter().try_for_each(Self::check),
        }
    }

    /// In one list with what is joined by the same operator already.
    fn and(self, other: Self) -> Self {
        let parts = |side| match side {
            Self::All(parts) => parts,
            side => vec![side],
        };
        Self::All([parts(self), parts(other)].concat())
    }

    fn or(self, other: Self) -> Self {
        let parts = |side| match side {
            Self::Any(parts) => parts,
            side => vec![side],
        };
        Self::Any([parts(self), parts(other)].concat())
    }
}

impl From<Asset> for AssetExpression {
    fn from(asset: Asset) -> Self {
        Self::Asset(asset)
    }
}

impl From<&Asset> for AssetExpression {
    fn from(asset: &Asset) -> Self {
        Self::Asset(asset.clone())
    }
}

macro_rules! joins {
    ($($left:ty),*) => {$(
        impl<R: Into<AssetExpression>> BitAnd<R> for $left {
            type Output = AssetExpression;

            fn bitand(self, right: R) -> AssetExpression {
                AssetExpression::from(self).and(right.into())
            }
        }

        impl<R: Into<AssetExpression>> BitOr<R> for $left {
            type Output = AssetExpression;

            fn bitor(self, right: R) -> AssetExpression {
                AssetExpression::from(self).or(right.into())
            }
        }
    )*};
}

impl From<AssetAlias> for AssetExpression {
    fn from(alias: AssetAlias) -> Self {
        Self::Alias(alias)
    }
}

impl From<&AssetAlias> for AssetExpression {
    fn from(alias: &AssetAlias) -> Self {
        Self::Alias(alias.clone())
    }
}

impl From<AssetRef> for AssetExpression {
    fn from(asset: AssetRef) -> Self {
        Self::Ref(asset)
    }
}

joins!(Asset, &Asset, AssetAlias, &AssetAlias, AssetRef, AssetExpression);

/// Names joined by `&` and `|`, with parentheses around what is inside.
impl fmt::Display for AssetExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, operator) = match self {
            Self::Asset(asset) => return write!(f, "{asset}"),
            Self::Alias(alias) => return write!(f, "{alias}"),
            Self::Ref(asset) => return write!(f, "{asset}"),
            Self::All(parts) => (parts, " & "),
            Self::Any(parts) => (parts, " | "),
        };
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                f.write_str(operator)?;
            }
            match part {
                Self::Asset(_) | Self::Alias(_) | Self::Ref(_) => write!(f, "{part}")?,
                Self::All(_) | Self::Any(_) => write!(f, "({part})")?,
            }
        }
        Ok(())
    }
}

/// Which assets were updated: what the truth of an [`AssetExpression`] depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpdatedAssets {
    /// Their uris.
    pub uris: BTreeSet<String>,
    /// Their names.
    pub names: BTreeSet<String>,
    /// The names of the aliases behind which they stand.
    pub aliases: BTreeSet<String>,
}

impl UpdatedAssets {
    /// Takes note of an event that counts.
    pub fn note(&mut self, event: &QueuedAssetEvent) {
        if event.counts {
            self.uris.insert(event.uri.clone());
            self.names.insert(event.name.clone());
            self.aliases.extend(event.aliases.iter().cloned());
        }
    }
}

impl<'e> FromIterator<&'e QueuedAssetEvent> for UpdatedAssets {
    fn from_iter<I: IntoIterator<Item = &'e QueuedAssetEvent>>(events: I) -> Self {
        let mut updated = Self::default();
        events.into_iter().for_each(|event| updated.note(event));
        updated
    }
}

/// Names one event; later ones have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssetEventId(pub i64);

impl fmt::Display for AssetEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An event that a task causes when it succeeds: it has updated this asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutletEvent {
    /// The asset.
    pub asset: Asset,
    /// What the task has to say about it.
    pub extra: Map<String, Value>,
    /// The aliases by which the task has named it; none if the asset itself is one of its outlets. What is named by an alias need
    /// not be known before.
    pub aliases: BTreeSet<String>,
}

/// An event of an outlet that its task names by a reference. There is none if no active DAG names such an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefEvent {
    /// Which asset.
    pub asset: AssetRef,
    /// What the task has to say about it.
    pub extra: Map<String, Value>,
}

/// An event that waits for the next run of a DAG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedAssetEvent {
    /// Which one.
    pub event: AssetEventId,
    /// What the asset is called.
    pub name: String,
    /// The asset.
    pub uri: String,
    /// Of the aliases that the DAG waits for, those behind which the asset stands, also if the task has not named it by one.
    /// Source: `AssetEvaluator` of Airflow 3, which resolves an alias to all assets that it ever stood for.
    pub aliases: Vec<String>,
    /// Whether it can make the DAG's schedule come true. Not if the DAG was paused when it came: then the next run gets it,
    /// but it causes none. Source: `AssetManager.register_asset_change` of Airflow 2.11 and 3.
    pub counts: bool,
    /// When it happened.
    pub at: Timestamp,
    /// The data that the run was about whose task has caused it; `None` if it came from outside.
    pub data_interval: Option<DataInterval>,
}

impl QueuedAssetEvent {
    /// The data that a run is about that these events cause: from the first start to the last end of the runs that they
    /// come from. Source: `DatasetTriggeredTimetable.data_interval_for_events` of Airflow 2.11.
    pub fn data_interval_of<'a>(events: impl IntoIterator<Item = &'a Self>) -> Option<DataInterval> {
        let intervals = events
            .into_iter()
            .map(|event| event.data_interval.unwrap_or(DataInterval::exact(event.at)));
        intervals.reduce(|all, one| DataInterval {
            start: all.start.min(one.start),
            end: all.end.max(one.end),
        })
    }
}

/// The id of a run that assets have caused: Airflow 2 names it after datasets.
pub fn asset_run_id(compat: CompatLevel, at: Timestamp) -> RunId {
    match compat {
        CompatLevel::Two => {
            let id = RunType::AssetTriggered.run_id(at);
            let date = id.as_str().trim_start_matches(RunType::AssetTriggered.as_str());
            RunId::parse(&format!("dataset_triggered{date}")).expect("the characters are those of a run id")
        }
        CompatLevel::Three => RunType::AssetTriggered.run_id(at),
    }
}
