//! Graphs that were laid out, kept for the next call. A version of a DAG never changes, so what is kept is never wrong.

use std::sync::{Arc, Mutex, PoisonError};

use updraft_layout::{GraphError, GraphLayout, GraphView, lay_out};
use updraft_model::{DagSpec, DagVersionId};

/// So many graphs are kept.
const GRAPHS_MAX: usize = 64;
/// The graphs that are kept have no more nodes and edges than this together; the newest one is kept in any case.
const PARTS_MAX: usize = 100_000;

type Key = (DagVersionId, GraphView);

/// Graphs, the one that was asked for last at the end.
#[derive(Debug, Default)]
pub(crate) struct Graphs(Mutex<Vec<(Key, Arc<GraphLayout>)>>);

impl Graphs {
    /// The graph of a version of a DAG, as it is to be shown. Takes a while the first time.
    ///
    /// # Errors
    /// The view is about something that the DAG does not have.
    pub(crate) fn get(
        &self,
        version: DagVersionId,
        spec: &DagSpec,
        view: GraphView,
    ) -> Result<Arc<GraphLayout>, GraphError> {
        let key = (version, view);
        if let Some(known) = self.known(&key) {
            return Ok(known);
        }
        let layout = Arc::new(lay_out(spec, &key.1)?);
        self.keep(key, &layout);
        Ok(layout)
    }

    fn known(&self, key: &Key) -> Option<Arc<GraphLayout>> {
        let mut graphs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = graphs.iter().position(|(of, _)| of == key)?;
        let found = graphs.remove(at);
        let layout = Arc::clone(&found.1);
        graphs.push(found);
        Some(layout)
    }

    fn keep(&self, key: Key, layout: &Arc<GraphLayout>) {
        let parts = |layout: &GraphLayout| layout.nodes.len() + layout.edges.len();
        let mut graphs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        graphs.push((key, Arc::clone(layout)));
        while graphs.len() > 1
            && (graphs.len() > GRAPHS_MAX
                || graphs.iter().map(|(_, layout)| parts(layout)).sum::<usize>() > PARTS_MAX)
        {
            graphs.remove(0);
        }
    }
}
