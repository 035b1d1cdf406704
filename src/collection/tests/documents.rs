//! Documents that were extracted elsewhere: their outlines are kept, and tell where a span stands.

use super::*;
use crate::document::Content;
use crate::extract::given::{GivenPage, of_pages};
use crate::extract::{Extracted, Place, Properties};
use crate::generation::outline;

const PAGES: [&str; 2] = ["The pump needs oil.\n\nIt runs for a year.", "The valve opens at 3 bar. 🏠"];

fn paged() -> Extracted {
    let page = |text: &str| GivenPage { text: text.into(), ..GivenPage::default() };
    let mut properties = Properties { title: "Manual".into(), ..Properties::default() };
    properties.metadata.insert("author".into(), MetadataValue::String("A. Smith".into()));
    properties.metadata.insert("year".into(), MetadataValue::Number(1990.0));
    of_pages(PAGES.map(page).into(), properties).unwrap()
}

fn manual() -> Document {
    let mut document = Document::new("manual", "", MediaType::Other("application/x-manual".into()), paged());
    document.metadata.insert("year".into(), MetadataValue::Number(2024.0));
    document
}

fn add_manual(collection: &TestCollection) -> Added {
    block_on(collection.add(vec![manual()], &Unattended)).unwrap().pop().unwrap()
}

/// The name of the part with the manual's outline, and whether it is stored.
fn stored_outline(collection: &TestCollection, store: &MemoryStore) -> (String, bool) {
    let generation = block_on(collection.current(Needs::TABLES)).unwrap();
    let place = generation.index.find("manual").unwrap();
    let name = outline::part_of(generation.index.document(place)).unwrap();
    let parts = block_on(store.read(generation.head, std::slice::from_ref(&name))).unwrap();
    (name, parts[0].is_some())
}

#[test]
fn a_hit_names_its_page_and_a_span_its_place() {
    let collection = open(&Rc::default());
    add_manual(&collection);
    let hit = search(&collection, "valve", Mode::Lexical).remove(0);
    assert_eq!((hit.chunk.page, hit.text.as_str()), (Some(1), &*PAGES.join("\n\n")));
    let text = block_on(collection.get("manual")).unwrap().unwrap().text;
    let valve = text.find("valve").unwrap();
    let places = block_on(collection.locate("manual", Span::new(valve, valve + 5))).unwrap().unwrap();
    assert_eq!(places[0].place, Place::Page { number: 2, rectangle: None });
    assert_eq!(block_on(collection.locate("nobody", Span::new(0, 1))).unwrap(), None);
}

#[test]
fn a_plain_text_stands_where_it_stands() {
    let collection = open(&Rc::default());
    add(&collection, "lease", "🏠 The roof.");
    let places = block_on(collection.locate("lease", Span::new(3, 6))).unwrap().unwrap();
    assert_eq!(places[0].place, Place::Bytes(Span::new(5, 8)));
    assert!(block_on(collection.locate("lease", Span::new(1, 3))).is_err(), "it cuts a character");
}

#[test]
fn what_a_document_says_of_itself_fills_what_its_caller_left_open() {
    let collection = open(&Rc::default());
    add_manual(&collection);
    let summary = block_on(collection.list()).unwrap().remove(0);
    assert_eq!((summary.title.as_str(), summary.media_type.name()), ("Manual", "application/x-manual"));
    assert_eq!(summary.metadata["author"], MetadataValue::String("A. Smith".into()));
    assert_eq!(summary.metadata["year"], MetadataValue::Number(2024.0));
    let mut unnamed = Document::new("notes", "", MediaType::Plain, "some words");
    unnamed.file_name = "notes.txt".into();
    block_on(collection.add(vec![unnamed], &Unattended)).unwrap();
    assert_eq!(block_on(collection.list()).unwrap()[1].title, "notes.txt");
}

#[test]
fn the_same_document_is_unchanged_and_a_removed_one_takes_its_outline_along() {
    let store = Rc::<MemoryStore>::default();
    let collection = open(&store);
    add_manual(&collection);
    assert!(add_manual(&collection).unchanged);
    let (name, is_stored) = stored_outline(&collection, &store);
    assert!(is_stored);
    block_on(collection.remove(&["manual".into()])).unwrap();
    let head = block_on(store.head()).unwrap();
    assert_eq!(block_on(store.read(head, &[name])).unwrap(), [None]);
}

#[test]
fn a_document_is_cut_anew_by_its_outline() {
    let store = Rc::<MemoryStore>::default();
    let early = block_on(Collection::<_, HashEmbedder>::open(store.clone(), options())).unwrap();
    block_on(early.add_text(vec![manual()], &Unattended)).unwrap();
    early.set_model(HashEmbedder::new("a")).unwrap();
    block_on(early.embed_backlog(&Unattended)).unwrap();
    let late = open(&Rc::default());
    add_manual(&late);
    let chunks = |collection: &TestCollection| search(collection, "pump valve", Mode::Hybrid);
    let of = |hits: Vec<Hit>| hits.into_iter().map(|hit| hit.chunk).collect::<Vec<_>>();
    assert_eq!(of(chunks(&early)), of(chunks(&late)));
    assert!(stored_outline(&early, &store).1);
}

#[test]
fn a_damaged_outline_is_named_and_the_text_stays() {
    let store = Rc::<MemoryStore>::default();
    let collection = open(&store);
    add_manual(&collection);
    let (name, _) = stored_outline(&collection, &store);
    overwrite(&store, &name, Some(b"?".to_vec()));
    let error = block_on(collection.locate("manual", Span::new(0, 3))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreCorrupt);
    assert!(error.message().contains("\"manual\""), "{error}");
    assert_eq!(block_on(collection.check(&Unattended)).unwrap()[0].id, "manual");
    assert!(!search(&collection, "valve", Mode::Lexical).is_empty());
}

#[test]
fn what_does_not_fit_its_text_is_refused() {
    let collection = open(&Rc::default());
    let mut broken = paged();
    broken.blocks[0].span.end = 1000;
    let document = Document { content: Content::from(broken), ..manual() };
    let error = block_on(collection.add(vec![document], &Unattended)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.message(), "document \"manual\": block 0 of an extracted text does not fit it");
}
