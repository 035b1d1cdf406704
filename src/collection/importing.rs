//! A collection out of a file.
//!
//! What the file brings is *staged*: written, some MiB at a time, in commits that leave everything that is there as it is, under
//! names that nothing else has. Then one commit makes it part of the collection. Whatever happens before that changes nothing, and
//! what is staged is removed: at once where the import fails, and by the next upkeep or import where it was interrupted.

mod incoming;
mod staging;

use std::sync::Arc;

use self::incoming::Incoming;
use self::staging::Staging;
use super::Collection;
use super::background::Background;
use crate::codec::{self, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::generation::contents::StoredPart;
use crate::generation::manifest::Manifest;
use crate::generation::{Generation, Needs, names};
use crate::index::{PartRef, Tables};
use crate::model::Embedder;
use crate::store::{Store, Work};
use crate::task::{Phase, Progress, Task};
use crate::transfer::{Reader, Record, Source};

/// What becomes of what the collection holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Nothing: a collection that holds something is left as it is.
    #[default]
    Refuse,
    /// The file takes the place of all of it, the audit trail included.
    Replace,
    /// It stays, and documents whose ids are not there are added, with their vectors. The file's audit trail is left out: two
    /// chains cannot be joined.
    Merge,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many documents came.
    pub added: usize,
    /// How many documents went, because they were replaced.
    pub removed: usize,
    /// How many documents of the file were there already, the very same: nothing was done about them.
    pub unchanged: usize,
    /// How many documents of the file were not taken, because another one of the same id is there.
    pub differing: usize,
    /// How many records of the audit trail came, those included that had been deleted and left a trace.
    pub records: u64,
    /// How many chunks of the documents that came have no vector.
    pub backlog: usize,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Reads a file that [`Collection::export`] wrote, and takes what is in there, in one commit that others see at once.
    /// Nothing is embedded: vectors come with their documents, and chunks without one wait in the backlog.
    ///
    /// # Errors
    /// [`ErrorKind::CollectionNotEmpty`] where there are documents, or records of a trail, and `existing` says to refuse;
    /// [`ErrorKind::FileForeign`], [`ErrorKind::FileTooNew`], [`ErrorKind::FileTruncated`] and [`ErrorKind::FileCorrupt`], with the
    /// record and the byte at fault; [`ErrorKind::ModelMismatch`] where vectors of two models would meet;
    /// [`ErrorKind::StoreConflict`] where somebody else changes documents or trail meanwhile;
    /// [`Aborted`](ErrorKind::Aborted), [`Closed`](ErrorKind::Closed), the errors of the store and the source. Nothing was changed
    /// then.
    pub async fn import(
        &self,
        source: impl Source,
        existing: Existing,
        task: &impl Task,
    ) -> Result<Imported> {
        let task = &Background { collection: self, task };
        // In the order of calls, as all that writes: what was added before is there, what is added later waits.
        let _order = task.unless_aborted(self.preparing.lock()).await?;
        self.waiting.written().await;
        let _cutting = task.unless_aborted(self.cutting.lock()).await?;
        // What is refused is so at once, and again for what another import has brought that was waited for.
        allowed(&*self.current(Needs::TABLES).await?, existing)?;
        let _turn_of_this_tab = task.unless_aborted(self.store.exclusive(Work::Import)).await?;
        self.drop_staged(None).await?;
        let before = self.current(Needs::TABLES).await?;
        let existing = allowed(&before, existing)?;
        let staging = Staging::new(&before, existing);
        let outcome = self.import_staged(source, &before, existing, &staging, task).await;
        if outcome.is_err()
            && let Some(import) = staging.import()
        {
            // Where this fails, too, upkeep does it.
            let _ = self.drop_staged(Some(import)).await;
        }
        outcome
    }

    async fn import_staged(
        &self,
        source: impl Source,
        before: &Generation,
        existing: Existing,
        staging: &Staging,
        task: &impl Task,
    ) -> Result<Imported> {
        let mut reader = Reader::open(source).await?;
        let theirs = read_tables(&mut reader, task).await?;
        if existing == Existing::Merge {
            check_models(before, &theirs)?;
        }
        let (mut incoming, mut report) = Incoming::choose(theirs, before, existing)?;
        self.reserve(staging, &mut incoming).await?;
        let total = reader.records() as usize;
        for (at, part) in incoming.rest().iter().enumerate() {
            task.report(Progress {
                phase: Phase::Importing,
                done: total - incoming.rest().len() + at,
                total,
            });
            task.checkpoint().await?;
            let record = expect(&mut reader, &part.name()).await?;
            part.check(&record.content).map_err(|error| of_record(&record, &error))?;
            if let Some((name, bytes)) = incoming.translated(part, record.content)? {
                self.stage(staging, part, name, bytes).await?;
            }
        }
        if let Some(record) = reader.next().await? {
            return Err(record.error(ErrorKind::FileCorrupt, "the manifest does not name it"));
        }
        self.flush(staging).await?;
        task.checkpoint().await?;
        let imported = incoming.into_generation()?;
        report.backlog = imported.index.counts().chunks_without_vector;
        self.commit_staged(staging, |draft| {
            let (lists, held) = (staging.lists(), staging.held());
            match existing {
                Existing::Merge => {
                    check_models(draft.next(), &imported)?;
                    draft.add_all(&imported, lists, held)
                }
                _ => {
                    draft.replace_all(&imported, lists, held);
                    Ok(())
                }
            }
        })
        .await?;
        self.damaged_texts.take();
        task.report(Progress { phase: Phase::Importing, done: total, total });
        Ok(report)
    }
}

/// What is to become of what is there, or why nothing can.
fn allowed(before: &Generation, existing: Existing) -> Result<Existing> {
    let documents = before.index.counts().documents;
    let trail = before.trail.head;
    let records = trail.last - trail.cleared;
    // A trail that was cleared goes on from its last number.
    if documents == 0 && trail.last == 0 && existing == Existing::Refuse {
        return Ok(Existing::Replace);
    }
    if existing == Existing::Refuse {
        let message = format!(
            "the collection holds {documents} documents and {records} records of its trail: an import has to be told to \
             replace them, or to merge with them"
        );
        return Err(Error::new(ErrorKind::CollectionNotEmpty, message));
    }
    Ok(existing)
}

/// Refuses to bring vectors of two models together.
fn check_models(ours: &Generation, theirs: &Generation) -> Result<()> {
    match (&ours.fingerprint, &theirs.fingerprint) {
        (Some(ours), Some(theirs)) if ours != theirs => {
            let message = format!(
                "the vectors of the collection are of the model {ours}, those of the file of the model {theirs}: they \
                 cannot be merged"
            );
            Err(Error::new(ErrorKind::ModelMismatch, message))
        }
        _ => Ok(()),
    }
}

/// The manifest of a file and the tables that it names, which come first.
async fn read_tables(reader: &mut Reader<impl Source>, task: &impl Task) -> Result<Generation> {
    let record = expect(reader, names::MANIFEST).await?;
    let manifest: Manifest = codec::decode(Kind::Manifest, "the manifest", &record.content)
        .map_err(|error| of_record(&record, &error))?;
    let mut tables = Vec::new();
    let mut last = record;
    for entry in &manifest.segments {
        task.checkpoint().await?;
        let part = entry.parts.tables;
        let record = expect(reader, &names::tables(part.id)).await?;
        tables.push(decode_tables(&record, part).map_err(|error| of_record(&record, &error))?);
        last = record;
    }
    let is_bounded = |theirs: &Generation| theirs.contents_are_at_most(reader.records());
    let theirs = Generation::from_parts(&manifest, tables).map_err(|error| of_record(&last, &error))?;
    if !is_bounded(&theirs) || theirs.contents().len() as u64 + 1 != reader.records() {
        return Err(last.error(ErrorKind::FileCorrupt, "the file does not have the records that it names"));
    }
    Ok(theirs)
}

fn decode_tables(record: &Record, part: PartRef) -> Result<Arc<Tables>> {
    StoredPart::Tables(part).check(&record.content)?;
    Ok(Arc::new(Tables::decode("the part", &record.content)?))
}

/// The next record, which has to be the one of this name.
async fn expect(reader: &mut Reader<impl Source>, name: &str) -> Result<Record> {
    match reader.next().await? {
        Some(record) if record.name == name => Ok(record),
        Some(record) => {
            Err(record.error(ErrorKind::FileCorrupt, format_args!("it stands where {name:?} should be")))
        }
        None => Err(Error::new(ErrorKind::FileCorrupt, format!("the file ends without the record {name:?}"))),
    }
}

/// The error of a stored value, as one of the record that it is in.
fn of_record(record: &Record, error: &Error) -> Error {
    let kind = match error.kind() {
        ErrorKind::StoreTooNew => ErrorKind::FileTooNew,
        _ => ErrorKind::FileCorrupt,
    };
    record.error(kind, error)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
