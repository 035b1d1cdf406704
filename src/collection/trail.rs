//! The audit trail of a collection: records of answers with all that led to them, which can be checked, repeated, exported
//! and deleted.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Collection;
use super::model::ModelStatus;
use super::retrieval::Rerank;
use super::retrieved::{Retrieval, RetrievedHit};
use crate::error::{Error, ErrorKind, Result};
use crate::generation::records::{DocumentVersion, VersionChange, changes};
use crate::generation::{Draft, Generation, Needs};
use crate::hex::hex;
use crate::index::Mode;
use crate::model::{Embedder, PairScorer};
use crate::order::{self, Order};
use crate::store::Store;
use crate::task::Task;
use crate::trail::{Break, Check, Checker, Digest, Entry, Head};

/// How many records are read together.
const RECORDS_PER_READ: usize = 64;

/// The most bytes of a record's JSON: 16 MiB.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// How many documents of each kind of change a record names; further ones are counted.
const NAMED: usize = 100;

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
    documents: DocumentsThen,
}

/// What only the collection says of a record.
const RESERVED: [&str; 4] = ["number", "previous", "documents", "deleted"];

/// The documents when a record was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DocumentsThen {
    /// How many there were.
    count: usize,
    /// The SHA-256 of a list of them: a line for each in the order of ids, with its hash, a space and the id.
    digest: Digest,
    /// Those that came since the record before.
    added: Vec<Version>,
    /// Those whose content, or what was added with it, is another.
    replaced: Vec<Version>,
    /// The ids of those that went.
    removed: Vec<String>,
    /// How many of these are not named.
    omitted: usize,
    /// Whether some may have changed after the search of the record.
    changed_after_search: bool,
}

/// A document by its id, and the hash of all that was added of it in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Version {
    id: String,
    content: String,
}

/// Which documents have changed since a record was made, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DocumentChanges {
    /// Those that came.
    pub added: Vec<String>,
    /// Those whose content, or what was added with it, is another.
    pub replaced: Vec<String>,
    /// Those that went.
    pub removed: Vec<String>,
    /// How many gaps there are in what is known of changes: between the search and its record, and where what is stored of
    /// changes cannot be read.
    pub unknown: usize,
}

/// What became of a search that was repeated.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replay {
    /// Whether it found the same, in the same order, with the same scores to the bit.
    pub identical: bool,
    /// Where it did not, by place from 1.
    pub differences: Vec<HitDifference>,
    /// Which documents have changed since.
    pub documents: DocumentChanges,
    /// Whether the stored vectors are of the same model as then.
    pub same_model: bool,
    /// How far the model was then: vectors took part only where it was ready.
    pub model_then: ModelStatus,
    /// How far it is now.
    pub model_now: ModelStatus,
    /// How many chunks had no vector then.
    pub unembedded_then: usize,
    /// How many have none now.
    pub unembedded_now: usize,
}

/// A place of a ranking that another hit holds now, or the same with another score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HitDifference {
    /// The place, from 1.
    pub place: usize,
    /// What was found there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<RetrievedHit>,
    /// What is found there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<RetrievedHit>,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Adds a record to the trail, in a commit of its own; returns its number. Nobody who watches the collection is told.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) where the account says what only the collection can, its retrieval is none, or
    /// it is longer than [`MAX_LINE_BYTES`]; [`Closed`](ErrorKind::Closed), and the store's errors. Nothing was recorded then.
    pub async fn record(&self, account: Account) -> Result<u64> {
        let searched = check(&account)?;
        let _call = self.foreground.enter();
        loop {
            let generation = self.current(Needs::TABLES).await?;
            let before = match generation.read_versions(&self.store).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict => continue,
                // All documents count as new then.
                Err(error) if error.kind() == ErrorKind::StoreCorrupt => Vec::new(),
                before => before?,
            };
            let recorded = self.commit(|now| {
                if now.trail != generation.trail {
                    return Ok(None); // another tab has recorded something
                }
                let Head { last, digest, .. } = now.trail.head;
                let versions = now.versions();
                let changes = changes(&before, &versions);
                let mut documents = DocumentsThen::of(&versions, &changes);
                documents.changed_after_search = searched.is_some_and(|then| then < now.documents_changed);
                let is_new = now.trail.versions.is_none() || !changes.is_empty();
                let record =
                    Record { number: last + 1, previous: digest, account: account.clone(), documents };
                let mut draft = Draft::new(now);
                draft.append_record(to_line(&record)?, &changes, is_new.then_some(&versions[..]))?;
                Ok(Some((draft, record.number)))
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

    /// Records by number, those of `numbers` that there are, in order: each with its number, or what is wrong with it.
    ///
    /// # Errors
    /// [`Closed`](ErrorKind::Closed), and the store's errors.
    pub async fn records(&self, numbers: Range<u64>) -> Result<Vec<(u64, Result<Entry>)>> {
        let _call = self.foreground.enter();
        self.consistently(Needs::TABLES, async |generation| {
            let wanted: Vec<u64> = existing(generation, &numbers).collect();
            let mut entries = Vec::with_capacity(wanted.len());
            for some in wanted.chunks(RECORDS_PER_READ) {
                let read = generation.read_records(&self.store, some).await?;
                entries.extend(some.iter().copied().zip(read));
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
            let mut lost = Vec::new();
            let numbers: Vec<u64> = existing(generation, &(0..u64::MAX)).collect();
            for some in numbers.chunks(RECORDS_PER_READ) {
                task.checkpoint().await?;
                let entries = generation.read_records(&self.store, some).await?;
                let changes = generation.read_changes(&self.store, some).await?;
                for ((number, entry), changes) in some.iter().zip(entries).zip(changes) {
                    match entry {
                        Ok(entry) => checker.push(&entry),
                        Err(error) => checker.missing(*number, error.message()),
                    }
                    lost.extend(changes.err().map(|error| (*number, error)));
                }
            }
            match generation.read_versions(&self.store).await {
                Err(error) if error.kind() == ErrorKind::StoreCorrupt => {
                    lost.push((generation.trail.head.last, error));
                }
                versions => _ = versions?,
            }
            let mut check = checker.finish_at(generation.trail.head);
            check.broken.extend(lost.into_iter().map(|(number, error)| {
                let message = format!("which documents had changed is lost: {}", error.message());
                Break { number, message }
            }));
            check.broken.order_by_key(|it| it.number);
            Ok(check)
        })
        .await
    }

    /// Deletes records by number in one commit, and returns how many there were. Their numbers and digests stay, so that the
    /// trail still holds together.
    ///
    /// # Errors
    /// [`StoreCorrupt`](ErrorKind::StoreCorrupt) for a damaged one whose digest nothing tells: [`Collection::clear_trail`] deletes
    /// that, too; the store's errors.
    pub async fn delete_records(&self, numbers: &[u64]) -> Result<usize> {
        let _call = self.foreground.enter();
        let numbers = order::set(numbers.iter().copied());
        loop {
            let generation = self.current(Needs::TABLES).await?;
            let wanted: Vec<u64> = numbers.range(existing(&generation, &(0..u64::MAX))).copied().collect();
            let digests = match self.digests(&generation, &wanted).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict => continue,
                digests => digests?,
            };
            if digests.is_empty() {
                return Ok(0);
            }
            let deleted = self.commit(|now| {
                if now.trail != generation.trail {
                    return Ok(None); // another tab may have deleted them altogether
                }
                let mut draft = Draft::new(now);
                digests.iter().try_for_each(|(number, digest)| draft.delete_record(*number, *digest))?;
                Ok(Some((draft, digests.len())))
            });
            if let Some(deleted) = deleted.await? {
                return Ok(deleted);
            }
        }
    }

    /// The digests of the records among `numbers` that are not deleted yet.
    async fn digests(&self, generation: &Generation, numbers: &[u64]) -> Result<Vec<(u64, Digest)>> {
        let mut digests = Vec::with_capacity(numbers.len());
        for some in numbers.chunks(RECORDS_PER_READ) {
            for (number, entry) in some.iter().zip(generation.read_records(&self.store, some).await?) {
                match entry {
                    Ok(Entry::Line(line)) => digests.push((*number, Digest::of(&line))),
                    Ok(Entry::Deleted { .. }) => {}
                    Err(error) => {
                        let told = self.digest_told_by_the_next(generation, *number).await?;
                        digests.push((*number, told.ok_or(error)?));
                    }
                }
            }
        }
        Ok(digests)
    }

    /// The digest of a damaged record, as the one after it has it, or the head.
    async fn digest_told_by_the_next(&self, generation: &Generation, number: u64) -> Result<Option<Digest>> {
        let Head { last, digest, .. } = generation.trail.head;
        if number == last {
            return Ok(Some(digest));
        }
        let next = generation.read_records(&self.store, &[number + 1]).await?.pop();
        Ok(next.and_then(Result::ok).and_then(|entry| entry.link()?.1))
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

    /// Repeats the search of a record and says whether it finds the same, and what has changed since. Where the model took part
    /// then, it is waited for. `scorer` is the second stage, where the record has one.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) where there is no such record, it was deleted, it has no search, or it has a
    /// second stage and there is no scorer; what made the loading of the model fail; otherwise as [`Collection::search_with`].
    pub async fn replay(
        &self,
        number: u64,
        scorer: Option<&impl PairScorer>,
        task: &impl Task,
    ) -> Result<Replay> {
        let (retrieval, is_changed_after_search) = self.retrieval_of(number).await?;
        let rerank = match (retrieval.rerank, scorer) {
            (None, _) => None,
            (Some(stage), Some(scorer)) => Some(Rerank { stage, scorer }),
            (Some(_), None) => {
                let message = format!("record {number} has a second stage, and there is no scorer for it");
                return Err(Error::invalid_argument(message));
            }
        };
        // Windows are cut by the model's tokens.
        let is_windowed = rerank.as_ref().is_some_and(|rerank| rerank.stage.window > 0);
        let needs_model = retrieval.options.mode != Mode::Lexical || is_windowed;
        if needs_model && retrieval.model == ModelStatus::Ready {
            task.unless_aborted(self.model.wait()).await??;
        }
        let found = self.search_afresh(&retrieval.query, &retrieval.options, rerank.as_ref(), task).await?;
        let mut documents = self.changes_since(number, &retrieval.hits, task).await?;
        documents.unknown += usize::from(is_changed_after_search);
        let hits: Vec<RetrievedHit> = found.hits.iter().map(RetrievedHit::of).collect();
        let differences = differences(&retrieval.hits, &hits);
        Ok(Replay {
            identical: differences.is_empty(),
            differences,
            documents,
            same_model: found.fingerprint == retrieval.fingerprint,
            model_then: retrieval.model,
            model_now: found.model,
            unembedded_then: retrieval.unembedded,
            unembedded_now: found.unembedded,
        })
    }

    /// The search of a record, and whether documents may have changed between the two.
    async fn retrieval_of(&self, number: u64) -> Result<(Retrieval, bool)> {
        let refused = |why: &str| Error::invalid_argument(format!("record {number}: {why}"));
        let malformed = |cause| Error::corrupt(format!("record {number} is malformed")).with_source(cause);
        let entry = self.records(number..number.saturating_add(1)).await?.pop();
        let line = match entry.ok_or_else(|| refused("there is none of this number"))?.1? {
            Entry::Line(line) => line,
            Entry::Deleted { .. } => return Err(refused("it was deleted")),
        };
        let Record { account, documents, .. } = serde_json::from_str(&line).map_err(malformed)?;
        let retrieval = account.retrieval.ok_or_else(|| refused("it has no search to repeat"))?;
        let retrieval = serde_json::from_value(retrieval).map_err(malformed)?;
        Ok((retrieval, documents.changed_after_search))
    }

    /// Which documents are others than when a record was made, whose search found `hits`.
    async fn changes_since(
        &self,
        number: u64,
        hits: &[RetrievedHit],
        task: &impl Task,
    ) -> Result<DocumentChanges> {
        self.consistently(Needs::TABLES, async |generation| {
            let mut since = Since::default();
            let later: Vec<u64> = existing(generation, &(number + 1..u64::MAX)).collect();
            for some in later.chunks(RECORDS_PER_READ) {
                task.checkpoint().await?;
                generation.read_changes(&self.store, some).await?.into_iter().for_each(|it| since.add(it));
            }
            let now = generation.versions();
            let before = generation.read_versions(&self.store).await;
            match before {
                Err(error) if error.kind() == ErrorKind::StoreConflict => return Err(error),
                before => since.add(before.map(|before| changes(&before, &now))),
            }
            since.add_found(hits, &now);
            Ok(since.finish())
        })
        .await
    }
}

/// The numbers of `numbers` that have a record, or what stands in its place.
fn existing(generation: &Generation, numbers: &Range<u64>) -> Range<u64> {
    let Head { last, cleared, .. } = generation.trail.head;
    let start = numbers.start.max(cleared + 1);
    start..numbers.end.min(last + 1).max(start)
}

/// Refuses what is no account; gives the generation that was searched, if there was a search.
fn check(account: &Account) -> Result<Option<u64>> {
    if let Some(name) = RESERVED.iter().find(|name| account.details.contains_key(**name)) {
        return Err(Error::invalid_argument(format!("record.{name}: only the collection says that")));
    }
    let Some(retrieval) = &account.retrieval else { return Ok(None) };
    let retrieval: Retrieval = serde_json::from_value(retrieval.clone())
        .map_err(|cause| Error::invalid_argument("record.retrieval: it is none").with_source(cause))?;
    Ok(Some(retrieval.generation))
}

/// A record in one line. JSON has no line break of its own; other characters that some programs take for one are escaped.
fn to_line(record: &Record) -> Result<String> {
    let json = serde_json::to_string(record)
        .map_err(|cause| Error::internal("a record cannot be encoded").with_source(cause))?;
    if json.len() > MAX_LINE_BYTES {
        let message = format!("the record has {} bytes; {MAX_LINE_BYTES} are allowed", json.len());
        return Err(Error::invalid_argument(message));
    }
    let breaks = [('\u{85}', "\\u0085"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")];
    Ok(breaks.iter().fold(json, |json, (c, escape)| json.replace(*c, escape)))
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

impl DocumentsThen {
    fn of(versions: &[DocumentVersion], changes: &[VersionChange]) -> Self {
        let line = |it: &DocumentVersion| format!("{} {}\n", hex(&it.content_hash), it.id);
        let list: String = versions.iter().map(line).collect();
        let mut then = Self { count: versions.len(), digest: Digest::of(&list), ..Self::default() };
        for VersionChange { id, before, after } in changes {
            let (id, is_named) = (id.clone(), |count: usize| count < NAMED);
            match (before, after) {
                (None, Some(hash)) if is_named(then.added.len()) => {
                    then.added.push(Version { id, content: hex(hash) });
                }
                (Some(_), Some(hash)) if is_named(then.replaced.len()) => {
                    then.replaced.push(Version { id, content: hex(hash) });
                }
                (_, None) if is_named(then.removed.len()) => then.removed.push(id),
                _ => then.omitted += 1,
            }
        }
        then
    }
}

/// All that was added of a document.
type Hash = [u8; 16];

/// Changes that followed each other, as one.
#[derive(Default)]
struct Since {
    /// What each document was at first, and is at last.
    documents: BTreeMap<String, (Option<Hash>, Option<Hash>)>,
    /// Those that were found then and are others now, and whether they are still there.
    found: BTreeMap<String, bool>,
    unknown: usize,
}

impl Since {
    fn add(&mut self, changes: Result<Vec<VersionChange>>) {
        let Ok(changes) = changes else {
            self.unknown += 1;
            return;
        };
        for VersionChange { id, before, after } in changes {
            self.documents.entry(id).or_insert((before, after)).1 = after;
        }
    }

    /// What is known of the documents of hits, whatever is known of the others.
    fn add_found(&mut self, hits: &[RetrievedHit], now: &[DocumentVersion]) {
        for RetrievedHit { document, content, .. } in hits {
            let place = now.binary_search_by(|it| it.id.as_str().cmp(document)).ok();
            let is_same = place.is_some_and(|place| hex(&now[place].content_hash) == *content);
            if is_same {
                self.documents.remove(document);
            } else {
                self.found.insert(document.clone(), place.is_some());
            }
        }
    }

    fn finish(mut self) -> DocumentChanges {
        let mut changes = DocumentChanges { unknown: self.unknown, ..DocumentChanges::default() };
        for (id, is_there) in self.found {
            self.documents.remove(&id);
            if is_there { changes.replaced.push(id) } else { changes.removed.push(id) }
        }
        for (id, (before, after)) in self.documents {
            match (before, after) {
                (before, after) if before == after => {}
                (None, _) => changes.added.push(id),
                (Some(_), Some(_)) => changes.replaced.push(id),
                (Some(_), None) => changes.removed.push(id),
            }
        }
        changes.replaced.order();
        changes.removed.order();
        changes
    }
}

#[cfg(test)]
mod tests;
