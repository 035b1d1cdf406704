use std::collections::BTreeSet;

use super::*;
use crate::index::vectors::VectorRun;

const DIMENSIONS: usize = 192;
const ROWS: usize = 5000;
const QUERIES: usize = 25;
const COUNT: usize = 40;

/// Numbers that look random.
struct Noise(u64);

impl Noise {
    /// From -1 to 1.
    fn even(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    /// Nearly normal.
    fn normal(&mut self) -> f32 {
        (0..6).map(|_| self.even()).sum::<f32>() / 2f32.sqrt()
    }

    fn normals(&mut self) -> Vec<f32> {
        (0..DIMENSIONS).map(|_| self.normal()).collect()
    }
}

fn unit(vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    vector.into_iter().map(|x| x / length).collect()
}

fn vectors_of(rows: &[Vec<f32>]) -> Vectors {
    let mut vectors = Vectors::new(rows.len());
    vectors.insert_run(&VectorRun::quantise(0, rows).unwrap()).unwrap();
    vectors
}

/// Vectors that are hard to sketch, each kind of its own way, and queries that come from where they do.
fn hard_sets() -> Vec<(&'static str, Vec<Vec<f32>>)> {
    let mut noise = Noise(1);
    let mut set = |name, make: &mut dyn FnMut(&mut Noise, usize) -> Vec<f32>| {
        (name, (0..ROWS + QUERIES).map(|row| unit(make(&mut noise, row))).collect())
    };
    let themes: Vec<Vec<f32>> = (0..50).map(|seed| Noise(seed).normals()).collect();
    let near = |noise: &mut Noise, row: usize, far: f32| {
        let theme = &themes[row % themes.len()];
        theme.iter().map(|x| x + far * noise.normal()).collect::<Vec<_>>()
    };
    vec![
        set("random", &mut |noise, _| noise.normals()),
        set("themes", &mut |noise, row| near(noise, row, 1.0)),
        set("near duplicates", &mut |noise, row| near(noise, row, 0.05)),
        set("a mean far from zero", &mut |noise, row| {
            near(noise, row, 1.0).iter().zip(&themes[0]).map(|(x, mean)| x + 3.0 * mean).collect()
        }),
        set("a few large components", &mut |noise, _| {
            let size = |at: usize| 1.0 + 20.0 * (-(at as f32) / 6.0).exp();
            noise.normals().into_iter().enumerate().map(|(at, x)| x * size(at)).collect()
        }),
        set("sparse", &mut |noise, _| {
            let mut vector = vec![0.0; DIMENSIONS];
            for _ in 0..6 {
                let at = (noise.even() + 1.0) / 2.0 * DIMENSIONS as f32;
                vector[at as usize % DIMENSIONS] += noise.even().abs() + 0.1;
            }
            vector
        }),
    ]
}

/// The share of the best that a scan with sketches finds, and that of the rows whose vectors it looks at; each of its scores
/// must be exact.
fn measure(vectors: &Vectors, queries: &[Vec<f32>], count: usize) -> (f64, f64) {
    let (mut found, mut scored) = (0, 0);
    for query in queries {
        let query = QuantisedQuery::new(query);
        let exact = vectors.exact_nearest(&query, None, count);
        let least = exact.last().unwrap().1;
        assert!(vectors.sketched_scan(&query, None, count).is_some());
        let nearest = vectors.nearest(&query, None, count);
        assert!(nearest.iter().all(|(row, score)| vectors.score(&query, *row) == Some(*score)));
        let rows: BTreeSet<u32> = nearest.iter().map(|(row, _)| *row).collect();
        found += exact.iter().take(count).filter(|(row, _)| rows.contains(row)).count();
        let bounds = Bounds::new(vectors, &query).unwrap();
        scored += bounds.groups.as_flattened().iter().filter(|bound| **bound >= least).count();
    }
    let all = (queries.len() * count) as f64;
    (found as f64 / all, scored as f64 / (queries.len() * vectors.rows()) as f64)
}

#[test]
fn nearly_all_of_the_best_are_found_however_vectors_are_spread() {
    for (name, mut rows) in hard_sets() {
        let queries = rows.split_off(ROWS);
        let vectors = vectors_of(&rows);
        let (recall, scored) = measure(&vectors, &queries, COUNT);
        let (recall_of_few, _) = measure(&vectors, &queries, 10);
        println!("{name}: {recall} of {COUNT}, {recall_of_few} of 10, {scored} scored");
        assert!(recall >= 0.997, "{name}: {recall}");
        assert!(recall_of_few >= 0.99, "{name}: {recall_of_few}");
        // Of random vectors all are about as near.
        let most = if name == "random" { 0.5 } else { 0.1 };
        assert!(scored < most, "{name}: {scored}");
    }
}

/// Every third row has no vector, and two whole blocks have none.
fn with_gaps() -> (Vectors, Vec<Vec<f32>>) {
    let mut noise = Noise(7);
    let rows = 2 * ROWS as u64;
    let has_vector = |row: &u64| !row.is_multiple_of(3) && !(2048..4096).contains(row);
    let runs: Vec<_> = (0..rows).filter(has_vector).map(|row| (row, unit(noise.normals()), [])).collect();
    let queries = (0..5).map(|_| unit(noise.normals())).collect();
    let mut vectors = Vectors::new(rows as usize);
    vectors.insert_run(&VectorRun::quantise_rows(runs).unwrap()).unwrap();
    (vectors, queries)
}

#[test]
fn only_rows_that_are_there_and_may_be_found_are() {
    let (vectors, queries) = with_gaps();
    let among: RoaringBitmap = (0..vectors.rows() as u32).filter(|row| row % 7 != 0).collect();
    for query in &queries {
        let query = QuantisedQuery::new(query);
        for among in [None, Some(&among)] {
            assert!(vectors.sketched_scan(&query, among, 20).is_some());
            let (found, exact) =
                (vectors.nearest(&query, among, 20), vectors.exact_nearest(&query, among, 20));
            assert_eq!(found.len(), 20);
            assert!(
                found.iter().all(|(row, _)| vectors.contains(*row) && among.is_none_or(|a| a.contains(*row)))
            );
            // Among so few the best are found for certain.
            assert_eq!(found[..5], exact[..5]);
        }
    }
}

#[test]
fn a_row_that_gets_another_vector_is_found_by_it() {
    let (mut vectors, queries) = with_gaps();
    let query = QuantisedQuery::new(&queries[0]);
    let before = vectors.nearest(&query, None, 10);
    let copy = vectors.clone();
    vectors.insert_run(&VectorRun::quantise(2050, &queries[..1]).unwrap()).unwrap();
    vectors.insert_run(&VectorRun::quantise(4, &queries[..1]).unwrap()).unwrap();
    let found: Vec<u32> = vectors.nearest(&query, None, 10).into_iter().map(|(row, _)| row).take(2).collect();
    assert_eq!(found, [4, 2050]);
    assert_eq!(copy.nearest(&query, None, 10), before);
}

#[test]
fn rows_that_tie_are_all_found() {
    let mut noise = Noise(3);
    let mut rows: Vec<_> = (0..ROWS).map(|_| unit(noise.normals())).collect();
    for row in [5, 1030, 4999] {
        rows[row] = rows[77].clone();
    }
    let vectors = vectors_of(&rows);
    let found = vectors.nearest(&QuantisedQuery::new(&rows[77]), None, 2);
    assert_eq!(found.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [5, 77, 1030, 4999]);
}

#[test]
fn rows_that_tie_are_all_found_where_whole_blocks_are_the_same() {
    for seed in 0..6 {
        let mut noise = Noise(seed);
        let mut rows: Vec<_> = (0..ROWS).map(|_| unit(noise.normals())).collect();
        let copy = rows[77].clone();
        rows[1024..3072].fill(copy.clone());
        rows[4000..4600].fill(copy.clone());
        let vectors = vectors_of(&rows);
        for far in [0.0, 0.2] {
            let query = QuantisedQuery::new(&unit(copy.iter().map(|x| x + far * noise.normal()).collect()));
            let found = vectors.nearest(&query, None, 10);
            assert_eq!(found, vectors.exact_nearest(&query, None, 10), "{seed}, {far}");
        }
    }
}

#[test]
fn vectors_beyond_what_sketches_hold_are_scored_by_all_bits() {
    let mut noise = Noise(4);
    let mut rows: Vec<_> = (0..ROWS).map(|_| unit(noise.normals())).collect();
    let query = unit(noise.normals());
    for (row, size) in [(3, f32::MAX), (1500, 1e30), (2000, 1e7), (2500, 0.0)] {
        rows[row] = query.iter().map(|x| x * size).collect();
    }
    let vectors = vectors_of(&rows);
    let query = QuantisedQuery::new(&query);
    assert!(vectors.sketched_scan(&query, None, 3).is_some());
    assert_eq!(vectors.nearest(&query, None, 3), vectors.exact_nearest(&query, None, 3));
}

#[test]
fn where_sketches_promise_nothing_the_scan_is_exact() {
    let mut noise = Noise(5);
    let rows: Vec<_> = (0..ROWS).map(|_| unit(noise.normals())).collect();
    let vectors = vectors_of(&rows);
    let query = QuantisedQuery::new(&rows[0]);
    let among = |rows: u32| (0..rows).collect::<RoaringBitmap>();
    let is_sketched = |vectors: &Vectors, query: &QuantisedQuery, among: Option<&RoaringBitmap>, count| {
        vectors.sketched_scan(query, among, count).is_some()
    };
    assert!(is_sketched(&vectors, &query, None, ROWS / ROWS_PER_WANTED));
    assert!(is_sketched(&vectors, &query, Some(&among(LEAST_ROWS as u32)), 10));
    for (count, among) in
        [(0, None), (ROWS / ROWS_PER_WANTED + 1, None), (10, Some(among(LEAST_ROWS as u32 - 1)))]
    {
        assert!(!is_sketched(&vectors, &query, among.as_ref(), count), "{count}");
    }
    assert!(!is_sketched(&vectors, &QuantisedQuery::new(&[0.0; DIMENSIONS]), None, 10));
    assert!(!is_sketched(&vectors, &QuantisedQuery::new(&[1.0; DIMENSIONS + 1]), None, 10));
    assert!(!is_sketched(&vectors_of(&rows[..LEAST_ROWS - 1]), &query, None, 10));
    let short: Vec<Vec<f32>> = rows.iter().map(|row| row[..64].to_vec()).collect();
    assert!(!is_sketched(&vectors_of(&short), &QuantisedQuery::new(&short[0]), None, 10));
}
