//! Ranking on tiny named corpora, with the reason for every expected place, and the life of documents in an index.

use ibid::document::{Chunk, MediaType, Metadata, MetadataValue, Span, utf16_len};
use ibid::error::ErrorKind;
use ibid::filter::Filter;
use ibid::index::{
    Counts, DocumentRecord, Fusion, Index, Mode, RowId, SearchQuery, Segment, SegmentBuilder, VectorRun,
};
use ibid::language::Language;
use serde_json::json;

/// A document of one chunk per text.
fn push(builder: &mut SegmentBuilder, id: &str, title: &str, texts: &[&str]) {
    let text = texts.join("\n");
    let mut start = 0;
    let chunks = texts.iter().map(|part| {
        let span = Span::new(start, start + part.len());
        let start_utf16 = utf16_len(&text[..start]);
        start += part.len() + 1;
        let span_utf16 = Span::new(start_utf16, start_utf16 + utf16_len(part));
        Chunk { span, span_utf16, section: Vec::new(), tokens: 1, ..Chunk::default() }
    });
    let document = DocumentRecord {
        id: id.into(),
        title: title.into(),
        media_type: MediaType::Plain,
        metadata: Metadata::from([("name".into(), MetadataValue::String(id.into()))]),
        language: Some(Language::English),
        content_hash: [0; 16],
        text_part: [0; 16],
        has_outline: false,
        is_estimated: false,
        text_bytes: text.len() as u64,
        text_utf16: utf16_len(&text) as u64,
    };
    builder.push(document, &chunks.collect::<Vec<_>>(), &text).unwrap();
}

/// A segment of untitled documents of one chunk each.
fn segment(documents: &[(&str, &str)]) -> Segment {
    let mut builder = SegmentBuilder::default();
    for (id, text) in documents {
        push(&mut builder, id, "", &[text]);
    }
    builder.build()
}

fn index(documents: &[(&str, &str)]) -> Index {
    let mut index = Index::default();
    index.insert_segment(1, segment(documents), []).unwrap();
    index
}

/// The ids found, best first.
fn ids<'i>(index: &'i Index, query: &SearchQuery<'_>) -> Vec<&'i str> {
    let ranked = index.search(query).unwrap();
    ranked.iter().map(|hit| index.document(index.document_of(hit.row)).id.as_str()).collect()
}

fn lexical(text: &str) -> SearchQuery<'_> {
    SearchQuery { mode: Mode::Lexical, ..SearchQuery::new(text, None, 10) }
}

const LEASE: [(&str, &str); 5] = [
    ("roof", "The landlord repairs the roof."),
    ("roofs", "Roofs, roofs and the roof: what a roof needs, who repairs it, and when it is repaired."),
    (
        "rent",
        "The rent is due on the third day of each month, and is paid to the landlord's account by the tenant.",
    ),
    ("pets", "Pets are welcome."),
    ("codes", "Form E-14 follows ISO-9001, version 3.5; see example.com."),
];

#[test]
fn words_rank_by_rarity_frequency_and_length() {
    let index = index(&LEASE);
    // Both hold both terms. roofs repeats them: roof four times and repair twice, which outweighs its greater length.
    assert_eq!(ids(&index, &lexical("repair roof")), ["roofs", "roof"]);
    // Both hold landlord once; roof is shorter.
    assert_eq!(ids(&index, &lexical("landlords")), ["roof", "rent"]);
    // roof holds both words, roofs only one of them but often, and rent the other once in a long text.
    assert_eq!(ids(&index, &lexical("landlord roof")), ["roof", "roofs", "rent"]);
}

#[test]
fn codes_and_numbers_are_found() {
    let index = index(&LEASE);
    for query in ["E-14", "ISO-9001", "iso 9001", "3.5", "example.com", "EXAMPLE", "14"] {
        assert_eq!(ids(&index, &lexical(query)), ["codes"], "{query}");
    }
}

#[test]
fn a_query_without_a_word_that_counts_finds_nothing_by_words() {
    let index = index(&LEASE);
    for query in ["", "??", "zebra"] {
        assert!(ids(&index, &lexical(query)).is_empty(), "{query:?}");
    }
}

#[test]
fn a_word_in_the_title_finds_every_chunk_of_the_document() {
    let mut builder = SegmentBuilder::default();
    push(&mut builder, "other", "", &["a cellar is mentioned here"]);
    push(&mut builder, "titled", "Cellar", &["first part of the text", "second part of the text"]);
    let mut index = Index::default();
    index.insert_segment(1, builder.build(), []).unwrap();
    let found = index.search(&lexical("cellar")).unwrap();
    // Both parts of titled: the title counts twice. The first part and the second tie and keep their order.
    assert_eq!(found.iter().map(|hit| hit.row.row).collect::<Vec<_>>(), [1, 2, 0]);
}

#[test]
fn equal_scores_are_ordered_by_id_whatever_the_order_of_adding() {
    let mut index = index(&[("c", "same words"), ("a", "same words")]);
    index.insert_segment(2, segment(&[("d", "same words"), ("b", "same words")]), []).unwrap();
    assert_eq!(ids(&index, &lexical("same words")), ["a", "b", "c", "d"]);
    assert_eq!(ids(&index, &SearchQuery { k: 2, ..lexical("same words") }), ["a", "b"]);
}

#[test]
fn k_is_the_most_that_is_returned_and_costs_nothing_beyond_what_is_found() {
    let index = index(&LEASE);
    for (k, found) in [(0, 0), (1, 1), (2, 2), (1_000_000_000, 2), (usize::MAX, 2)] {
        assert_eq!(ids(&index, &SearchQuery { k, ..lexical("roof") }).len(), found, "k = {k}");
    }
}

/// A vector whose cosine with `[1, 0]` is `cosine`.
fn at(cosine: f32) -> [f32; 2] {
    [cosine, (1.0 - cosine * cosine).sqrt()]
}

const QUERY: [f32; 2] = [1.0, 0.0];

fn hybrid(text: &str) -> SearchQuery<'_> {
    SearchQuery::new(text, Some(&QUERY), 10)
}

/// Four documents with vectors: their order by meaning is b, a, d, c.
fn with_vectors() -> Index {
    let mut index = index(&[("a", "roof"), ("b", "door"), ("c", "roof roof"), ("d", "wall")]);
    let run = VectorRun::quantise(0, &[at(0.8), at(0.9), at(0.1), at(0.5)]).unwrap();
    index.insert_vectors(1, &run).unwrap();
    index
}

#[test]
fn hybrid_ranks_by_both_arms() {
    let index = with_vectors();
    // Dense maps to a 0.875, b 1, c 0, d 0.5. Lexical: c 1, a nearly 0.85, b and d 0.
    // 0.55 / 0.45: a 0.86, b 0.55, c 0.45, d 0.28.
    assert_eq!(ids(&index, &hybrid("roof")), ["a", "b", "c", "d"]);
    // Rank sums, k = 60: a is second in both; b is first in one, c first in one and last in the other; d third in one.
    let reciprocal = SearchQuery { fusion: Fusion::RECIPROCAL_RANK, ..hybrid("roof") };
    assert_eq!(ids(&index, &reciprocal), ["a", "c", "b", "d"]);
}

#[test]
fn an_arm_with_nothing_to_go_by_leaves_the_ranking_to_the_other() {
    let index = with_vectors();
    for query in ["??", "the of", "zebra"] {
        assert_eq!(ids(&index, &hybrid(query)), ["b", "a", "d", "c"], "{query}");
        assert_eq!(index.search(&hybrid(query)).unwrap()[0].score, 1.0, "{query}");
    }
    // Without a query vector only the words count: c holds the word twice.
    assert_eq!(ids(&index, &SearchQuery::new("roof", None, 10)), ["c", "a"]);
}

#[test]
fn a_weight_of_0_or_1_leaves_the_other_arm_out() {
    let index = with_vectors();
    let weighted = |dense_weight| SearchQuery {
        fusion: Fusion { dense_weight, ..Fusion::WEIGHTED_SUM },
        ..hybrid("roof")
    };
    assert_eq!(ids(&index, &weighted(0.0)), ["c", "a"]);
    assert_eq!(ids(&index, &weighted(1.0)), ["b", "a", "d", "c"]);
}

#[test]
fn a_chunk_without_a_vector_is_neither_lost_nor_favoured() {
    // best matches in both arms, poor in none but the words; late has no vector yet and the same words as poor.
    let mut index = index(&[
        ("best", "roof repair roof repair"),
        ("late", "repair of one of the doors"),
        ("other", "an unrelated text"),
        ("poor", "repair of one of the doors"),
        ("unseen", "nothing of the kind"),
    ]);
    index.insert_vectors(1, &VectorRun::quantise(0, &[at(0.9)]).unwrap()).unwrap();
    index.insert_vectors(1, &VectorRun::quantise(2, &[at(0.5), at(0.1)]).unwrap()).unwrap();
    let found = index.search(&hybrid("roof repair")).unwrap();
    let places = ids(&index, &hybrid("roof repair"));
    // best leads both arms. late and poor have the same share of the lexical score; for its meaning late gets what its
    // words let expect: as much as poor, which has the same words and comes last. unseen has neither vector nor word: nothing says that it should be found.
    assert_eq!(places[0], "best");
    assert!(places.contains(&"late") && !places.contains(&"unseen"));
    let of = |id| found[places.iter().position(|place| *place == id).unwrap()];
    let bm25 = |id| of(id).lexical.unwrap().score;
    assert!(of("late").dense.is_none() && bm25("late") == bm25("poor"));
    assert!((of("late").score - of("poor").score).abs() < 1e-6);
    assert_eq!(of("late").neutral, Some(0.0));
    assert!(of("late").score < of("best").score);
    // Nothing is known of its meaning, so a search by meaning alone does not find it.
    assert_eq!(ids(&index, &SearchQuery { mode: Mode::Dense, ..hybrid("") }), ["best", "other", "poor"]);
}

#[test]
fn a_filter_limits_both_arms() {
    let index = with_vectors();
    let only = |names: serde_json::Value| Filter::parse(&json!({ "name": { "$in": names } })).unwrap();
    let (two, none) = (only(json!(["c", "d"])), only(json!([])));
    // Among these two d leads by meaning with 0.55, c by the word with 0.45.
    assert_eq!(ids(&index, &SearchQuery { filter: Some(&two), ..hybrid("roof") }), ["d", "c"]);
    assert_eq!(ids(&index, &SearchQuery { filter: Some(&none), ..hybrid("roof") }), Vec::<&str>::new());
    let mistyped = Filter::parse(&json!({ "name": { "$gt": 3 } })).unwrap();
    let error = index.search(&SearchQuery { filter: Some(&mistyped), ..hybrid("roof") }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidFilter);
}

#[test]
fn queries_that_cannot_be_run_are_refused() {
    let index = with_vectors();
    let cases = [
        SearchQuery { mode: Mode::Dense, ..lexical("roof") },
        SearchQuery { mode: Mode::Dense, ..SearchQuery::new("roof", None, 1) },
        SearchQuery::new("roof", Some(&[1.0]), 1),
        SearchQuery::new("roof", Some(&[f32::NAN, 0.0]), 1),
        SearchQuery { fusion: Fusion { dense_weight: 2.0, ..Fusion::default() }, ..hybrid("roof") },
        SearchQuery { bm25: ibid::index::Bm25 { k1: -1.0, b: 0.75 }, ..lexical("roof") },
    ];
    for (case, query) in cases.iter().enumerate() {
        assert_eq!(index.search(query).unwrap_err().kind(), ErrorKind::InvalidArgument, "case {case}");
    }
}

#[test]
fn an_empty_index_finds_nothing() {
    let index = Index::default();
    assert!(index.search(&hybrid("roof")).unwrap().is_empty());
    assert_eq!(index.counts(), Counts::default());
}

#[test]
fn a_replaced_document_is_never_found_again() {
    let mut index = index(&[("lease", "old roof"), ("other", "old wall")]);
    index.insert_segment(2, segment(&[("lease", "new door")]), []).unwrap();
    assert_eq!(ids(&index, &lexical("roof")), Vec::<&str>::new());
    assert_eq!(ids(&index, &lexical("door")), ["lease"]);
    assert_eq!(index.segments()[0].removed().iter().collect::<Vec<_>>(), [0]);
    assert_eq!(index.counts(), Counts { documents: 2, chunks: 2, chunks_without_vector: 2 });
}

#[test]
fn a_removed_document_counts_in_no_statistic() {
    let mut all = index(&[("a", "roof door"), ("b", "roof wall wall"), ("c", "door door")]);
    assert_eq!(all.remove_document("b").map(|place| place.document), Some(1));
    assert_eq!(all.remove_document("b"), None);
    let fresh = index(&[("a", "roof door"), ("c", "door door")]);
    let scores = |index: &Index| -> Vec<f32> {
        index.search(&lexical("roof door wall")).unwrap().iter().map(|hit| hit.score).collect()
    };
    assert_eq!(scores(&all), scores(&fresh));
}

#[test]
fn a_clone_stays_as_it_was() {
    let mut changed = with_vectors();
    let snapshot = changed.clone();
    changed.remove_document("a");
    changed.insert_vectors(1, &VectorRun::quantise(1, &[at(0.0)]).unwrap()).unwrap();
    changed.insert_segment(2, segment(&[("e", "roof")]), []).unwrap();
    assert_eq!(ids(&snapshot, &hybrid("roof")), ["a", "b", "c", "d"]);
    assert_eq!(snapshot.counts().documents, 4);
    assert!(snapshot.find("a").is_some() && changed.find("a").is_none());
}

#[test]
fn documents_come_in_the_order_of_ids_and_the_backlog_in_the_order_of_rows() {
    let mut index = index(&[("c", "x"), ("a", "x")]);
    index.insert_segment(2, segment(&[("d", "x"), ("b", "x")]), [0]).unwrap();
    index.insert_vectors(1, &VectorRun::quantise(1, &[at(0.5)]).unwrap()).unwrap();
    let listed: Vec<_> = index.documents().map(|(_, document)| document.id.as_str()).collect();
    assert_eq!(listed, ["a", "b", "c"]);
    let backlog: Vec<_> = index.backlog().collect();
    assert_eq!(backlog, [RowId { segment: 0, row: 0 }, RowId { segment: 1, row: 1 }]);
    assert_eq!(index.counts(), Counts { documents: 3, chunks: 3, chunks_without_vector: 2 });
}

#[test]
fn dropping_a_segment_drops_its_documents_only() {
    let mut index = index(&[("a", "x")]);
    index.insert_segment(2, segment(&[("b", "x"), ("a", "x")]), []).unwrap();
    assert!(index.remove_segment(1));
    assert!(!index.remove_segment(1));
    let place = index.find("a").unwrap();
    assert_eq!((place.segment, index.document(place).id.as_str()), (0, "a"));
    assert_eq!(ids(&index, &lexical("x")), ["a", "b"]);
}

#[test]
fn parts_that_do_not_fit_the_index_change_nothing() {
    let mut index = with_vectors();
    let refused = [
        index.clone().insert_segment(1, segment(&[("z", "x")]), []),
        index.clone().insert_segment(2, segment(&[("z", "x")]), [1]),
        index.insert_vectors(7, &VectorRun::quantise(0, &[at(0.5)]).unwrap()),
        index.insert_vectors(1, &VectorRun::quantise(4, &[at(0.5)]).unwrap()),
        index.insert_vectors(1, &VectorRun::quantise(0, &[[1.0]]).unwrap()),
    ];
    for (case, result) in refused.into_iter().enumerate() {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::StoreCorrupt, "case {case}");
    }
    assert_eq!(ids(&index, &hybrid("roof")), ["a", "b", "c", "d"]);
}
