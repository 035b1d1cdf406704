//! A collection as one file, and back.

#![cfg(not(target_arch = "wasm32"))]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use ibid::chunk::ChunkOptions;
use ibid::collection::{
    Account, Collection, CollectionOptions, Existing, Hit, Imported, LocalGraphs, SearchOptions,
};
use ibid::document::{Document, MediaType, MetadataValue, Span};
use ibid::error::{Error, ErrorKind, Result};
use ibid::index::Mode;
use ibid::seal::cipher::KeyBytes;
use ibid::seal::native::NativeCipher;
use ibid::seal::{Passphrase, Secret};
use ibid::store::Store;
use ibid::store::memory::MemoryStore;
use ibid::task::{Progress, Task, Unattended};
use ibid::transfer::sealed::{OpeningSource, SealingSink};
use ibid::transfer::{Sink, Source};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

#[path = "support/faulty_store.rs"]
mod faulty_store;
#[path = "support/word_embedder.rs"]
mod word_embedder;
use faulty_store::FaultyStore;
use word_embedder::WordEmbedder;

type Opened<S = Rc<MemoryStore>> = Collection<S, WordEmbedder>;

fn open<S: Store>(store: S) -> Opened<S> {
    let options =
        CollectionOptions { chunking: Some(ChunkOptions::filled(40, 5)), ..CollectionOptions::default() };
    block_on(Collection::open_with(store, WordEmbedder::new(), options)).unwrap()
}

fn document(id: &str, text: &str) -> Document {
    let mut document = Document::new(id, format!("Title of {id}"), MediaType::Markdown, text);
    document.metadata.insert("year".into(), MetadataValue::Number(2024.0));
    document
}

fn add<S: Store>(collection: &Opened<S>, id: &str, text: &str) {
    block_on(collection.add(vec![document(id, text)], &Unattended)).unwrap();
}

fn record<S: Store>(collection: &Opened<S>, question: &str) {
    record_with(collection, question, Map::new());
}

fn record_with<S: Store>(collection: &Opened<S>, question: &str, details: Map<String, Value>) {
    let account = Account {
        time: "2026-11-27T09:00:00.000Z".into(),
        question: question.into(),
        retrieval: None,
        details,
    };
    block_on(collection.record(account)).unwrap();
}

/// Text in several parts, an outline of its own, a removed document, chunks without a vector, and a trail.
fn full() -> (Rc<MemoryStore>, Opened) {
    full_with("The wall and the door, with a key and a lease for the roof.\n\n".repeat(1200))
}

/// The same with another text of the document `long`, which has several blocks.
fn full_with(long: String) -> (Rc<MemoryStore>, Opened) {
    let store = Rc::new(MemoryStore::new());
    let collection = open(store.clone());
    add(
        &collection,
        "lease",
        "# Repairs\n\nThe landlord mends the roof. 🏠\n\n# Rent\n\nRent is due monthly.",
    );
    add(&collection, "gone", "A key that was removed.");
    add(&collection, "long", &long);
    add(
        &collection,
        "picture",
        "# Door\n\n![door](data:image/png;base64,AAAAAAAAAAAAAAAAAAAA)\n\nThe door is red.",
    );
    record(&collection, "who mends the roof?");
    block_on(collection.remove(&["gone".into()])).unwrap();
    record(&collection, "what is red?");
    record(&collection, "what is due?");
    block_on(collection.delete_records(&[2])).unwrap();
    block_on(
        collection.add_text(vec![document("later", "A wall without a vector, and a key.")], &Unattended),
    )
    .unwrap();
    (store, collection)
}

fn small() -> (Rc<MemoryStore>, Opened) {
    let store = Rc::new(MemoryStore::new());
    let collection = open(store.clone());
    add(&collection, "roof", "The roof.");
    record(&collection, "where?");
    (store, collection)
}

fn export<S: Store>(collection: &Opened<S>) -> Vec<u8> {
    let mut file = Vec::new();
    block_on(collection.export(&mut file, &Unattended)).unwrap();
    file
}

fn import<S: Store>(collection: &Opened<S>, file: &[u8], existing: Existing) -> Result<Imported> {
    block_on(collection.import(file, existing, &Unattended))
}

fn passphrase(text: &str) -> Option<Secret<KeyBytes>> {
    Some(Secret::Passphrase(Passphrase::new(text.to_owned().into()).unwrap()))
}

fn export_sealed<S: Store>(collection: &Opened<S>, secret: Option<Secret<KeyBytes>>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut sink = SealingSink::new(&mut file, NativeCipher, secret);
    block_on(collection.export(&mut sink, &Unattended)).unwrap();
    file
}

fn import_sealed<S: Store>(
    collection: &Opened<S>,
    file: &[u8],
    secret: Option<Secret<KeyBytes>>,
    existing: Existing,
) -> Result<Imported> {
    let source = OpeningSource::new(file, NativeCipher, secret);
    block_on(collection.import(source, existing, &Unattended))
}

/// All that readers see, scores to the bit.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    documents: Vec<(String, String, String)>,
    hits: Vec<(String, String, Span, u32)>,
    places: Vec<String>,
    trail: Vec<String>,
    backlog: usize,
}

const QUERIES: [&str; 4] = ["roof", "a red door", "the key of the wall", "rent due"];

fn seen<S: Store>(collection: &Opened<S>) -> Seen {
    let mut documents = Vec::new();
    let mut places = Vec::new();
    for summary in block_on(collection.list()).unwrap() {
        let stored = block_on(collection.get(&summary.id)).unwrap().unwrap();
        let all = Span { start: 0, end: summary.text_utf16 as u32 };
        places.push(format!("{:?}", block_on(collection.locate(&summary.id, all)).unwrap()));
        documents.push((summary.id, format!("{:?}", stored.summary), stored.text));
    }
    let mut hits = Vec::new();
    for query in QUERIES {
        for mode in [Mode::Hybrid, Mode::Dense, Mode::Lexical] {
            let options = SearchOptions { mode, k: 50, ..SearchOptions::default() };
            let found = block_on(collection.search(query, &options, &Unattended)).unwrap().hits;
            let of = |hit: Hit| (hit.document, hit.text, hit.chunk.span, hit.score.to_bits());
            hits.extend(found.into_iter().map(of));
        }
    }
    let trail = block_on(collection.records(0..u64::MAX)).unwrap();
    let trail = trail.into_iter().map(|(_, entry)| entry.unwrap().line()).collect();
    assert_eq!(block_on(collection.check_trail(&Unattended)).unwrap().broken, []);
    assert_eq!(block_on(collection.check(&Unattended)).unwrap(), []);
    Seen { documents, hits, places, trail, backlog: block_on(collection.info()).unwrap().backlog }
}

/// Every stored part but the manifest.
fn parts(store: &MemoryStore) -> BTreeMap<String, Vec<u8>> {
    let names = store.names();
    let head = block_on(store.head()).unwrap();
    let read = block_on(store.read(head, &names)).unwrap();
    names.into_iter().zip(read.into_iter().flatten()).collect()
}

#[test]
fn a_collection_comes_back_to_the_bit_with_its_trail() {
    let (_, source) = full();
    let file = export(&source);
    let store = Rc::new(MemoryStore::new());
    let target = open(store.clone());
    let report = import(&target, &file, Existing::Refuse).unwrap();
    assert_eq!((report.added, report.removed, report.records, report.backlog), (4, 0, 3, 1));
    assert_eq!(seen(&target), seen(&source));
    // Another value of the same store sees it, and it is all that is there.
    assert_eq!(seen(&open(store.clone())), seen(&source));
    assert!(store.names().iter().all(|name| !name.starts_with("staged")), "{:?}", store.names());
    // It goes on from there as the other does.
    for collection in [&source, &target] {
        add(collection, "new", "A new key.");
        record(collection, "what is new?");
        block_on(collection.embed_backlog(&Unattended)).unwrap();
        block_on(collection.remove(&["long".into()])).unwrap();
        block_on(collection.maintain(&LocalGraphs, &Unattended)).unwrap();
    }
    assert_eq!(seen(&target), seen(&source));
    // And its file is as good as the first one.
    let third = open(Rc::new(MemoryStore::new()));
    import(&third, &export(&target), Existing::Refuse).unwrap();
    assert_eq!(seen(&third), seen(&source));
}

#[test]
fn an_empty_collection_is_a_file_too() {
    let file = export(&open(Rc::new(MemoryStore::new())));
    let target = open(Rc::new(MemoryStore::new()));
    assert_eq!(import(&target, &file, Existing::Refuse).unwrap(), Imported::default());
    let (store, target) = full();
    import(&target, &file, Existing::Replace).unwrap();
    assert_eq!(block_on(target.list()).unwrap(), []);
    assert_eq!(store.names(), [] as [String; 0]);
}

#[test]
fn what_is_there_is_only_replaced_by_who_says_so() {
    let (store, target) = small();
    let (before, stored) = (seen(&target), parts(&store));
    let (_, source) = full();
    let file = export(&source);
    let error = import(&target, &file, Existing::Refuse).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CollectionNotEmpty);
    assert_eq!((seen(&target), parts(&store)), (before, stored.clone()));

    let report = import(&target, &file, Existing::Replace).unwrap();
    assert_eq!((report.added, report.removed, report.records), (4, 1, 3));
    assert_eq!(seen(&target), seen(&source));
    // Nothing of what was there is left, and the trail is the other's.
    let left: Vec<_> = stored.keys().filter(|name| parts(&store).get(*name) == stored.get(*name)).collect();
    assert_eq!(left, [] as [&String; 0]);
}

#[test]
fn a_file_takes_the_place_of_what_it_was_made_of_and_of_what_came_of_that() {
    let (store, collection) = full();
    let (file, before, size) = (export(&collection), seen(&collection), store.names().len());
    import(&collection, &file, Existing::Replace).unwrap();
    assert_eq!(seen(&collection), before);
    // Records and outlines keep their names, and stay where they are.
    assert!(store.names().len() <= size, "{:?}", store.names());
    record(&collection, "what came later?");
    block_on(collection.clear_trail()).unwrap();
    record(&collection, "what came after that?");
    block_on(collection.remove(&["picture".into()])).unwrap();
    import(&collection, &file, Existing::Replace).unwrap();
    assert_eq!(seen(&collection), before);
}

#[test]
fn a_record_of_the_same_number_and_other_content_is_replaced_with_the_rest() {
    let (_, source) = small();
    let target = open(Rc::new(MemoryStore::new()));
    ["one?", "two?"].iter().for_each(|question| record(&target, question));
    import(&target, &export(&source), Existing::Replace).unwrap();
    assert_eq!(seen(&target), seen(&source));
}

#[test]
fn merging_adds_what_is_not_there_and_leaves_everything_else() {
    let (_, source) = full();
    let store = Rc::new(MemoryStore::new());
    let target = open(store.clone());
    add(&target, "lease", "Another lease.");
    add(
        &target,
        "picture",
        "# Door\n\n![door](data:image/png;base64,AAAAAAAAAAAAAAAAAAAA)\n\nThe door is red.",
    );
    add(&target, "own", "A roof of our own.");
    record(&target, "whose?");
    let trail = seen(&target).trail;
    let report = import(&target, &export(&source), Existing::Merge).unwrap();
    let expected = Imported { added: 2, unchanged: 1, differing: 1, backlog: 1, ..Imported::default() };
    assert_eq!(report, expected);
    let merged = seen(&target);
    let ids: Vec<&str> = merged.documents.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(ids, ["later", "lease", "long", "own", "picture"]);
    assert_eq!((merged.documents[1].2.as_str(), &merged.trail), ("Another lease.", &trail));

    // The same documents, added one by one, rank the same.
    let plain = open(Rc::new(MemoryStore::new()));
    for id in ["lease", "picture", "own", "long"] {
        let text = &merged.documents.iter().find(|(it, ..)| it == id).unwrap().2;
        let text = if id == "picture" {
            "# Door\n\n![door](data:image/png;base64,AAAAAAAAAAAAAAAAAAAA)\n\nThe door is red."
        } else {
            text
        };
        add(&plain, id, text);
    }
    block_on(plain.add_text(vec![document("later", "A wall without a vector, and a key.")], &Unattended))
        .unwrap();
    assert_eq!(seen(&plain).hits, merged.hits);
    // Again, there is nothing left to do.
    let again = import(&target, &export(&source), Existing::Merge).unwrap();
    assert_eq!((again.added, again.unchanged, again.differing), (0, 3, 1));
    assert_eq!(seen(&target), merged);
    block_on(target.maintain(&LocalGraphs, &Unattended)).unwrap();
    assert_eq!(seen(&target).hits, merged.hits);
}

#[test]
fn vectors_of_another_model_are_not_merged() {
    let (_, source) = small();
    let mut other = WordEmbedder::new();
    other.set_fingerprint("others");
    let store = Rc::new(MemoryStore::new());
    let options = CollectionOptions::default();
    let target = block_on(Collection::open_with(store.clone(), other, options)).unwrap();
    add(&target, "own", "A roof of our own.");
    let stored = parts(&store);
    let error = import(&target, &export(&source), Existing::Merge).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelMismatch);
    assert!(error.message().contains("words") && error.message().contains("others"), "{error}");
    assert_eq!(parts(&store), stored);
}

#[test]
fn a_damaged_or_cut_or_foreign_file_changes_nothing() {
    let (_, source) = small();
    let file = export(&source);
    let (store, target) = full();
    let (before, stored) = (seen(&target), parts(&store));
    let refused = |file: &[u8], what: &str| {
        for existing in [Existing::Replace, Existing::Merge] {
            let error = import(&target, file, existing).unwrap_err();
            use ErrorKind::{FileCorrupt, FileForeign, FileTooNew, FileTruncated};
            assert!(
                matches!(error.kind(), FileCorrupt | FileForeign | FileTooNew | FileTruncated),
                "{what}: {error}"
            );
            assert!(error.message().contains("byte "), "{what}: {error}");
        }
        assert_eq!(store.names().len(), stored.len(), "{what}");
    };
    for length in 0..file.len() {
        refused(&file[..length], &format!("cut at {length}"));
    }
    for at in 0..file.len() {
        let mut damaged = file.clone();
        damaged[at] ^= 1 << (at % 8);
        refused(&damaged, &format!("byte {at} flipped"));
    }
    refused(b"{\"_id\": \"no such file\"}", "JSON");
    refused(include_bytes!("fixtures/tiny-cls-encoder/model.safetensors"), "a model");
    assert_eq!((seen(&target), parts(&store)), (before, stored));
}

/// Whatever call of the store fails, once or for good, while `file` is imported into what [`small`] gives.
fn assert_faults_change_nothing(file: &[u8], expected: &Seen, existing: Existing, for_good: bool) {
    for calls in 1.. {
        let (store, own) = small();
        let (before, stored) = (seen(&own), parts(&store));
        let faulty = Rc::new(FaultyStore::new(store.clone(), calls, for_good));
        let outcome = import(&open(faulty.clone()), file, existing);
        if !faulty.failed.get() {
            outcome.unwrap();
            return assert!(calls > 8, "{calls}");
        }
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::StoreLost);
        // Whoever opens it sees what was there, whatever was left behind, which upkeep removes.
        let opened = open(store.clone());
        assert_eq!(seen(&opened), before, "{calls}");
        if for_good {
            block_on(opened.maintain(&LocalGraphs, &Unattended)).unwrap();
        }
        assert_eq!(parts(&store), stored, "{existing:?}, call {calls}");
        // And so does the next import.
        import(&opened, file, Existing::Replace).unwrap();
        assert_eq!(&seen(&opened), expected);
    }
}

#[test]
fn a_fault_at_any_call_of_the_store_changes_nothing_and_leaves_nothing() {
    let (_, source) = full();
    let (file, expected) = (export(&source), seen(&source));
    for existing in [Existing::Replace, Existing::Merge] {
        for for_good in [false, true] {
            assert_faults_change_nothing(&file, &expected, existing, for_good);
        }
    }
}

#[test]
fn so_it_is_where_a_file_is_staged_in_many_commits() {
    let (_, source) = small();
    for number in 0..4 {
        let details = Map::from_iter([("prompt".to_owned(), json!(number.to_string().repeat(5 << 20)))]);
        record_with(&source, "how long?", details);
    }
    let (file, expected) = (export(&source), seen(&source));
    for for_good in [false, true] {
        assert_faults_change_nothing(&file, &expected, Existing::Replace, for_good);
    }
}

#[test]
fn the_next_import_removes_what_an_interrupted_one_left() {
    let (_, source) = full();
    let file = export(&source);
    let (store, _) = small();
    let target = open(FaultyStore::new(store.clone(), 10, true));
    import(&target, &file, Existing::Replace).unwrap_err();
    assert!(store.names().iter().any(|name| name.starts_with("staged")), "{:?}", store.names());
    let next = open(store.clone());
    import(&next, &export(&small().1), Existing::Replace).unwrap();
    assert_eq!(store.names().len(), small().0.names().len(), "{:?}", store.names());
}

/// A file that comes in pieces, with something that happens before one of them is read.
struct Interrupted<'f> {
    pieces: std::slice::Chunks<'f, u8>,
    read: usize,
    at: usize,
    happen: &'f dyn Fn(),
}

impl<'f> Interrupted<'f> {
    fn new(file: &'f [u8], at: usize, happen: &'f dyn Fn()) -> Self {
        Self { pieces: file.chunks(file.len() / 8), read: 0, at, happen }
    }
}

impl Source for Interrupted<'_> {
    async fn read(&mut self) -> Result<Option<Vec<u8>>> {
        if self.read == self.at {
            (self.happen)();
        }
        self.read += 1;
        Ok(self.pieces.next().map(<[u8]>::to_vec))
    }
}

#[test]
fn what_another_writer_adds_meanwhile_is_a_conflict_and_stays() {
    let (_, source) = full();
    let file = export(&source);
    for at in 0..8 {
        for existing in [Existing::Refuse, Existing::Replace, Existing::Merge] {
            let store = Rc::new(MemoryStore::new());
            let target = open(store.clone());
            if existing != Existing::Refuse {
                add(&target, "own", "A roof of our own.");
            }
            // The very document that is being imported, outline included.
            let other = || {
                let other = open(store.clone());
                add(
                    &other,
                    "picture",
                    "# Door\n\n![door](data:image/png;base64,AAAAAAAAAAAAAAAAAAAA)\n\nThe door is red.",
                );
                record(&other, "who was first?");
            };
            let outcome = block_on(target.import(Interrupted::new(&file, at, &other), existing, &Unattended));
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::StoreConflict, "{at} {existing:?}");
            let seen = seen(&open(store.clone()));
            assert_eq!(
                (seen.documents.len(), seen.trail.len()),
                (1 + usize::from(existing != Existing::Refuse), 1)
            );
            assert!(store.names().iter().all(|name| !name.starts_with("staged")), "{:?}", store.names());
        }
    }
}

#[test]
fn upkeep_and_embedding_meanwhile_are_no_conflict() {
    let (_, source) = full();
    let file = export(&source);
    let (store, target) = small();
    block_on(target.add_text(vec![document("waiting", "A key.")], &Unattended)).unwrap();
    let other = || block_on(open(store.clone()).embed_backlog(&Unattended)).unwrap();
    block_on(target.import(Interrupted::new(&file, 4, &other), Existing::Replace, &Unattended)).unwrap();
    assert_eq!(seen(&target), seen(&source));
}

/// A task that is aborted after a number of checkpoints.
struct AbortAfter(Cell<usize>);

impl Task for AbortAfter {
    fn report(&self, _: Progress) {}

    fn is_aborted(&self) -> bool {
        self.0.get() == 0
    }

    async fn pause(&self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

#[test]
fn an_import_that_is_aborted_at_any_point_changes_nothing() {
    let (_, source) = full();
    let file = export(&source);
    for checkpoints in 1.. {
        let (store, target) = small();
        let stored = parts(&store);
        let task = AbortAfter(Cell::new(checkpoints));
        match block_on(target.import(&file[..], Existing::Replace, &task)) {
            Ok(_) => return assert!(checkpoints > 10),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Aborted),
        }
        assert_eq!(parts(&store), stored, "{checkpoints}");
    }
}

/// A sink during the first writing of which something happens.
struct Disturbed<'d> {
    file: Vec<u8>,
    begun: usize,
    happen: &'d dyn Fn(),
}

impl Sink for Disturbed<'_> {
    async fn begin(&mut self) -> Result<()> {
        self.begun += 1;
        self.file.clear();
        if self.begun == 1 {
            (self.happen)();
        }
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.extend_from_slice(bytes);
        Ok(())
    }

    async fn end(&mut self) -> Result<()> {
        Ok(())
    }
}

#[test]
fn a_file_is_begun_anew_where_another_writer_removes_what_was_to_be_read() {
    let (store, source) = full();
    let remove = || _ = block_on(open(store.clone()).remove(&["long".into()])).unwrap();
    let mut sink = Disturbed { file: Vec::new(), begun: 0, happen: &remove };
    let exported = block_on(source.export(&mut sink, &Unattended)).unwrap();
    assert_eq!((sink.begun, exported.documents), (2, 3));
    let target = open(Rc::new(MemoryStore::new()));
    import(&target, &sink.file, Existing::Refuse).unwrap();
    assert_eq!(seen(&target), seen(&source));
}

#[test]
fn a_collection_with_a_damaged_text_is_not_exported_and_the_error_names_the_part() {
    let (store, source) = small();
    let name = store.names().into_iter().find(|name| name.starts_with("text/")).unwrap();
    let snapshot = block_on(store.load()).unwrap();
    let damaged = ibid::store::Changes {
        expected_generation: snapshot.head.generation,
        history: snapshot.head.history,
        manifest: snapshot.manifest,
        put: vec![(name.clone(), Rc::new(b"nothing".to_vec()))],
        delete: Vec::new(),
    };
    block_on(store.commit(damaged)).unwrap();
    let error: Error = block_on(source.export(&mut Vec::new(), &Unattended)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreCorrupt);
    assert!(error.message().contains(&name), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_documents_come_back(
        texts in prop::collection::btree_map("[a-e]{1,3}", "[a-z ]{0,10}(roof|key|wall|🏠)[a-z \n#*é漢]{0,80}", 0..8),
        removed in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        existing in prop::sample::select(vec![Existing::Replace, Existing::Merge]),
    ) {
        let source = open(Rc::new(MemoryStore::new()));
        let ids: Vec<&String> = texts.keys().collect();
        texts.iter().for_each(|(id, text)| add(&source, id, text));
        for gone in removed.iter().filter(|_| !ids.is_empty()) {
            block_on(source.remove(&[gone.get(&ids).to_string()])).unwrap();
        }
        let target = open(Rc::new(MemoryStore::new()));
        import(&target, &export(&source), existing).unwrap();
        prop_assert_eq!(seen(&target), seen(&source));
    }
}

#[test]
fn an_encrypted_file_is_imported_with_its_passphrase_and_otherwise_changes_nothing() {
    let (_, source) = full();
    let file = export_sealed(&source, passphrase("it"));
    let word = b"door"; // of the words that are found, texts being compressed
    assert!(!contains(&file, word) && contains(&export(&source), word));
    let store = Rc::new(MemoryStore::new());
    let target = open(store.clone());
    add(&target, "kept", "A lease that is kept.");
    let (names, before) = (store.names(), seen(&target));
    let mut altered = file.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let plain = export(&source);
    let refused = [
        (&file, passphrase("another"), ErrorKind::WrongKey),
        (&file, None, ErrorKind::Locked),
        (&plain, passphrase("it"), ErrorKind::NotEncrypted),
        (&altered, passphrase("it"), ErrorKind::FileCorrupt),
        (&file[..file.len() - 1].to_vec(), passphrase("it"), ErrorKind::FileTruncated),
    ];
    for (file, secret, expected) in refused {
        let error = import_sealed(&target, file, secret, Existing::Replace).unwrap_err();
        assert_eq!(error.kind(), expected, "{error}");
        assert_eq!((store.names(), seen(&target)), (names.clone(), before.clone()));
    }
    import_sealed(&target, &file, passphrase("it"), Existing::Replace).unwrap();
    assert_eq!(seen(&target), seen(&source));
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/transfer/version-1.ibid");
const SEALED_FIXTURE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/transfer/version-1-encrypted.ibid");

/// Every later version reads it, or has a migration for it.
#[test]
fn a_file_of_version_1_is_read() {
    let file = std::fs::read(FIXTURE).unwrap();
    let target = open(Rc::new(MemoryStore::new()));
    let report = import(&target, &file, Existing::Refuse).unwrap();
    assert_eq!((report.added, report.records, report.backlog), (4, 3, 1));
    let found = seen(&target);
    let ids: Vec<&str> = found.documents.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(ids, ["later", "lease", "long", "picture"]);
    assert!(found.documents[1].2.contains("mends the roof. 🏠"));
    assert!(
        found.trail[0].contains("who mends the roof?") && found.trail[1].contains("deleted"),
        "{:?}",
        found.trail
    );
    let hit = found.hits.iter().find(|(.., text, _, _)| text.contains("door is red")).unwrap();
    assert_eq!(hit.0, "picture");
}

#[test]
fn an_encrypted_file_of_version_1_is_read() {
    let file = std::fs::read(SEALED_FIXTURE).unwrap();
    let target = open(Rc::new(MemoryStore::new()));
    let report = import_sealed(&target, &file, passphrase("a house"), Existing::Refuse).unwrap();
    assert_eq!((report.added, report.records, report.backlog), (4, 3, 1));
}

/// `cargo test --test transfer -- --ignored` writes the files anew: only where no version of them was published.
#[test]
#[ignore = "it writes the fixture"]
fn write_the_fixture() {
    std::fs::write(FIXTURE, export(&full_with("A wall without end.".into()).1)).unwrap();
}

#[test]
#[ignore = "it writes the fixture"]
fn write_the_encrypted_fixture() {
    let source = full_with("A wall without end.".into()).1;
    std::fs::write(SEALED_FIXTURE, export_sealed(&source, passphrase("a house"))).unwrap();
}
