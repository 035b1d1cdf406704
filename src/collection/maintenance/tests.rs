//! Upkeep of a collection in memory, alone and beside other tabs.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use pollster::block_on;

use super::super::tests::{overwrite, read};
use super::super::{Collection, CollectionOptions, SearchOptions};
use super::{GraphBuilder, LocalGraphs};
use crate::chunk::ChunkOptions;
use crate::collection::{Existing, Hit};
use crate::document::{Document, MediaType};
use crate::error::{Error, ErrorKind, Result};
use crate::generation::{Draft, Generation, Needs, names, text as stored_text};
use crate::index::Segment;
use crate::language::Language;
use crate::store::memory::MemoryStore;
use crate::task::{Progress, Task, Unattended};
use crate::testing::{AbortAfter, HashEmbedder};

type TestCollection = Collection<Rc<MemoryStore>, HashEmbedder>;

fn open(store: &Rc<MemoryStore>) -> TestCollection {
    block_on(try_open(store)).unwrap()
}

async fn try_open(store: &Rc<MemoryStore>) -> Result<TestCollection> {
    let chunking = Some(ChunkOptions::filled(40, 5));
    let options = CollectionOptions { chunking, language: Some(Language::English) };
    Collection::open_with(store.clone(), HashEmbedder::new("a"), options).await
}

fn document(number: usize, text: &str) -> Document {
    Document::new(format!("d{number}"), format!("Title {number}"), MediaType::Markdown, text)
}

fn text(number: usize) -> String {
    format!("# Clause {number}\n\nParty{number} bears the costs.\n\n# More\n\nMatter{number} is settled.")
}

/// Documents of two chunks, each in a segment of its own, without vectors.
fn add_one_by_one(collection: &TestCollection, numbers: impl IntoIterator<Item = usize>) {
    block_on(add_texts(collection, numbers));
}

async fn add_texts(collection: &TestCollection, numbers: impl IntoIterator<Item = usize>) {
    for number in numbers {
        collection.add_text(vec![document(number, &text(number))], &Unattended).await.unwrap();
    }
}

fn maintain(collection: &TestCollection) {
    block_on(collection.maintain(&LocalGraphs, &Unattended)).unwrap();
}

fn hits(collection: &TestCollection, query: &str) -> Vec<Hit> {
    block_on(collection.search(query, &SearchOptions::default(), &Unattended)).unwrap().hits
}

/// The current generation, with all that can be read.
fn current(collection: &TestCollection) -> Rc<Generation> {
    block_on(collection.current(Needs::ALL)).unwrap()
}

fn segments(collection: &TestCollection) -> usize {
    current(collection).index.segments().len()
}

/// How many passages the model of a collection has embedded.
fn embedded(collection: &TestCollection) -> usize {
    collection.model.get().unwrap().embedder.embedded.get()
}

/// Checks that the store holds what the collection consists of, and nothing else.
pub fn check_store(store: &MemoryStore, collection: &TestCollection) {
    let generation = current(collection);
    let mut names = Vec::new();
    for parts in generation.index.segments().iter().map(Segment::parts) {
        names.extend([names::tables(parts.tables.id), names::postings(parts.postings.id)]);
        names.extend(parts.runs.iter().map(|run| names::vectors(run.part.id)));
        names.extend(parts.graph.map(|graph| names::graph(graph.id)));
    }
    names.extend(generation.index.documents().flat_map(|(_, record)| stored_text::parts_of(record)));
    names.sort();
    names.dedup(); // small texts share parts
    assert_eq!(store.names(), names);
}

#[test]
fn documents_that_come_one_by_one_end_in_few_segments_and_rank_as_before() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add_one_by_one(&collection, 0..50);
    block_on(collection.embed_backlog(&Unattended)).unwrap();
    let queries = ["costs of party7", "matter33 settled", "Clause 12"];
    let before = queries.map(|query| hits(&collection, query));
    let embedded_before = embedded(&collection);
    maintain(&collection);
    assert!(segments(&collection) <= 6, "{}", segments(&collection));
    for reader in [&collection, &open(&store)] {
        assert_eq!(queries.map(|query| hits(reader, query)), before);
        check_store(&store, reader);
    }
    assert_eq!(embedded(&collection), embedded_before);
    // There is nothing left to do.
    let generation = block_on(collection.info()).unwrap().generation;
    maintain(&collection);
    assert_eq!(block_on(collection.info()).unwrap().generation, generation);
}

#[test]
fn nothing_of_a_removed_document_is_left_once_its_segment_is_written_anew() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    let documents = (0..8).map(|number| document(number, &text(number))).collect();
    block_on(collection.add(documents, &Unattended)).unwrap();
    let holds_title = || {
        let parts = block_on(read(&store, &store.names())).unwrap();
        parts.iter().flatten().any(|part| part.windows(7).any(|window| window == b"Title 3"))
    };
    assert!(holds_title());
    block_on(collection.remove(&["d3".into()])).unwrap();
    let before = hits(&collection, "party3 or party4");
    assert!(holds_title(), "it is in the tables of its segment");
    maintain(&collection);
    assert!(!holds_title());
    assert_eq!(current(&collection).index.segments()[0].tables().chunks().len(), 14);
    assert_eq!(hits(&open(&store), "party3 or party4"), before);
    check_store(&store, &collection);
}

#[test]
fn the_runs_of_a_segment_become_one() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    let documents = (0..130).map(|number| document(number, &text(number))).collect();
    block_on(collection.add(documents, &Unattended)).unwrap();
    let runs = || current(&collection).index.segments()[0].parts().runs.len();
    assert_eq!(runs(), 33, "one for each turn");
    block_on(collection.remove(&["d3".into()])).unwrap();
    let before = hits(&collection, "party4");
    maintain(&collection);
    assert_eq!(runs(), 1);
    assert_eq!(hits(&open(&store), "party4"), before);
    check_store(&store, &collection);
}

/// A task that does something else in one of its pauses.
struct Meanwhile<F> {
    pauses: Cell<usize>,
    action: F,
}

impl<F: AsyncFn()> Task for Meanwhile<F> {
    fn report(&self, _: Progress) {}

    fn is_aborted(&self) -> bool {
        false
    }

    async fn pause(&self) {
        self.pauses.set(self.pauses.get().wrapping_sub(1));
        if self.pauses.get() == 0 {
            (self.action)().await;
        }
    }
}

#[test]
fn what_changes_while_segments_are_merged_is_in_the_result() {
    // Whichever pause it falls into: before, during or after the work.
    for pauses in 1..12 {
        let store = Rc::new(MemoryStore::new());
        let (collection, tab) = (open(&store), open(&store));
        add_one_by_one(&collection, 0..4);
        let meanwhile = async || {
            tab.embed_backlog(&Unattended).await.unwrap();
            tab.remove(&["d1".into()]).await.unwrap();
            tab.add(vec![document(2, "The second was replaced.")], &Unattended).await.unwrap();
        };
        let task = Meanwhile { pauses: Cell::new(pauses), action: meanwhile };
        block_on(collection.maintain(&LocalGraphs, &task)).unwrap();
        if task.pauses.get() != 0 && task.pauses.get() < 12 {
            block_on((task.action)());
        }
        let expected = open(&Rc::default());
        add_one_by_one(&expected, [0, 3]);
        let replaced = vec![document(2, "The second was replaced.")];
        block_on(expected.add_text(replaced, &Unattended)).unwrap();
        block_on(expected.embed_backlog(&Unattended)).unwrap();
        for reader in [&collection, &tab, &open(&store)] {
            let info = block_on(reader.info()).unwrap();
            assert_eq!((info.documents, info.chunks, info.backlog), (3, 5, 0), "{pauses}");
            for query in ["party0 bears costs", "second", "matter1"] {
                assert_eq!(hits(reader, query), hits(&expected, query), "{pauses}");
            }
            check_store(&store, reader);
        }
    }
}

#[test]
fn a_vector_that_arrives_after_its_segment_was_merged_is_not_lost() {
    let collection = open(&Rc::default());
    add_one_by_one(&collection, 0..4);
    let task = Meanwhile {
        pauses: Cell::new(2),
        action: async || collection.maintain(&LocalGraphs, &Unattended).await.unwrap(),
    };
    block_on(collection.embed_backlog(&task)).unwrap();
    assert_eq!(segments(&collection), 1);
    let info = block_on(collection.info()).unwrap();
    assert_eq!((info.chunks, info.backlog), (8, 0));
    assert_eq!(embedded(&collection), 8, "nothing is embedded twice");
}

#[test]
fn two_tabs_that_merge_the_same_segments_end_with_one() {
    let store = Rc::new(MemoryStore::new());
    let (one, other) = (open(&store), open(&store));
    add_one_by_one(&one, 0..4);
    let task = Meanwhile {
        pauses: Cell::new(3),
        // It has waited for so long that it no longer waits for its turn.
        action: async || {
            let generation = other.current(Needs::ALL).await.unwrap();
            assert!(other.merge_segments(&generation, &Unattended).await.unwrap());
        },
    };
    block_on(one.maintain(&LocalGraphs, &task)).unwrap();
    let info = block_on(one.info()).unwrap();
    assert_eq!((segments(&one), info.documents, info.generation), (1, 4, 5));
    check_store(&store, &one);
}

#[test]
fn a_second_call_waits_for_the_first_and_finds_nothing_left() {
    let collection = open(&Rc::default());
    add_one_by_one(&collection, 0..4);
    let turn = block_on(collection.maintenance.lock());
    let mut context = Context::from_waker(Waker::noop());
    let (mut first, mut second) = (
        pin!(collection.maintain(&LocalGraphs, &Unattended)),
        pin!(collection.maintain(&LocalGraphs, &Unattended)),
    );
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    drop(turn);
    block_on(first).unwrap();
    block_on(second).unwrap();
    assert_eq!(block_on(collection.info()).unwrap().generation, 5);
}

#[test]
fn an_abort_leaves_the_collection_as_it_was() {
    for units in 0..6 {
        let store = Rc::new(MemoryStore::new());
        let collection = open(&store);
        add_one_by_one(&collection, 0..4);
        let result = block_on(collection.maintain(&LocalGraphs, &AbortAfter::new(units)));
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::Aborted);
            assert_eq!(segments(&collection), 4, "after {units} units");
        }
        check_store(&store, &collection);
        maintain(&collection);
        assert_eq!(segments(&collection), 1);
    }
    let collection = open(&Rc::default());
    collection.close();
    assert_eq!(
        block_on(collection.maintain(&LocalGraphs, &Unattended)).unwrap_err().kind(),
        ErrorKind::Closed
    );
}

#[test]
fn a_store_that_was_destroyed_meanwhile_is_left_alone() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    add_one_by_one(&collection, 0..4);
    let again = async || {
        open(&store).destroy().await.unwrap();
        add_texts(&open(&store), 5..9).await;
    };
    let task = Meanwhile { pauses: Cell::new(4), action: again };
    let error = block_on(collection.maintain(&LocalGraphs, &task)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deleted);
    let collection = open(&store);
    let listed = block_on(collection.list()).unwrap();
    assert_eq!(listed.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["d5", "d6", "d7", "d8"]);
    check_store(&store, &collection);
}

/// From so many rows on segments have graphs in these tests.
const GRAPH_ROWS: u64 = 10;

fn maintain_with(collection: &TestCollection, graphs: &impl GraphBuilder) {
    block_on(collection.maintain_with(graphs, GRAPH_ROWS, &Unattended)).unwrap();
}

/// The numbers of rows that the graphs of a collection have.
fn graphs(collection: &TestCollection) -> Vec<u64> {
    let generation = current(collection);
    generation.index.segments().iter().filter_map(Segment::graph).map(|graph| graph.rows().len()).collect()
}

#[test]
fn a_large_segment_gets_a_graph_that_is_stored_with_it_and_goes_with_it() {
    let store = Rc::new(MemoryStore::new());
    let (collection, tab) = (open(&store), open(&store));
    let documents = (0..8).map(|number| document(number, &text(number))).collect();
    block_on(collection.add_text(documents, &Unattended)).unwrap();
    maintain_with(&collection, &LocalGraphs);
    assert_eq!(graphs(&collection), [] as [u64; 0], "there are no vectors yet");
    block_on(collection.embed_backlog(&Unattended)).unwrap();
    assert_eq!(graphs(&tab), [] as [u64; 0]);
    maintain_with(&collection, &LocalGraphs);
    for reader in [&collection, &tab, &open(&store)] {
        assert_eq!(graphs(reader), [16]);
        check_store(&store, reader);
    }
    // Of a document less the graph stays, until the segment is written anew.
    block_on(collection.remove(&["d1".into()])).unwrap();
    assert_eq!([graphs(&collection), graphs(&open(&store))], [[16], [16]]);
    maintain_with(&collection, &LocalGraphs);
    assert_eq!([graphs(&collection), graphs(&tab), graphs(&open(&store))], [[14], [14], [14]]);
    check_store(&store, &collection);
    let generation = block_on(collection.info()).unwrap().generation;
    maintain_with(&collection, &LocalGraphs);
    assert_eq!(block_on(collection.info()).unwrap().generation, generation);
}

/// Builds no graph, and says so or not.
struct NoGraphs {
    result: fn() -> Result<Vec<u8>>,
    calls: Cell<usize>,
}

impl GraphBuilder for NoGraphs {
    async fn build(&self, _: u32, _: Vec<Vec<u8>>) -> Result<Vec<u8>> {
        self.calls.set(self.calls.get() + 1);
        (self.result)()
    }
}

#[test]
fn a_graph_that_cannot_be_built_is_done_without_and_not_tried_again() {
    for result in [|| Err(Error::internal("no worker")), || Ok(b"no graph".to_vec())] {
        let collection = open(&Rc::default());
        let documents = (0..8).map(|number| document(number, &text(number))).collect();
        block_on(collection.add(documents, &Unattended)).unwrap();
        let before = hits(&collection, "party4");
        let failing = NoGraphs { result, calls: Cell::new(0) };
        maintain_with(&collection, &failing);
        maintain_with(&collection, &failing);
        assert_eq!(failing.calls.get(), 1);
        assert_eq!(hits(&collection, "party4"), before);
        assert_eq!(graphs(&collection), [] as [u64; 0]);
    }
}

#[test]
fn the_vectors_that_a_graph_needs_stay_although_their_documents_are_removed() {
    let collection = open(&Rc::default());
    let documents = (0..32).map(|number| document(number, &text(number))).collect();
    block_on(collection.add(documents, &Unattended)).unwrap();
    maintain_with(&collection, &LocalGraphs);
    block_on(collection.remove(&["d1".into()])).unwrap();
    let generation = current(&collection);
    let segment = &generation.index.segments()[0];
    assert!(segment.graph().is_some());
    assert!(!Draft::new(&generation).replace_runs(segment.id(), &segment.parts().runs, &[]).unwrap());
}

#[test]
fn a_graph_of_vectors_that_are_gone_is_dropped() {
    let store = Rc::new(MemoryStore::new());
    let (collection, tab) = (open(&store), open(&store));
    let documents = (0..8).map(|number| document(number, &text(number))).collect();
    block_on(collection.add(documents, &Unattended)).unwrap();
    /// Removes documents, so that another tab writes their segment anew, while the graph is built.
    struct Late<'t>(&'t TestCollection);
    impl GraphBuilder for Late<'_> {
        async fn build(&self, rows: u32, runs: Vec<Vec<u8>>) -> Result<Vec<u8>> {
            self.0.remove(&["d1".into(), "d2".into()]).await?;
            self.0.maintain(&LocalGraphs, &Unattended).await?;
            LocalGraphs.build(rows, runs).await
        }
    }
    maintain_with(&collection, &Late(&tab));
    check_store(&store, &collection);
    assert!(graphs(&collection).iter().all(|rows| *rows == 12), "{:?}", graphs(&collection));
}

#[test]
fn a_part_with_any_bit_flipped_or_any_end_missing_is_corrupt() {
    let store = Rc::new(MemoryStore::new());
    let collection = open(&store);
    let documents = (0..6).map(|number| document(number, &text(number))).collect();
    block_on(collection.add(documents, &Unattended)).unwrap();
    maintain_with(&collection, &LocalGraphs);
    let names = store.names();
    assert_eq!(names.len(), 6, "tables, postings, two runs, a graph and the texts: {names:?}");
    // Whether damage is seen: of the tables as an error, of all else by what it is.
    let is_damaged = || {
        let collection = open(&store);
        match block_on(collection.check(&Unattended)) {
            Ok(damaged) => !damaged.is_empty() || !current(&collection).damage().is_empty(),
            Err(error) => error.kind() == ErrorKind::StoreCorrupt,
        }
    };
    for name in names {
        let original = block_on(read(&store, std::slice::from_ref(&name))).unwrap().remove(0).unwrap();
        for at in 0..original.len() {
            let mut flipped = original.clone();
            flipped[at] ^= 1 << (at % 8);
            for damaged in [flipped, original[..at].to_vec()] {
                overwrite(&store, &name, Some(damaged));
                assert!(is_damaged(), "{name} at {at}");
            }
        }
        overwrite(&store, &name, Some(original));
        assert!(!is_damaged());
    }
}

#[test]
fn graphs_and_vectors_come_back_out_of_a_file_and_nothing_is_embedded() {
    let collection = open(&Rc::default());
    add_one_by_one(&collection, 0..40);
    block_on(collection.embed_backlog(&Unattended)).unwrap();
    block_on(collection.maintain_with(&LocalGraphs, 8, &Unattended)).unwrap();
    let mut file = Vec::new();
    block_on(collection.export(&mut file, &Unattended)).unwrap();
    let store = Rc::new(MemoryStore::new());
    let target = open(&store);
    block_on(target.import(&file[..], Existing::Refuse, &Unattended)).unwrap();
    check_store(&store, &target);
    assert_eq!((embedded(&target), current(&target).damage()), (0, Vec::new()));
    let graphs = |collection: &TestCollection| block_on(collection.info()).unwrap().graphs;
    assert!(graphs(&collection) > 0);
    assert_eq!(graphs(&target), graphs(&collection));
    for query in ["costs of party7", "matter33 settled", "Clause 12"] {
        assert_eq!(hits(&target, query), hits(&collection, query));
    }
}
