//! The collection over a store in memory and a quick stand-in for a model.

mod documents;

use std::future::poll_fn;
use std::mem::replace;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use pollster::block_on;

use super::*;
use crate::document::{Document, MediaType, MetadataElement, MetadataValue};
use crate::generation::text as stored_text;
use crate::index::Mode;
use crate::store::memory::MemoryStore;
use crate::store::{Changes, Head, Snapshot, Work};
use crate::task::{Phase, Progress, Task, Unattended};
use crate::testing::{AbortAfter, HashEmbedder, Watched};

type TestCollection = Collection<Rc<MemoryStore>, HashEmbedder>;

fn open(store: &Rc<MemoryStore>) -> TestCollection {
    block_on(Collection::open_with(store.clone(), HashEmbedder::new("a"), options())).unwrap()
}

/// How many passages the model of a collection has embedded.
fn embedded<S: Store>(collection: &Collection<S, HashEmbedder>) -> usize {
    collection.model.get().unwrap().embedder.embedded.get()
}

fn options() -> CollectionOptions {
    CollectionOptions { chunking: Some(ChunkOptions::filled(40, 5)), ..CollectionOptions::default() }
}

fn document(id: &str, text: &str) -> Document {
    Document::new(id, format!("Title of {id}"), MediaType::Markdown, text)
}

fn add(collection: &TestCollection, id: &str, text: &str) -> Added {
    block_on(collection.add(vec![document(id, text)], &Unattended)).unwrap().pop().unwrap()
}

fn search(collection: &TestCollection, query: &str, mode: Mode) -> Vec<Hit> {
    block_on(collection.search(query, &SearchOptions { mode, ..SearchOptions::default() }, &Unattended))
        .unwrap()
        .hits
}

const LEASE: &str =
    "# Repairs\n\nThe landlord mends the roof within thirty days.\n\n# Rent\n\nRent is due monthly. 🏠";
const POLICY: &str =
    "# Cover\n\nStorm damage to tiles is insured.\n\n# Excess\n\nThe excess is fifty pounds.";

#[test]
fn a_hit_slices_back_to_its_text_in_bytes_and_in_utf_16() {
    let collection = open(&Rc::default());
    add(&collection, "lease", LEASE);
    add(&collection, "policy", POLICY);
    let stored = block_on(collection.get("lease")).unwrap().unwrap();
    assert_eq!(&*stored.text, LEASE);
    let units: Vec<u16> = LEASE.encode_utf16().collect();
    let hits = search(&collection, "when is the rent due?", Mode::Hybrid);
    assert_eq!(
        (hits[0].document.as_str(), hits[0].chunk.section.as_slice()),
        ("lease", &["Rent".to_owned()][..])
    );
    for hit in hits.iter().filter(|hit| hit.document == "lease") {
        assert_eq!(hit.chunk.span.slice(LEASE).unwrap(), hit.text);
        assert_eq!(String::from_utf16(&units[hit.chunk.span_utf16.range()]).unwrap(), hit.text);
    }
}

#[test]
fn a_replaced_document_is_never_found_again() {
    let collection = open(&Rc::default());
    add(&collection, "lease", LEASE);
    add(&collection, "lease", "The tenant mends the gutter.");
    for mode in [Mode::Hybrid, Mode::Dense, Mode::Lexical] {
        assert!(search(&collection, "landlord roof", mode).iter().all(|hit| hit.text.contains("gutter")));
    }
    assert_eq!(block_on(collection.info()).unwrap().documents, 1);
}

#[test]
fn a_removed_document_is_gone_from_index_and_store() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add(&collection, "policy", POLICY);
    let before = store.bytes();
    add(&collection, "lease", LEASE);
    assert_eq!(block_on(collection.remove(&["lease".into(), "unknown".into(), "lease".into()])).unwrap(), 1);
    assert!(search(&collection, "landlord roof", Mode::Lexical).is_empty());
    assert!(block_on(collection.get("lease")).unwrap().is_none());
    // Nothing of the text stays behind, and no part that nobody names.
    assert!(store.bytes() <= before + 8, "{} > {before}", store.bytes());
}

#[test]
fn an_unchanged_document_is_not_embedded_again() {
    let collection = open(&Rc::default());
    assert!(!add(&collection, "lease", LEASE).unchanged);
    let (before, generation) = (embedded(&collection), block_on(collection.info()).unwrap().generation);
    assert!(add(&collection, "lease", LEASE).unchanged);
    assert_eq!(embedded(&collection), before);
    assert_eq!(block_on(collection.info()).unwrap().generation, generation);

    let mut with_metadata = document("lease", LEASE);
    with_metadata.metadata.insert("year".into(), MetadataValue::Number(2024.0));
    assert!(!block_on(collection.add(vec![with_metadata], &Unattended)).unwrap()[0].unchanged);
}

#[test]
fn metadata_of_every_type_are_stored_and_filtered_by() {
    let store = Rc::new(MemoryStore::new());
    let mixed = [
        MetadataElement::Null,
        MetadataElement::Boolean(true),
        MetadataElement::Number(2.5),
        MetadataElement::String("roof".into()),
    ];
    let mut lease = document("lease", LEASE);
    lease.metadata.extend([
        ("due".into(), MetadataValue::Null),
        ("signed".into(), MetadataValue::Boolean(true)),
        ("year".into(), MetadataValue::Number(2024.0)),
        ("name".into(), MetadataValue::String("Lease".into())),
        ("tags".into(), MetadataValue::Strings(vec!["rent".into(), "roof".into()])),
        ("mixed".into(), MetadataValue::Array(mixed.into())),
    ]);
    let metadata = lease.metadata.clone();
    block_on(open_without_model(&store).add_text(vec![lease], &Unattended)).unwrap();

    let reopened = open_without_model(&store);
    assert_eq!(block_on(reopened.get("lease")).unwrap().unwrap().summary.metadata, metadata);
    let filter = serde_json::json!({ "due": null, "tags": "roof", "mixed": { "$contains": [2.5, null] } });
    let filter = crate::filter::Filter::parse(&filter).unwrap();
    assert_eq!(block_on(reopened.remove_where(&filter)).unwrap(), 1);
}

#[test]
fn a_reopened_collection_finds_the_same_with_the_same_scores() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add(&collection, "lease", LEASE);
    add(&collection, "policy", POLICY);
    block_on(collection.remove(&["policy".into()])).unwrap();
    add(&collection, "policy", POLICY);
    let reopened = open(&store);
    assert_eq!(
        search(&collection, "storm damage to the roof", Mode::Hybrid),
        search(&reopened, "storm damage to the roof", Mode::Hybrid)
    );
    assert_eq!(block_on(collection.list()).unwrap(), block_on(reopened.list()).unwrap());
}

#[test]
fn with_another_model_a_collection_opens_and_is_searched_by_its_words() {
    let store = Rc::new(MemoryStore::new());
    add(&open(&store), "lease", LEASE);
    let other = block_on(Collection::open_with(store.clone(), HashEmbedder::new("b"), options())).unwrap();
    assert_eq!(block_on(other.info()).unwrap().model.status(), ModelStatus::Mismatch);
    for mode in [Mode::Lexical, Mode::Hybrid] {
        let found =
            block_on(other.search("roof", &SearchOptions { mode, ..Default::default() }, &Unattended));
        let found = found.unwrap();
        assert_eq!((found.hits.len(), found.model), (1, ModelStatus::Mismatch));
        assert_eq!(found.hits[0].dense, None);
    }
    let dense = SearchOptions { mode: Mode::Dense, ..Default::default() };
    let error = block_on(other.search("roof", &dense, &Unattended)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelMismatch);
    // What is added waits in the backlog, and the first model finds all as before.
    add(&other, "policy", POLICY);
    assert_eq!(embedded(&other), 0);
    assert!(block_on(other.info()).unwrap().backlog > 0);
    let first = open(&store);
    block_on(first.embed_backlog(&Unattended)).unwrap();
    assert_eq!(search(&first, "storm damage", Mode::Dense)[0].document, "policy");
}

fn open_without_model(store: &Rc<MemoryStore>) -> TestCollection {
    block_on(Collection::open(store.clone(), options())).unwrap()
}

#[test]
fn what_needs_no_model_does_not_wait_for_it() {
    let store = Rc::new(MemoryStore::new());
    add(&open(&store), "lease", LEASE);
    let collection = open_without_model(&store);
    collection.model_loading(10, 100);
    assert!(matches!(
        block_on(collection.info()).unwrap().model,
        ModelState::Loading { done: 10, total: 100 }
    ));
    assert_eq!(block_on(collection.list()).unwrap().len(), 1);
    for mode in [Mode::Lexical, Mode::Hybrid] {
        let options = SearchOptions { mode, ..Default::default() };
        let found = block_on(collection.search("roof", &options, &Unattended)).unwrap();
        assert_eq!((found.hits.len(), found.model), (1, ModelStatus::Loading));
    }
    // What needs it waits, and goes on as soon as it is there.
    let mut context = Context::from_waker(Waker::noop());
    let dense = SearchOptions { mode: Mode::Dense, ..Default::default() };
    let mut waiting = pin!(collection.search("roof", &dense, &Unattended));
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    collection.set_model(HashEmbedder::new("a")).unwrap();
    assert_eq!(block_on(waiting).unwrap().hits[0].document, "lease");
}

#[test]
fn a_document_that_comes_before_the_model_is_found_at_once_and_cut_anew_for_the_model() {
    let store = Rc::new(MemoryStore::new());
    let collection = open_without_model(&store);
    let text = "The landlord mends the extraordinarily complicated roof. ".repeat(30);
    block_on(collection.add_text(vec![document("lease", &text)], &Unattended)).unwrap();
    let texts_before: Vec<_> = store.names().into_iter().filter(|name| name.starts_with("text/")).collect();
    let by_estimate = search(&collection, "roof", Mode::Hybrid);
    assert!(!by_estimate.is_empty() && by_estimate.iter().all(|hit| hit.dense.is_none()));
    collection.set_model(HashEmbedder::new("a")).unwrap();
    block_on(collection.embed_backlog(&Unattended)).unwrap();
    assert_eq!(block_on(collection.info()).unwrap().backlog, 0);
    // The chunks are those of a collection that had its model from the beginning, and the text was not written again.
    let expected = open(&Rc::default());
    add(&expected, "lease", &text);
    assert_eq!(search(&collection, "roof", Mode::Hybrid), search(&expected, "roof", Mode::Hybrid));
    let texts: Vec<_> = store.names().into_iter().filter(|name| name.starts_with("text/")).collect();
    assert_eq!(texts, texts_before);
    assert_eq!(block_on(open(&store).get("lease")).unwrap().unwrap().text, text);
}

/// A task that stops at every pause until it is polled again. Nothing wakes it: the tests poll.
struct Halting;

impl Task for Halting {
    fn report(&self, _: Progress) {}

    fn is_aborted(&self) -> bool {
        false
    }

    async fn pause(&self) {
        let mut was_polled = false;
        poll_fn(|_| if replace(&mut was_polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

#[test]
fn what_one_call_cut_anew_and_embedded_is_not_cut_again_by_another() {
    let mut context = Context::from_waker(Waker::noop());
    let mut halts = 0;
    loop {
        let collection = open_without_model(&Rc::default());
        for id in ["lease", "policy"] {
            block_on(collection.add_text(vec![document(id, LEASE)], &Unattended)).unwrap();
        }
        collection.set_model(HashEmbedder::new("a")).unwrap();
        let mut slow = pin!(collection.embed_documents(vec!["policy".into()], &Halting));
        let mut is_slow_done = (0..halts).any(|_| slow.as_mut().poll(&mut context).is_ready());
        let was_done_first = is_slow_done;
        let mut quick = pin!(collection.embed_documents(vec!["lease".into()], &Unattended));
        while quick.as_mut().poll(&mut context).is_pending() {
            is_slow_done = is_slow_done || slow.as_mut().poll(&mut context).is_ready();
        }
        while !is_slow_done {
            is_slow_done = slow.as_mut().poll(&mut context).is_ready();
        }
        assert_eq!(block_on(collection.info()).unwrap().backlog, 0, "after {halts} halts");
        if was_done_first {
            break;
        }
        halts += 1;
    }
    assert!(halts > 3);
}

#[test]
fn a_model_that_cannot_be_loaded_leaves_documents_in_the_backlog_until_it_can() {
    let collection = open_without_model(&Rc::default());
    collection.model_failed(Error::new(ErrorKind::ModelUnreachable, "no connection"));
    assert_eq!(add(&collection, "lease", LEASE).chunks, 2);
    assert_eq!(block_on(collection.backlog_of(&["lease".into()])).unwrap(), 2);
    let dense = SearchOptions { mode: Mode::Dense, ..Default::default() };
    let error = block_on(collection.search("roof", &dense, &Unattended)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelUnreachable);
    assert_eq!(block_on(collection.info()).unwrap().model.status(), ModelStatus::Failed);
    collection.set_model(HashEmbedder::new("a")).unwrap();
    block_on(collection.embed_backlog(&Unattended)).unwrap();
    assert_eq!(block_on(collection.info()).unwrap().backlog, 0);
}

#[test]
fn documents_of_calls_that_wait_together_are_written_together() {
    let store = Rc::new(MemoryStore::new());
    let collection = open_without_model(&store);
    let adding = (0..200).map(|n| {
        let document = document(&format!("d{n}"), &format!("Text number{n}."));
        collection.add_text(vec![document], &Unattended)
    });
    let mut adding: Vec<_> = adding.map(Box::pin).collect();
    let mut context = Context::from_waker(Waker::noop());
    // A commit that takes its time: meanwhile all others are prepared.
    let writer = block_on(collection.writer.lock());
    adding.iter_mut().for_each(|call| assert!(call.as_mut().poll(&mut context).is_pending()));
    drop(writer);
    adding.into_iter().for_each(|call| _ = block_on(call).unwrap());
    let info = block_on(collection.info()).unwrap();
    assert_eq!((info.documents, info.generation, info.segments), (200, 1, 1));
    assert_eq!(search(&collection, "number137", Mode::Lexical)[0].document, "d137");
    assert!(store.names().len() < 10, "texts share parts: {:?}", store.names());
}

#[test]
fn of_two_calls_with_one_document_the_later_has_the_last_word() {
    let collection = open_without_model(&Rc::default());
    let long = sections(300);
    let mut first = pin!(collection.add_text(vec![document("lease", &long)], &Unattended));
    let mut context = Context::from_waker(Waker::noop());
    let writer = block_on(collection.writer.lock());
    assert!(first.as_mut().poll(&mut context).is_pending());
    let mut second = pin!(collection.add_text(vec![document("lease", LEASE)], &Unattended));
    assert!(second.as_mut().poll(&mut context).is_pending());
    drop(writer);
    block_on(first).unwrap();
    block_on(second).unwrap();
    assert_eq!(block_on(collection.get("lease")).unwrap().unwrap().text, LEASE);
}

#[test]
fn a_call_that_is_dropped_while_it_waits_writes_nothing_and_holds_up_nobody() {
    let collection = open_without_model(&Rc::default());
    let mut context = Context::from_waker(Waker::noop());
    let writer = block_on(collection.writer.lock());
    let mut dropped = Box::pin(collection.add_text(vec![document("lease", LEASE)], &Unattended));
    assert!(dropped.as_mut().poll(&mut context).is_pending());
    let mut other = pin!(collection.add_text(vec![document("policy", POLICY)], &Unattended));
    assert!(other.as_mut().poll(&mut context).is_pending());
    drop(dropped);
    drop(writer);
    block_on(other).unwrap();
    let listed = block_on(collection.list()).unwrap();
    assert_eq!(listed.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["policy"]);
}

#[test]
fn an_abort_comes_too_late_once_somebody_writes_the_documents() {
    let collection = open_without_model(&Rc::default());
    let mut context = Context::from_waker(Waker::noop());
    let writer = block_on(collection.writer.lock());
    let (first_task, second_task) = (Watched::default(), Watched::default());
    let mut first = Box::pin(collection.add_text(vec![document("lease", LEASE)], &first_task));
    let mut second = Box::pin(collection.add_text(vec![document("policy", POLICY)], &second_task));
    let mut third = Box::pin(collection.add_text(vec![document("note", "A note.")], &second_task));
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    // The first writes both, and the second is aborted: it learns what became of it.
    drop(writer);
    block_on(first).unwrap();
    second_task.aborted.set(true);
    block_on(second).unwrap();
    let Poll::Ready(Err(error)) = third.as_mut().poll(&mut context) else { panic!("it was aborted before") };
    assert_eq!(error.kind(), ErrorKind::Aborted);
    let listed = block_on(collection.list()).unwrap();
    assert_eq!(listed.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["lease", "policy"]);
}

#[test]
fn chunks_that_no_model_can_take_are_refused_at_opening() {
    for (max_tokens, overlap) in [(31, 0), (64, 33)] {
        let chunking = Some(ChunkOptions::filled(max_tokens, overlap));
        let options = CollectionOptions { chunking, ..CollectionOptions::default() };
        let opened = block_on(TestCollection::open(Rc::default(), options));
        assert_eq!(opened.unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}

#[test]
fn each_document_has_its_outcome_and_a_bad_one_holds_up_no_other() {
    let collection = open_without_model(&Rc::default());
    let documents = vec![
        Ok(document("a", LEASE)),
        Ok(document("b", " \n")),
        Err(Error::invalid_argument("metadata.year: expected a number")),
        Ok(document("c", POLICY)),
    ];
    let outcomes = block_on(collection.add_each(documents, &Unattended)).unwrap();
    let codes: Vec<_> =
        outcomes.iter().map(|it| it.as_ref().map_err(Error::kind).map(|it| it.chunks)).collect();
    assert_eq!(codes, [Ok(2), Err(ErrorKind::EmptyDocument), Err(ErrorKind::InvalidArgument), Ok(2)]);
    assert_eq!(block_on(collection.info()).unwrap().documents, 2);
}

#[test]
fn documents_are_removed_by_their_metadata() {
    let collection = open_without_model(&Rc::default());
    let with_year = |id: &str, year: f64| {
        let mut document = document(id, LEASE);
        document.metadata.insert("year".into(), MetadataValue::Number(year));
        document
    };
    let documents = vec![with_year("a", 2020.0), with_year("b", 2024.0), with_year("c", 2025.0)];
    block_on(collection.add_text(documents, &Unattended)).unwrap();
    let filter = |json| crate::filter::Filter::parse(&json).unwrap();
    let older = filter(serde_json::json!({ "year": { "$lt": 2025 } }));
    let count = |filter| block_on(collection.count(filter));
    let all = filter(serde_json::json!({}));
    assert_eq!((count(&older).unwrap(), count(&all).unwrap()), (2, 3));
    assert_eq!(block_on(collection.remove_where(&older)).unwrap(), 2);
    assert_eq!(block_on(collection.remove_where(&older)).unwrap(), 0);
    assert_eq!(count(&older).unwrap(), 0);
    let mistyped = filter(serde_json::json!({ "year": { "$lt": "x" } }));
    assert_eq!(count(&mistyped).unwrap_err().kind(), ErrorKind::InvalidFilter);
    assert_eq!(block_on(collection.remove_where(&mistyped)).unwrap_err().kind(), ErrorKind::InvalidFilter);
    assert_eq!(block_on(collection.list()).unwrap()[0].id, "c");
}

#[test]
fn only_the_range_that_is_asked_for_is_returned() {
    let collection = open_without_model(&Rc::default());
    let text = format!("{}🏠 end", "Wörter über Häuser. ".repeat(9_000));
    block_on(collection.add_text(vec![document("book", &text)], &Unattended)).unwrap();
    let units: Vec<u16> = text.encode_utf16().collect();
    let range = |start: usize, end: usize| block_on(collection.get_range("book", Span::new(start, end)));
    for (start, end) in [(0, 0), (0, 7), (70_001, 90_123), (units.len() - 6, units.len()), (0, units.len())] {
        let expected = String::from_utf16(&units[start..end]).unwrap();
        assert_eq!(range(start, end).unwrap().unwrap().text, expected, "{start}..{end}");
    }
    for (start, end) in [(0, units.len() + 1), (units.len() - 5, units.len())] {
        assert_eq!(range(start, end).unwrap_err().kind(), ErrorKind::InvalidArgument, "{start}..{end}");
    }
    assert!(block_on(collection.get_range("none", Span::new(0, 1))).unwrap().is_none());
}

#[test]
fn a_change_of_models_goes_on_where_it_was_and_takes_effect_at_once() {
    for checkpoints in (1..60).step_by(7) {
        let store = Rc::new(MemoryStore::new());
        let first = open(&store);
        for n in 0..12 {
            add(&first, &format!("d{n}"), &sections(n + 1));
        }
        let open_second =
            || block_on(Collection::open_with(store.clone(), HashEmbedder::new("b"), options())).unwrap();
        let second = open_second();
        let interrupted = block_on(second.reindex_by(1 << 9, &AbortAfter::new(checkpoints)));
        let before = search(&first, "costs of matter7", Mode::Dense);
        if interrupted.is_err() {
            assert!(!before.is_empty(), "until then the old vectors stay");
            assert_eq!(block_on(second.info()).unwrap().model.status(), ModelStatus::Mismatch);
            // Meanwhile one document is replaced, one removed, one added.
            add(&first, "d3", LEASE);
            block_on(first.remove(&["d4".into()])).unwrap();
            add(&first, "policy", POLICY);
        }
        let embedded_before = embedded(&second);
        let again = open_second();
        block_on(again.reindex_by(1 << 9, &Unattended)).unwrap();
        let info = block_on(again.info()).unwrap();
        assert_eq!((info.model.status(), info.backlog, info.reindexing), (ModelStatus::Ready, 0, None));
        assert!(embedded(&again) + embedded_before <= info.chunks + 16, "little is embedded twice");
        // It is the collection that the second model would have made.
        let expected =
            block_on(Collection::open_with(Rc::new(MemoryStore::new()), HashEmbedder::new("b"), options()))
                .unwrap();
        for summary in block_on(again.list()).unwrap() {
            let text = block_on(again.get(&summary.id)).unwrap().unwrap().text;
            add(&expected, &summary.id, &text);
        }
        for query in ["costs of matter7", "storm damage"] {
            let hits = |it: &TestCollection| search(it, query, Mode::Hybrid);
            assert_eq!(hits(&again), hits(&expected), "{checkpoints}: {query}");
            assert_eq!(hits(&open_second()), hits(&expected));
        }
        assert_eq!(block_on(again.check(&Unattended)).unwrap(), []);
        let generation = block_on(again.info()).unwrap().generation;
        block_on(again.reindex(&Unattended)).unwrap();
        assert_eq!(block_on(again.info()).unwrap().generation, generation, "there is nothing left to do");
        super::maintenance::tests::check_store(&store, &again);
    }
}

/// A document of one short section per number.
fn sections(count: usize) -> String {
    (0..count)
        .map(|n| format!("# Clause {n}\n\nParty number{n} bears the costs of matter{n} in full.\n\n"))
        .collect()
}

#[test]
fn an_aborted_document_is_found_by_its_words_and_its_backlog_goes_on_later() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    let task = AbortAfter::new(12);
    let error = block_on(collection.add(vec![document("contract", &sections(60))], &task)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Aborted);
    assert_eq!(task.last.get().unwrap().phase, Phase::Embedding);
    let info = block_on(collection.info()).unwrap();
    assert_eq!((info.documents, info.chunks), (1, 60));
    assert!(info.backlog > 0 && info.backlog < 60, "{}", info.backlog);
    assert_eq!(embedded(&collection), 60 - info.backlog);

    // The last clause has no vector, and is found all the same.
    let result =
        block_on(collection.search("costs of matter59", &SearchOptions::default(), &Unattended)).unwrap();
    assert_eq!(result.unembedded, info.backlog);
    assert!(result.hits[0].text.contains("matter59") && result.hits[0].dense.is_none());

    let reopened = open(&store);
    block_on(reopened.embed_backlog(&Unattended)).unwrap();
    assert_eq!(block_on(reopened.info()).unwrap().backlog, 0);
    assert_eq!(embedded(&reopened), info.backlog);
    assert!(search(&reopened, "costs of matter59", Mode::Hybrid)[0].dense.is_some());
    // The runs were joined: a third opening reads one run of vectors, and agrees.
    assert_eq!(search(&open(&store), "matter7", Mode::Hybrid), search(&reopened, "matter7", Mode::Hybrid));
}

#[test]
fn texts_are_embedded_in_order_and_an_abort_stops_within_a_batch() {
    let collection = open(&Rc::default());
    let texts: Vec<String> = (0..7).map(|n| format!("text number{n}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let all = block_on(collection.embed(&texts, Role::Passage, &Unattended)).unwrap();
    for (text, embedding) in texts.iter().zip(&all) {
        assert_eq!(block_on(collection.embed(&[text], Role::Passage, &Unattended)).unwrap()[0], *embedding);
    }
    let before = embedded(&collection);
    let error = block_on(collection.embed(&texts, Role::Passage, &AbortAfter::new(3))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Aborted);
    assert_eq!(embedded(&collection) - before, 4);
}

#[test]
fn an_abort_before_the_commit_changes_nothing() {
    let collection = open(&Rc::default());
    add(&collection, "lease", LEASE);
    let error =
        block_on(collection.add(vec![document("lease", &sections(3))], &AbortAfter::new(1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Aborted);
    assert_eq!(&*block_on(collection.get("lease")).unwrap().unwrap().text, LEASE);
}

#[test]
fn one_bad_document_leaves_all_of_its_call_out() {
    let collection = open(&Rc::default());
    let cases = [
        (vec![document("a", "text"), document("", "text")], ErrorKind::InvalidId),
        (vec![document("a", "text"), document("b", " \n")], ErrorKind::EmptyDocument),
        (vec![document("a", "text"), document("a", "other")], ErrorKind::InvalidArgument),
        (
            vec![document("a", "text"), Document::new("b", "", MediaType::Plain, vec![b'a', 0xff])],
            ErrorKind::InvalidUtf8,
        ),
    ];
    for (documents, expected) in cases {
        let error = block_on(collection.add(documents, &Unattended)).unwrap_err();
        assert_eq!(error.kind(), expected, "{error}");
    }
    assert_eq!(block_on(collection.info()).unwrap().generation, 0);
}

#[test]
fn queries_out_of_range_are_errors_and_large_ones_are_not() {
    let collection = open(&Rc::default());
    add(&collection, "lease", LEASE);
    let with_k = |query: &str, k| {
        block_on(collection.search(query, &SearchOptions { k, ..SearchOptions::default() }, &Unattended))
    };
    assert_eq!(with_k(" \t\n", 8).unwrap_err().kind(), ErrorKind::EmptyQuery);
    assert_eq!(with_k("roof", 0).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(with_k("roof", 1_000_000_000).unwrap().hits.len(), 2);
    let long = with_k(&"roof ".repeat(500), 8).unwrap();
    assert!(long.query_truncated);
    assert!(long.hits[0].text.contains("roof"));
    assert!(!with_k("roof", 8).unwrap().query_truncated);
}

#[test]
fn every_citation_of_a_prompt_resolves_to_its_document_and_span() {
    let collection = open(&Rc::default());
    add(&collection, "lease", LEASE);
    add(&collection, "policy", POLICY);
    let prompt = block_on(collection.prompt("who mends the roof?", &PromptRequest::default(), &Unattended))
        .unwrap()
        .prompt;
    assert_eq!(prompt.citations[0].passage.document, "lease");
    for citation in &prompt.citations {
        let text = block_on(collection.get(&citation.passage.document)).unwrap().unwrap().text;
        assert_eq!(citation.passage.span.slice(&text).unwrap(), citation.passage.text);
        assert!(prompt.messages[1].content.contains(&citation.passage.text));
    }
}

const MIETVERTRAG: &str = "Der Vermieter repariert das Dach und die Fenster, wenn sie nicht mehr dicht sind. Die \
                           Häuser sind alt, und der Mieter hat für die Heizung zu zahlen.";

#[test]
fn each_document_has_its_own_language_whatever_came_first() {
    let collection = open(&Rc::default());
    let languages = || block_on(collection.info()).unwrap().languages.into_iter().collect::<Vec<_>>();
    assert_eq!(languages(), []);
    add(&collection, "note", "dach");
    assert_eq!(languages(), [(None, 1)]);
    let english = "The landlord repairs the roof and the windows when they are leaking. The houses are old, and the \
                   tenant is to pay for the heating.";
    add(&collection, "lease", english);
    add(&collection, "mietvertrag", MIETVERTRAG);
    assert_eq!(languages(), [(None, 1), (Some(Language::English), 1), (Some(Language::German), 1)]);
    assert_eq!(search(&collection, "Haus", Mode::Lexical).len(), 1);
    block_on(collection.remove(&["mietvertrag".to_owned()])).unwrap();
    assert_eq!(languages(), [(None, 1), (Some(Language::English), 1)]);
}

#[test]
fn a_language_can_be_fixed_for_a_document_and_for_a_collection() {
    let store = Rc::new(MemoryStore::new());
    let options = CollectionOptions { language: Some(Language::None), ..options() };
    let plain = block_on(Collection::open_with(store.clone(), HashEmbedder::new("a"), options)).unwrap();
    add(&plain, "lease", LEASE);
    assert!(search(&plain, "repairing", Mode::Lexical).is_empty());
    let english = Document { language: Some(Language::English), ..document("lease", LEASE) };
    let added = block_on(plain.add(vec![english.clone()], &Unattended)).unwrap();
    assert!(!added[0].unchanged, "the language is another");
    assert_eq!(search(&plain, "repairing", Mode::Lexical).len(), 1);
    let again = block_on(open(&store).add(vec![english], &Unattended)).unwrap();
    assert!(again[0].unchanged);
}

/// The name of the part with the text of a document.
pub(super) fn text_of(collection: &TestCollection, id: &str) -> String {
    let generation = block_on(collection.current(Needs::TABLES)).unwrap();
    let place = generation.index.find(id).unwrap();
    stored_text::part_of(generation.index.document(place), 0)
}

#[test]
fn a_part_that_is_swapped_for_another_sound_one_is_corrupt() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add(&collection, "lease", LEASE);
    add(&collection, "policy", LEASE);
    let pairs = [
        ["tables/1".to_owned(), "tables/4".to_owned()],
        ["postings/2".to_owned(), "postings/5".to_owned()],
        ["vectors/3".to_owned(), "vectors/6".to_owned()],
        [text_of(&collection, "lease"), text_of(&collection, "policy")],
    ];
    for pair in pairs {
        let parts = block_on(read(&store, &pair)).unwrap();
        let [first, second] = parts.try_into().unwrap();
        overwrite(&store, &pair[0], second.clone());
        overwrite(&store, &pair[1], first.clone());
        match block_on(open(&store).check(&Unattended)) {
            Ok(damaged) => {
                let ids: Vec<_> = damaged.iter().map(|document| document.id.as_str()).collect();
                assert_eq!(ids, ["lease", "policy"], "{pair:?}: {damaged:?}");
            }
            Err(error) => assert_eq!((error.kind(), pair[0].as_str()), (ErrorKind::StoreCorrupt, "tables/1")),
        }
        overwrite(&store, &pair[0], first);
        overwrite(&store, &pair[1], second);
    }
    assert_eq!(block_on(open(&store).check(&Unattended)).unwrap(), []);
}

#[test]
fn two_writers_on_one_store_lose_nothing_of_each_other() {
    let store = Rc::new(MemoryStore::new());
    let (one, other) = (open(&store), open(&store));
    add(&one, "lease", LEASE);
    add(&other, "policy", POLICY);
    // `one` knows an older generation now; its next commit is built anew on the current one.
    add(&one, "note", "A note about gutters.");
    for collection in [&one, &other] {
        let ids: Vec<String> =
            block_on(collection.list()).unwrap().into_iter().map(|document| document.id).collect();
        assert_eq!(ids, ["lease", "note", "policy"]);
        assert_eq!(search(collection, "gutters", Mode::Lexical).len(), 1);
    }
    block_on(other.remove(&["lease".into()])).unwrap();
    assert!(block_on(one.get("lease")).unwrap().is_none());
}

/// What a writer can be faster than.
#[derive(PartialEq)]
enum Before {
    Commit,
    ReadingTexts,
}

/// A store in which another writer, such as a second tab, is faster: so many times it writes just before.
struct Overtaken {
    inner: Rc<MemoryStore>,
    before: Before,
    left: Cell<usize>,
    /// Writes to a collection over the same store; the number is how many times are left, this one included.
    write: fn(&TestCollection, usize),
}

impl Overtaken {
    fn collection(self) -> Collection<Self, HashEmbedder> {
        block_on(Collection::open_with(self, HashEmbedder::new("a"), options())).unwrap()
    }

    fn let_in(&self) {
        let left = self.left.get();
        if left > 0 {
            self.left.set(left - 1);
            (self.write)(&open(&self.inner), left);
        }
    }
}

impl Store for Overtaken {
    type Guard = <MemoryStore as Store>::Guard;

    async fn head(&self) -> Result<Head> {
        self.inner.head().await
    }

    fn new_history(&self) -> u64 {
        self.inner.new_history()
    }

    async fn load(&self) -> Result<Snapshot> {
        self.inner.load().await
    }

    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        if self.before == Before::ReadingTexts && names.iter().any(|name| name.starts_with("text/")) {
            self.let_in();
        }
        self.inner.read(head, names).await
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        self.inner.part_names(head).await
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        if self.before == Before::Commit {
            self.let_in();
        }
        self.inner.commit(changes).await
    }

    async fn destroy(&self) -> Result<()> {
        self.inner.destroy().await
    }

    async fn exclusive(&self, work: Work) -> Self::Guard {
        self.inner.exclusive(work).await
    }

    async fn exclusive_now(&self, work: Work) -> Option<Self::Guard> {
        self.inner.exclusive_now(work).await
    }
}

/// A collection into whose commits another writer comes, so many times.
fn contended(inner: &Rc<MemoryStore>, times: usize) -> Collection<Overtaken, HashEmbedder> {
    let write = |tab: &TestCollection, left| {
        let intruder = document(&format!("intruder-{left}"), POLICY);
        block_on(tab.add_text(vec![intruder], &Unattended)).unwrap();
    };
    Overtaken { inner: inner.clone(), before: Before::Commit, left: Cell::new(times), write }.collection()
}

#[test]
fn a_commit_that_was_overtaken_is_rebuilt_on_the_newer_generation() {
    let inner = Rc::new(MemoryStore::new());
    let collection = contended(&inner, 3);
    block_on(collection.add(vec![document("lease", LEASE)], &Unattended)).unwrap();
    let ids: Vec<String> =
        block_on(open(&inner).list()).unwrap().into_iter().map(|document| document.id).collect();
    assert_eq!(ids, ["intruder-1", "intruder-2", "intruder-3", "lease"]);
}

#[test]
fn endless_contention_ends_in_a_conflict_and_writes_nothing() {
    let inner = Rc::new(MemoryStore::new());
    let collection = contended(&inner, usize::MAX);
    let error = block_on(collection.add(vec![document("lease", LEASE)], &Unattended)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreConflict);
    assert!(block_on(open(&inner).get("lease")).unwrap().is_none());
}

#[test]
fn a_collection_that_was_destroyed_elsewhere_is_gone_whatever_stands_in_its_place() {
    for documents_afterwards in 0..4 {
        let store = Rc::new(MemoryStore::new());
        let (one, other) = (open(&store), open(&store));
        add(&one, "lease", LEASE);
        assert_eq!(search(&one, "roof", Mode::Lexical).len(), 1); // its text is in memory now
        block_on(other.destroy()).unwrap();
        let again = open(&store);
        for n in 0..documents_afterwards {
            add(&again, &format!("policy-{n}"), POLICY);
        }
        // Whether `one` had the generation before, the same one or a later one: nothing is found, and nothing written.
        let results = [
            block_on(one.search("landlord", &SearchOptions::default(), &Unattended)).map(drop),
            block_on(one.get("lease")).map(drop),
            block_on(one.list()).map(drop),
            block_on(one.info()).map(drop),
            block_on(one.remove(&["lease".into()])).map(drop),
            block_on(one.add(vec![document("note", "A note about gutters.")], &Unattended)).map(drop),
        ];
        for result in results {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Deleted);
        }
        assert_eq!(block_on(again.info()).unwrap().documents, documents_afterwards);
    }
}

/// A task that removes a document when a number of units of work is done.
struct RemoveAfter<'c> {
    collection: &'c TestCollection,
    left: Cell<usize>,
    id: &'static str,
}

impl Task for RemoveAfter<'_> {
    fn report(&self, _: Progress) {}

    fn is_aborted(&self) -> bool {
        false
    }

    async fn pause(&self) {
        self.left.set(self.left.get().wrapping_sub(1));
        if self.left.get() == 0 {
            self.collection.remove(&[self.id.into()]).await.unwrap();
        }
    }
}

#[test]
fn a_document_that_is_removed_while_others_are_embedded_disturbs_nobody() {
    let collection = open(&Rc::default());
    let documents = || (0..9).map(|n| document(&format!("d{n}"), &format!("Text number {n}."))).collect();
    block_on(collection.add_text(documents(), &Unattended)).unwrap();
    // Turns have 8 chunks in batches of 2: this one is in the second, and embedded in vain.
    let task = RemoveAfter { collection: &collection, left: Cell::new(2), id: "d2" };
    block_on(collection.embed_backlog(&task)).unwrap();
    let info = block_on(collection.info()).unwrap();
    assert_eq!((info.documents, info.backlog), (8, 0));
}

#[test]
fn a_reading_call_is_begun_anew_as_often_as_a_writer_is_faster_within_reason() {
    for (overtaken, expected) in [(0, Some(LEASE)), (3, Some("Text number 1.")), (usize::MAX, None)] {
        let inner = Rc::<MemoryStore>::default();
        add(&open(&inner), "lease", LEASE);
        let write = |tab: &TestCollection, left| _ = add(tab, "lease", &format!("Text number {left}."));
        let before = Before::ReadingTexts;
        let collection = Overtaken { inner, before, left: Cell::new(overtaken), write }.collection();
        match expected {
            Some(text) => {
                let document = block_on(collection.get("lease")).unwrap().unwrap();
                assert_eq!(*document.text, *text);
            }
            None => {
                let error = block_on(collection.get("lease")).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::StoreConflict);
            }
        }
    }
}

#[test]
fn a_text_that_vanishes_before_it_is_embedded_costs_nobody_else_a_vector() {
    let inner = Rc::<MemoryStore>::default();
    let documents = (0..9).map(|n| document(&format!("d{n}"), &format!("Text number {n}."))).collect();
    block_on(open(&inner).add_text(documents, &Unattended)).unwrap();
    let write = |tab: &TestCollection, _| _ = block_on(tab.remove(&["d2".into()])).unwrap();
    let collection =
        Overtaken { inner, before: Before::ReadingTexts, left: Cell::new(1), write }.collection();
    block_on(collection.embed_backlog(&Unattended)).unwrap();
    let info = block_on(collection.info()).unwrap();
    assert_eq!((info.documents, info.backlog), (8, 0));
    assert_eq!(embedded(&collection), 8);
}

#[test]
fn an_abort_is_seen_while_others_have_their_turn() {
    let collection = open(&Rc::default());
    block_on(collection.add_text(vec![document("lease", LEASE)], &Unattended)).unwrap();
    let turn_of_another = block_on(collection.drain.lock());
    let task = Watched::default();
    let mut waiting = pin!(collection.embed_backlog(&task));
    let mut poll = || waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll().is_pending());
    task.aborted.set(true);
    let Poll::Ready(Err(error)) = poll() else { panic!("the abort was not seen") };
    assert_eq!(error.kind(), ErrorKind::Aborted);
    drop(turn_of_another);
    block_on(collection.embed_backlog(&Unattended)).unwrap();
    assert_eq!(block_on(collection.info()).unwrap().backlog, 0);
}

#[test]
fn documents_that_are_added_one_by_one_are_embedded_together() {
    let collection = open(&Rc::default());
    let turn_of_another = block_on(collection.drain.lock());
    let mut context = Context::from_waker(Waker::noop());
    let mut first = pin!(collection.add(vec![document("lease", LEASE)], &Unattended));
    let mut second = pin!(collection.add(vec![document("policy", POLICY)], &Unattended));
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    drop(turn_of_another);
    let generation = collection.generation.borrow().number();
    block_on(first).unwrap();
    let info = block_on(collection.info()).unwrap();
    assert_eq!((info.documents, info.backlog, info.generation), (2, 0, generation + 1));
    block_on(second).unwrap();
    assert_eq!(embedded(&collection), info.chunks);
    assert!(collection.wanted.borrow().is_empty());
}

#[test]
fn the_last_of_several_with_one_id_counts_though_it_is_what_is_stored() {
    let collection = open(&Rc::default());
    add(&collection, "lease", LEASE);
    let turn_of_another = block_on(collection.writer.lock());
    let mut context = Context::from_waker(Waker::noop());
    let mut other = pin!(collection.add_text(vec![document("lease", POLICY)], &Unattended));
    let mut same = pin!(collection.add_text(vec![document("lease", LEASE)], &Unattended));
    assert!(other.as_mut().poll(&mut context).is_pending());
    assert!(same.as_mut().poll(&mut context).is_pending());
    drop(turn_of_another);
    block_on(other).unwrap();
    assert!(!block_on(same).unwrap()[0].unchanged);
    let text_now = || block_on(collection.get("lease")).unwrap().unwrap().text;
    assert_eq!(text_now(), LEASE);
    // The other one may also be written while the call prepares.
    let turn_of_another = block_on(collection.writer.lock());
    let mut other = pin!(collection.add_text(vec![document("lease", POLICY)], &Unattended));
    assert!(other.as_mut().poll(&mut context).is_pending());
    let long_and_same = vec![Ok(document("contract", &sections(30))), Ok(document("lease", LEASE))];
    let mut same = pin!(collection.add_each(long_and_same, &Halting));
    assert!(same.as_mut().poll(&mut context).is_pending());
    drop(turn_of_another);
    block_on(other).unwrap();
    assert_eq!(text_now(), POLICY);
    assert!(loop {
        if let Poll::Ready(outcomes) = same.as_mut().poll(&mut context) {
            break !outcomes.unwrap()[1].as_ref().unwrap().unchanged;
        }
    });
    assert_eq!(text_now(), LEASE);
    // Or be one of the same call.
    let both = [POLICY, LEASE].map(|text| Ok(document("lease", text)));
    block_on(collection.add_each(both.into(), &Unattended)).unwrap();
    assert_eq!(text_now(), LEASE);
}

#[test]
fn adding_and_removing_take_effect_in_the_order_of_calls() {
    let collection = open(&Rc::default());
    add(&collection, "lease", LEASE);
    let ids = ["lease".to_owned()];
    let mut context = Context::from_waker(Waker::noop());
    // What is removed and added again is there, whether it is the same or not.
    for text in [LEASE, POLICY] {
        let turn_of_another = block_on(collection.writer.lock());
        let mut remove = pin!(collection.remove(&ids));
        let mut again = pin!(collection.add_text(vec![document("lease", text)], &Unattended));
        assert!(remove.as_mut().poll(&mut context).is_pending());
        assert!(again.as_mut().poll(&mut context).is_pending());
        drop(turn_of_another);
        assert_eq!(block_on(remove).unwrap(), 1);
        assert!(!block_on(again).unwrap()[0].unchanged);
        assert_eq!(block_on(collection.get("lease")).unwrap().unwrap().text, text);
    }
    // What is added and removed is not.
    let turn_of_another = block_on(collection.writer.lock());
    let mut other = pin!(collection.add_text(vec![document("other", POLICY)], &Unattended));
    let all = crate::filter::Filter::parse(&serde_json::json!({})).unwrap();
    let mut remove = pin!(collection.remove_where(&all));
    assert!(other.as_mut().poll(&mut context).is_pending());
    assert!(remove.as_mut().poll(&mut context).is_pending());
    drop(turn_of_another);
    block_on(other).unwrap();
    assert_eq!(block_on(remove).unwrap(), 2);
    assert_eq!(block_on(collection.info()).unwrap().documents, 0);
}

#[test]
fn embedding_is_reported_in_tokens_of_the_chunks_over_all_turns() {
    let collection = open(&Rc::default());
    let task = Watched::default();
    block_on(collection.add(vec![document("contract", &sections(30)), document("lease", LEASE)], &task))
        .unwrap();
    let generation = block_on(collection.current(Needs::TABLES)).unwrap();
    let chunks = generation.index.segments().iter().flat_map(|segment| segment.tables().chunks());
    let tokens: usize = chunks.map(|chunk| chunk.tokens as usize).sum();
    let mut reports = task.reports.take();
    reports.retain(|progress| progress.phase == Phase::Embedding);
    assert!(reports.len() > 15, "one for each batch");
    assert!(reports.iter().map(|progress| progress.done).is_sorted());
    assert!(reports.iter().all(|progress| progress.total == tokens), "{tokens}: {reports:?}");
    assert_eq!(reports.last().unwrap().done, tokens);
}

#[test]
fn a_damaged_text_fails_the_hits_that_need_it_and_no_others() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add(&collection, "lease", LEASE);
    add(&collection, "policy", POLICY);
    let name = text_of(&collection, "lease");
    let original = block_on(read(&store, std::slice::from_ref(&name))).unwrap().remove(0).unwrap();
    let mut flipped = original.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [Some(flipped), Some(original[..original.len() / 2].to_vec()), Some(Vec::new()), None] {
        overwrite(&store, &name, damaged);
        let reader = open(&store);
        let error = block_on(reader.get("lease")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreCorrupt);
        assert!(error.message().contains("\"lease\""), "{error}");
        let found =
            block_on(reader.search("the roof or storm damage", &Default::default(), &Unattended)).unwrap();
        assert!(!found.hits.is_empty() && found.hits.iter().all(|hit| hit.document == "policy"));
        assert!(!found.damaged.is_empty() && found.damaged.iter().all(|hit| hit.document == "lease"));
        let listed = block_on(reader.check(&Unattended)).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].id.as_str(), listed[0].kind), ("lease", DamageKind::Text));
    }
    // Adding the same document again mends it, once its damage was met.
    let reader = open(&store);
    assert!(block_on(reader.get("lease")).is_err());
    assert!(!add(&reader, "lease", LEASE).unchanged);
    for reader in [&reader, &open(&store)] {
        assert_eq!(block_on(reader.get("lease")).unwrap().unwrap().text, LEASE);
        assert_eq!(block_on(reader.check(&Unattended)).unwrap(), []);
    }
    assert!(add(&reader, "lease", LEASE).unchanged);
}

#[test]
fn damaged_tables_are_a_typed_error_and_missing_ones_too() {
    let store = Rc::new(MemoryStore::new());
    add(&open(&store), "lease", LEASE);
    let name = "tables/1".to_owned();
    let original = block_on(read(&store, std::slice::from_ref(&name))).unwrap().remove(0).unwrap();
    for damaged in [Some(original[..original.len() / 2].to_vec()), None] {
        overwrite(&store, &name, damaged);
        assert_eq!(block_on(open(&store).list()).unwrap_err().kind(), ErrorKind::StoreCorrupt);
    }
}

#[test]
fn damaged_words_vectors_and_graphs_are_made_again() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add(&collection, "lease", LEASE);
    add(&collection, "policy", POLICY);
    let before = search(&collection, "storm damage to the roof", Mode::Hybrid);
    for name in ["postings/2", "vectors/3"].map(str::to_owned) {
        let mut part = block_on(read(&store, std::slice::from_ref(&name))).unwrap().remove(0).unwrap();
        *part.last_mut().unwrap() ^= 1;
        overwrite(&store, &name, Some(part));
        let reader = open(&store);
        // The others are found, and of the damaged document what is not damaged.
        assert!(!search(&reader, "storm damage to the roof", Mode::Hybrid).is_empty());
        assert_eq!(block_on(reader.check(&Unattended)).unwrap().len(), 1);
        block_on(reader.maintain(&LocalGraphs, &Unattended)).unwrap();
        block_on(reader.embed_backlog(&Unattended)).unwrap();
        for reader in [&reader, &open(&store)] {
            assert_eq!(search(reader, "storm damage to the roof", Mode::Hybrid), before);
            assert_eq!(block_on(reader.check(&Unattended)).unwrap(), []);
        }
    }
}

/// A task that searches while the documents are being embedded for the first time.
struct SearchAtOnce<'c> {
    collection: &'c TestCollection,
    is_searchable: Cell<bool>,
    found: RefCell<Option<SearchResult>>,
}

impl Task for SearchAtOnce<'_> {
    fn report(&self, progress: Progress) {
        self.is_searchable.set(progress.phase != Phase::Chunking);
    }

    fn is_aborted(&self) -> bool {
        false
    }

    async fn pause(&self) {
        if self.is_searchable.get() && self.found.borrow().is_none() {
            let result = self.collection.search("matter417", &SearchOptions::default(), &Unattended).await;
            *self.found.borrow_mut() = Some(result.unwrap());
        }
    }
}

#[test]
fn fifty_pages_are_found_by_their_words_before_the_first_vector() {
    let collection = open(&Rc::default());
    let task =
        SearchAtOnce { collection: &collection, is_searchable: Cell::default(), found: RefCell::default() };
    let pages = sections(50 * 50);
    block_on(collection.add(vec![document("contract", &pages)], &task)).unwrap();
    let found = task.found.take().unwrap();
    assert_eq!(found.unembedded, 2500);
    assert!(found.hits[0].text.contains("matter417") && found.hits[0].dense.is_none());
    assert_eq!(block_on(collection.info()).unwrap().backlog, 0);
}

/// Reads parts at the current head.
pub(super) async fn read(store: &impl Store, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
    store.read(store.head().await?, names).await
}

/// Changes one part behind the collection's back.
pub(super) fn overwrite(store: &MemoryStore, name: &str, bytes: Option<Vec<u8>>) {
    let Snapshot { head: Head { generation, history }, manifest } = block_on(store.load()).unwrap();
    let put = bytes.into_iter().map(|bytes| (name.to_owned(), bytes.into())).collect();
    let delete = vec![name.to_owned()];
    let changes = Changes { expected_generation: generation, history, manifest, put, delete };
    block_on(store.commit(changes)).unwrap();
}

#[test]
fn a_closed_collection_says_so_and_a_destroyed_one_leaves_nothing() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add(&collection, "lease", LEASE);
    collection.close();
    assert_eq!(block_on(collection.list()).unwrap_err().kind(), ErrorKind::Closed);
    let again = open(&store);
    block_on(again.destroy()).unwrap();
    assert_eq!(block_on(again.info()).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(store.bytes(), 0);
    assert!(block_on(open(&store).list()).unwrap().is_empty());
}
