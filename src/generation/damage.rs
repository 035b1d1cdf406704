//! What is damaged of a generation, as far as it was read.

use super::Generation;
use crate::error::Result;
use crate::index::{RunRef, Segment};

/// A damaged part of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The segment's id.
    pub segment: u64,
    /// What is damaged.
    pub part: DamagedPart,
}

/// What can be damaged of a segment and made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamagedPart {
    /// Its chunks are found by no word until they are analysed anew.
    Postings,
    /// Some of its chunks are not found by meaning until they are embedded anew.
    Vectors,
    /// It is scanned until its graph is built anew.
    Graph,
}

impl Generation {
    /// What is damaged of what was read.
    pub fn damage(&self) -> Vec<Damage> {
        let mut damage = Vec::new();
        for segment in self.index.segments() {
            let mut note = |part| damage.push(Damage { segment: segment.id(), part });
            if segment.lazy_postings().is_damaged() {
                note(DamagedPart::Postings);
            }
            if !damaged_runs(segment).is_empty() {
                note(DamagedPart::Vectors);
            }
            if segment.lazy_graph().is_some_and(|graph| graph.is_damaged()) {
                note(DamagedPart::Graph);
            }
        }
        damage
    }

    /// The same generation, to which what was read and found damaged counts as unread; `None` where nothing was.
    ///
    /// # Errors
    /// As [`Segment::stored`].
    pub fn with_damage_unread(&self) -> Result<Option<Self>> {
        let mut unread = None;
        for segment in self.index.segments() {
            if let Some(again) = segment.with_damage_unread()? {
                let unread = unread.get_or_insert_with(|| self.clone());
                unread.index.segment_mut(segment.id()).into_iter().for_each(|it| *it = again.clone());
            }
        }
        Ok(unread)
    }
}

/// The runs of a segment whose vectors are missing although they were read.
pub fn damaged_runs(segment: &Segment) -> Vec<RunRef> {
    if segment.lazy_vectors().is_unread() {
        return Vec::new();
    }
    let vectors = segment.vectors();
    let runs = segment.parts().runs.iter();
    runs.filter(|run| run.rows().any(|rows| !vectors.contains(rows.start))).cloned().collect()
}
