//! Addresses of the interfaces of Airflow 2 and 3, and where that is shown now.
//!
//! Source: Airflow 2.11 `airflow/www/views.py`, Airflow 3.3 `ui/src/router.tsx`.

use std::fmt::Write;

/// A parameter of a query.
type Parameter = (String, String);

/// Where an old address leads to now: a path and a query. `None` if it is no old one.
#[expect(clippy::too_many_lines, reason = "a table of addresses")]
pub(super) fn target(path: &str, query: &str) -> Option<String> {
    let parameters: Vec<Parameter> = serde_html_form::from_str(query).unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let old = Old { parameters };
    let (path, rest) = match parts.as_slice() {
        ["login"] if path.ends_with('/') => old.moved("/login", &[]),
        ["home"] => old.moved("/dags", &[("search", "q"), ("tags", "tag"), ("status", "state")]),
        ["logout"] => old.moved("/login", &[]),
        ["cluster_activity"] => old.moved("/", &[]),
        ["dag-dependencies"] => old.moved("/dependencies", &[]),
        ["configuration" | "configs"] => old.moved("/config", &[]),
        ["provider"] => old.moved("/providers", &[]),
        ["assets"] => old.moved("/datasets", &[]),
        ["assets", id] if id.bytes().all(|byte| byte.is_ascii_digit()) => old.moved("/datasets", &[]),
        ["dag_runs"] => old.moved(
            "/runs",
            &[
                ("dag_id_pattern", "dag"),
                ("dag_id", "dag"),
                ("run_id_pattern", "q"),
            ],
        ),
        ["task_instances"] => old.moved(
            "/task-instances",
            &[
                ("dag_id_pattern", "dag"),
                ("dag_id", "dag"),
                ("task_id", "task"),
                ("run_id", "run"),
                ("name_pattern", "q"),
            ],
        ),
        [
            "tree" | "grid" | "graph" | "gantt" | "calendar" | "code" | "details" | "duration" | "tries"
            | "landing-times" | "audit_log" | "dag_details",
        ] => old.of_dag(&old.first("dag_id")?, &parts),
        ["log" | "task" | "rendered-templates" | "rendered-k8s" | "xcom"] => old.of_task(&parts)?,
        ["trigger"] => old.trigger(&old.first("dag_id")?),
        ["dags", dag, "trigger"] => old.trigger(dag),
        [
            "dags",
            dag,
            "grid" | "graph" | "gantt" | "tree" | "duration" | "tries" | "landing-times" | "audit_log",
        ] => old.of_dag(dag, &parts),
        ["dags", dag, "calendar" | "code" | "details"]
            if old.has_any(&["dag_run_id", "execution_date", "task_id"]) =>
        {
            old.of_dag(dag, &parts)
        }
        ["dags", dag, "runs", run, "tasks", task, "mapped"] => {
            old.moved(&format!("/dags/{dag}/runs/{run}/tasks/{task}"), &[])
        }
        [
            "dags",
            dag,
            "runs",
            run,
            "tasks",
            task,
            "mapped",
            index,
            tail @ ..,
        ] => old.tab(format!("/dags/{dag}/runs/{run}/tasks/{task}/{index}"), tail),
        [
            "dags",
            dag,
            "runs",
            run,
            "tasks",
            task,
            tab @ ("logs" | "rendered_templates" | "xcom" | "events" | "code" | "details" | "asset_events"
            | "required_actions" | "rendered_k8s"),
        ] => old.tab(format!("/dags/{dag}/runs/{run}/tasks/{task}"), &[tab]),
        [
            "dags",
            dag,
            "runs",
            run,
            tab @ ("events" | "code" | "details" | "asset_events" | "gantt" | "graph"),
        ] => old.tab(format!("/dags/{dag}/runs/{run}"), &[tab]),
        ["dags", dag, "backfills"] => old.moved(&format!("/dags/{dag}/runs"), &[]),
        ["required_actions"] => old.moved(
            "/required-actions",
            &[("subject_search", "q"), ("dag_id_pattern", "dag")],
        ),
        ["dags", dag, "required_actions"] => old.questions(&[("dag", dag)]),
        ["dags", dag, "runs", run, "required_actions"] => old.questions(&[("dag", dag), ("run", run)]),
        ["dags", dag, "tasks", "group", group, ..] => {
            let (path, mut rest) = old.moved(&format!("/dags/{dag}"), &[]);
            rest.push(("root".to_owned(), decoded(group)));
            (path, rest)
        }
        [list, "list"] => old.list(list)?,
        _ => return None,
    };
    Some(address(&path, &rest))
}

/// A call of an old address.
struct Old {
    parameters: Vec<Parameter>,
}

impl Old {
    fn first(&self, name: &str) -> Option<String> {
        let found = self.parameters.iter().find(|(one, _)| one == name);
        found
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty())
    }

    fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.first(name).is_some())
    }

    /// The same query at another path, with other names.
    fn moved(&self, path: &str, names: &[(&str, &str)]) -> (String, Vec<Parameter>) {
        let renamed = self.parameters.iter().map(|(name, value)| {
            let new = names.iter().find(|(old, _)| old == name);
            (
                new.map_or(name.clone(), |(_, new)| (*new).to_owned()),
                value.clone(),
            )
        });
        (path.to_owned(), renamed.collect())
    }

    /// The questions of a DAG or a run.
    fn questions(&self, of: &[(&str, &str)]) -> (String, Vec<Parameter>) {
        let (path, mut rest) = self.moved("/required-actions", &[("subject_search", "q")]);
        rest.extend(
            of.iter()
                .map(|(name, value)| ((*name).to_owned(), decoded(value))),
        );
        (path, rest)
    }

    /// What a query says beside the names that have become parts of the path.
    fn rest(&self, used: &[&str]) -> Vec<Parameter> {
        let rest = self
            .parameters
            .iter()
            .filter(|(name, _)| !used.contains(&name.as_str()));
        rest.cloned().collect()
    }

    /// A run: by its id, or by its date, which the interface looks up.
    fn run(&self) -> Option<String> {
        let by_id = self.first("dag_run_id").or_else(|| self.first("run_id"));
        by_id.or_else(|| {
            Some(format!(
                "~{}",
                self.first("execution_date")
                    .or_else(|| self.first("logical_date"))?
            ))
        })
    }

    /// A page of a DAG, one of its runs or one of its tasks.
    fn of_dag(&self, dag: &str, parts: &[&str]) -> (String, Vec<Parameter>) {
        const USED: [&str; 9] = [
            "dag_id",
            "dag_run_id",
            "run_id",
            "execution_date",
            "logical_date",
            "task_id",
            "map_index",
            "tab",
            "base_date",
        ];
        let dag = encoded(&decoded(dag));
        let page = parts.last().copied().unwrap_or_default();
        let tab = self.first("tab").unwrap_or_else(|| page.to_owned());
        let mut rest = self.rest(&USED);
        let path = match (self.run(), self.first("task_id")) {
            (Some(run), Some(task)) => {
                let index = self.first("map_index").filter(|index| index != "-1");
                let index = index
                    .map(|index| format!("/{}", encoded(&index)))
                    .unwrap_or_default();
                rest.extend(of_task_tab(&tab).map(|tab| ("tab".to_owned(), tab.to_owned())));
                format!(
                    "/dags/{dag}/runs/{}/tasks/{}{index}",
                    encoded(&run),
                    encoded(&task)
                )
            }
            (Some(run), None) => {
                let shown = matches!(tab.as_str(), "gantt" | "graph").then_some(tab);
                rest.extend(shown.map(|tab| ("tab".to_owned(), tab)));
                format!("/dags/{dag}/runs/{}", encoded(&run))
            }
            (None, Some(task)) => format!("/dags/{dag}/tasks/{}", encoded(&task)),
            (None, None) => match tab.as_str() {
                "graph" => {
                    rest.push(("view".to_owned(), tab));
                    format!("/dags/{dag}")
                }
                "calendar" | "code" | "details" => format!("/dags/{dag}/{tab}"),
                "dag_details" => format!("/dags/{dag}/details"),
                "duration" | "run_duration" | "tries" | "landing-times" | "task_duration" => {
                    format!("/dags/{dag}/overview")
                }
                "audit_log" | "event_log" => format!("/dags/{dag}/events"),
                _ => format!("/dags/{dag}"),
            },
        };
        (path, rest)
    }

    /// A page of a task of a run.
    fn of_task(&self, parts: &[&str]) -> Option<(String, Vec<Parameter>)> {
        self.first("task_id")?;
        self.run()?;
        let (path, mut rest) = self.of_dag(&self.first("dag_id")?, parts);
        for (name, _) in &mut rest {
            if name == "try_number" {
                "try".clone_into(name);
            }
        }
        Some((path, rest))
    }

    fn trigger(&self, dag: &str) -> (String, Vec<Parameter>) {
        let mut rest = self.rest(&["dag_id", "origin"]);
        rest.push(("trigger".to_owned(), "1".to_owned()));
        (format!("/dags/{}", encoded(&decoded(dag))), rest)
    }

    /// A page of Airflow 3 whose last part has become a parameter.
    fn tab(&self, path: String, tail: &[&str]) -> (String, Vec<Parameter>) {
        let mut rest = self.rest(&["tab", "try_number"]);
        rest.extend(self.first("try_number").map(|number| ("try".to_owned(), number)));
        let tab = tail.first().copied();
        let tab = tab.and_then(|tab| {
            if tab == "gantt" || tab == "graph" || tab == "events" {
                Some(tab)
            } else {
                of_task_tab(tab)
            }
        });
        rest.extend(tab.map(|tab| ("tab".to_owned(), tab.to_owned())));
        (path, rest)
    }

    /// A table of Airflow 2, with its filters.
    fn list(&self, name: &str) -> Option<(String, Vec<Parameter>)> {
        let path = match name {
            "dagrun" => "/runs",
            "taskinstance" => "/task-instances",
            "variable" => "/variables",
            "connection" => "/connections",
            "pool" => "/pools",
            "log" => "/audit",
            "job" => "/jobs",
            "xcom" => "/xcoms",
            "users" | "roles" => "/users",
            "slamiss" | "taskreschedule" | "triggerview" => "/task-instances",
            _ => return None,
        };
        let filter = |(name, value): &Parameter| {
            let column = name.strip_prefix("_flt_").and_then(|rest| rest.split_once('_'));
            let name = match column.map(|(_, column)| column) {
                Some("dag_id") => "dag",
                Some("task_id") => "task",
                Some("run_id") if name.ends_with("run_id") && path == "/runs" => "q",
                Some("run_id") => "run",
                Some(column) => column,
                None => name,
            };
            (name.to_owned(), value.clone())
        };
        Some((path.to_owned(), self.parameters.iter().map(filter).collect()))
    }
}

/// The tab of a task that shows what an old one did.
fn of_task_tab(old: &str) -> Option<&'static str> {
    Some(match old {
        "log" | "logs" => "log",
        "task" | "details" => "details",
        "rendered-templates" | "rendered_templates" | "rendered-k8s" | "rendered_k8s" => "rendered",
        "xcom" => "xcom",
        "code" => "code",
        _ => return None,
    })
}

/// A part of a path, decoded.
fn decoded(part: &str) -> String {
    let pair: Result<Vec<Parameter>, _> =
        serde_html_form::from_str(&format!("x={}", part.replace('+', "%2B")));
    pair.ok()
        .and_then(|mut pairs| pairs.pop())
        .map_or_else(|| part.to_owned(), |(_, value)| value)
}

/// A text as a part of a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~:".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn address(path: &str, rest: &[Parameter]) -> String {
    let mut address = path.to_owned();
    for (number, (name, value)) in rest.iter().enumerate() {
        address.push(if number == 0 { '?' } else { '&' });
        let _ = write!(address, "{}={}", encoded(name), encoded(value));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Old address and new one.
    const TABLE: &[(&str, &str)] = &[
        ("/home", "/dags"),
        ("/home?search=sales&tags=etl", "/dags?q=sales&tag=etl"),
        ("/login/?next=%2Fhome", "/login?next=%2Fhome"),
        ("/tree?dag_id=x", "/dags/x"),
        ("/dags/x/grid", "/dags/x"),
        ("/dags/x/grid?tab=graph", "/dags/x?view=graph"),
        ("/dags/x/graph", "/dags/x?view=graph"),
        ("/dags/x/gantt", "/dags/x"),
        ("/dags/x/calendar?tab=calendar", ""),
        ("/dags/x/duration", "/dags/x/overview"),
        ("/dags/x/audit_log", "/dags/x/events"),
        (
            "/dags/x/grid?dag_run_id=scheduled__2024-01-12T00%3A00%3A00%2B00%3A00&task_id=t&map_index=3&tab=logs",
            "/dags/x/runs/scheduled__2024-01-12T00:00:00%2B00:00/tasks/t/3?tab=log",
        ),
        ("/dags/x/grid?dag_run_id=r&tab=gantt", "/dags/x/runs/r?tab=gantt"),
        ("/dags/x/grid?task_id=t", "/dags/x/tasks/t"),
        (
            "/graph?dag_id=x&execution_date=2024-01-12",
            "/dags/x/runs/~2024-01-12?tab=graph",
        ),
        (
            "/log?dag_id=x&task_id=t&execution_date=2024-01-12T00%3A00%3A00&try_number=2&map_index=-1",
            "/dags/x/runs/~2024-01-12T00:00:00/tasks/t?try=2&tab=log",
        ),
        (
            "/task?dag_id=x&task_id=t&run_id=r",
            "/dags/x/runs/r/tasks/t?tab=details",
        ),
        (
            "/xcom?dag_id=x&task_id=t&run_id=r",
            "/dags/x/runs/r/tasks/t?tab=xcom",
        ),
        (
            "/rendered-templates?dag_id=x&task_id=t&run_id=r",
            "/dags/x/runs/r/tasks/t?tab=rendered",
        ),
        ("/log?dag_id=x", ""),
        ("/trigger?dag_id=x&conf=%7B%7D", "/dags/x?conf=%7B%7D&trigger=1"),
        ("/dags/x/trigger?origin=%2Fhome", "/dags/x?trigger=1"),
        (
            "/taskinstance/list/?_flt_3_dag_id=x&_flt_3_state=failed",
            "/task-instances?dag=x&state=failed",
        ),
        (
            "/dagrun/list/?_flt_3_dag_id=x&_flt_3_state=running",
            "/runs?dag=x&state=running",
        ),
        ("/variable/list/", "/variables"),
        ("/connection/list/", "/connections"),
        ("/pool/list/", "/pools"),
        ("/log/list/", "/audit"),
        ("/job/list/", "/jobs"),
        ("/xcom/list/", "/xcoms"),
        ("/configuration", "/config"),
        ("/provider", "/providers"),
        ("/dag-dependencies", "/dependencies"),
        ("/cluster_activity", "/"),
        ("/dag_runs?dag_id=x", "/runs?dag=x"),
        ("/task_instances?task_id=t", "/task-instances?task=t"),
        ("/configs", "/config"),
        ("/assets/7", "/datasets"),
        ("/dags/x/runs/r/tasks/t/logs", "/dags/x/runs/r/tasks/t?tab=log"),
        (
            "/dags/x/runs/r/tasks/t/mapped/4/xcom?try_number=2",
            "/dags/x/runs/r/tasks/t/4?try=2&tab=xcom",
        ),
        (
            "/dags/x/runs/r/tasks/t/rendered_templates",
            "/dags/x/runs/r/tasks/t?tab=rendered",
        ),
        ("/dags/x/runs/r/events", "/dags/x/runs/r?tab=events"),
        ("/dags/x/backfills", "/dags/x/runs"),
        ("/dags/x/tasks/group/g.h", "/dags/x?root=g.h"),
        // These are addresses of today.
        ("/", ""),
        ("/login", ""),
        ("/dags", ""),
        ("/dags/x", ""),
        ("/dags/x/runs/r", ""),
        ("/dags/x/runs/r/tasks/t", ""),
        ("/dags/x/runs/r/tasks/t/3", ""),
        ("/dags/x/code?version=2", ""),
        ("/variables", ""),
    ];

    #[test]
    fn old_addresses_lead_to_what_they_have_shown() {
        for (old, new) in TABLE {
            let (path, query) = old.split_once('?').unwrap_or((old, ""));
            assert_eq!(target(path, query).unwrap_or_default(), *new, "{old}");
        }
    }

    #[test]
    fn an_address_leads_to_this_site_whatever_it_says() {
        for old in [
            "/tree?dag_id=%2F%2Fevil.example",
            "/dags/%2F%2Fevil.example/grid",
            "/trigger?dag_id=%0d%0ax",
        ] {
            let (path, query) = old.split_once('?').unwrap_or((old, ""));
            let new = target(path, query).unwrap();
            assert!(new.starts_with("/dags/%") && !new.contains("//"), "{new}");
        }
    }
}
