//! Any sequence of adding, replacing, removing, embedding and upkeep, by two tabs on one store, leaves what a new
//! collection has that only ever saw what is left. Written once for every store.

use std::collections::BTreeMap;

use ibid::chunk::ChunkOptions;
use ibid::collection::{Collection, CollectionOptions, Hit, LocalGraphs, SearchOptions};
use ibid::document::{Document, MediaType, MetadataValue};
use ibid::filter::Filter;
use ibid::index::{Mode, Suggestions};
use ibid::language::Language;
use ibid::store::Store;
use ibid::store::memory::MemoryStore;
use ibid::task::Unattended;
use proptest::prelude::*;
use serde_json::json;

#[path = "word_embedder.rs"]
mod word_embedder;

use word_embedder::{WORDS, WordEmbedder};

/// What a tab does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Documents by number, each with what its text is made of, and whether the call waits for their vectors.
    Add {
        documents: Vec<(u8, u8)>,
        embed: bool,
    },
    Remove(Vec<u8>),
    EmbedBacklog,
    Maintain,
    Reopen,
}

/// Steps, each with the tab that does it.
pub fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let documents = prop::collection::btree_map(0u8..10, 0u8..40, 1..4);
    let add = (documents, any::<bool>())
        .prop_map(|(documents, embed)| Step::Add { documents: documents.into_iter().collect(), embed });
    let step = prop_oneof![
        5 => add,
        2 => prop::collection::vec(0u8..10, 1..3).prop_map(Step::Remove),
        1 => Just(Step::EmbedBacklog),
        3 => Just(Step::Maintain),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec((0usize..2, step), 1..16)
}

/// Takes the steps in two tabs, of which each is opened with a store of `open` on the same data.
pub async fn check<S: Store>(steps: &[(usize, Step)], open: impl Fn() -> S) {
    let mut tabs = [self::open(open()).await, self::open(open()).await];
    let mut left: BTreeMap<u8, Left> = BTreeMap::new();
    for (at, (tab, step)) in steps.iter().enumerate() {
        take(&mut tabs[*tab], step, &open).await;
        note(&mut left, step);
        let expected = Found::new(&rebuilt(&left).await).await;
        for (reader, tab) in [&tabs[0], &tabs[1], &self::open(open()).await].into_iter().enumerate() {
            assert_eq!(Found::new(tab).await, expected, "reader {reader} after step {at} of {steps:#?}");
        }
    }
    let info = tabs[0].info().await.unwrap();
    tabs[0].maintain(&LocalGraphs, &Unattended).await.unwrap();
    let settled = tabs[0].info().await.unwrap();
    // Three in each tier: of 1 to 3, 4 to 15, 16 to 63 chunks.
    assert!(settled.segments <= 9 && settled.segments <= info.segments, "{settled:?} after {steps:#?}");
}

/// What the oracle knows of a document.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Left {
    content: u8,
    embedded: bool,
}

fn note(left: &mut BTreeMap<u8, Left>, step: &Step) {
    match step {
        Step::Add { documents, embed } => {
            for (number, content) in documents {
                let before = left.get(number).filter(|before| before.content == *content);
                let embedded = *embed || before.is_some_and(|before| before.embedded);
                left.insert(*number, Left { content: *content, embedded });
            }
        }
        Step::Remove(numbers) => left.retain(|number, _| !numbers.contains(number)),
        Step::EmbedBacklog => left.values_mut().for_each(|document| document.embedded = true),
        Step::Maintain | Step::Reopen => {}
    }
}

async fn take<S: Store>(tab: &mut Collection<S, WordEmbedder>, step: &Step, open: &impl Fn() -> S) {
    match step {
        Step::Add { documents, embed } => {
            let documents = documents.iter().map(|(number, content)| document(*number, *content)).collect();
            match embed {
                true => tab.add(documents, &Unattended).await.unwrap(),
                false => tab.add_text(documents, &Unattended).await.unwrap(),
            };
        }
        Step::Remove(numbers) => {
            let ids: Vec<String> = numbers.iter().map(|number| id(*number)).collect();
            tab.remove(&ids).await.unwrap();
        }
        Step::EmbedBacklog => tab.embed_backlog(&Unattended).await.unwrap(),
        Step::Maintain => tab.maintain(&LocalGraphs, &Unattended).await.unwrap(),
        Step::Reopen => *tab = self::open(open()).await,
    }
}

async fn open<S: Store>(store: S) -> Collection<S, WordEmbedder> {
    let chunking = ChunkOptions::filled(32, 4);
    let options = CollectionOptions { chunking: Some(chunking), ..CollectionOptions::default() };
    Collection::open_with(store, WordEmbedder::new(), options).await.unwrap()
}

/// A new collection of what is left.
async fn rebuilt(left: &BTreeMap<u8, Left>) -> Collection<MemoryStore, WordEmbedder> {
    let collection = open(MemoryStore::new()).await;
    let documents = |embedded| {
        let chosen = left.iter().filter(move |(_, left)| left.embedded == embedded);
        chosen.map(|(number, left)| document(*number, left.content)).collect::<Vec<_>>()
    };
    collection.add(documents(true), &Unattended).await.unwrap();
    collection.add_text(documents(false), &Unattended).await.unwrap();
    collection
}

/// Everything that can be seen of a collection.
#[derive(Debug, PartialEq)]
struct Found {
    documents: Vec<(String, usize, usize)>,
    texts: Vec<String>,
    hits: Vec<Vec<Hit>>,
    suggestions: Suggestions,
    languages: BTreeMap<Option<Language>, u32>,
    unembedded: usize,
}

impl Found {
    async fn new<S: Store>(collection: &Collection<S, WordEmbedder>) -> Self {
        let listed = collection.list().await.unwrap();
        let mut texts = Vec::new();
        for summary in &listed {
            texts.push(collection.get(&summary.id).await.unwrap().unwrap().text);
        }
        let mut hits = Vec::new();
        let mut unembedded = 0;
        for (query, mode, filter) in [
            ("roof of the door", Mode::Hybrid, None),
            ("rent and keys", Mode::Dense, None),
            ("\"lease wall\" rent", Mode::Lexical, None),
            ("roof", Mode::Hybrid, Some(json!({ "kind": "odd" }))),
            ("dem Häuser renting wal", Mode::Lexical, None),
        ] {
            let filter = filter.map(|filter| Filter::parse(&filter).unwrap());
            let options = SearchOptions { k: 100, mode, filter, ..SearchOptions::default() };
            let result = collection.search(query, &options, &Unattended).await.unwrap();
            hits.push(result.hits);
            unembedded = result.unembedded;
        }
        let summary = listed.into_iter().map(|summary| (summary.id, summary.chunks, summary.backlog));
        Self {
            documents: summary.collect(),
            texts,
            hits,
            suggestions: collection.suggest("rooof h", 5).await.unwrap(),
            languages: collection.info().await.unwrap().languages,
            unembedded,
        }
    }
}

fn id(number: u8) -> String {
    format!("document {number}")
}

/// The languages that documents are said to be in, each with what stands before their words: two are detected, the last is
/// undecided.
const LANGUAGES: [(Option<Language>, &str); 6] = [
    (Some(Language::English), ""),
    (Some(Language::German), ""),
    (Some(Language::None), ""),
    (
        None,
        "When we came to the house it was clear that this is all that we have, and that there is no other for us. ",
    ),
    (
        None,
        "Als wir zu dem Haus kamen, war es klar, dass das alles ist, was wir haben, und dass es für uns kein anderes gibt. ",
    ),
    (None, ""),
];

/// A document of up to four sections, which `content` decides with all else.
fn document(number: u8, content: u8) -> Document {
    let section = |part: u8| {
        let words: Vec<&str> = (0..9).map(|at| WORDS[word(content, part, at)]).collect();
        format!("# Part {part}\n\nThe {} stays.\n\n", words.join(" "))
    };
    let (language, prose) = LANGUAGES[usize::from(content) % LANGUAGES.len()];
    let text = format!("{prose}{}", (0..=content % 4).map(section).collect::<String>());
    let mut document =
        Document::new(id(number), format!("The {}", WORDS[word(content, 9, 9)]), MediaType::Markdown, text);
    document.language = language;
    let kind = if content % 2 == 1 { "odd" } else { "even" };
    document.metadata.insert("kind".into(), MetadataValue::String(kind.into()));
    document
}

fn word(content: u8, part: u8, at: u8) -> usize {
    let mixed = u32::from(content) * 7919 + u32::from(part) * 104_729 + u32::from(at) * 1_299_709;
    (mixed >> 3) as usize % WORDS.len()
}
