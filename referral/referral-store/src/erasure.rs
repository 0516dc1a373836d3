//! What else goes when a record is erased: vector, matches, and the personal part of decisions.

use updraft_sql::{ColumnType, Sql, SqlError, Tx, row, statements};

use crate::{EntityId, EntityKind, Stamp};

statements! {
    /// Statements about erasing.
    pub(crate) STATEMENTS;

    DELETE_EMBEDDINGS = Sql::new(
        "DELETE FROM embedding WHERE kind = $1 AND entity_id IN (SELECT id FROM {batch})",
    )
    .batch(&[("id", ColumnType::I64)]);

    DELETE_INPUTS = Sql::new(
        "DELETE FROM match_input WHERE kind = $1 AND entity_id IN (SELECT id FROM {batch})",
    )
    .batch(&[("id", ColumnType::I64)]);

    LOG_ERASED_MATCHES = Sql::new(
        "INSERT INTO match_decision (position_id, candidate_id, outcome, reason, run_id, decided_at, erased_at) \
         SELECT position_id, candidate_id, 'erased', 'the person was erased at the source', $1, $2, $2 \
         FROM candidate_match WHERE candidate_id IN (SELECT id FROM {batch}) ORDER BY position_id, candidate_id",
    )
    .batch(&[("id", ColumnType::I64)]);

    DELETE_MATCHES = Sql::new("DELETE FROM candidate_match WHERE candidate_id IN (SELECT id FROM {batch})")
        .batch(&[("id", ColumnType::I64)]);

    DELETE_FEEDBACK = Sql::new("DELETE FROM match_feedback WHERE candidate_id IN (SELECT id FROM {batch})")
        .batch(&[("id", ColumnType::I64)]);

    /// The chain of decisions stays; what tells about the person goes.
    EMPTY_DECISIONS = Sql::new(
        "UPDATE match_decision SET cosine = NULL, parts = NULL, gates = NULL, candidate_content_hash = NULL, \
         candidate_text_hash = NULL, erased_at = $1 \
         WHERE erased_at IS NULL AND candidate_id IN (SELECT id FROM {batch})",
    )
    .batch(&[("id", ColumnType::I64)]);

    LOG_CLOSED_MATCHES = Sql::new(
        "INSERT INTO match_decision (position_id, candidate_id, outcome, reason, score, threshold, model_sha256, \
         precision, formula_version, run_id, decided_at) \
         SELECT position_id, candidate_id, 'withdrawn', 'the position was deleted at the source', score, threshold, \
         model_sha256, precision, formula_version, $1, $2 FROM candidate_match \
         WHERE status = 'active' AND position_id IN (SELECT id FROM {batch}) ORDER BY position_id, candidate_id",
    )
    .batch(&[("id", ColumnType::I64)]);

    WITHDRAW_MATCHES = Sql::new(
        "UPDATE candidate_match SET status = 'withdrawn', withdrawn_at = $1 \
         WHERE status = 'active' AND position_id IN (SELECT id FROM {batch})",
    )
    .batch(&[("id", ColumnType::I64)]);
}

/// Removes what was derived from erased records. A person's matches are deleted, since they describe the person; those of a
/// deleted position are withdrawn.
pub(crate) async fn remove_traces(
    tx: &mut Tx,
    kind: EntityKind,
    ids: &[EntityId],
    stamp: Stamp<'_>,
) -> Result<(), SqlError> {
    let rows = || ids.iter().map(|id| row![id.0]);
    tx.execute(DELETE_EMBEDDINGS.bind(kind.as_str()).rows(rows()))
        .await?;
    tx.execute(DELETE_INPUTS.bind(kind.as_str()).rows(rows())).await?;
    let (run_id, now) = (stamp.run_id.as_str(), stamp.now);
    match kind {
        EntityKind::Candidate => {
            tx.execute(EMPTY_DECISIONS.bind(now).rows(rows())).await?;
            tx.execute(LOG_ERASED_MATCHES.bind(run_id).bind(now).rows(rows()))
                .await?;
            tx.execute(DELETE_MATCHES.rows(rows())).await?;
            tx.execute(DELETE_FEEDBACK.rows(rows())).await?;
        }
        EntityKind::Position => {
            tx.execute(LOG_CLOSED_MATCHES.bind(run_id).bind(now).rows(rows()))
                .await?;
            tx.execute(WITHDRAW_MATCHES.bind(now).rows(rows())).await?;
        }
    }
    Ok(())
}
