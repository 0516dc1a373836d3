//! `GET /graph/{dag_id}`: the tasks of a DAG and where they are drawn.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::Action;
use updraft_layout::{Direction, DrawnEdge, DrawnNode, Focus, GraphLayout, GraphView, NodeKind, OpenGroups};
use updraft_model::{DagSpec, DagVersionId};

use crate::access::Needs;
use crate::api::Api;
use crate::call::{Call, Json};
use crate::domain::dags;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::logs::blocking;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/graph/{dag_id}", "graph");
    Endpoint::new(at, Needs::Dag(Action::Read), &[401, 403, 404, 422], get)
}

#[derive(Deserialize, JsonSchema)]
struct OfDag {
    dag_id: String,
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    /// The number of a version; the newest one if absent.
    version: Option<u32>,
    /// Ids of open groups; `*` opens all.
    #[serde(default)]
    open: Vec<String>,
    /// `LR` or `TB`.
    dir: Option<Dir>,
    /// The id of a task or group to look at.
    root: Option<String>,
    /// How many steps upwards from there; all if absent.
    up: Option<u32>,
    /// How many steps downwards from there; all if absent.
    down: Option<u32>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
enum Dir {
    #[serde(rename = "LR")]
    LeftToRight,
    #[serde(rename = "TB")]
    TopToBottom,
}

/// A graph with a place for everything, in pixels.
#[derive(Serialize, JsonSchema)]
struct Graph {
    version: u32,
    width: f64,
    height: f64,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

#[derive(Serialize, JsonSchema)]
struct Node {
    id: String,
    label: String,
    kind: Kind,
    /// The open group around it.
    parent: Option<String>,
    x: f64,
    y: f64,
    w: f64,
    h: f64,
    operator: Option<String>,
    mapped: bool,
    setup: bool,
    teardown: bool,
    /// Of a group: how many tasks are in it.
    count: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Task,
    Group,
    OpenGroup,
}

#[derive(Serialize, JsonSchema)]
struct Edge {
    from: String,
    to: String,
    /// No source says anything about an edge, so there is none.
    label: Option<String>,
    /// Whether it leads from a setup to its teardown.
    setup: bool,
    /// Whether it leads backwards, to a closed group that stands on both sides.
    back: bool,
    points: Vec<(f64, f64)>,
}

async fn get(call: Call<OfDag, Query>) -> Result<Json<Graph>, Failure> {
    let query = call.query;
    let (version, number, spec) = described(&call.api, &call.path.dag_id, query.version).await?;
    let open: BTreeSet<String> = query.open.into_iter().collect();
    let view = GraphView {
        open: if open.contains("*") {
            OpenGroups::All
        } else {
            OpenGroups::These(open)
        },
        direction: match query.dir {
            Some(Dir::TopToBottom) => Direction::TopToBottom,
            Some(Dir::LeftToRight) | None => Direction::LeftToRight,
        },
        focus: query.root.map(|root| Focus {
            root,
            up: query.up,
            down: query.down,
        }),
    };
    let api = call.api.clone();
    let layout = blocking(move || {
        let layout = api.graphs().get(version, &spec, view);
        layout.map_err(|error| Failure::NotFound(error.to_string()))
    });
    Ok(Json(graph(number, &*layout.await?)))
}

/// A version of a DAG, the newest one unless told otherwise: its id, its number, and its description.
async fn described(
    api: &Api,
    dag_id: &str,
    number: Option<u32>,
) -> Result<(DagVersionId, u32, Arc<DagSpec>), Failure> {
    let dag_id = dags::parse(dag_id)?;
    let unknown = |what: &str| Failure::NotFound(format!("there is no {what} `{dag_id}`"));
    let newest = api
        .store()
        .dag_row(&dag_id)
        .await?
        .ok_or_else(|| unknown("DAG"))?;
    let (version, number) = match number {
        Some(number) if number != newest.version_number => {
            let version = api.store().version_of_number(&dag_id, number).await?;
            let version = version.ok_or_else(|| unknown(&format!("version {number} of DAG")))?;
            (version, number)
        }
        Some(_) | None => (newest.version, newest.version_number),
    };
    let spec = api.store().descriptions([version]).await?.remove(&version);
    Ok((version, number, spec.ok_or_else(|| unknown("DAG"))?))
}

fn graph(version: u32, layout: &GraphLayout) -> Graph {
    Graph {
        version,
        width: layout.width,
        height: layout.height,
        nodes: layout.nodes.iter().map(node).collect(),
        edges: layout.edges.iter().map(edge).collect(),
    }
}

fn node(node: &DrawnNode) -> Node {
    Node {
        id: node.id.clone(),
        label: node.label.clone(),
        kind: match node.kind {
            NodeKind::Task => Kind::Task,
            NodeKind::Group => Kind::Group,
            NodeKind::OpenGroup => Kind::OpenGroup,
        },
        parent: node.parent.clone(),
        x: node.x,
        y: node.y,
        w: node.w,
        h: node.h,
        operator: node.operator.clone(),
        mapped: node.is_mapped,
        setup: node.is_setup,
        teardown: node.is_teardown,
        count: node.count,
    }
}

fn edge(edge: &DrawnEdge) -> Edge {
    Edge {
        from: edge.from.clone(),
        to: edge.to.clone(),
        label: None,
        setup: edge.is_setup,
        back: edge.is_back,
        points: edge.points.iter().map(|point| (point.x, point.y)).collect(),
    }
}
