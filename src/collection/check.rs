//! Looking for damage.

use super::Collection;
use crate::error::{ErrorKind, Result};
use crate::generation::{DamagedPart, Generation, Needs};
use crate::index::DocumentPlace;
use crate::model::Embedder;
use crate::order::Order;
use crate::store::Store;
use crate::task::Task;

/// What is damaged of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// Its text, or some of it, or what is kept of its structure: hits in there cannot be shown. Only adding the document again helps.
    Text,
    /// What its words are found by; it is made anew in the background.
    Words,
    /// Its vectors; it is embedded anew in the background.
    Vectors,
}

/// Damage of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedDocument {
    /// The document's id.
    pub id: String,
    /// What is damaged.
    pub kind: DamageKind,
    /// What is wrong with it.
    pub message: String,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Reads everything and lists what is damaged, by document id. Damaged words and vectors are made anew in the
    /// background, by [`Collection::maintain`] and [`Collection::embed_backlog`].
    ///
    /// # Errors
    /// [`Aborted`](ErrorKind::Aborted), [`Closed`](ErrorKind::Closed), the store's errors; [`ErrorKind::StoreCorrupt`] where
    /// the manifest or the table of a segment's documents is damaged.
    pub async fn check(&self, task: &impl Task) -> Result<Vec<DamagedDocument>> {
        let mut damaged = self
            .consistently(Needs::ALL, async |generation| {
                let mut damaged = damaged_segments(generation);
                for (place, record) in generation.index.documents() {
                    task.checkpoint().await?;
                    let read = match self.whole_text(generation, place).await {
                        Ok(_) => self.outline(generation, place).await.map(drop),
                        Err(error) => Err(error),
                    };
                    match read {
                        Err(error) if error.kind() == ErrorKind::StoreCorrupt => {
                            damaged.push(DamagedDocument {
                                id: record.id.clone(),
                                kind: DamageKind::Text,
                                message: error.message().to_owned(),
                            })
                        }
                        read => read?,
                    }
                }
                Ok(damaged)
            })
            .await?;
        damaged.order_by(|a, b| a.id.cmp(&b.id));
        Ok(damaged)
    }
}

fn damaged_segments(generation: &Generation) -> Vec<DamagedDocument> {
    let mut damaged = Vec::new();
    for damage in generation.damage() {
        let kind = match damage.part {
            DamagedPart::Postings => DamageKind::Words,
            DamagedPart::Vectors => DamageKind::Vectors,
            DamagedPart::Graph => continue,
        };
        for (segment, entry) in generation.index.segments().iter().enumerate() {
            let live = entry.live_documents().iter().filter(|_| entry.id() == damage.segment);
            let lacks_some = |document: &u32| {
                let mut rows = generation.index.rows_of(DocumentPlace { segment, document: *document });
                kind == DamageKind::Words
                    || rows.any(|it| entry.embedded().contains(it.row) && !entry.vectors().contains(it.row))
            };
            damaged.extend(live.filter(lacks_some).map(|document| DamagedDocument {
                id: entry.tables().documents()[document as usize].id.clone(),
                kind,
                message: format!("a part of segment {} is damaged", entry.id()),
            }));
        }
    }
    damaged
}
