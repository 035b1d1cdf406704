//! The collection over a store in memory and a quick stand-in for a model.

mod damage;
mod documents;
mod embedding;
mod models;
pub(super) mod writers;

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

pub(super) type TestCollection = Collection<Rc<MemoryStore>, HashEmbedder>;

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

/// A document of one short section per number.
fn sections(count: usize) -> String {
    (0..count)
        .map(|n| format!("# Clause {n}\n\nParty number{n} bears the costs of matter{n} in full.\n\n"))
        .collect()
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

fn open_without_model(store: &Rc<MemoryStore>) -> TestCollection {
    block_on(Collection::open(store.clone(), options())).unwrap()
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
