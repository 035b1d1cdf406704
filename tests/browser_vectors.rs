//! The dense arm gives the same on every machine: natively, and in both builds for browsers.

use std::sync::Arc;

use ibid::index::{Graph, QuantisedQuery, VectorRun, Vectors};
use roaring::RoaringBitmap;
use xxhash_rust::xxh3::Xxh3;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Numbers that look random, from -1 to 1: the same everywhere.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

fn vectors(rows: usize, dimensions: usize) -> Arc<Vectors> {
    let mut next = noise(dimensions as u64);
    let values: Vec<Vec<f32>> = (0..rows).map(|_| (0..dimensions).map(|_| next()).collect()).collect();
    let mut vectors = Vectors::new(rows + 3);
    vectors.insert_run(&VectorRun::quantise(2, &values).unwrap()).unwrap();
    Arc::new(vectors)
}

fn query(dimensions: usize) -> QuantisedQuery {
    let mut next = noise(1);
    QuantisedQuery::new(&(0..dimensions).map(|_| next()).collect::<Vec<_>>())
}

fn hash(numbers: impl IntoIterator<Item = u32>) -> u64 {
    let mut hasher = Xxh3::new();
    numbers.into_iter().for_each(|number| hasher.update(&number.to_le_bytes()));
    hasher.digest()
}

fn hash_of_found(found: Vec<(u32, f32)>) -> u64 {
    hash(found.into_iter().flat_map(|(row, score)| [row, score.to_bits()]))
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn scores_agree() {
    let scans = [1, 15, 16, 17, 31, 33, 384, 2100].map(|dimensions| {
        let vectors = vectors(67, dimensions);
        hash_of_found(vectors.nearest(&query(dimensions), None, 67))
    });
    let expected = [
        11096804372644739712,
        1871286696384102925,
        10159493255527137158,
        2545239536110500287,
        14393844853341100093,
        15068158781681773466,
        203243105579809497,
        13896495837949544100,
    ];
    assert_eq!(scans, expected);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_best_of_many_agree() {
    // What is not among the best is left out by its upper bits.
    let best = [17, 384, 2100].map(|dimensions| {
        let vectors = vectors(400, dimensions);
        let query = query(dimensions);
        let among: RoaringBitmap = (0..400).filter(|row| row % 5 < 2).collect();
        [vectors.nearest(&query, None, 5), vectors.nearest(&query, Some(&among), 5)].map(hash_of_found)
    });
    let expected = [
        [9735870977609028522, 8016236129000782082],
        [11291077244338149189, 7176113919314542776],
        [1037758865393894490, 11174994685578642583],
    ];
    assert_eq!(best, expected);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_best_of_sketched_vectors_agree() {
    // So many that sketches are compared first; at 130 dimensions the last byte of signs is not full.
    let best = [130, 384].map(|dimensions| {
        let vectors = vectors(5000, dimensions);
        let query = query(dimensions);
        let among: RoaringBitmap = (0..5000).filter(|row| row % 8 > 0).collect();
        [vectors.nearest(&query, None, 150), vectors.nearest(&query, Some(&among), 100)].map(hash_of_found)
    });
    let expected = [[6998695805647826400, 13538942733918646712], [18338618299672704984, 1911109863924671617]];
    assert_eq!(best, expected);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn similarities_agree() {
    let similarities = [1, 17, 384].map(|dimensions| {
        let vectors = vectors(20, dimensions);
        hash((2..20).filter_map(|row| vectors.similarity(row, &vectors, row + 1)).map(f32::to_bits))
    });
    assert_eq!(similarities, [445261889455659324, 5138691911105153473, 14616413716021316288]);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn graphs_agree() {
    let vectors = vectors(700, 24);
    let rows: RoaringBitmap = (0..703).collect();
    let graph = Graph::build(&vectors, &rows).unwrap();
    let bytes = graph.encode().unwrap();
    let payload = &bytes[26..]; // behind the envelope, which changes with the format version
    let found = hash_of_found(graph.nearest(&query(24), None, 30).unwrap());
    assert_eq!(
        (hash(payload.iter().map(|byte| u32::from(*byte))), found),
        (3695654365354183985, 1534665546499632809)
    );
}
