//! A collection as one file.

use super::background::Background;
use super::{ATTEMPTS, Collection};
use crate::error::{Error, ErrorKind, Result};
use crate::generation::contents::StoredPart;
use crate::generation::{Generation, Needs, names, read_since};
use crate::model::Embedder;
use crate::store::Store;
use crate::task::{Phase, Progress, Task};
use crate::transfer::{Sink, Writer};

/// How many parts are read together that have 64 KiB, and rarely more.
const SMALL_PARTS_PER_READ: usize = 32;

/// What was written into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The number of documents.
    pub documents: usize,
    /// The number of chunks.
    pub chunks: usize,
    /// The number of records of the audit trail, those included that were deleted and left a trace.
    pub records: u64,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Writes everything into a file (`.ibid`): documents, what they are found by, and the audit trail. What
    /// [`Collection::reindex`] has put aside is left out. Some parts are in memory at a time. Where another writer removes
    /// what is still to be read, the file is begun anew on the newer generation.
    ///
    /// # Errors
    /// [`ErrorKind::StoreCorrupt`] where a part is damaged: [`Collection::check`] tells which document that is, and upkeep makes
    /// anew what can be; [`Aborted`](ErrorKind::Aborted), [`Closed`](ErrorKind::Closed), the errors of the store and the sink. What
    /// the sink has by then is no file.
    pub async fn export(&self, sink: &mut impl Sink, task: &impl Task) -> Result<Exported> {
        let task = &Background { collection: self, task };
        // Upkeep of our own would take parts away that are about to be read.
        let _turn = task.unless_aborted(self.maintenance.lock()).await?;
        for attempt in 1.. {
            let generation = self.current(Needs::TABLES).await?;
            match self.write_file(&generation, sink, task).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict && attempt < ATTEMPTS => {}
                outcome => return outcome,
            }
        }
        unreachable!("the last attempt returns")
    }

    async fn write_file(
        &self,
        generation: &Generation,
        sink: &mut impl Sink,
        task: &impl Task,
    ) -> Result<Exported> {
        let parts = generation.contents();
        let total = 1 + parts.len();
        let mut writer = Writer::begin(sink, total as u64).await?;
        writer.push(names::MANIFEST, &generation.contents_manifest().encode()?).await?;
        let mut rest = &parts[..];
        while !rest.is_empty() {
            task.report(Progress { phase: Phase::Exporting, done: total - rest.len(), total });
            task.checkpoint().await?;
            let small = rest.iter().take(SMALL_PARTS_PER_READ).take_while(|part| is_small(part)).count();
            let some;
            (some, rest) = rest.split_at(small.max(1));
            let names: Vec<String> = some.iter().map(StoredPart::name).collect();
            let (read, head) = read_since(&self.store, generation.head, &names).await?;
            for ((part, name), bytes) in some.iter().zip(&names).zip(read) {
                let bytes =
                    bytes.ok_or_else(|| Error::corrupt(format!("the stored part {name:?} is missing")))?;
                if let Err(error) = part.check(&bytes) {
                    // A text may have been taken out since of a part that others share.
                    let is_newer = head != generation.head;
                    let kind = if is_newer { ErrorKind::StoreConflict } else { error.kind() };
                    return Err(Error::new(kind, format!("the stored part {name:?}: {}", error.message())));
                }
                writer.push(name, &bytes).await?;
            }
        }
        writer.finish().await?;
        task.report(Progress { phase: Phase::Exporting, done: total, total });
        let counts = generation.index.counts();
        let trail = generation.trail.head;
        Ok(Exported {
            documents: counts.documents,
            chunks: counts.chunks,
            records: trail.last - trail.cleared,
        })
    }
}

fn is_small(part: &StoredPart) -> bool {
    matches!(
        part,
        StoredPart::Text { .. } | StoredPart::Outline(_) | StoredPart::Record(_) | StoredPart::Changes(_)
    )
}
