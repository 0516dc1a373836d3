//! The DAGs of a bundle, and what is wrong with the others.

use serde_json::{Map, Value};
use updraft_model::DagId;
use updraft_protocol::defaults::DagDefaults;
use updraft_protocol::message::{DagFileParseRequest, DagFileParsingResult, SerializedDag};

use crate::dag::{BuiltDag, Dag, DagError};

/// The DAGs of a bundle, and what is wrong with the others.
#[derive(Debug)]
pub(crate) struct DagSet {
    name: String,
    dags: Vec<BuiltDag>,
    errors: Vec<DagError>,
}

impl DagSet {
    /// Builds the DAGs of a bundle, in an installation with these settings.
    pub(super) fn build(name: String, dags: Vec<Dag>, defaults: DagDefaults) -> Self {
        let mut set = Self {
            name,
            dags: Vec::new(),
            errors: Vec::new(),
        };
        for dag in dags {
            set.add(dag, defaults);
        }
        set
    }

    fn add(&mut self, dag: Dag, defaults: DagDefaults) {
        let dag = match dag.build_with(defaults) {
            Ok(dag) => dag,
            Err(errors) => return self.errors.extend(errors.0),
        };
        let dag_id = &dag.spec().dag_id;
        if self.dags.iter().any(|other| other.spec().dag_id == *dag_id) {
            let message = format!("dag_id `{dag_id}` is taken, another DAG of this bundle has it");
            return self.errors.push(DagError::at(dag.place(), message));
        }
        self.dags.push(dag);
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn dags(&self) -> &[BuiltDag] {
        &self.dags
    }

    pub(crate) fn dag(&self, dag_id: &DagId) -> Option<&BuiltDag> {
        self.dags.iter().find(|dag| dag.spec().dag_id == *dag_id)
    }

    /// What works but should be changed.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = &DagError> {
        self.dags.iter().flat_map(BuiltDag::warnings)
    }

    pub(crate) fn errors(&self) -> &[DagError] {
        &self.errors
    }

    /// The description that the engine asks for.
    pub(crate) fn describe(&self, request: &DagFileParseRequest) -> DagFileParsingResult {
        let mut errors: Map<String, Value> = Map::new();
        for DagError { file, line, message } in &self.errors {
            let text = match errors.get(&format!("{file}:{line}")) {
                Some(Value::String(earlier)) => format!("{earlier}\n{message}"),
                _ => message.clone(),
            };
            errors.insert(format!("{file}:{line}"), Value::String(text));
        }
        let warnings: Vec<String> = self.warnings().map(DagError::to_string).collect();
        DagFileParsingResult {
            fileloc: request.file.clone(),
            serialized_dags: self
                .dags
                .iter()
                .map(|dag| SerializedDag {
                    data: dag.spec().clone(),
                })
                .collect(),
            warnings: Some(warnings).filter(|warnings| !warnings.is_empty()),
            import_errors: Some(errors).filter(|errors| !errors.is_empty()),
            updraft_failed_dags: None,
            updraft_reads: None,
        }
    }
}
