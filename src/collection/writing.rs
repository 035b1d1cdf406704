//! Shared commits: prepared documents of several calls that wait for their turn are written together.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use event_listener::Event;

use super::Collection;
use super::ingest::PreparedDocument;
use crate::error::{ErrorKind, Result};
use crate::generation::outline;
use crate::generation::text::{self, NewText};
use crate::generation::{Draft, Needs, NewSegment};
use crate::index::{DocumentRecord, MAX_ROWS, SegmentBuilder};
use crate::model::Embedder;
use crate::store::Store;
use crate::task::{Progress, Task};

/// The most text that is prepared and waits to be written, in bytes, unless one document alone has more: 8 MiB. Preparing
/// waits while there is more.
const MAX_WAITING_BYTES: usize = 8 << 20;

/// From how many segments on, writers first merge some. Merging keeps fewer than that in the background, unless documents
/// come faster than it can go on.
const CROWDED: usize = 20;

/// Documents of one call that wait to be written.
pub(super) struct Ticket {
    documents: Vec<PreparedDocument>,
    bytes: usize,
    /// Whether somebody is writing them: it is too late to withdraw them.
    is_taken: Cell<bool>,
    outcome: RefCell<Option<Result<()>>>,
}

/// The tickets that wait, in the order of calls.
#[derive(Default)]
pub(super) struct Queue {
    tickets: RefCell<Vec<Rc<Ticket>>>,
    shrunk: Event,
}

impl fmt::Debug for Queue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Queue({})", self.tickets.borrow().len())
    }
}

impl Queue {
    fn bytes(&self) -> usize {
        self.tickets.borrow().iter().map(|ticket| ticket.bytes).sum()
    }

    /// Whether any document that waits, or is being written, is such a one.
    pub(super) fn any(&self, is_one: impl Fn(&PreparedDocument) -> bool) -> bool {
        self.tickets.borrow().iter().any(|ticket| ticket.documents.iter().any(&is_one))
    }

    /// Waits until nothing waits any more.
    pub(super) async fn written(&self) {
        self.shrunk_until(|queue| queue.tickets.borrow().is_empty()).await;
    }

    async fn shrunk_until(&self, is_enough: impl Fn(&Self) -> bool) {
        loop {
            let shrunk = self.shrunk.listen();
            if is_enough(self) {
                return;
            }
            shrunk.await;
        }
    }

    fn push(&self, ticket: Rc<Ticket>) -> Place<'_> {
        self.tickets.borrow_mut().push(ticket.clone());
        Place { queue: self, ticket }
    }

    /// All tickets, for whoever writes them.
    fn take(&self) -> Vec<Rc<Ticket>> {
        let tickets = self.tickets.borrow().clone();
        tickets.iter().for_each(|ticket| ticket.is_taken.set(true));
        tickets
    }

    fn remove(&self, ticket: &Rc<Ticket>) {
        self.tickets.borrow_mut().retain(|waiting| !Rc::ptr_eq(waiting, ticket));
        self.shrunk.notify(usize::MAX);
    }
}

/// A ticket's place in the queue, which is given up where its call ends before it was written.
pub(super) struct Place<'q> {
    queue: &'q Queue,
    ticket: Rc<Ticket>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.queue.remove(&self.ticket);
    }
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Lets documents wait to be written.
    pub(super) fn queue(&self, documents: Vec<PreparedDocument>) -> Place<'_> {
        self.waiting.push(Rc::new(Ticket {
            bytes: documents.iter().map(|document| document.text.len()).sum(),
            documents,
            is_taken: Cell::new(false),
            outcome: RefCell::default(),
        }))
    }

    /// Waits until not too much waits to be written.
    pub(super) async fn make_room(&self, task: &impl Task) -> Result<()> {
        task.unless_aborted(self.waiting.shrunk_until(|queue| queue.bytes() <= MAX_WAITING_BYTES)).await
    }

    /// Waits until the documents of a ticket are written, and writes them together with all others that wait, where nobody
    /// else does. Aborted before that, they are not written.
    ///
    /// # Errors
    /// [`ErrorKind::Aborted`], and the store's errors; nothing of the ticket was written then.
    pub(super) async fn written(&self, place: Place<'_>, task: &impl Task) -> Result<()> {
        self.thin_out(task).await?;
        let writer = match task.unless_aborted(self.writer.lock()).await {
            Err(_) if place.ticket.is_taken.get() => self.writer.lock().await,
            writer => writer?,
        };
        if let Some(outcome) = place.ticket.outcome.take() {
            return outcome;
        }
        // From here on others depend on it: their documents are written, too, whatever becomes of this call.
        let tickets = self.waiting.take();
        let task = &Unaborted(task);
        match self.write(&tickets, task).await {
            Err(error) if tickets.len() > 1 && error.kind() == ErrorKind::StoreQuota => {
                // What is too much together may fit in part.
                for ticket in tickets {
                    let outcome = self.write(std::slice::from_ref(&ticket), task).await;
                    self.settle(&ticket, outcome);
                }
            }
            outcome => {
                let outcome = || outcome.as_ref().copied().map_err(|error| error.again());
                tickets.iter().for_each(|ticket| self.settle(ticket, outcome()));
            }
        }
        drop(writer);
        place.ticket.outcome.take().unwrap_or(Ok(()))
    }

    /// Tells a ticket what became of it, which then waits no more.
    fn settle(&self, ticket: &Rc<Ticket>, outcome: Result<()>) {
        *ticket.outcome.borrow_mut() = Some(outcome);
        self.waiting.remove(ticket);
    }

    /// Merges segments while there are too many: so their number is bounded however fast documents come.
    async fn thin_out(&self, task: &impl Task) -> Result<()> {
        while self.generation.borrow().index.segments().len() >= CROWDED {
            let _turn = task.unless_aborted(self.maintenance.lock()).await?;
            let generation = self.current(Needs { words: true, ..Needs::TABLES }).await?;
            if generation.index.segments().len() < CROWDED || !self.merge_segments(&generation, task).await? {
                break;
            }
        }
        Ok(())
    }

    /// Commits the documents of tickets, replacing those of the same ids. The writer's turn is the caller's.
    async fn write(&self, tickets: &[Rc<Ticket>], task: &impl Task) -> Result<()> {
        let documents = last_of_each(tickets.iter().flat_map(|ticket| &ticket.documents));
        let segments = build(&documents, true, task).await?;
        let fingerprint = self.model.get().map(|model| model.embedder.info().fingerprint.clone());
        let written = self.commit_in_turn(|generation| {
            let mut draft = Draft::new(generation);
            fingerprint.iter().for_each(|fingerprint| draft.set_fingerprint(fingerprint));
            segments.iter().try_for_each(|segment| draft.add_segment(segment))?;
            Ok(Some((draft, ())))
        });
        written.await?;
        let mut damaged = self.damaged_texts.borrow_mut();
        documents.iter().for_each(|document| _ = damaged.remove(&document.record.content_hash));
        Ok(())
    }
}

/// The last of the documents of each id, in order.
fn last_of_each<'d>(documents: impl Iterator<Item = &'d PreparedDocument>) -> Vec<&'d PreparedDocument> {
    let documents: Vec<_> = documents.collect();
    let last: HashMap<&str, usize> =
        documents.iter().enumerate().map(|(at, document)| (document.record.id.as_str(), at)).collect();
    let kept = documents.iter().enumerate().filter(|(at, document)| last[document.record.id.as_str()] == *at);
    kept.map(|(_, document)| *document).collect()
}

/// As many segments as it takes for none to exceed [`MAX_ROWS`], unless one document alone does. Without texts, their
/// texts are stored already.
pub(super) async fn build(
    documents: &[&PreparedDocument],
    with_texts: bool,
    task: &impl Task,
) -> Result<Vec<NewSegment>> {
    let mut segments = Vec::new();
    let mut rest = documents;
    while !rest.is_empty() {
        let mut builder = SegmentBuilder::default();
        let mut rows = 0;
        let fitting = rest.iter().take_while(|document| {
            rows += document.chunks.len();
            rows <= MAX_ROWS
        });
        let own;
        (own, rest) = rest.split_at(fitting.count().max(1));
        task.checkpoint().await?;
        let new: Vec<_> =
            own.iter().map(|it| NewText { content_hash: it.record.content_hash, text: &it.text }).collect();
        let (keys, mut texts) = match with_texts {
            true => text::encode(&new, task).await?,
            false => (own.iter().map(|it| it.record.text_part).collect(), Vec::new()),
        };
        for (document, text_part) in own.iter().zip(keys) {
            if let Some(outline) = document.outline.as_ref().filter(|_| with_texts) {
                texts.push(outline::encode(document.record.content_hash, outline)?);
            }
            let record = DocumentRecord { text_part, ..document.record.clone() };
            builder.push_in_steps(record, &document.chunks, &document.text, task).await?;
        }
        segments.push(NewSegment::encode(builder.build_in_steps(task).await?, texts)?);
    }
    Ok(segments)
}

/// The task of work that several calls wait for: none of them ends it.
struct Unaborted<'t, T>(&'t T);

impl<T: Task> Task for Unaborted<'_, T> {
    fn report(&self, progress: Progress) {
        self.0.report(progress);
    }

    fn is_aborted(&self) -> bool {
        false
    }

    fn now(&self) -> f64 {
        self.0.now()
    }

    async fn pause(&self) {
        self.0.pause().await;
    }
}
