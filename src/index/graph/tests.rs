use proptest::prelude::*;

use super::super::vectors::VectorRun;
use super::*;
use crate::error::ErrorKind;

/// Numbers that look random, from 0 to 1: the same everywhere.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((mixed ^ (mixed >> 27)) >> 40) as f32 / (1u64 << 24) as f32
    }
}

fn unit(vector: impl IntoIterator<Item = f32>) -> Vec<f32> {
    let vector: Vec<f32> = vector.into_iter().collect();
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    vector.iter().map(|x| x / norm).collect()
}

/// Vectors around a few centres, as embeddings of texts on a few subjects are.
fn clustered(rows: usize, dimensions: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut next = noise(seed);
    let centres: Vec<Vec<f32>> =
        (0..rows.div_ceil(50)).map(|_| (0..dimensions).map(|_| next() - 0.5).collect()).collect();
    (0..rows).map(|row| unit(centres[row % centres.len()].iter().map(|x| x + 0.6 * (next() - 0.5)))).collect()
}

fn vectors_of(vectors: &[Vec<f32>]) -> Arc<Vectors> {
    let mut stored = Vectors::new(vectors.len());
    stored.insert_run(&VectorRun::quantise(0, vectors).unwrap()).unwrap();
    Arc::new(stored)
}

fn all(vectors: &Vectors) -> RoaringBitmap {
    (0..vectors.rows() as u32).collect()
}

/// The part of the nearest ten that the graph finds.
fn recall(graph: &Graph, vectors: &Vectors, queries: &[Vec<f32>], among: Option<&RoaringBitmap>) -> f32 {
    let mut found = 0;
    for query in queries.iter().map(|query| QuantisedQuery::new(query)) {
        let exact = vectors.nearest(&query, among, 10);
        let walked = graph.nearest(&query, among, 10).unwrap();
        found += walked.iter().filter(|row| exact.contains(row)).take(10).count();
    }
    found as f32 / (10 * queries.len()) as f32
}

#[test]
fn most_of_the_nearest_are_found_with_the_same_scores() {
    let mut rows = clustered(3100, 48, 1);
    let queries = rows.split_off(3000);
    let vectors = vectors_of(&rows);
    let graph = Graph::build(&vectors, &all(&vectors)).unwrap();
    let found = recall(&graph, &vectors, &queries, None);
    assert!(found >= 0.95, "{found}");
    let half: RoaringBitmap = (0..3000).step_by(2).collect();
    let found = recall(&graph, &vectors, &queries, Some(&half));
    assert!(found >= 0.95, "{found} of every other row");
}

#[test]
fn a_graph_comes_back_as_it_was_and_finds_the_same() {
    let mut rows = clustered(620, 32, 2);
    let queries = rows.split_off(600);
    let vectors = vectors_of(&rows);
    let graph = Graph::build(&vectors, &all(&vectors)).unwrap();
    let bytes = graph.encode().unwrap();
    let again = Graph::decode("graph 1", &bytes, &vectors).unwrap();
    assert_eq!(again.encode().unwrap(), bytes);
    assert_eq!(again.rows(), graph.rows());
    assert!(again.is_of(&vectors));
    for query in queries.iter().map(|query| QuantisedQuery::new(query)) {
        assert_eq!(again.nearest(&query, None, 20), graph.nearest(&query, None, 20));
    }
}

#[test]
fn a_graph_is_small_and_the_same_each_time() {
    let vectors = vectors_of(&clustered(2000, 32, 3));
    let bytes = Graph::build(&vectors, &all(&vectors)).unwrap().encode().unwrap();
    assert_eq!(Graph::build(&vectors, &all(&vectors)).unwrap().encode().unwrap(), bytes);
    assert!(bytes.len() < 100 * 2000, "{} bytes", bytes.len());
}

#[test]
fn rows_that_were_not_linked_are_not_found() {
    let mut vectors = Vectors::new(40);
    let rows = clustered(20, 8, 4);
    vectors.insert_run(&VectorRun::quantise(10, &rows).unwrap()).unwrap();
    let vectors = Arc::new(vectors);
    let graph = Graph::build(&vectors, &(0..25).collect()).unwrap();
    assert_eq!(*graph.rows(), (10..25).collect());
    let query = QuantisedQuery::new(&rows[19]);
    let found = graph.nearest(&query, None, 15).unwrap();
    assert_eq!(found.iter().map(|(row, _)| *row).collect::<RoaringBitmap>(), (10..25).collect());
    assert_eq!(found, vectors.nearest(&query, Some(&(0..25).collect()), 15));
}

#[test]
fn a_walk_that_cannot_find_enough_says_so() {
    let vectors = vectors_of(&clustered(500, 8, 5));
    let graph = Graph::build(&vectors, &all(&vectors)).unwrap();
    let query = QuantisedQuery::new(&[1.0; 8]);
    assert!(graph.nearest(&query, None, 10).is_some_and(|found| found.len() >= 10));
    assert!(graph.nearest(&query, Some(&(0..9).collect()), 10).is_none());
    assert!(graph.nearest(&query, None, WALK_WIDTH + 1).is_none());
    assert!(graph.nearest(&QuantisedQuery::new(&[1.0; 9]), None, 1).is_none());
}

#[test]
fn equal_vectors_and_zeros_are_linked_too() {
    let rows = vec![vec![0.0, 0.0], vec![0.6, 0.8], vec![0.6, 0.8], vec![0.6, 0.8], vec![0.0, 0.0]];
    let vectors = vectors_of(&rows);
    let graph = Graph::build(&vectors, &all(&vectors)).unwrap();
    let query = QuantisedQuery::new(&[0.6, 0.8]);
    assert_eq!(graph.nearest(&query, None, 1), Some(vectors.nearest(&query, None, 1)));
    assert_eq!(graph.nearest(&query, None, 5), Some(vectors.nearest(&query, None, 5)));
}

#[test]
fn nothing_cannot_be_linked() {
    let error = Graph::build(&Arc::new(Vectors::new(3)), &(0..3).collect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn a_graph_of_other_vectors_is_corrupt() {
    let vectors = vectors_of(&clustered(50, 8, 6));
    let bytes = Graph::build(&vectors, &all(&vectors)).unwrap().encode().unwrap();
    let fewer = vectors_of(&clustered(49, 8, 6));
    let error = Graph::decode("graph 1", &bytes, &fewer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreCorrupt);
    assert!(error.message().starts_with("graph 1: "), "{error}");
}

proptest! {
    /// What a checksum cannot tell: a payload that somebody made.
    #[test]
    fn any_damage_is_refused_or_harmless(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        let rows = clustered(300, 8, 7);
        let vectors = vectors_of(&rows);
        let links = build::links(&vectors, (0..300).collect()).unwrap();
        let mut payload = postcard::to_allocvec(&links).unwrap();
        for (at, byte) in changes {
            let at = at.index(payload.len());
            payload[at] = byte;
        }
        let Ok(damaged) = postcard::from_bytes::<Links>(&payload) else { return Ok(()) };
        match Graph::decode("graph 1", &codec::encode(Kind::Graph, &damaged).unwrap(), &vectors) {
            Ok(graph) => {
                let found = graph.nearest(&QuantisedQuery::new(&rows[0]), None, 1);
                prop_assert!(found.is_some_and(|found| found.iter().all(|(row, _)| *row < 300)));
            }
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::StoreCorrupt),
        }
    }
}
