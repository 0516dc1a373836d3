//! Tokens of attempts and of workers, for Airflow's Task Execution API: who shows one speaks for that attempt and for no other.
//!
//! Source: Airflow 3.3, `airflow/api_fastapi/auth/tokens.py` and `execution_api/security.py`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::TokenError;
use crate::signing::SigningKey;

/// A token of which less than this is left is replaced, in seconds.
const LEFT_MIN_S: i64 = 30;

/// What tokens of attempts say beside whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskTokenRule {
    /// Airflow's `[execution_api] jwt_audience`.
    pub audience: String,
    /// Airflow's `[api_auth] jwt_issuer`; `None`: it is not said, and not asked.
    pub issuer: Option<String>,
    /// How far the clocks of two machines may be apart; Airflow's `[api_auth] jwt_leeway`.
    pub leeway: SignedDuration,
    /// How long an attempt may wait for its worker to begin; Airflow's `[scheduler] task_queued_timeout`.
    pub workload_lifetime: SignedDuration,
    /// How long a token of a running attempt counts; Airflow's `[execution_api] jwt_expiration_time`.
    pub execution_lifetime: SignedDuration,
}

impl Default for TaskTokenRule {
    fn default() -> Self {
        Self {
            audience: "urn:airflow.apache.org:task".to_owned(),
            issuer: None,
            leeway: SignedDuration::from_secs(10),
            workload_lifetime: SignedDuration::from_secs(600),
            execution_lifetime: SignedDuration::from_secs(600),
        }
    }
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskScope {
    /// To begin with the attempt, and nothing else.
    #[serde(rename = "workload")]
    Workload,
    /// Everything that the attempt may ask.
    #[serde(rename = "execution")]
    Execution,
    /// Ours: to ask for attempts to run.
    #[serde(rename = "updraft:worker")]
    Worker,
}

/// What a token says that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskClaims {
    /// Whose it is: the attempt, or the name of the worker.
    pub subject: String,
    /// What it is good for.
    pub scope: TaskScope,
    issued_at: i64,
    expires_at: i64,
}

/// Signs and verifies tokens of attempts. `Debug` shows nothing of the key.
#[derive(Debug, Clone)]
pub struct TaskTokens {
    key: SigningKey,
    rule: TaskTokenRule,
}

#[derive(Serialize)]
struct Written<'a> {
    jti: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    aud: &'a str,
    nbf: i64,
    exp: i64,
    iat: i64,
    sub: &'a str,
    scope: TaskScope,
}

#[derive(Deserialize)]
struct Read {
    iss: Option<String>,
    aud: Value,
    nbf: i64,
    exp: i64,
    iat: i64,
    sub: String,
    #[serde(default = "execution")]
    scope: TaskScope,
}

/// Airflow's default.
const fn execution() -> TaskScope {
    TaskScope::Execution
}

impl TaskTokens {
    /// Tokens that are signed with this key.
    pub fn new(key: SigningKey, rule: TaskTokenRule) -> Self {
        Self { key, rule }
    }

    /// A token for an attempt, which counts from now on as long as its scope has it. `id` names the token itself: never the same twice.
    pub fn sign(&self, subject: &str, scope: TaskScope, id: &str, now: Timestamp) -> String {
        let lifetime = match scope {
            TaskScope::Workload => self.rule.workload_lifetime,
            TaskScope::Execution | TaskScope::Worker => self.rule.execution_lifetime,
        };
        self.sign_for(lifetime, (subject, scope), id, now)
    }

    /// A token for a worker.
    pub fn sign_worker(&self, name: &str, lifetime: SignedDuration, id: &str, now: Timestamp) -> String {
        self.sign_for(lifetime, (name, TaskScope::Worker), id, now)
    }

    fn sign_for(
        &self,
        lifetime: SignedDuration,
        (sub, scope): (&str, TaskScope),
        jti: &str,
        now: Timestamp,
    ) -> String {
        let iat = now.as_second();
        let claims = Written {
            jti,
            iss: self.rule.issuer.as_deref(),
            aud: &self.rule.audience,
            nbf: iat,
            exp: iat.saturating_add(lifetime.as_secs()),
            iat,
            sub,
            scope,
        };
        self.key.write(&claims)
    }

    /// What a token says, if it counts.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<TaskClaims, TokenError> {
        let claims: Read = self.key.read(token)?;
        let is_for_us = match &claims.aud {
            Value::String(audience) => *audience == self.rule.audience,
            Value::Array(audiences) => audiences.iter().any(|audience| *audience == self.rule.audience),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
        };
        let is_from_us = self.rule.issuer.is_none() || claims.iss == self.rule.issuer;
        if !is_for_us || !is_from_us {
            return Err(TokenError::Invalid);
        }
        let (now, leeway) = (now.as_second(), self.rule.leeway.as_secs());
        if now < claims.nbf.saturating_sub(leeway) || now >= claims.exp.saturating_add(leeway) {
            return Err(TokenError::Expired);
        }
        Ok(TaskClaims {
            subject: claims.sub,
            scope: claims.scope,
            issued_at: claims.iat,
            expires_at: claims.exp,
        })
    }
}

impl TaskClaims {
    /// Whether it is time for another token: a fifth of its time is left, or half a minute.
    pub fn is_nearly_over(&self, now: Timestamp) -> bool {
        let lifetime = self.expires_at.saturating_sub(self.issued_at);
        self.expires_at.saturating_sub(now.as_second()) <= (lifetime / 5).max(LEFT_MIN_S)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::TokenKey;

    const SECRET: &[u8] = b"a secret of this test";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn tokens() -> TaskTokens {
        TaskTokens::new(SigningKey::of_secret(SECRET), TaskTokenRule::default())
    }

    fn signed(header: &Value, claims: &Value) -> String {
        tokens().key.signed(header, claims)
    }

    fn claims() -> Value {
        json!({
            "jti": "1", "aud": "urn:airflow.apache.org:task", "nbf": 1000, "exp": 1600, "iat": 1000, "sub": "a",
        })
    }

    #[test]
    fn a_token_says_whose_it_is_and_what_it_is_good_for() {
        for scope in [TaskScope::Workload, TaskScope::Execution] {
            let token = tokens().sign("a", scope, "1", at(1000));
            let read = tokens().verify(&token, at(1000)).unwrap();
            assert_eq!((read.subject.as_str(), read.scope), ("a", scope));
            assert!(tokens().verify(&token, at(1609)).is_ok());
            assert_eq!(tokens().verify(&token, at(1610)), Err(TokenError::Expired));
            assert_eq!(tokens().verify(&token, at(989)), Err(TokenError::Expired));
        }
    }

    #[test]
    fn another_token_is_due_when_a_fifth_of_the_time_is_left_or_half_a_minute() {
        let token = tokens().sign("a", TaskScope::Execution, "1", at(1000));
        let read = tokens().verify(&token, at(1000)).unwrap();
        assert!(!read.is_nearly_over(at(1479)));
        assert!(read.is_nearly_over(at(1480)));
        let short = tokens().sign_worker("w", SignedDuration::from_secs(40), "1", at(1000));
        let read = tokens().verify(&short, at(1000)).unwrap();
        assert!(!read.is_nearly_over(at(1009)));
        assert!(read.is_nearly_over(at(1010)));
    }

    #[test]
    fn a_token_of_airflow_without_a_scope_is_one_of_a_running_attempt() {
        let token = signed(
            &json!({ "alg": "HS512", "typ": "JWT", "kid": "not-used" }),
            &claims(),
        );
        assert_eq!(
            tokens().verify(&token, at(1000)).unwrap().scope,
            TaskScope::Execution
        );
        let mut several = claims();
        several["aud"] = json!(["somebody else", "urn:airflow.apache.org:task"]);
        assert!(
            tokens()
                .verify(
                    &signed(&json!({ "alg": "HS512", "typ": "JWT" }), &several),
                    at(1000)
                )
                .is_ok()
        );
    }

    #[test]
    fn another_key_algorithm_audience_issuer_or_scope_is_refused() {
        let header = |alg: &str| json!({ "alg": alg, "typ": "JWT" });
        let good = signed(&header("HS512"), &claims());
        assert!(tokens().verify(&good, at(1000)).is_ok());
        for alg in ["none", "None", "HS256", "RS256", "EdDSA", ""] {
            let token = signed(&header(alg), &claims());
            assert_eq!(
                tokens().verify(&token, at(1000)),
                Err(TokenError::Invalid),
                "{alg}"
            );
            let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
            assert_eq!(tokens().verify(&unsigned, at(1000)), Err(TokenError::Invalid));
        }
        for (name, value) in [
            ("aud", json!("apache-airflow")),
            ("aud", json!(null)),
            ("aud", json!(["a"])),
            ("scope", json!("everything")),
            ("exp", json!(null)),
        ] {
            let mut wrong = claims();
            wrong[name] = value;
            let token = signed(&header("HS512"), &wrong);
            assert_eq!(
                tokens().verify(&token, at(1000)),
                Err(TokenError::Invalid),
                "{wrong}"
            );
        }
        let other = TaskTokens::new(SigningKey::of_secret(b"another"), TaskTokenRule::default());
        assert_eq!(other.verify(&good, at(1000)), Err(TokenError::Invalid));
        let issued = TaskTokens::new(
            SigningKey::of_secret(SECRET),
            TaskTokenRule {
                issuer: Some("us".to_owned()),
                ..TaskTokenRule::default()
            },
        );
        assert_eq!(issued.verify(&good, at(1000)), Err(TokenError::Invalid));
        assert!(
            issued
                .verify(&issued.sign("a", TaskScope::Execution, "1", at(1000)), at(1000))
                .is_ok()
        );
    }

    #[test]
    fn tokens_of_people_and_of_attempts_do_not_stand_for_each_other() {
        let hour = SignedDuration::from_hours(1);
        let of_person = TokenKey::new(SigningKey::of_secret(SECRET)).sign(7, at(1000), hour);
        assert_eq!(tokens().verify(&of_person, at(1000)), Err(TokenError::Invalid));
        let of_attempt = tokens().sign("7", TaskScope::Execution, "1", at(1000));
        assert_eq!(
            TokenKey::new(SigningKey::of_secret(SECRET)).verify(&of_attempt, at(1000)),
            Err(TokenError::Invalid)
        );
    }
}
