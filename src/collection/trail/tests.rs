use std::rc::Rc;

use pollster::block_on;
use serde_json::json;

use super::*;
use crate::collection::CollectionOptions;
use crate::collection::retrieval::{NoScorer, SearchOptions};
use crate::collection::tests::overwrite;
use crate::document::{Document, MediaType};
use crate::index::Mode;
use crate::store::memory::MemoryStore;
use crate::task::Unattended;
use crate::testing::HashEmbedder;
use crate::trail;

type Opened = Collection<Rc<MemoryStore>, HashEmbedder>;

fn open(store: &Rc<MemoryStore>) -> Opened {
    let opened = Collection::open_with(store.clone(), HashEmbedder::new("a"), CollectionOptions::default());
    block_on(opened).unwrap()
}

fn lease(text: &str) -> Document {
    Document::new("lease", "Lease", MediaType::Plain, text)
}

fn guide() -> Document {
    Document::new("guide", "Guide", MediaType::Plain, "The bins and the roof gutters are emptied on Tuesday.")
}

fn add(collection: &Opened, document: Document) {
    block_on(collection.add(vec![document], &Unattended)).unwrap();
}

/// An account of a question, and what was found for it.
fn account(collection: &Opened, question: &str) -> Account {
    let options =
        SearchOptions { min_relevance: Some(0.125), mode: Mode::Hybrid, ..SearchOptions::default() };
    let found = block_on(collection.search(question, &options, &Unattended)).unwrap();
    let retrieval = Retrieval::of(found);
    Account {
        time: "2026-11-27T09:00:00.000Z".to_owned(),
        question: question.to_owned(),
        retrieval: Some(serde_json::to_value(retrieval).unwrap()),
        details: Map::from_iter([("answer".to_owned(), json!({ "text": "The landlord.\u{2028}[1]" }))]),
    }
}

fn record(collection: &Opened, question: &str) -> u64 {
    block_on(collection.record(account(collection, question))).unwrap()
}

fn lines(collection: &Opened) -> Vec<Value> {
    let entries = block_on(collection.records(0..u64::MAX)).unwrap();
    entries.iter().map(|entry| serde_json::from_str(&entry.line()).unwrap()).collect()
}

fn replay(collection: &Opened, number: u64) -> Result<Replay> {
    block_on(collection.replay(number, None::<&NoScorer>, &Unattended))
}

fn check_trail(collection: &Opened) -> trail::Check {
    block_on(collection.check_trail(&Unattended)).unwrap()
}

#[test]
fn records_are_chained_and_tell_which_documents_changed() {
    let store = Rc::<MemoryStore>::default();
    let collection = open(&store);
    add(&collection, lease("The landlord repairs the roof."));
    assert_eq!(record(&collection, "roof"), 1);
    add(&collection, guide());
    add(&collection, lease("The tenant repairs the roof."));
    // Another tab goes on where this one is.
    let other = open(&store);
    assert_eq!((record(&other, "roof"), record(&collection, "roof")), (2, 3));
    block_on(collection.remove(&["guide".to_owned()])).unwrap();
    assert_eq!(record(&collection, "roof"), 4);

    let lines = lines(&collection);
    let ids = |at: usize, kind: &str| -> Vec<String> {
        let list = lines[at]["documents"][kind].as_array().unwrap();
        list.iter().map(|it| it["id"].as_str().or(it.as_str()).unwrap().to_owned()).collect()
    };
    assert_eq!((ids(0, "added"), ids(0, "replaced")), (vec!["lease".to_owned()], vec![]));
    assert_eq!((ids(1, "added"), ids(1, "replaced")), (vec!["guide".to_owned()], vec!["lease".to_owned()]));
    assert_eq!(lines[2]["documents"], json!({ "added": [], "replaced": [], "removed": [] }));
    assert_eq!(ids(3, "removed"), ["guide"]);
    assert_eq!(lines[0]["previous"], "0".repeat(64));
    assert_eq!(lines[0]["question"], "roof");
    assert_eq!(lines[0]["answer"]["text"], "The landlord.\u{2028}[1]");

    let check = check_trail(&collection);
    assert_eq!((check.records, check.first, check.broken.len()), (4, 1, 0));
    let exported = block_on(collection.records(0..u64::MAX)).unwrap();
    let exported: Vec<String> = exported.iter().map(Entry::line).collect();
    // The line separator of Unicode is no line break of the export.
    assert!(exported.iter().all(|line| !line.contains('\u{2028}')));
    assert_eq!(trail::check(exported.iter().map(String::as_str)), check);
}

#[test]
fn a_search_that_is_repeated_finds_the_same_or_says_what_changed() {
    let collection = open(&Rc::default());
    add(&collection, lease("The landlord repairs the roof."));
    add(&collection, guide());
    let number = record(&collection, "roof repairs");
    let same = replay(&collection, number).unwrap();
    assert!(same.identical && same.same_model && same.documents == DocumentChanges::default());

    add(&collection, lease("The tenant repairs the roof and the windows."));
    let changed = replay(&collection, number).unwrap();
    assert!(!changed.identical && !changed.differences.is_empty());
    assert_eq!(
        changed.documents,
        DocumentChanges { replaced: vec!["lease".to_owned()], ..DocumentChanges::default() }
    );

    record(&collection, "roof"); // the change is told by a record now
    block_on(collection.remove(&["guide".to_owned()])).unwrap();
    add(&collection, Document::new("note", "", MediaType::Plain, "The roof leaks."));
    let changed = replay(&collection, number).unwrap().documents;
    assert_eq!((changed.added, changed.replaced), (vec!["note".to_owned()], vec!["lease".to_owned()]));
    assert_eq!((changed.removed, changed.unknown), (vec!["guide".to_owned()], 0));

    // What came and went since is no change.
    block_on(collection.remove(&["note".to_owned()])).unwrap();
    record(&collection, "roof");
    assert!(replay(&collection, number).unwrap().documents.added.is_empty());
    block_on(collection.delete_records(&[2])).unwrap();
    assert_eq!(replay(&collection, number).unwrap().documents.unknown, 1);
}

#[test]
fn records_survive_what_happens_to_the_collection() {
    let store = Rc::<MemoryStore>::default();
    let collection = open(&store);
    add(&collection, lease("The landlord repairs the roof."));
    record(&collection, "roof");
    for number in 0..20 {
        add(&collection, Document::new(number.to_string(), "", MediaType::Plain, format!("Roof {number}")));
    }
    let merging = collection.maintain(&crate::collection::LocalGraphs, &Unattended);
    block_on(merging).unwrap();
    let another =
        block_on(Collection::open_with(store.clone(), HashEmbedder::new("b"), CollectionOptions::default()));
    let another = another.unwrap();
    block_on(another.reindex(&Unattended)).unwrap();
    assert_eq!(check_trail(&another).records, 1);
    assert!(!replay(&another, 1).unwrap().same_model);
}

#[test]
fn a_deleted_record_leaves_its_place_and_all_of_them_nothing() {
    let store = Rc::<MemoryStore>::default();
    let collection = open(&store);
    add(&collection, lease("The landlord repairs the roof."));
    ["roof", "walls", "rent"].iter().for_each(|question| _ = record(&collection, question));
    let walls = lines(&collection)[1].to_string();
    assert!(walls.contains("walls"));
    assert_eq!(block_on(collection.delete_records(&[2, 9, 2])).unwrap(), 1);
    assert_eq!(block_on(collection.delete_records(&[2])).unwrap(), 0);
    let check = check_trail(&collection);
    assert_eq!((check.records, check.deleted, check.broken.len()), (2, 1, 0));
    assert!(!lines(&collection)[1].to_string().contains("walls"));
    assert_eq!(replay(&collection, 2).unwrap_err().message(), "record 2: it was deleted");

    assert_eq!(block_on(collection.clear_trail()).unwrap(), 3);
    assert_eq!(block_on(collection.clear_trail()).unwrap(), 0);
    let names = store.names();
    assert!(
        !names.iter().any(|name| name.starts_with("record") || name.starts_with("versions")),
        "{names:?}"
    );
    assert_eq!((lines(&collection).len(), check_trail(&collection).broken.len()), (0, 0));
    assert_eq!(record(&collection, "roof"), 4);
    let check = check_trail(&open(&store));
    assert_eq!((check.first, check.records, check.broken.len()), (4, 1, 0));
}

#[test]
fn what_was_changed_in_the_store_is_found() {
    let store = Rc::<MemoryStore>::default();
    let collection = open(&store);
    add(&collection, lease("The landlord repairs the roof."));
    ["roof", "walls", "rent"].iter().for_each(|question| _ = record(&collection, question));
    let line = lines(&collection)[1].to_string().replace("walls", "doors");
    let (name, forged) = crate::generation::records::encode(2, &Entry::Line(line)).unwrap();
    overwrite(&store, &name, Some(forged.to_vec()));
    let broken: Vec<u64> = check_trail(&collection).broken.iter().map(|it| it.number).collect();
    assert_eq!(broken, [3]);
    overwrite(&store, &name, Some(b"no record".to_vec()));
    let broken: Vec<u64> = check_trail(&collection).broken.iter().map(|it| it.number).collect();
    assert_eq!(broken, [2]);
    assert_eq!(block_on(collection.records(0..9)).unwrap_err().kind(), ErrorKind::StoreCorrupt);
}

#[test]
fn what_is_no_account_is_refused() {
    let collection = open(&Rc::default());
    add(&collection, lease("The landlord repairs the roof."));
    let refused = |change: &dyn Fn(&mut Account)| {
        let mut account = account(&collection, "roof");
        change(&mut account);
        let error = block_on(collection.record(account)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        error.message().to_owned()
    };
    let number = refused(&|it| _ = it.details.insert("number".to_owned(), 7.into()));
    assert_eq!(number, "record.number: only the collection says that");
    assert_eq!(
        refused(&|it| it.retrieval = Some(json!({ "query": "roof" }))),
        "record.retrieval: it is none"
    );
    let long = Value::String("a".repeat(MAX_RECORD_BYTES));
    assert!(refused(&|it| _ = it.details.insert("prompt".to_owned(), long.clone())).contains("bytes"));
    assert!(lines(&collection).is_empty());
    assert!(replay(&collection, 1).unwrap_err().message().contains("none of this number"));
    let without = Account { retrieval: None, ..account(&collection, "roof") };
    let number = block_on(collection.record(without)).unwrap();
    assert_eq!(replay(&collection, number).unwrap_err().message(), "record 1: it has no search to repeat");
}
