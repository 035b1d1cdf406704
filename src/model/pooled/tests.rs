//! The sharing of bulk work, with workers that answer in the opposite order.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use pollster::block_on;

use super::*;
use crate::error::ErrorKind;
use crate::task::Unattended;
use crate::testing::{HashEmbedder, Watched};

/// What becomes of a job once it has answered a number of batches.
#[derive(Clone, Copy, Debug)]
enum Then {
    WorkersAreGone,
    Fails,
    Hangs,
}

struct FakeWorkers {
    limit: usize,
    answers: usize,
    then: Then,
    /// How many texts were handed over.
    texts: Cell<usize>,
    given_up: Rc<Cell<bool>>,
}

impl FakeWorkers {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            answers: usize::MAX,
            then: Then::WorkersAreGone,
            texts: Cell::default(),
            given_up: Rc::default(),
        }
    }
}

struct FakeJob {
    batches: Vec<Vec<(String, Vec<Span>)>>,
    answers: usize,
    then: Then,
    given_up: Rc<Cell<bool>>,
}

impl Workers for FakeWorkers {
    type Job = FakeJob;

    fn limit(&self) -> usize {
        self.limit
    }

    fn start(&self, batches: &[Vec<Input<'_>>], _: Role) -> FakeJob {
        self.texts.set(self.texts.get() + batches.iter().map(Vec::len).sum::<usize>());
        FakeJob {
            batches: batches
                .iter()
                .map(|batch| batch.iter().map(|it| (it.text.to_owned(), it.parts.to_vec())).collect())
                .collect(),
            answers: self.answers,
            then: self.then,
            given_up: self.given_up.clone(),
        }
    }
}

impl Job for FakeJob {
    async fn next(&mut self) -> Result<Option<(usize, Vec<Embedding>)>> {
        if self.answers == 0 {
            return match self.then {
                Then::WorkersAreGone => Ok(None),
                Then::Fails => Err(Error::internal("two workers died")),
                Then::Hangs => pending().await,
            };
        }
        self.answers -= 1;
        let Some(batch) = self.batches.pop() else { return Ok(None) };
        let inputs: Vec<Input<'_>> = batch.iter().map(|(text, parts)| Input { text, parts }).collect();
        let embeddings = HashEmbedder::new("a").embed(&inputs, Role::Passage, &Unattended).await?;
        Ok(Some((self.batches.len(), embeddings)))
    }
}

impl Drop for FakeJob {
    fn drop(&mut self) {
        self.given_up.set(true);
    }
}

fn pooled(workers: FakeWorkers) -> PooledEmbedder<HashEmbedder, FakeWorkers> {
    PooledEmbedder::new(HashEmbedder::new("a"), workers)
}

/// Texts of 1 to 150 words, of which the model takes 62.
fn texts(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("word{n} ").repeat(1 + n * 37 % 150)).collect()
}

fn embed<E: Embedder>(embedder: &E, texts: &[String], task: &impl Task) -> Result<Vec<Embedding>> {
    block_on(embedder.embed(&inputs(texts, &first_words(texts)), Role::Passage, task))
}

fn first_words(texts: &[String]) -> Vec<Span> {
    texts.iter().map(|text| Span::new(0, text.find(' ').unwrap())).collect()
}

/// Texts of which one part each has a vector of its own.
fn inputs<'t>(texts: &'t [String], parts: &'t [Span]) -> Vec<Input<'t>> {
    let input = |(text, part)| Input { text, parts: std::slice::from_ref(part) };
    texts.iter().map(String::as_str).zip(parts).map(input).collect()
}

#[test]
fn what_workers_embed_is_the_same_in_the_same_order() {
    let texts = texts(100);
    let embedder = pooled(FakeWorkers::new(2));
    let task = Watched::default();
    let expected = embed(&HashEmbedder::new("a"), &texts, &Unattended).unwrap();
    assert_eq!(embed(&embedder, &texts, &task).unwrap(), expected);
    assert_eq!((embedder.workers.texts.get(), embedder.local.embedded.get()), (100, 0));

    let tokens = expected.iter().map(|embedding| embedding.tokens).sum::<usize>();
    let reports = task.reports.take();
    assert!(reports.iter().map(|progress| progress.done).is_sorted());
    assert!(reports.iter().all(|progress| progress.total == tokens));
    assert_eq!(reports.last().unwrap().done, tokens);
}

#[test]
fn small_calls_and_queries_are_never_handed_over() {
    let cases = [
        // The limit, the texts, their role, and whether workers get them.
        (0, 500, Role::Passage, false),
        (4, TEXTS_TO_SHARE - 1, Role::Passage, false),
        (4, TEXTS_TO_SHARE, Role::Passage, true),
        (4, 500, Role::Query, false),
    ];
    for (limit, count, role, shared) in cases {
        let embedder = pooled(FakeWorkers::new(limit));
        let texts = texts(count);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(block_on(embedder.embed(&texts, role, &Unattended)).unwrap().len(), count);
        assert_eq!(embedder.workers.texts.get(), if shared { count } else { 0 }, "{limit} {count} {role:?}");
    }
}

#[test]
fn what_workers_leave_undone_is_embedded_here() {
    let texts = texts(60);
    let expected = embed(&HashEmbedder::new("a"), &texts, &Unattended).unwrap();
    for answers in [0, 1, 5] {
        let embedder = pooled(FakeWorkers { answers, ..FakeWorkers::new(2) });
        let task = Watched::default();
        assert_eq!(embed(&embedder, &texts, &task).unwrap(), expected);
        assert!(embedder.local.embedded.get() > 0);
        let reports = task.reports.take();
        assert!(reports.iter().map(|progress| progress.done).is_sorted());
        assert_eq!(reports.last().unwrap().done, reports.last().unwrap().total);
    }
}

#[test]
fn what_was_embedded_before_a_failure_or_an_abort_was_handed_over() {
    let owned = texts(60);
    let words = first_words(&owned);
    let inputs = inputs(&owned, &words);
    let expected = embed(&HashEmbedder::new("a"), &owned, &Unattended).unwrap();
    for (then, kind) in [(Then::Fails, ErrorKind::Internal), (Then::Hangs, ErrorKind::Aborted)] {
        let embedder = pooled(FakeWorkers { answers: 3, then, ..FakeWorkers::new(2) });
        let task = Watched::default();
        let taken = RefCell::new(Vec::new());
        let take = |at, embedding| taken.borrow_mut().push((at, embedding));
        let mut call = pin!(embedder.embed_each(&inputs, Role::Passage, &task, take));
        let mut poll = || call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let mut polled = poll();
        if polled.is_pending() {
            task.aborted.set(true);
            polled = poll();
        }
        let Poll::Ready(Err(error)) = polled else { panic!("the call goes on after the job {then:?}") };
        assert_eq!(error.kind(), kind);
        assert!(embedder.workers.given_up.get());
        let taken = taken.borrow();
        assert!(taken.len() >= 3 && taken.len() < 60, "{}", taken.len());
        assert!(taken.iter().all(|(at, embedding)| *embedding == expected[*at]));
    }
}

#[test]
fn the_number_of_workers_suits_the_machine_or_the_caller() {
    for (cores, expected) in [(0, 1), (1, 1), (2, 1), (3, 2), (4, 3), (5, 4), (64, 4)] {
        assert_eq!(WorkerCount::Automatic.limit(cores).unwrap(), expected, "{cores} cores");
    }
    for count in [0, 1, MAX_WORKERS] {
        assert_eq!(WorkerCount::Exactly(count).limit(1).unwrap(), count);
    }
    let error = WorkerCount::Exactly(MAX_WORKERS + 1).limit(64).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}
