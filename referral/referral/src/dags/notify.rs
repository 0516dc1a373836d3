//! Tells people what a run brought: always the task log, and where configured a webhook and an e-mail.

use anyhow::{Context, Result};
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde_json::{Map, Value, json};
use url::Url;

use crate::settings::Settings;

/// Where a summary goes besides the log.
#[derive(Clone)]
pub(crate) struct Channels {
    webhook: Option<Url>,
    mail: Option<Mail>,
    http: reqwest::Client,
}

#[derive(Clone)]
struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

/// What came of a run, by task.
#[derive(Debug, Clone)]
pub(crate) struct RunSummary {
    /// The run's id.
    pub(crate) run_id: String,
    /// The counts that each task returned.
    pub(crate) tasks: Map<String, Value>,
}

impl Channels {
    /// Reads `REFERRAL_NOTIFY_WEBHOOK` (an address that takes JSON), `REFERRAL_NOTIFY_EMAIL` (a comma list) and, for
    /// mail, `REFERRAL_SMTP_URL` (`smtps://user:password@host`) and `REFERRAL_NOTIFY_FROM`.
    ///
    /// # Errors
    /// One of them is malformed, or mail is asked for without a server.
    pub(crate) fn new(settings: &Settings, http: reqwest::Client) -> Result<Self> {
        let webhook = match settings.text("REFERRAL_NOTIFY_WEBHOOK") {
            // The address may hold a token, so the error does not repeat it.
            Some(address) => {
                Some(Url::parse(address).context("`REFERRAL_NOTIFY_WEBHOOK` is not an address")?)
            }
            None => None,
        };
        let mail = settings
            .text("REFERRAL_NOTIFY_EMAIL")
            .map(|to| Mail::new(settings, to))
            .transpose()?;
        Ok(Self { webhook, mail, http })
    }

    /// Sends a summary everywhere it is wanted; returns where it went.
    ///
    /// # Errors
    /// A channel does not take it. The others have been tried.
    pub(crate) async fn send(&self, summary: &RunSummary) -> Result<Vec<&'static str>> {
        let mut sent = vec!["log"];
        let mut failure = None;
        if let Some(webhook) = &self.webhook {
            match self.post(webhook, summary).await {
                Ok(()) => sent.push("webhook"),
                Err(error) => failure = Some(error),
            }
        }
        if let Some(mail) = &self.mail {
            match mail.send(summary).await {
                Ok(()) => sent.push("email"),
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(sent), Err)
    }

    async fn post(&self, webhook: &Url, summary: &RunSummary) -> Result<()> {
        let host = webhook.host_str().unwrap_or("the webhook").to_owned();
        let body = json!({ "text": summary.text(), "run_id": summary.run_id, "tasks": summary.tasks });
        // The URL may hold a token: neither error repeats it.
        let response = self.http.post(webhook.clone()).json(&body).send().await;
        let response = response.map_err(|error| {
            anyhow::anyhow!("the webhook on `{host}` does not answer: {}", error.without_url())
        })?;
        let status = response.status();
        anyhow::ensure!(
            status.is_success(),
            "the webhook on `{host}` refused the summary: HTTP {status}"
        );
        Ok(())
    }
}

impl Mail {
    fn new(settings: &Settings, to: &str) -> Result<Self> {
        let server = settings.required("REFERRAL_SMTP_URL", "`REFERRAL_NOTIFY_EMAIL` needs a mail server")?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(server)
            .map_err(|_| anyhow::anyhow!("`REFERRAL_SMTP_URL` is not `smtps://user:password@host`"))?
            .build();
        let from = settings
            .text("REFERRAL_NOTIFY_FROM")
            .unwrap_or("Referral <referral@localhost>");
        let from = from
            .parse()
            .context("`REFERRAL_NOTIFY_FROM` is not an e-mail address")?;
        let to = to
            .split(',')
            .map(|one| one.trim().parse())
            .collect::<Result<_, _>>();
        Ok(Self {
            transport,
            from,
            to: to.context("`REFERRAL_NOTIFY_EMAIL` is not a list of e-mail addresses")?,
        })
    }

    async fn send(&self, summary: &RunSummary) -> Result<()> {
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(summary.headline());
        for to in &self.to {
            message = message.to(to.clone());
        }
        let message = message.body(summary.text()).context("cannot build the e-mail")?;
        self.transport
            .send(message)
            .await
            .context("the mail server did not take the e-mail")?;
        Ok(())
    }
}

impl RunSummary {
    /// One line: the matches found.
    pub(crate) fn headline(&self) -> String {
        let count = |name| {
            self.tasks
                .get("find_matches")
                .and_then(|counts| counts.get(name))
                .and_then(Value::as_u64)
        };
        match (count("matches"), count("new")) {
            (Some(matches), Some(new)) => format!("{matches} matches, {new} of them new"),
            (Some(matches), None) => format!("{matches} matches"),
            _ => "the run made no matches".to_owned(),
        }
    }

    /// The whole summary as text, a line per task.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("Run {}: {}\n", self.run_id, self.headline());
        for (task, counts) in &self.tasks {
            let counts: Vec<String> = counts
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(_, value)| value.is_number())
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            text.push_str(&format!("  {task}: {}\n", counts.join(", ")));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_names_every_task_and_its_counts() {
        let tasks = json!({
            "sync_candidates": { "fetched": 100, "inserted": 4, "mode": "incremental" },
            "find_matches": { "matches": 12, "new": 3 },
        });
        let summary = RunSummary {
            run_id: "r1".to_owned(),
            tasks: tasks.as_object().unwrap().clone(),
        };
        insta::assert_snapshot!(summary.text(), @r"
        Run r1: 12 matches, 3 of them new
          sync_candidates: fetched 100, inserted 4
          find_matches: matches 12, new 3
        ");
    }

    #[test]
    fn mail_without_a_server_is_refused_and_says_what_is_missing() {
        // Fails only when another test of this process was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let environment = [("REFERRAL_NOTIFY_EMAIL".to_owned(), "ann@example.com".to_owned())].into();
        let error = Channels::new(
            &Settings::new(environment),
            reqwest::Client::builder().build().unwrap(),
        )
        .err();
        let text = error.map(|error| error.to_string());
        assert_eq!(
            text.as_deref(),
            Some("`REFERRAL_SMTP_URL` is not set: `REFERRAL_NOTIFY_EMAIL` needs a mail server")
        );
    }
}
