//! The audit trail of a collection: records of answers with all that led to them, which can be checked, repeated, exported
//! and deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Collection;
use super::retrieval::Rerank;
use super::retrieved::{Retrieval, RetrievedHit};
use crate::error::{Error, ErrorKind, Result};
use crate::generation::records::DocumentVersion;
use crate::generation::{Draft, Generation, Needs};
use crate::model::{Embedder, PairScorer};
use crate::store::Store;
use crate::task::Task;
use crate::trail::{Check, Checker, Digest, Entry, Head};

/// How many records are read together.
const RECORDS_PER_READ: usize = 64;

/// The most bytes of a record's JSON, so that a part of the store holds it: 4 MiB.
pub const MAX_RECORD_BYTES: usize = 4 << 20;

/// What is recorded of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// When, by the caller's clock: a moment as ISO 8601 has it.
    pub time: String,
    /// What was asked.
    pub question: String,
    /// What was searched and found: a [`Retrieval`] as JSON, and whatever the caller knows beside it; `None` where there was
    /// no search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retrieval: Option<Value>,
    /// All else: the prompt, the answer, the verdicts.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

/// A record, as it is written in a line.
#[derive(Serialize, Deserialize)]
struct Record {
    number: u64,
    previous: Digest,
    #[serde(flatten)]
    account: Account,
    documents: VersionChanges,
}

/// What only the collection says of a record.
const RESERVED: [&str; 4] = ["number", "previous", "documents", "deleted"];

/// Which documents are others than at the record before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct VersionChanges {
    /// Those that are new.
    added: Vec<Version>,
    /// Those whose content, or what was added with it, is another.
    replaced: Vec<Version>,
    /// The ids of those that are gone.
    removed: Vec<String>,
}

/// A document by its id, and the hash of all that was added of it in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Version {
    id: String,
    content: String,
}

/// Which documents have changed since a record was made, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentChanges {
    /// Those that came.
    pub added: Vec<String>,
    /// Those whose content, or what was added with it, is another.
    pub replaced: Vec<String>,
    /// Those that went.
    pub removed: Vec<String>,
    /// How many records since then were deleted or cannot be read: what changed before these is not known.
    pub unknown: usize,
}

/// What became of a search that was repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Whether it found the same, in the same order, with the same scores to the bit.
    pub identical: bool,
    /// Where it did not, by place from 1.
    pub differences: Vec<HitDifference>,
    /// Which documents have changed since.
    pub documents: DocumentChanges,
    /// Whether the stored vectors are of the same model as then.
    pub same_model: bool,
    /// How many chunks had no vector then.
    pub unembedded_then: usize,
    /// How many have none now.
    pub unembedded_now: usize,
}

/// A place of a ranking that another hit holds now, or the same with another score.
#[derive(Clone, Debug, PartialEq)]
pub struct HitDifference {
    /// The place, from 1.
    pub place: usize,
    /// What was found there.
    pub then: Option<RetrievedHit>,
    /// What is found there now.
    pub now: Option<RetrievedHit>,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Adds a record to the trail, in a commit of its own; returns its number.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) where the account says what only the collection can, its retrieval is none, or
    /// it is longer than [`MAX_RECORD_BYTES`]; [`StoreCorrupt`](ErrorKind::StoreCorrupt) where it is not known any more which
    /// documents there were at the last record; [`Closed`](ErrorKind::Closed), and the store's errors. Nothing was recorded then.
    pub async fn record(&self, account: Account) -> Result<u64> {
        check(&account)?;
        let _call = self.foreground.enter();
        loop {
            let generation = self.current(Needs::TABLES).await?;
            let before = match generation.read_versions(&self.store).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict => continue,
                before => before?,
            };
            let recorded = self.commit(|now| {
                if now.trail != generation.trail {
                    return Ok(None); // another tab has recorded something
                }
                let head = now.trail.head;
                let versions = now.versions();
                let documents = VersionChanges::between(&before, &versions);
                let is_new = now.trail.versions.is_none() || documents != VersionChanges::default();
                let (number, previous) = (head.last + 1, head.digest);
                let record = Record { number, previous, account: account.clone(), documents };
                let mut draft = Draft::new(now);
                draft.append_record(to_line(&record)?, is_new.then_some(&versions[..]))?;
                Ok(Some((draft, number)))
            });
            if let Some(number) = recorded.await? {
                return Ok(number);
            }
        }
    }

    /// Where the trail ends.
    ///
    /// # Errors
    /// [`Closed`](ErrorKind::Closed), and the store's errors.
    pub async fn trail(&self) -> Result<Head> {
        Ok(self.manifest().await?.1.trail.head)
    }

    /// Records by number, those of `numbers` that there are, in order.
    ///
    /// # Errors
    /// [`StoreCorrupt`](ErrorKind::StoreCorrupt) for a damaged one, [`Closed`](ErrorKind::Closed), and the store's errors.
    pub async fn records(&self, numbers: std::ops::Range<u64>) -> Result<Vec<Entry>> {
        let _call = self.foreground.enter();
        self.consistently(Needs::TABLES, async |generation| {
            let wanted: Vec<u64> = existing(generation, &numbers).collect();
            let mut entries = Vec::with_capacity(wanted.len());
            for some in wanted.chunks(RECORDS_PER_READ) {
                for entry in generation.read_records(&self.store, some).await? {
                    entries.push(entry?);
                }
            }
            Ok(entries)
        })
        .await
    }

    /// Reads the whole trail and says whether it holds together.
    ///
    /// # Errors
    /// [`Aborted`](ErrorKind::Aborted), [`Closed`](ErrorKind::Closed), and the store's errors.
    pub async fn check_trail(&self, task: &impl Task) -> Result<Check> {
        let _call = self.foreground.enter();
        self.consistently(Needs::TABLES, async |generation| {
            let mut checker = Checker::default();
            let numbers: Vec<u64> = existing(generation, &(0..u64::MAX)).collect();
            for some in numbers.chunks(RECORDS_PER_READ) {
                task.checkpoint().await?;
                let entries = generation.read_records(&self.store, some).await?;
                for (number, entry) in some.iter().zip(entries) {
                    match entry {
                        Ok(entry) => checker.push(&entry),
                        Err(error) => checker.missing(*number, error.message()),
                    }
                }
            }
            Ok(checker.finish_at(generation.trail.head))
        })
        .await
    }

    /// Deletes records by number in one commit, and returns how many there were. Their numbers and digests stay, so that the
    /// trail still holds together.
    ///
    /// # Errors
    /// [`StoreCorrupt`](ErrorKind::StoreCorrupt) for a damaged one: [`Collection::clear_trail`] deletes that, too; the store's errors.
    pub async fn delete_records(&self, numbers: &[u64]) -> Result<usize> {
        let _call = self.foreground.enter();
        let numbers: BTreeSet<u64> = numbers.iter().copied().collect();
        loop {
            let generation = self.current(Needs::TABLES).await?;
            let wanted: Vec<u64> =
                existing(&generation, &(0..u64::MAX)).filter(|it| numbers.contains(it)).collect();
            let entries = match generation.read_records(&self.store, &wanted).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict => continue,
                entries => entries?.into_iter().collect::<Result<Vec<_>>>()?,
            };
            let lines = wanted.iter().zip(&entries).filter(|(_, it)| matches!(it, Entry::Line(_)));
            let lines: Vec<(u64, Digest)> = lines.map(|(number, it)| (*number, it.digest())).collect();
            if lines.is_empty() {
                return Ok(0);
            }
            let deleted = self.commit(|now| {
                if now.trail != generation.trail {
                    return Ok(None); // another tab may have deleted them altogether
                }
                let mut draft = Draft::new(now);
                lines.iter().try_for_each(|(number, digest)| draft.delete_record(*number, *digest))?;
                Ok(Some((draft, lines.len())))
            });
            if let Some(deleted) = deleted.await? {
                return Ok(deleted);
            }
        }
    }

    /// Deletes all records in one commit, and returns how many there were, those included that had been deleted and left a
    /// trace. Later ones go on from their numbers and the last one's digest.
    ///
    /// # Errors
    /// [`Closed`](ErrorKind::Closed), and the store's errors.
    pub async fn clear_trail(&self) -> Result<u64> {
        let _call = self.foreground.enter();
        let cleared = self.commit(|generation| {
            let Head { last, cleared, .. } = generation.trail.head;
            let mut draft = Draft::new(generation);
            draft.clear_records();
            Ok((last > cleared).then_some((draft, last - cleared)))
        });
        Ok(cleared.await?.unwrap_or(0))
    }

    /// Repeats the search of a record and says whether it finds the same, and what has changed since. `scorer` is the second
    /// stage, where the record has one.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) where there is no such record, it was deleted, it has no search, or it has a
    /// second stage and there is no scorer; otherwise as [`Collection::search_with`].
    pub async fn replay(
        &self,
        number: u64,
        scorer: Option<&impl PairScorer>,
        task: &impl Task,
    ) -> Result<Replay> {
        let retrieval = self.retrieval_of(number).await?;
        let rerank = match (retrieval.rerank, scorer) {
            (None, _) => None,
            (Some(candidates), Some(scorer)) => Some(Rerank { candidates, scorer }),
            (Some(_), None) => {
                let message = format!("record {number} has a second stage, and there is no scorer for it");
                return Err(Error::invalid_argument(message));
            }
        };
        let found = self.search_with(&retrieval.query, &retrieval.options, rerank.as_ref(), task).await?;
        let documents = self.changes_since(number).await?;
        let hits: Vec<RetrievedHit> = found.hits.iter().map(RetrievedHit::of).collect();
        let differences = differences(&retrieval.hits, &hits);
        Ok(Replay {
            identical: differences.is_empty(),
            differences,
            documents,
            same_model: found.fingerprint == retrieval.fingerprint,
            unembedded_then: retrieval.unembedded,
            unembedded_now: found.unembedded,
        })
    }

    async fn retrieval_of(&self, number: u64) -> Result<Retrieval> {
        let refused = |why: &str| Error::invalid_argument(format!("record {number}: {why}"));
        let entry = self.records(number..number.saturating_add(1)).await?.pop();
        let line = match entry.ok_or_else(|| refused("there is none of this number"))? {
            Entry::Line(line) => line,
            Entry::Deleted { .. } => return Err(refused("it was deleted")),
        };
        let record: Record = from_line(number, &line)?;
        let retrieval = record.account.retrieval.ok_or_else(|| refused("it has no search to repeat"))?;
        serde_json::from_value(retrieval)
            .map_err(|cause| Error::corrupt(format!("record {number} is malformed")).with_source(cause))
    }

    /// Which documents are others than when a record was made: what later records say, and what has changed since the last.
    async fn changes_since(&self, number: u64) -> Result<DocumentChanges> {
        self.consistently(Needs::TABLES, async |generation| {
            let before = generation.read_versions(&self.store).await?;
            let mut since = Since::default();
            let later: Vec<u64> = existing(generation, &(number + 1..u64::MAX)).collect();
            for some in later.chunks(RECORDS_PER_READ) {
                for (number, entry) in some.iter().zip(generation.read_records(&self.store, some).await?) {
                    match entry {
                        Ok(Entry::Line(line)) => since.add(from_line::<Record>(*number, &line)?.documents),
                        Ok(Entry::Deleted { .. }) | Err(_) => since.unknown += 1,
                    }
                }
            }
            since.add(VersionChanges::between(&before, &generation.versions()));
            Ok(since.finish())
        })
        .await
    }
}

/// The numbers of `numbers` that have a record, or what stands in its place.
fn existing(generation: &Generation, numbers: &std::ops::Range<u64>) -> impl Iterator<Item = u64> + use<> {
    let Head { last, cleared, .. } = generation.trail.head;
    numbers.start.max(cleared + 1)..numbers.end.min(last + 1)
}

fn check(account: &Account) -> Result<()> {
    if let Some(name) = RESERVED.iter().find(|name| account.details.contains_key(**name)) {
        return Err(Error::invalid_argument(format!("record.{name}: only the collection says that")));
    }
    if let Some(retrieval) = &account.retrieval {
        Retrieval::deserialize(retrieval)
            .map_err(|cause| Error::invalid_argument("record.retrieval: it is none").with_source(cause))?;
    }
    Ok(())
}

/// A record in one line. JSON has no line break of its own; other characters that some programs take for one are escaped.
fn to_line(record: &Record) -> Result<String> {
    let json = serde_json::to_string(record)
        .map_err(|cause| Error::internal("a record cannot be encoded").with_source(cause))?;
    if json.len() > MAX_RECORD_BYTES {
        let message = format!("the record has {} bytes; {MAX_RECORD_BYTES} are allowed", json.len());
        return Err(Error::invalid_argument(message));
    }
    let breaks = [('\u{85}', "\\u0085"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")];
    Ok(breaks.iter().fold(json, |json, (c, escape)| json.replace(*c, escape)))
}

fn from_line<T: serde::de::DeserializeOwned>(number: u64, line: &str) -> Result<T> {
    serde_json::from_str(line)
        .map_err(|cause| Error::corrupt(format!("record {number} is malformed")).with_source(cause))
}

/// The places of two rankings that differ.
fn differences(then: &[RetrievedHit], now: &[RetrievedHit]) -> Vec<HitDifference> {
    let places = 0..then.len().max(now.len());
    let differ = places.filter(|place| then.get(*place) != now.get(*place));
    differ
        .map(|place| HitDifference {
            place: place + 1,
            then: then.get(place).cloned(),
            now: now.get(place).cloned(),
        })
        .collect()
}

impl VersionChanges {
    /// What makes `after` of `before`; both are in the order of ids.
    fn between(before: &[DocumentVersion], after: &[DocumentVersion]) -> Self {
        let hashes = |versions: &'_ [DocumentVersion]| -> BTreeMap<String, [u8; 16]> {
            versions.iter().map(|it| (it.id.clone(), it.content_hash)).collect()
        };
        let (then, now) = (hashes(before), hashes(after));
        let mut changes = Self::default();
        for (id, hash) in &now {
            let version = || Version { id: id.clone(), content: hex(hash) };
            match then.get(id) {
                None => changes.added.push(version()),
                Some(known) if known != hash => changes.replaced.push(version()),
                Some(_) => {}
            }
        }
        changes.removed = then.into_keys().filter(|id| !now.contains_key(id)).collect();
        changes
    }
}

/// Changes that followed each other, as one.
#[derive(Default)]
struct Since {
    /// Of each document whether it was there at the beginning, and whether it is now.
    documents: BTreeMap<String, (bool, bool)>,
    unknown: usize,
}

impl Since {
    fn add(&mut self, VersionChanges { added, replaced, removed }: VersionChanges) {
        for it in added {
            self.documents.entry(it.id).or_insert((false, true)).1 = true;
        }
        for it in replaced {
            self.documents.entry(it.id).or_insert((true, true)).1 = true;
        }
        for id in removed {
            self.documents.entry(id).or_insert((true, false)).1 = false;
        }
    }

    fn finish(self) -> DocumentChanges {
        let mut changes = DocumentChanges { unknown: self.unknown, ..DocumentChanges::default() };
        for (id, was_and_is) in self.documents {
            match was_and_is {
                (false, true) => changes.added.push(id),
                (true, true) => changes.replaced.push(id),
                (true, false) => changes.removed.push(id),
                (false, false) => {}
            }
        }
        changes
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    bytes.iter().for_each(|byte| _ = write!(digits, "{byte:02x}")); // a string takes everything
    digits
}

#[cfg(test)]
mod tests;
