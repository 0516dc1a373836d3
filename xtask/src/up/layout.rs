//! Where the parts of the running system lie and listen.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Args, PIPELINE};
use crate::workspace;

/// What the sandbox lets in; it guards invented people only.
pub(crate) const SANDBOX_CREDENTIALS: [(&str, &str); 4] = [
    ("BULLHORN_CLIENT_ID", "sandbox-client"),
    ("BULLHORN_CLIENT_SECRET", "sandbox-secret"),
    ("BULLHORN_USERNAME", "sandbox.user"),
    ("BULLHORN_PASSWORD", "sandbox-password"),
];

/// Paths, ports and credentials of one running system.
pub(super) struct Layout {
    pub(super) programs: PathBuf,
    pub(super) model: PathBuf,
    pub(super) home: PathBuf,
    pub(super) ports: Ports,
    pub(super) sandbox: Vec<String>,
    /// The DAGs folder, if it is not the one of the home.
    dags: Option<PathBuf>,
    /// What the orchestrator signs with when it asks for the recruiting pages; made up at each start.
    pages_secret: String,
}

/// The DAG file for Airflow that says the same as the native bundle.
const DAG_FILE: &str = "bullhorn_sync_dag.py";

/// The ports of the contract, or free ones.
pub(super) struct Ports {
    pub(super) web: u16,
    pub(super) ml: u16,
    pub(super) etl: u16,
    pub(super) sandbox: u16,
    pub(super) pages: u16,
}

/// The recruiting pages in the menu: name and page of each.
const PAGES: [(&str, &str); 3] = [
    ("Matches", "matches"),
    ("Quality", "quality"),
    ("Volumes", "volumes"),
];

impl Layout {
    /// Decides on everything and creates the folders.
    ///
    /// # Errors
    /// A port is taken, or the home cannot be created.
    pub(super) fn new(args: &Args, programs: PathBuf, model: PathBuf) -> Result<Self> {
        let home = workspace::root().join(&args.home);
        let data = home.join("data");
        std::fs::create_dir_all(&data).with_context(|| format!("cannot create `{}`", data.display()))?;
        let ports = if args.free_ports {
            Ports::free()?
        } else {
            Ports::of_the_contract()?
        };
        let mut sandbox = vec![
            format!("--candidates={}", args.candidates),
            format!("--positions={}", args.positions),
            format!("--seed={}", args.seed),
        ];
        sandbox.extend(args.sandbox.iter().cloned());
        let dags = if args.python {
            Some(python_dags(&home, &data)?)
        } else {
            None
        };
        Ok(Self {
            programs,
            model,
            home,
            ports,
            sandbox,
            dags,
            pages_secret: secret()?,
        })
    }

    /// The DAGs that are to run.
    pub(super) fn dags(&self) -> &'static [&'static str] {
        // The DAG file has the pipeline alone; the checks of the data are a DAG of the native bundle.
        if self.dags.is_some() {
            &[PIPELINE]
        } else {
            &[PIPELINE, "data_quality"]
        }
    }

    /// The Airflow home, absolute.
    pub(super) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// The base address of the sandbox.
    pub(super) fn sandbox_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.sandbox)
    }

    /// A command of one of the two programs, with the environment that the contract names.
    pub(super) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.envs(self.environment()).current_dir(&self.home);
        command
    }

    /// `[updraft] plugin_views`: the recruiting pages.
    fn plugin_views(&self) -> String {
        let url = format!("http://127.0.0.1:{}/recruiting", self.ports.pages);
        let view = |(name, path): (&str, &str)| {
            serde_json::json!({
                "name": name, "category": "Recruiting", "url": url, "route": "recruiting", "path": path,
            })
        };
        serde_json::Value::from_iter(PAGES.map(view)).to_string()
    }

    fn environment(&self) -> BTreeMap<&'static str, String> {
        let credentials = SANDBOX_CREDENTIALS.map(|(name, value)| (name, value.to_owned()));
        let places = [
            ("AIRFLOW_HOME", self.home.display().to_string()),
            (
                "BULLHORN_REST_URL",
                format!("{}/rest-services/", self.sandbox_url()),
            ),
            ("ML_SERVICE_URL", format!("http://127.0.0.1:{}", self.ports.ml)),
            ("ETL_SERVICE_URL", format!("http://127.0.0.1:{}", self.ports.etl)),
            ("REFERRAL_DATA", self.data().display().to_string()),
            ("REFERRAL_MODEL", self.model.display().to_string()),
            ("REFERRAL_PAGES_SECRET", self.pages_secret.clone()),
            ("AIRFLOW__UPDRAFT__PLUGIN_VIEWS", self.plugin_views()),
            ("AIRFLOW__UPDRAFT__PLUGIN_VIEWS_SECRET", self.pages_secret.clone()),
        ];
        let dags = self
            .dags
            .as_ref()
            .map(|folder| ("AIRFLOW__CORE__DAGS_FOLDER", folder.display().to_string()));
        credentials.into_iter().chain(places).chain(dags).collect()
    }
}

/// A text that nobody can guess.
fn secret() -> Result<String> {
    let mut bytes = [0; 32];
    let mut random = std::fs::File::open("/dev/urandom").context("there is no randomness")?;
    random.read_exact(&mut bytes)?;
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// A DAGs folder with the DAG file alone: it has the id of the native DAG, so only one of the two may be read.
fn python_dags(home: &Path, data: &Path) -> Result<PathBuf> {
    let folder = data.join("python-dags");
    let (file, link) = (home.join("dags").join(DAG_FILE), folder.join(DAG_FILE));
    anyhow::ensure!(
        file.is_file(),
        "there is no `{}` to run the pipeline by",
        file.display()
    );
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    if std::fs::read_link(&link).is_ok_and(|known| known == file) {
        return Ok(folder);
    }
    match std::fs::remove_file(&link) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).context("a stale link stays");
        }
        _ => {}
    }
    std::os::unix::fs::symlink(&file, &link).with_context(|| format!("cannot link `{}`", link.display()))?;
    Ok(folder)
}

impl Ports {
    fn of_the_contract() -> Result<Self> {
        let ports = Self {
            web: 8080,
            ml: 8000,
            etl: 8001,
            sandbox: 8010,
            pages: 8002,
        };
        for (port, what) in [
            (ports.web, "orchestrator"),
            (ports.ml, "ML service"),
            (ports.etl, "ETL service"),
            (ports.sandbox, "sandbox"),
            (ports.pages, "recruiting pages"),
        ] {
            if let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
                bail!(
                    "port {port} of the {what} is taken ({error}): end what listens there, or call `cargo xtask up \
                     --free-ports`"
                );
            }
        }
        Ok(ports)
    }

    fn free() -> Result<Self> {
        // All are held at once, so that no two are the same.
        let held: Vec<TcpListener> = (0..5)
            .map(|_| TcpListener::bind(("127.0.0.1", 0)))
            .collect::<Result<_, _>>()?;
        let port = |of: usize| Ok::<u16, std::io::Error>(held[of].local_addr()?.port());
        Ok(Self {
            web: port(0)?,
            ml: port(1)?,
            etl: port(2)?,
            sandbox: port(3)?,
            pages: port(4)?,
        })
    }
}
