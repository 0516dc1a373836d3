//! Which records a search or query means, in which order, and one page of them.
//!
//! Bounds on the id and on the modification time are looked up in sorted arrays. Whatever else a filter says is worked
//! out by looking at records: once per generated record ([`Base::matching`](super::base::Base::matching)), and each time
//! for the few that were changed.

use std::cmp::Ordering;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::id_set::IdSet;
use super::view::{Row, View};
use crate::entities::{Entity, Field, Value};

/// Tells which records pass.
pub(crate) trait Predicate: Sync {
    /// Whether this record passes.
    fn accepts(&self, row: &Row<'_>) -> bool;
    /// Whether long texts are looked at.
    fn reads_heavy_fields(&self) -> bool;
    /// Whether the answer follows from the record alone, whatever is written to others.
    fn is_local(&self) -> bool;
}

/// The part of a filter that needs a look at the record.
pub(crate) struct Rest<'p> {
    pub(crate) predicate: &'p dyn Predicate,
    /// Equal for equal predicates of one entity.
    pub(crate) key: String,
}

impl Rest<'_> {
    /// Whether the record passes.
    pub(crate) fn accepts(&self, row: Row<'_>) -> bool {
        self.predicate
            .accepts(&row.with_heavy_fields(self.predicate.reads_heavy_fields()))
    }
}

/// What to look for.
pub(crate) struct Filter<'p> {
    pub(crate) ids: RangeInclusive<u32>,
    /// `dateLastModified` in whole seconds.
    pub(crate) modified: Option<RangeInclusive<u32>>,
    pub(crate) rest: Option<Rest<'p>>,
}

/// One key of a sort.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SortKey {
    pub(crate) field: &'static Field,
    pub(crate) descending: bool,
}

/// How records with equal sort keys lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ties {
    /// By id.
    ById,
    /// In an order that has nothing to do with the id, but is the same each time.
    Shuffled,
}

/// The order of a result.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    Id {
        descending: bool,
    },
    /// By whole second of `dateLastModified`, then by id.
    Modified {
        descending: bool,
    },
    By(Vec<SortKey>, Ties),
}

/// Which part of the result is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) start: usize,
    pub(crate) count: usize,
}

/// One page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Records in the whole result.
    pub(crate) total: usize,
    /// Ids of the page, in order.
    pub(crate) ids: Vec<u32>,
}

impl View<'_> {
    /// One page of the records of `entity` that pass `filter`.
    pub(crate) fn select(self, entity: Entity, filter: &Filter<'_>, order: &Order, window: Window) -> Page {
        let selection = Selection::new(self, entity, filter);
        match order {
            Order::Id { descending } if filter.modified.is_none() => selection.by_id(*descending, window),
            Order::Modified { descending } => selection.by_modified(*descending, window),
            Order::Id { descending } => {
                let mut ids = selection.all();
                ids.sort_unstable();
                if *descending {
                    ids.reverse();
                }
                page_of(&ids, window)
            }
            Order::By(keys, ties) => page_of(&selection.sorted(keys, *ties), window),
        }
    }

    /// These records of `entity` in order; as they come where there are no keys.
    pub(crate) fn sorted(self, entity: Entity, ids: Vec<u32>, keys: &[SortKey]) -> Vec<u32> {
        if keys.is_empty() {
            ids
        } else {
            sort(self, entity, ids, (keys, Ties::ById))
        }
    }

    /// Every id of `entity` that passes `filter`, in no particular order.
    pub(crate) fn select_all(self, entity: Entity, filter: &Filter<'_>) -> Vec<u32> {
        Selection::new(self, entity, filter).all()
    }
}

/// A filter at work.
struct Selection<'s, 'p> {
    view: View<'s>,
    entity: Entity,
    filter: &'s Filter<'p>,
    /// Generated records that pass the rest of the filter; none when there is no rest, or when the rest looks at other
    /// records too.
    generated: Option<Arc<IdSet>>,
}

impl<'s, 'p> Selection<'s, 'p> {
    fn new(view: View<'s>, entity: Entity, filter: &'s Filter<'p>) -> Self {
        let local = filter.rest.as_ref().filter(|rest| rest.predicate.is_local());
        let generated = local.map(|rest| view.base.matching(entity, rest));
        Self {
            view,
            entity,
            filter,
            generated,
        }
    }

    /// Whether a generated record is not hidden by a patch and passes the rest of the filter.
    fn takes_generated(&self, id: u32) -> bool {
        if self.view.overlay.of(self.entity).hides(id) {
            return false;
        }
        match &self.generated {
            Some(generated) => generated.contains(id),
            None => self.filter.rest.is_none() || self.looks_right(id),
        }
    }

    /// Whether a record exists and passes the rest of the filter, by looking at it.
    fn looks_right(&self, id: u32) -> bool {
        match (&self.filter.rest, self.view.row(self.entity, id)) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(rest), Some(row)) => rest.accepts(row),
        }
    }

    fn by_id(&self, descending: bool, window: Window) -> Page {
        let range = self.filter.ids.clone();
        let generated = self.view.base.ids(self.entity, range.clone());
        let overlay = self.view.overlay.of(self.entity);
        let patched = || overlay.patches(range.clone());
        let known_total = self.filter.rest.is_none().then(|| {
            let hidden = patched().filter(|(_, patch)| patch.generated_s.is_some()).count();
            let live = patched().filter(|(_, patch)| !patch.erased).count();
            generated.len() - hidden + live
        });
        let below = generated.iter().copied().filter(|id| self.takes_generated(*id));
        let above = patched().map(|(id, _)| id).filter(|id| self.looks_right(*id));
        if descending {
            window_of(
                merge(below.rev(), above.rev(), |a, b| b.cmp(a)),
                window,
                known_total,
            )
        } else {
            window_of(merge(below, above, Ord::cmp), window, known_total)
        }
    }

    fn by_modified(&self, descending: bool, window: Window) -> Page {
        let seconds = self.filter.modified.clone().unwrap_or(0..=u32::MAX);
        let generated = self.view.base.modified(self.entity, seconds.clone());
        let overlay = self.view.overlay.of(self.entity);
        let all_ids = *self.filter.ids.start() <= 1 && *self.filter.ids.end() == u32::MAX;
        let known_total = (self.filter.rest.is_none() && all_ids).then(|| {
            let hidden = overlay
                .patches(0..=u32::MAX)
                .filter(|(_, patch)| patch.generated_s.is_some_and(|second| seconds.contains(&second)))
                .count();
            generated.len() - hidden + overlay.modified(seconds.clone()).count()
        });
        let in_range = |id: u32| self.filter.ids.contains(&id);
        let below = generated
            .iter()
            .copied()
            .filter(|(_, id)| in_range(*id) && self.takes_generated(*id));
        let above = overlay
            .modified(seconds)
            .filter(|(_, id)| in_range(*id) && self.looks_right(*id));
        if descending {
            let merged = merge(below.rev(), above.rev(), |a, b| b.cmp(a));
            window_of(merged.map(|(_, id)| id), window, known_total)
        } else {
            window_of(
                merge(below, above, Ord::cmp).map(|(_, id)| id),
                window,
                known_total,
            )
        }
    }

    fn all(&self) -> Vec<u32> {
        let everything = Window {
            start: 0,
            count: usize::MAX,
        };
        match self.filter.modified {
            Some(_) => self.by_modified(false, everything).ids,
            None => self.by_id(false, everything).ids,
        }
    }

    fn sorted(&self, keys: &[SortKey], ties: Ties) -> Vec<u32> {
        sort(self.view, self.entity, self.all(), (keys, ties))
    }
}

/// Sorts records by their values.
fn sort(view: View<'_>, entity: Entity, ids: Vec<u32>, (keys, ties): (&[SortKey], Ties)) -> Vec<u32> {
    let heavy = keys.iter().any(|key| key.field.heavy);
    let mut rows: Vec<(Vec<SortValue>, u32)> = ids
        .into_iter()
        .filter_map(|id| {
            let row = view.row(entity, id)?.with_heavy_fields(heavy);
            let values = keys
                .iter()
                .map(|key| SortValue::of(&row.value(key.field)))
                .collect();
            Some((values, id))
        })
        .collect();
    rows.sort_by(|(left, left_id), (right, right_id)| {
        let by_keys = keys
            .iter()
            .zip(left.iter().zip(right))
            .map(|(key, (left, right))| {
                let order = left.compare(right);
                if key.descending { order.reverse() } else { order }
            });
        by_keys
            .fold(Ordering::Equal, Ordering::then)
            .then_with(|| match ties {
                Ties::ById => left_id.cmp(right_id),
                Ties::Shuffled => scatter(*left_id).cmp(&scatter(*right_id)),
            })
    });
    rows.into_iter().map(|(_, id)| id).collect()
}

/// Spreads ids; different ids stay different.
fn scatter(id: u32) -> u32 {
    id.wrapping_mul(0x9E37_79B1).rotate_left(15)
}

/// Both sorted sequences in one. Nothing is in both.
fn merge<T: Copy>(
    left: impl Iterator<Item = T>,
    right: impl Iterator<Item = T>,
    compare: impl Fn(&T, &T) -> Ordering,
) -> impl Iterator<Item = T> {
    let (mut left, mut right) = (left.peekable(), right.peekable());
    std::iter::from_fn(move || match (left.peek(), right.peek()) {
        (Some(a), Some(b)) if compare(a, b) == Ordering::Greater => right.next(),
        (Some(_), _) => left.next(),
        (None, _) => right.next(),
    })
}

/// The page of a sequence. With the total known, reading stops where the page ends.
fn window_of(mut ids: impl Iterator<Item = u32>, window: Window, known_total: Option<usize>) -> Page {
    let skipped = ids.by_ref().take(window.start).count();
    let page: Vec<u32> = ids.by_ref().take(window.count).collect();
    let total = known_total.unwrap_or_else(|| skipped + page.len() + ids.count());
    Page { total, ids: page }
}

fn page_of(ids: &[u32], window: Window) -> Page {
    Page {
        total: ids.len(),
        ids: ids
            .iter()
            .copied()
            .skip(window.start)
            .take(window.count)
            .collect(),
    }
}

/// A value in a form that sorts: nothing first, then numbers, then texts without regard to case.
#[derive(Debug, PartialEq)]
enum SortValue {
    Nothing,
    Number(f64),
    Text(String),
}

impl SortValue {
    fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.to_lowercase()),
            Value::Texts(texts) => Self::Text(texts.join(", ").to_lowercase()),
            other => other.as_number().map_or(Self::Nothing, Self::Number),
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => left.total_cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (left, right) => left.rank().cmp(&right.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
        }
    }
}
