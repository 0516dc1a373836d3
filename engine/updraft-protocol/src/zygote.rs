//! What the engine and a *zygote* say to each other: the process of a program that others of the same program are
//! forked from.
//!
//! Each message is a line of JSON. An order comes with three descriptors: what the new process has as its socket,
//! standard output and standard error. The news that it is there comes with one, its pidfd.

use serde::{Deserialize, Serialize};

/// Has a process forked, which serves the engine on the socket that comes with this.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ForkOrder {
    /// How long it may take to end after SIGTERM, in seconds; then it kills all that has come of it, and ends.
    pub grace: f64,
}

impl ForkOrder {
    /// The line that says it.
    pub fn to_line(self) -> Vec<u8> {
        format!("{{\"grace\":{}}}\n", self.grace).into_bytes()
    }
}

/// What a zygote says. The first two answer orders, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZygoteNews {
    /// There is a process, of this id.
    Forked(i32),
    /// There is none, because of this.
    Failed(String),
    /// A process has ended: its id, and how, as the kernel tells it to the one that waits.
    Ended(i32, i32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_look_as_the_program_writes_and_reads_them() {
        let news = [
            ZygoteNews::Forked(7),
            ZygoteNews::Failed("no memory".to_owned()),
            ZygoteNews::Ended(7, 9),
        ];
        let written = news.map(|news| serde_json::to_string(&news).unwrap());
        assert_eq!(
            written,
            [
                r#"{"forked":7}"#,
                r#"{"failed":"no memory"}"#,
                r#"{"ended":[7,9]}"#
            ]
        );
        let order = ForkOrder { grace: 0.5 };
        assert_eq!(order.to_line(), b"{\"grace\":0.5}\n");
        assert_eq!(
            serde_json::from_slice::<ForkOrder>(&order.to_line()).unwrap(),
            order
        );
    }
}
