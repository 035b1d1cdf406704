//! Filters over the metadata of 100,000 documents in one segment: `cargo bench --bench filter`.

use std::sync::LazyLock;

use divan::{Bencher, black_box};
use ibid::document::{Metadata, MetadataValue};
use ibid::filter::{Columns, Filter};
use roaring::RoaringBitmap;
use serde_json::{Value, json};

const DOCUMENTS: u32 = 100_000;

/// What a filter asks of the columns, and the filter.
type Named = (&'static str, fn() -> Value);

const FILTERS: [Named; 12] = [
    ("number, 0.1 % match", || json!({ "rank": { "$lt": DOCUMENTS / 1_000 } })),
    ("number, half match", || json!({ "rank": { "$lt": DOCUMENTS / 2 } })),
    ("word, 1 % match", || json!({ "author": "author 17" })),
    ("distinct string, one matches", || json!({ "name": "document 00017" })),
    ("distinct strings, half match", || json!({ "name": { "$gte": "document 50000" } })),
    ("part of distinct strings", || json!({ "name": { "$contains": "77" } })),
    ("dates, a month matches", || json!({ "date": { "$gte": "2012-03-01", "$lt": "2012-04-01" } })),
    ("element of arrays, 2 % match", || json!({ "tags": { "$contains": "tag 3" } })),
    ("boolean, not", || json!({ "signed": { "$ne": true } })),
    ("one of 1,000 numbers", || json!({ "rank": { "$in": (0..1_000).map(|n| n * 97).collect::<Vec<_>>() } })),
    ("one of 1,000 strings", || {
        let names: Vec<_> = (0..1_000).map(|n| format!("document {:05}", n * 97)).collect();
        json!({ "name": { "$in": names } })
    }),
    ("several fields", || {
        json!({
            "rank": { "$gte": 1_000 },
            "signed": true,
            "$or": [{ "tags": "tag 3" }, { "author": { "$in": ["author 1", "author 2"] } }],
        })
    }),
];

static METADATA: LazyLock<Vec<Metadata>> = LazyLock::new(|| (0..DOCUMENTS).map(metadata).collect());

/// Values in no order that helps.
fn metadata(document: u32) -> Metadata {
    let shuffled = document.wrapping_mul(48_271) % DOCUMENTS;
    let date = format!(
        "20{:02}-{:02}-{:02}T{:02}:{:02}:00Z",
        shuffled % 24,
        shuffled / 24 % 12 + 1,
        shuffled / 288 % 28 + 1,
        shuffled % 24,
        shuffled % 60
    );
    let tags = [shuffled % 50, shuffled / 50 % 50, shuffled / 2_500 % 50].map(|tag| format!("tag {tag}"));
    [
        ("rank", MetadataValue::Number(f64::from(shuffled))),
        ("author", MetadataValue::String(format!("author {}", shuffled % 100))),
        ("name", MetadataValue::String(format!("document {shuffled:05}"))),
        ("date", MetadataValue::String(date)),
        ("tags", MetadataValue::Strings(tags.to_vec())),
        ("signed", MetadataValue::Boolean(shuffled.is_multiple_of(3))),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 10)]
fn columns() -> Columns {
    Columns::new(METADATA.iter())
}

#[divan::bench(args = FILTERS.map(|(name, _)| name))]
fn evaluate(bencher: Bencher, name: &str) {
    let (_, filter) = FILTERS.iter().find(|(other, _)| *other == name).expect("one of them");
    let filter = Filter::parse(&filter()).expect("a filter");
    let (columns, live) = (Columns::new(METADATA.iter()), (0..DOCUMENTS).collect::<RoaringBitmap>());
    bencher.bench(|| black_box(filter.evaluate(&[(&columns, &live)])).expect("fields of these types"));
}
