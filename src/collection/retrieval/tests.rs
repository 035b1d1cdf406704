//! Searches over a store in memory and a quick stand-in for a model.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::rc::Rc;

use pollster::block_on;

use super::*;
use crate::chunk::ChunkOptions;
use crate::collection::tests::{overwrite, text_of};
use crate::collection::{CollectionOptions, LocalGraphs, PromptRequest, RerankEnd};
use crate::document::{Chunk, Document, MediaType};
use crate::prompt::{Asker, PromptOptions, Quote, TokenCounter, Turn, Unanswerable};
use crate::store::counting::CountingStore;
use crate::store::memory::MemoryStore;
use crate::task::{Progress, Unattended};
use crate::testing::HashEmbedder;

type TestCollection = Collection<Rc<MemoryStore>, HashEmbedder>;

fn open<S: Store>(store: S) -> Collection<S, HashEmbedder> {
    let options = CollectionOptions { chunking: Some(ChunkOptions::filled(40, 0)), ..Default::default() };
    block_on(Collection::open_with(store, HashEmbedder::new("a"), options)).unwrap()
}

/// A document in which each paragraph is a chunk.
fn document(id: &str, paragraphs: &[&str]) -> Document {
    let text: Vec<String> = (1..).zip(paragraphs).map(|(n, it)| format!("# Part {n}\n\n{it}")).collect();
    Document::new(id, "", MediaType::Markdown, text.join("\n\n"))
}

/// A collection of such documents.
fn collection(documents: &[(&str, &[&str])]) -> TestCollection {
    let collection = open(Rc::<MemoryStore>::default());
    let documents = documents.iter().map(|(id, paragraphs)| document(id, paragraphs));
    block_on(collection.add(documents.collect(), &Unattended)).unwrap();
    collection
}

fn search<S: Store>(
    collection: &Collection<S, HashEmbedder>,
    query: &str,
    options: &SearchOptions,
) -> SearchResult {
    block_on(collection.search(query, options, &Unattended)).unwrap()
}

fn lexical() -> SearchOptions {
    SearchOptions { mode: Mode::Lexical, ..SearchOptions::default() }
}

/// Documents and section numbers of the hits, such as `a1`.
fn places(result: &SearchResult) -> Vec<String> {
    let number = |hit: &Hit| hit.chunk.section.last().unwrap().trim_start_matches("Part ").to_owned();
    result.hits.iter().map(|hit| format!("{}{}", hit.document, number(hit))).collect()
}

const LEASE: (&str, &[&str]) = (
    "lease",
    &[
        "The deposit is held by the agent, and the security of the door is checked.",
        "The security deposit is returned within ten days of the end of the lease, less the cost of repairs.",
        "Pets are welcome.",
        "Deposit, deposit, security, security.",
    ],
);

#[test]
fn a_phrase_ranks_the_chunks_that_hold_it_word_by_word_first() {
    let collection = collection(&[LEASE]);
    // Without quotation marks the short chunk that repeats both words leads.
    assert_eq!(places(&search(&collection, "security deposit", &lexical())), ["lease4", "lease1", "lease2"]);
    for query in ["\"security deposit\"", "“Security Deposits”"] {
        assert_eq!(places(&search(&collection, query, &lexical()))[0], "lease2", "{query}");
    }
    // A mark that is never closed is just a mark.
    assert_eq!(places(&search(&collection, "\"security deposit", &lexical()))[0], "lease4");
}

#[test]
fn a_document_gives_no_more_hits_than_its_share_however_deep_the_others_are() {
    // A thousand chunks of one document stand before the only one of the other.
    let paragraphs = vec!["roof roof roof"; 1000];
    let collection =
        collection(&[("many", &paragraphs), ("one", &["a roof, once, in a longer text about doors"])]);
    let options = SearchOptions { k: 2, max_per_document: Some(1), duplicates: true, ..lexical() };
    assert_eq!(places(&search(&collection, "roof", &options)), ["many1", "one1"]);
}

#[test]
fn a_lower_score_than_asked_for_is_left_out() {
    let collection = collection(&[LEASE]);
    let all = search(&collection, "security deposit", &lexical());
    let options = SearchOptions { min_score: Some(all.hits[1].score), ..lexical() };
    assert_eq!(places(&search(&collection, "security deposit", &options)), places(&all)[..2]);
}

#[test]
fn diversity_prefers_what_was_not_said_yet() {
    let collection = collection(&[(
        "a",
        &["the roof leaks in winter", "the roof leaks in winter", "the roof was mended by a carpenter"],
    )]);
    let query = "the roof leaks in winter";
    let dense = SearchOptions { mode: Mode::Dense, duplicates: true, ..SearchOptions::default() };
    assert_eq!(places(&search(&collection, query, &dense)), ["a1", "a2", "a3"]);
    let diverse = SearchOptions { diversity: 0.9, ..dense };
    assert_eq!(places(&search(&collection, query, &diverse)), ["a1", "a3", "a2"]);
}

#[test]
fn how_many_hits_are_asked_for_does_not_change_which_come_first() {
    let texts: Vec<String> = (0..90).map(|n| format!("Rent {n} is due on day {}.", n * 7 % 31)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let collection = collection(&[("rents", &texts)]);
    for mode in [Mode::Hybrid, Mode::Dense, Mode::Lexical] {
        for diversity in [0.0, 0.4] {
            let options = |k| SearchOptions { mode, diversity, k, ..SearchOptions::default() };
            let [few, many] = [3, 20].map(|k| places(&search(&collection, "rent due day", &options(k))));
            assert_eq!((few.len(), many.len()), (3, 20));
            assert_eq!(few, many[..3], "{mode:?} {diversity}");
        }
    }
}

#[test]
fn a_hit_is_widened_to_its_neighbours_and_meets_other_hits() {
    let collection =
        collection(&[LEASE, ("other", &["Nothing of the kind.", "A deposit.", "Nothing else."])]);
    let text = block_on(collection.get("lease")).unwrap().unwrap().text;
    let options = SearchOptions { expand: 1, ..lexical() };
    let result = search(&collection, "deposit", &options);
    for hit in &result.hits {
        let text = block_on(collection.get(&hit.document)).unwrap().unwrap().text;
        assert_eq!(hit.passage.span.slice(&text), Some(hit.passage.text.as_str()));
        assert_eq!(hit.chunk.span.slice(&text), Some(hit.text.as_str()));
    }
    // All hits in the lease meet in one passage, which is the whole text.
    let lease: Vec<_> = result.hits.iter().filter(|hit| hit.document == "lease").collect();
    assert_eq!(lease.len(), 1);
    assert_eq!(lease[0].passage.text, *text);
    assert_eq!(places(&result).len(), 2);
    // Without it the passage is the chunk.
    let plain = search(&collection, "pets", &lexical()).hits.remove(0);
    assert_eq!((plain.passage.span, &plain.passage.text), (plain.chunk.span, &plain.text));
    let widened = search(&collection, "pets", &options).hits.remove(0);
    assert!(widened.passage.text.contains("Deposit, deposit") && widened.passage.text.contains("returned"));
}

/// Scores a passage by how many letters `z` it holds, and keeps what it was asked.
#[derive(Default)]
struct CountZ {
    asked: RefCell<Vec<String>>,
    broken: Cell<bool>,
}

impl PairScorer for CountZ {
    async fn score(&self, _: &str, texts: &[&str], _: &impl Task) -> Result<Vec<PairScore>> {
        self.asked.borrow_mut().extend(texts.iter().map(|text| (*text).to_owned()));
        let logit = |text: &&str| if self.broken.get() { f32::NAN } else { text.matches('z').count() as f32 };
        Ok(texts.iter().map(|text| PairScore { logit: logit(text), truncated: false }).collect())
    }
}

#[test]
fn a_second_stage_orders_the_best_candidates_and_no_others() {
    let collection = collection(&[(
        "a",
        &["roof roof roof", "roof roof zz", "roof door door door z", "roof wall wall wall wall zzz"],
    )]);
    let scorer = CountZ::default();
    let reranked = |candidates, k| {
        let options = SearchOptions { k, ..lexical() };
        let rerank = Rerank {
            stage: SecondStage { candidates, weight: 1.0, agreement: false, ..SecondStage::default() },
            scorer: &scorer,
        };
        block_on(collection.search_with("roof", &options, Some(&rerank), &Unattended))
    };
    let found = reranked(3, 2).unwrap();
    assert_eq!(places(&found), ["a2", "a3"]);
    // The scores are in the range that the candidates had before, the middle one in its middle.
    let scores = |result: &SearchResult| result.hits.iter().map(|hit| hit.score).collect::<Vec<_>>();
    let before = scores(&search(&collection, "roof", &SearchOptions { k: 4, ..lexical() }));
    assert_eq!(scores(&found), [before[0], before[2] + (before[0] - before[2]) * 0.5]);
    // The scorer sees the headings, too, and no more than it was to be given.
    assert_eq!(scorer.asked.take().len(), 3);
    // Where more is asked for, the rest follows as the first stage has it.
    let rest = reranked(1, 4).unwrap();
    assert_eq!(
        (places(&rest), scores(&rest)),
        (["a1", "a2", "a3", "a4"].map(str::to_owned).to_vec(), before)
    );
    let asked = scorer.asked.take();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].starts_with("Part 1\n"));

    scorer.broken.set(true);
    assert_eq!(reranked(3, 2).unwrap_err().kind(), ErrorKind::InvalidArgument);
    scorer.broken.set(false);
    assert_eq!(reranked(0, 2).unwrap_err().message(), "rerank.candidates must be 1 or more");
}

#[test]
fn a_second_stage_sees_the_best_window_of_a_text_in_its_frame() {
    let long = "The door is red. The roof leaks in the winter. The rent is due in May.";
    let collection = collection(&[("a", &[long, "A roof."])]);
    let shown = |mode, window| {
        let scorer = CountZ::default();
        let stage = SecondStage { window, ..SecondStage::default() };
        let rerank = Rerank { stage, scorer: &scorer };
        let options = SearchOptions { mode, explain: true, ..SearchOptions::default() };
        let found =
            block_on(collection.search_with("roof leaks", &options, Some(&rerank), &Unattended)).unwrap();
        let done = found.trace.unwrap().rerank.unwrap();
        assert_eq!((done.candidates, done.scored, done.end()), (2, 2, RerankEnd::Done));
        // What is shown of a hit is the whole chunk.
        assert!(found.hits.iter().any(|hit| hit.text.ends_with(long)));
        let mut asked = scorer.asked.take();
        asked.sort_by_key(|text| Reverse(text.len()));
        asked
    };
    for mode in [Mode::Lexical, Mode::Hybrid, Mode::Dense] {
        let [whole, short] = [0, 8].map(|window| shown(mode, window));
        assert!(whole[0].starts_with("Part 1\n") && whole[0].ends_with(long), "{whole:?}");
        assert_eq!(short[0], "Part 1\nThe roof leaks in the winter.", "{mode:?}");
        assert_eq!(short[1], whole[1], "what is short enough is whole");
        assert_eq!(shown(mode, 1000), whole);
    }
}

#[test]
fn a_trace_says_where_a_second_stage_ended() {
    let collection = collection(&[LEASE, ("b", &["deposit", "a deposit", "the deposit z"])]);
    let traced = |budget| {
        let scorer = CountZ::default();
        let stage = SecondStage { budget, ..SecondStage::default() };
        let rerank = Rerank { stage, scorer: &scorer };
        let options = SearchOptions { explain: true, ..lexical() };
        let clock = Clock::default();
        let found = block_on(collection.search_with("deposit", &options, Some(&rerank), &clock)).unwrap();
        let trace = found.trace.unwrap();
        let done = trace.rerank.unwrap();
        assert_eq!(done.scored, trace.hits.iter().filter(|hit| hit.reranked.is_some()).count());
        (done.candidates, done.scored, done.end())
    };
    assert_eq!(traced(None), (6, 6, RerankEnd::Done));
    assert_eq!(traced(Some(0.5)), (6, 4, RerankEnd::Budget));
    let options = SearchOptions { explain: true, ..lexical() };
    assert_eq!(search(&collection, "deposit", &options).trace.unwrap().rerank, None);
}

/// A clock that moves on by a millisecond whenever it is asked.
#[derive(Default)]
struct Clock(Cell<f64>);

impl Task for Clock {
    fn report(&self, _: Progress) {}

    fn is_aborted(&self) -> bool {
        false
    }

    fn now(&self) -> f64 {
        self.0.set(self.0.get() + 1.0);
        self.0.get()
    }

    async fn pause(&self) {}
}

#[test]
fn a_trace_accounts_for_every_score() {
    let collection = collection(&[LEASE]);
    let options = SearchOptions { explain: true, ..SearchOptions::default() };
    let query = "\"security deposit\" returned";
    let found = block_on(collection.search(query, &options, &Clock::default())).unwrap();
    let trace = found.trace.unwrap();
    assert_eq!((trace.query.as_str(), trace.generation), (query, found.generation));
    assert_eq!((trace.chunks, trace.eligible, trace.unembedded, trace.candidates), (4, 4, 0, 4));
    assert_eq!(trace.fingerprint.as_deref(), Some("a"));
    let terms: Vec<_> = trace.terms.iter().map(|term| (term.term.as_str(), term.rows)).collect();
    assert_eq!(terms, [("deposit", 3), ("returned", 1), ("security", 3), ("\"security deposit\"", 1)]);
    assert_eq!(trace.hits.len(), found.hits.len());
    for (hit, why) in found.hits.iter().zip(&trace.hits) {
        let shares = why.dense.unwrap().share + why.lexical.map_or(0.0, |arm| arm.share);
        assert!((shares - hit.score).abs() < 1e-6);
        assert_eq!(why.fused, hit.score);
        let by_term: f32 = why.terms.iter().map(|part| part.score).sum();
        assert!((by_term - hit.lexical.unwrap_or(0.0)).abs() < 1e-4, "{:?}", why.terms);
    }
    let best = &trace.hits[0];
    assert_eq!((best.rank, best.lexical.unwrap().rank), (1, Some(1)));
    assert!(
        best.terms.iter().any(|part| part.term == "\"security deposit\"" && part.score > 0.0),
        "{:?}",
        best.terms
    );
    assert_eq!(trace.segments.len(), 1);
    let Times { embedding, filter, lexical, dense, texts, rerank, .. } = trace.times;
    assert!([embedding, filter, lexical, dense, texts].iter().all(|time| *time > 0.0));
    assert_eq!(rerank, 0.0);
}

#[test]
fn nothing_is_traced_that_nobody_asked_for() {
    assert_eq!(search(&collection(&[LEASE]), "roof", &SearchOptions::default()).trace, None);
}

/// A hit and its copies, such as `a1 = b1 c2`.
fn with_copies(result: &SearchResult) -> Vec<String> {
    let number = |chunk: &Chunk| chunk.section.last().unwrap().trim_start_matches("Part ").to_owned();
    let lines = result.hits.iter().zip(places(result)).map(|(hit, place)| {
        let copies = hit.copies.iter().map(|copy| format!(" {}{}", copy.document, number(&copy.chunk)));
        let copies: String = copies.collect();
        if copies.is_empty() { place } else { format!("{place} ={copies}") }
    });
    lines.collect()
}

/// Two passages that several documents have, and one of its own in each.
const COPIES: &[(&str, &[&str])] = &[
    (
        "a",
        &["Agreed on 31 May 2024: the roof is mended at once.", "The roof of a is red, and so is its door."],
    ),
    ("b", &["The roof of b is green.", "AGREED on 2024-06-01 - the roof is   mended at once"]),
    (
        "c",
        &[
            "Agreed on 1 June 2024: the roof is not mended at once.",
            "Agreed on 31 May 2023: the roof is mended at once.",
        ],
    ),
];

#[test]
fn a_passage_is_one_hit_however_often_it_is_said() {
    let collection = collection(COPIES);
    for mode in [Mode::Lexical, Mode::Dense, Mode::Hybrid] {
        let options = SearchOptions { mode, ..SearchOptions::default() };
        let query = "the roof is mended at once";
        let found = search(&collection, query, &options);
        let mut first: Vec<String> =
            with_copies(&found)[0].split([' ', '=']).filter(|it| !it.is_empty()).map(str::to_owned).collect();
        first.sort();
        assert_eq!(first, ["a1", "b2", "c2"], "{mode:?}");
        assert_eq!(found.hits.len(), 4, "{mode:?}");
        // The best of them is the hit, and its copies are the hits that there would be otherwise.
        let all = search(&collection, query, &SearchOptions { duplicates: true, ..options.clone() });
        assert_eq!(all.hits.len(), 6);
        assert!(all.hits.iter().all(|hit| hit.copies.is_empty()));
        assert_eq!(found.hits[0].chunk, all.hits[0].chunk);
        for copy in &found.hits[0].copies {
            let hit =
                all.hits.iter().find(|hit| (&hit.document, &hit.chunk) == (&copy.document, &copy.chunk));
            assert_eq!(hit.unwrap().score, copy.score);
        }
        // Copies take nobody's place.
        assert_eq!(
            places(&search(&collection, query, &SearchOptions { k: 3, ..options.clone() })),
            places(&found)[..3]
        );
    }
}

#[test]
fn what_limits_hits_is_applied_to_copies_too() {
    let twice = collection(&[
        ("a", &["roof roof roof", "the roof of a house leaks in the wet winter"]),
        ("b", &["door", "the roof of a house leaks in the wet winter", "one roof"]),
    ]);
    let found = |options| with_copies(&search(&twice, "roof", &options));
    assert_eq!(found(lexical()), ["a1", "b3", "a2 = b2"]);
    // Where the better copy is one too many of its document, the other takes its place.
    assert_eq!(found(SearchOptions { max_per_document: Some(1), ..lexical() }), ["a1", "b3"]);
    assert_eq!(found(SearchOptions { max_per_document: Some(2), ..lexical() }), ["a1", "b3", "a2 = b2"]);
    let alone = collection(&[
        ("a", &["roof roof roof", "the roof leaks in the wet winter"]),
        ("b", &["door", "the roof leaks in the wet winter"]),
    ]);
    let options = SearchOptions { max_per_document: Some(1), ..lexical() };
    assert_eq!(with_copies(&search(&alone, "roof", &options)), ["a1", "b2 = a2"]);

    // A copy below the least score is not listed.
    let dense = |min_score| SearchOptions { mode: Mode::Dense, min_score, ..SearchOptions::default() };
    let best = |options| search(&collection(COPIES), "the roof is mended at once", &options).hits.remove(0);
    let all = best(dense(None));
    assert_eq!(all.copies.len(), 2);
    assert_eq!(best(dense(Some(all.copies[0].score))).copies, all.copies[..1]);
    assert_eq!(best(dense(Some(all.score))).copies, []);

    let diverse = SearchOptions { diversity: 0.3, mode: Mode::Dense, ..SearchOptions::default() };
    let mut lines = with_copies(&search(&alone, "roof", &diverse));
    lines.sort();
    assert_eq!(lines, ["a1", "a2 = b2", "b1"]);
    // What the filter keeps out is nobody's copy.
    let filter = Filter::parse(&serde_json::json!({ "year": { "$exists": true } })).unwrap();
    assert!(found(SearchOptions { filter: Some(filter), ..lexical() }).is_empty());
}

#[test]
fn a_widened_hit_lists_the_copies_of_all_that_became_a_part_of_it() {
    let collection = collection(&[
        (
            "a",
            &[
                "The roof leaks in the wet winter.",
                "The roof is mended in the spring of the year.",
                "A door.",
            ],
        ),
        ("b", &["A wall.", "The roof is mended in the spring of the year.", "A window, a roof."]),
    ]);
    let options = SearchOptions { expand: 1, ..lexical() };
    let found = with_copies(&search(&collection, "roof leaks in the wet winter", &options));
    // The window's passage holds the copy in b, and so is found beside it.
    assert_eq!(found, ["a1 = b2", "b3"]);
}

#[test]
fn a_second_stage_scores_copies_once() {
    let paragraph = "the roof leaks in the wet winter zz";
    let documents: Vec<(String, [&str; 1])> = (0..60).map(|n| (format!("{n:02}"), [paragraph])).collect();
    let documents: Vec<(&str, &[&str])> =
        documents.iter().map(|(id, paragraphs)| (id.as_str(), paragraphs.as_slice())).collect();
    let others: [(&str, &[&str]); 2] = [
        ("x", &["a roof, in a long text about doors and walls zzz"]),
        ("y", &["a roof, in a long text about windows"]),
    ];
    let collection = collection(&[documents.as_slice(), &others].concat());
    let scorer = CountZ::default();
    let stage = SecondStage { candidates: 3, weight: 1.0, agreement: false, ..SecondStage::default() };
    let rerank = Rerank { stage, scorer: &scorer };
    let options = SearchOptions { k: 3, ..lexical() };
    let found = block_on(collection.search_with("roof leaks", &options, Some(&rerank), &Unattended)).unwrap();
    assert_eq!(scorer.asked.take().len(), 3);
    assert_eq!(places(&found), ["x1", "001", "y1"]);
    let copies = &found.hits[1].copies;
    assert_eq!((copies.len(), copies[0].document.as_str()), (59, "01"));
    assert_eq!(copies[0].score, found.hits[1].score);
}

#[test]
fn a_near_copy_leaves_its_place_to_another_passage() {
    let collection = collection(&[
        (
            "a",
            &["The roof leaks in the winter of the year. The roof is mended in the spring of the year. Yes."],
        ),
        ("b", &["The roof leaks in the winter of the year. The roof is mended in the spring of the year."]),
        (
            "c",
            &["The roof leaks in the winter of the year. The roof is not mended in the spring of the year."],
        ),
        ("d", &["A roof."]),
    ]);
    let query = "\"roof leaks in the winter\" yes";
    let found = search(&collection, query, &SearchOptions { k: 3, ..lexical() });
    assert_eq!(with_copies(&found), ["a1 = b1", "c1", "d1"]);
    let all = search(&collection, query, &SearchOptions { k: 3, duplicates: true, ..lexical() });
    assert_eq!(places(&all), ["a1", "b1", "c1"]);
}

#[test]
fn a_prompt_quotes_a_passage_once() {
    let whole = PromptOptions { quote: Quote::Passage, ..PromptOptions::default() };
    let request = PromptRequest { search: lexical(), prompt: whole };
    let found = block_on(collection(COPIES).prompt("roof mended", &request, &Unattended)).unwrap();
    let prompt = found.prompt;
    let quotes =
        prompt.citations.iter().filter(|it| it.passage.text.to_lowercase().contains("is mended at once"));
    assert_eq!(quotes.count(), 1);
    assert_eq!(prompt.citations.len(), 4);
}

#[test]
fn a_copy_stands_in_for_a_damaged_text() {
    let store = Rc::new(MemoryStore::new());
    for (id, paragraphs) in COPIES {
        block_on(open(store.clone()).add(vec![document(id, paragraphs)], &Unattended)).unwrap();
    }
    let query = "mended";
    let whole = search(&open(store.clone()), query, &lexical());
    let best = &whole.hits[0];
    let text = block_on(open(store.clone()).get(&best.document)).unwrap().unwrap().text;
    assert!(text.contains(&best.text));
    let collection = open(store.clone());
    let name = text_of(&collection, &best.document);
    overwrite(&store, &name, None);
    let found = search(&open(store), query, &lexical());
    assert_eq!(found.damaged[0].document, best.document);
    assert_eq!(found.hits[0].document, best.copies[0].document);
    assert_eq!(found.hits[0].copies.len(), best.copies.len() - 1);
}

#[test]
fn which_copy_is_shown_does_not_depend_on_where_rows_lie() {
    let paragraphs: Vec<String> =
        (0..12).map(|n| format!("The roof number {} leaks in the winter.", n / 4)).collect();
    let documents: Vec<Document> = (0..)
        .zip(&paragraphs)
        .map(|(n, it)| document(&format!("{:02}", n * 5 % 12), &[it.as_str()]))
        .collect();
    let together = open(Rc::<MemoryStore>::default());
    block_on(together.add(documents.clone(), &Unattended)).unwrap();
    let apart = open(Rc::<MemoryStore>::default());
    for document in documents.into_iter().rev() {
        block_on(apart.add(vec![document], &Unattended)).unwrap();
    }
    let expected = with_copies(&search(&together, "roof leaks", &lexical()));
    assert_eq!(expected.len(), 3, "{expected:?}");
    assert_eq!(with_copies(&search(&apart, "roof leaks", &lexical())), expected);
    block_on(apart.maintain(&crate::collection::LocalGraphs, &Unattended)).unwrap();
    assert_eq!(with_copies(&search(&apart, "roof leaks", &lexical())), expected);
}

#[test]
fn thousands_of_copies_are_known_without_their_texts() {
    let store = Rc::new(CountingStore::new(MemoryStore::new()));
    let documents = |numbers: std::ops::Range<usize>| {
        let document = |n: usize| {
            let (year, day) = (1800 + n / 28, n % 28 + 1);
            let text = format!(
                "The roof of the house leaks in the winter, as was seen on {year}-05-{day:02}, and so on."
            );
            Document::new(format!("{n:04}"), "", MediaType::Plain, text)
        };
        numbers.map(document).collect::<Vec<_>>()
    };
    let writer = open(store.clone());
    for at in (0..5000).step_by(1000) {
        let added = block_on(writer.add(documents(at..at + 1000), &Unattended)).unwrap();
        assert_eq!(added.len(), 1000);
    }
    let other = document("other", &["A roof, once, in a text about doors."]);
    block_on(writer.add(vec![other], &Unattended)).unwrap();
    let written = store.take_written()["text"];
    let reader = open(store.clone());
    store.take_read();
    for mode in [Mode::Lexical, Mode::Hybrid] {
        let options = SearchOptions { k: 2, mode, ..SearchOptions::default() };
        let found = search(&reader, "roof leaks winter", &options);
        assert_eq!((found.hits.len(), found.hits[0].copies.len()), (2, 100), "{mode:?}");
        assert_eq!(found.hits[1].document, "other", "{mode:?}");
    }
    // Of each hit the block that holds it, and others with it, of 64 KiB.
    let read = store.take_read()["text"];
    assert!(read < 4 << 16 && read * 3 < written, "{read} of {written} bytes of texts were read");
}

#[test]
fn evidence_is_the_sentences_that_answer_of_all_hits_together() {
    let lease =
        "Der Mieter „zahlt“ 🏠 z. B. Strom. The deposit is paid back in May. The rent is due in June.";
    let collection = collection(&[("a", &[lease, "Lentils simmer. Deposits of clay dry. Season them."])]);
    let text = block_on(collection.get("a")).unwrap().unwrap().text;
    let units: Vec<u16> = text.encode_utf16().collect();
    let evidence = |query: &str, options: &SearchOptions| {
        let evidence = EvidenceOptions { sentences: 1, neighbours: 0, ..EvidenceOptions::default() };
        let found = search(&collection, query, &SearchOptions { evidence, ..options.clone() });
        let spans = found.hits.iter().flat_map(|hit| hit.evidence.iter().map(move |it| (hit, it)));
        let texts: Vec<String> = spans
            .map(|(hit, found)| {
                let said = found.span.slice(&text).unwrap().to_owned();
                assert_eq!(String::from_utf16(&units[found.span_utf16.range()]).unwrap(), said);
                assert!(hit.chunk.span.start <= found.span.start && found.span.end <= hit.chunk.span.end);
                said
            })
            .collect();
        texts
    };
    let dense = SearchOptions { mode: Mode::Dense, ..SearchOptions::default() };
    for options in [&lexical(), &dense, &SearchOptions::default()] {
        assert_eq!(evidence("when is the deposit paid back", options), ["The deposit is paid back in May."]);
        assert_eq!(evidence("rents due", options), ["The rent is due in June."]);
    }
    // Words that the analysis drops have a meaning still: here that of the sentence which is made of them.
    assert_eq!(evidence("the is in June due the rent", &dense), ["The rent is due in June."]);
    let none = EvidenceOptions { sentences: 0, neighbours: 1, ..EvidenceOptions::default() };
    let found = search(&collection, "rent", &SearchOptions { evidence: none, ..SearchOptions::default() });
    assert!(!found.hits.is_empty() && found.hits.iter().all(|hit| hit.evidence.is_empty()));
}

#[test]
fn a_prompt_quotes_evidence_unless_more_is_asked_for() {
    let collection = collection(&[LEASE, ("other", &["Lentils simmer. Nobody pays. A wall stands."])]);
    let quotes = |search: SearchOptions, quote: Quote| {
        let request = PromptRequest { search, prompt: PromptOptions { quote, ..PromptOptions::default() } };
        let prompt = block_on(collection.prompt("days of the end of the lease", &request, &Unattended))
            .unwrap()
            .prompt;
        prompt.citations.into_iter().map(|it| it.passage.text).collect::<Vec<_>>()
    };
    let sentence = LEASE.1[1];
    assert_eq!(quotes(lexical(), Quote::Evidence), [sentence]);
    let whole = format!("# Part 2\n\n{sentence}");
    assert!(quotes(lexical(), Quote::Passage).contains(&whole));
    let none = EvidenceOptions { sentences: 0, neighbours: 0, ..EvidenceOptions::default() };
    let without = SearchOptions { evidence: none, ..lexical() };
    assert_eq!(quotes(without, Quote::Evidence), quotes(lexical(), Quote::Passage));
    // A hit that was widened is quoted with its neighbours.
    let wide = quotes(SearchOptions { k: 1, expand: 1, ..lexical() }, Quote::Evidence);
    assert!(wide.len() == 1 && wide[0].contains(&whole) && wide[0].len() > whole.len());
}

#[test]
fn evidence_embeds_nothing_and_is_there_after_a_merge_and_a_reload() {
    let store = Rc::<MemoryStore>::default();
    let texts: Vec<String> =
        (0..40).map(|n| format!("A roof. Number {n} is here. Another roof leaks.")).collect();
    let collection = open(store.clone());
    for (n, text) in texts.iter().enumerate() {
        let document = document(&format!("d{n}"), &[text]);
        block_on(collection.add(vec![document], &Unattended)).unwrap();
    }
    let dense = SearchOptions { mode: Mode::Dense, ..SearchOptions::default() };
    let evidence = |collection: &TestCollection| {
        let found = search(collection, "which number is here", &dense);
        let spans = found.hits.into_iter().map(|hit| (hit.document, hit.evidence));
        spans.collect::<Vec<_>>()
    };
    let before = evidence(&collection);
    let embedded = collection.model.get().unwrap().embedder.embedded.get();
    assert_eq!(evidence(&collection), before);
    assert_eq!(collection.model.get().unwrap().embedder.embedded.get(), embedded);
    block_on(collection.maintain(&LocalGraphs, &Unattended)).unwrap();
    assert_eq!(evidence(&collection), before);
    assert_eq!(evidence(&open(store)), before);
}

const NOTES: [(&str, &[&str]); 3] = [
    ("lease", &["The landlord repairs the slate roof within thirty days."]),
    ("recipe", &["Simmer the lentils for an hour and season them with cumin."]),
    ("letter", &["My cousin moved to Lisbon, where she teaches the piano."]),
];

/// The relevance of each hit, by document.
fn relevances(result: &SearchResult) -> Vec<(&str, f32)> {
    result.hits.iter().map(|hit| (hit.document.as_str(), hit.relevance)).collect()
}

#[test]
fn in_three_short_documents_what_answers_is_relevant_and_nothing_else_is() {
    let collection = collection(&NOTES);
    for mode in [Mode::Hybrid, Mode::Dense, Mode::Lexical] {
        let options = SearchOptions { mode, ..SearchOptions::default() };
        let found = search(&collection, "landlord repairs the slate roof", &options);
        assert!(found.answerable, "{mode:?}");
        assert_eq!(found.hits[0].document, "lease");
        assert!(found.hits[0].relevance > 0.8, "{mode:?}: {:?}", relevances(&found));
        assert!(found.hits[1..].iter().all(|hit| hit.relevance < 0.2), "{mode:?}: {:?}", relevances(&found));
        // The least bad hits of nonsense have a high score, and no relevance.
        for query in ["qwrtz blorf", "asdkjh", "How do volcanoes erupt under glaciers?"] {
            let found = search(&collection, query, &options);
            assert!(!found.answerable, "{mode:?} {query}");
            assert_eq!(found.hits.is_empty(), mode == Mode::Lexical);
            assert!(found.hits.iter().all(|hit| hit.relevance < 0.25), "{mode:?}: {:?}", relevances(&found));
        }
    }
    let best = search(&collection, "qwrtz blorf", &SearchOptions::default()).hits.remove(0);
    assert!(best.score > 0.5, "{}", best.score);
}

#[test]
fn relevance_goes_by_words_before_vectors_arrive() {
    let collection = collection(&NOTES[1..]);
    let late = Document::new("lease", "", MediaType::Plain, NOTES[0].1[0]);
    block_on(collection.add_text(vec![late], &Unattended)).unwrap();
    let relevance = |query| {
        let hits = search(&collection, query, &SearchOptions::default()).hits;
        let hit = hits.into_iter().find(|hit| hit.document == "lease").unwrap();
        assert_eq!(hit.dense, None);
        hit.relevance
    };
    assert!(relevance("landlord repairs roof") > 0.8);
    assert!(relevance("roof") > 0.8);
    assert!(relevance("roof of a telescope dome on Hawaii") < 0.4);
}

#[test]
fn relevance_is_the_same_however_documents_lie_in_segments() {
    let together = collection(&[NOTES[0], NOTES[1], NOTES[2]]);
    let apart = collection(&NOTES[1..]);
    let add = |id: &str, text: &str| {
        let document = Document::new(id, "", MediaType::Markdown, format!("# Part 1\n\n{text}"));
        block_on(apart.add(vec![document], &Unattended)).unwrap();
    };
    add("gone", "The roof of the gone house was of slate, and no landlord repairs it.");
    add("lease", NOTES[0].1[0]);
    block_on(apart.remove(&["gone".to_owned()])).unwrap();
    for query in ["who repairs the roof", "lentils with cumin", "qwrtz blorf", "slate"] {
        let [expected, found] =
            [&together, &apart].map(|collection| search(collection, query, &SearchOptions::default()));
        assert!(!expected.hits.is_empty());
        assert_eq!(relevances(&found), relevances(&expected), "{query}");
    }
}

#[test]
fn neither_a_second_stage_nor_diversity_changes_relevance() {
    let collection = collection(&[LEASE]);
    let sorted = |result: SearchResult| {
        let mut all: Vec<_> =
            places(&result).into_iter().zip(result.hits.iter().map(|hit| hit.relevance)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    let plain = sorted(search(&collection, "security deposit", &SearchOptions::default()));
    let diverse = SearchOptions { diversity: 0.7, ..SearchOptions::default() };
    assert_eq!(sorted(search(&collection, "security deposit", &diverse)), plain);
    let stage = SecondStage { candidates: 10, weight: 1.0, ..SecondStage::default() };
    let rerank = Rerank { stage, scorer: &CountZ::default() };
    let options = SearchOptions::default();
    let reranked = collection.search_with("security deposit", &options, Some(&rerank), &Unattended);
    assert_eq!(sorted(block_on(reranked).unwrap()), plain);
}

#[test]
fn hits_of_less_relevance_than_asked_for_are_left_out() {
    let collection = collection(&NOTES);
    let at_least =
        |min_relevance| SearchOptions { min_relevance: Some(min_relevance), ..SearchOptions::default() };
    let query = "landlord repairs the slate roof";
    assert_eq!(places(&search(&collection, query, &at_least(0.0))).len(), 3);
    assert_eq!(places(&search(&collection, query, &at_least(0.5))), ["lease1"]);
    let none = search(&collection, "qwrtz blorf", &at_least(0.5));
    assert!(none.hits.is_empty() && !none.answerable);
    for beyond in [-0.1, 1.5, f32::NAN] {
        let error = block_on(collection.search("roof", &at_least(beyond), &Unattended)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().starts_with("minRelevance must be from 0 to 1"), "{}", error.message());
    }
}

#[test]
fn a_prompt_quotes_nothing_where_nothing_answers_unless_it_is_to() {
    let collection = collection(&NOTES);
    let prompt = |question, unanswerable| {
        let prompt = PromptOptions { unanswerable, ..PromptOptions::default() };
        let request = PromptRequest { prompt, ..PromptRequest::default() };
        block_on(collection.prompt(question, &request, &Unattended)).unwrap().prompt
    };
    let answered = prompt("landlord repairs the slate roof", Unanswerable::Abstain);
    assert!(answered.answerable && answered.citations[0].passage.document == "lease");
    let abstained = prompt("qwrtz blorf", Unanswerable::Abstain);
    assert!(!abstained.answerable && abstained.citations.is_empty());
    assert!(abstained.messages[1].content.starts_with("Sources: none."));
    let quoted = prompt("qwrtz blorf", Unanswerable::Quote);
    assert!(!quoted.answerable && !quoted.citations.is_empty());
}

#[test]
fn a_follow_up_question_is_searched_with_the_one_before() {
    let collection = collection(&NOTES);
    let prompt = |turns: Vec<Turn>| {
        let prompt = PromptOptions { turns, ..PromptOptions::default() };
        let request = PromptRequest { search: lexical(), prompt };
        block_on(collection.prompt("Why?", &request, &Unattended)).unwrap().prompt
    };
    let content = "landlord repairs the slate roof".to_owned();
    let prompted = prompt(vec![Turn { role: Asker::User, content: content.clone() }]);
    assert_eq!(prompted.citations[0].passage.document, "lease");
    assert_eq!(prompted.messages[1].content, content);
    assert!(prompted.messages[2].content.ends_with("Question: Why?"));
    assert!(prompt(Vec::new()).citations.is_empty());
}

/// Counts bytes.
struct Bytes;

impl TokenCounter for Bytes {
    async fn count(&self, texts: &[String]) -> Result<Vec<usize>> {
        Ok(texts.iter().map(String::len).collect())
    }
}

#[test]
fn a_prompt_is_counted_as_its_caller_counts() {
    let collection = collection(&NOTES);
    let prompt = |budget| {
        let prompt = PromptOptions { budget, unanswerable: Unanswerable::Quote, ..PromptOptions::default() };
        let request = PromptRequest { search: lexical(), prompt };
        let rerank = None::<&Rerank<'_, NoScorer>>;
        let question = "landlord repairs the slate roof";
        block_on(collection.prompt_counted(question, &request, rerank, Some(&Bytes), &Unattended))
            .map(|it| it.prompt)
    };
    let whole = prompt(100_000).unwrap();
    assert_eq!(whole.tokens, whole.messages.iter().map(|message| message.content.len()).sum::<usize>());
    let narrow = prompt(whole.tokens - 1).unwrap();
    assert!(narrow.tokens < whole.tokens && narrow.citations != whole.citations);
    assert_eq!(prompt(10).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn a_query_is_embedded_once_and_searched_once_in_a_generation() {
    let collection = open(CountingStore::new(Rc::<MemoryStore>::default()));
    let queries = || collection.model.get().unwrap().embedder.asked.get();
    let add = |id, text| block_on(collection.add(vec![document(id, &[text])], &Unattended)).unwrap();
    let search = |query: &str, options: &SearchOptions| search(&collection, query, options);
    add("a", "the roof is slate");

    let hybrid = SearchOptions::default();
    let first = search("slate roof", &hybrid);
    assert_eq!(queries(), 1);
    let before = collection.store.take_read();
    assert_eq!(search("slate roof", &hybrid), first);
    // Only whether the generation is still the last one is looked up.
    let again = collection.store.take_read();
    assert!(again.values().sum::<usize>() < before.values().sum::<usize>(), "{before:?} {again:?}");

    // Other options are another question, of the same vector.
    assert_ne!(search("slate roof", &SearchOptions { k: 1, ..hybrid.clone() }).options, first.options);
    assert_eq!(queries(), 1);
    // What is added is found, and counts times where they are asked for.
    add("b", "a slate roof");
    assert_eq!(search("slate roof", &hybrid).hits.len(), 2);
    let explained = SearchOptions { explain: true, ..hybrid.clone() };
    assert!(search("slate roof", &explained).trace.is_some());
    assert_eq!(queries(), 1);
    // Where searches are measured or compared, nothing is remembered.
    let rerank = None::<&Rerank<'_, NoScorer>>;
    block_on(collection.search_afresh("slate roof", &hybrid, rerank, &Unattended)).unwrap();
    assert_eq!(queries(), 2);
}

#[test]
fn another_model_asks_again() {
    let collection = collection(&NOTES);
    let found = search(&collection, "slate roof", &SearchOptions::default());
    assert!(found.hits[0].dense.is_some());
    collection.set_model(HashEmbedder::new("b")).unwrap();
    let found = search(&collection, "slate roof", &SearchOptions::default());
    assert_eq!((found.model, found.hits[0].dense), (ModelStatus::Mismatch, None));
}

#[test]
fn a_second_stage_is_remembered_where_it_is_a_model_without_a_limit_of_time() {
    struct Model(CountZ, Option<&'static str>);
    impl PairScorer for Model {
        async fn score(&self, query: &str, texts: &[&str], task: &impl Task) -> Result<Vec<PairScore>> {
            self.0.score(query, texts, task).await
        }

        fn fingerprint(&self) -> Option<String> {
            self.1.map(str::to_owned)
        }
    }
    let collection = collection(&[("a", &["roof roof", "roof z"])]);
    let asked = |fingerprint, weight, budget| {
        let scorer = Model(CountZ::default(), fingerprint);
        let stage = SecondStage { weight, budget, ..SecondStage::default() };
        let rerank = Rerank { stage, scorer: &scorer };
        let options = lexical();
        let found = collection.search_with("roof", &options, Some(&rerank), &Unattended);
        assert_eq!(block_on(found).unwrap().hits.len(), 2);
        scorer.0.asked.take().len()
    };
    assert_eq!([asked(Some("m"), 0.5, None), asked(Some("m"), 0.5, None)], [2, 0]);
    assert_eq!([asked(Some("n"), 0.5, None), asked(Some("m"), 0.6, None)], [2, 2]);
    for (fingerprint, budget) in [(None, None), (Some("m"), Some(1000.0))] {
        assert_eq!([(); 2].map(|()| asked(fingerprint, 0.7, budget)), [2, 2]);
    }
}

#[test]
fn many_queries_are_answered_in_order_as_each_by_itself() {
    let texts = ["landlord repairs the roof", "rent", "landlord repairs the roof", "qwrtz"];
    let options = SearchOptions { k: 2, ..SearchOptions::default() };
    let one_by_one = collection(&NOTES);
    let each = texts.map(|text| search(&one_by_one, text, &options));
    let rerank = None::<&Rerank<'_, NoScorer>>;
    let together = collection(&NOTES);
    let many = block_on(together.search_many(&texts, &options, rerank, &Unattended)).unwrap();
    assert_eq!(many, each);
    assert!(block_on(together.search_many(&[], &options, rerank, &Unattended)).unwrap().is_empty());
    let error = block_on(together.search_many(&["rent", " "], &options, rerank, &Unattended)).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::EmptyQuery, "queries[1]: the query is empty"));
}
