//! Filters over columns equal a brute-force evaluation over plain metadata.

#[path = "support/filter_oracle.rs"]
mod oracle;

use ibid::document::{Metadata, MetadataElement, MetadataValue};
use ibid::error::ErrorKind;
use ibid::filter::{Columns, Filter};
use proptest::prelude::*;
use proptest::sample::select;
use roaring::RoaringBitmap;
use serde_json::{Map, Value, json};

const FIELDS: [&str; 4] = ["a", "b", "a.b", ""];
const NUMBERS: [f64; 7] = [-1.5, -0.0, 0.0, 1.0, 2.0, 2024.0, 1e300];
const STRINGS: [&str; 19] = [
    "",
    "a",
    "ab",
    "b",
    "é",
    "\u{1f600}",
    "2024",
    "2024-02-30",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "2024-01-01T01:00+01:00",
    "2023-12-31T23:59:59.999999999Z",
    "2024-02-29",
    "2024-01-01 00:00:00",
    "2023-12-31 19:00:00.000 -0500",
    "2024-01-01 00:00:01 UTC",
    "2024-01-01 00:00:00+0",
    "+010000-01-01",
    "\u{ffff}",
];

fn string() -> impl Strategy<Value = String> {
    select(&STRINGS[..]).prop_map(str::to_owned)
}

/// An element of any type.
fn element() -> impl Strategy<Value = MetadataElement> {
    prop_oneof![
        Just(MetadataElement::Null),
        any::<bool>().prop_map(MetadataElement::Boolean),
        select(&NUMBERS[..]).prop_map(MetadataElement::Number),
        string().prop_map(MetadataElement::String),
    ]
}

/// A value of the type that is usual for the field, or of any type.
fn value(field: &'static str) -> impl Strategy<Value = MetadataValue> {
    let other = prop_oneof![
        any::<bool>().prop_map(MetadataValue::Boolean),
        select(&NUMBERS[..]).prop_map(MetadataValue::Number),
        Just(MetadataValue::Number(f64::NAN)),
        string().prop_map(MetadataValue::String),
        prop::collection::vec(string(), 0..4).prop_map(MetadataValue::Strings),
        Just(MetadataValue::Null),
        prop::collection::vec(element(), 0..4).prop_map(MetadataValue::Array),
    ];
    let usual = match field {
        "a" => select(&NUMBERS[..]).prop_map(MetadataValue::Number).boxed(),
        "b" => string().prop_map(MetadataValue::String).boxed(),
        "a.b" => prop::collection::vec(string(), 0..4).prop_map(MetadataValue::Strings).boxed(),
        _ => any::<bool>().prop_map(MetadataValue::Boolean).boxed(),
    };
    prop_oneof![8 => usual, 1 => other]
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let fields: Vec<_> =
        FIELDS.iter().map(|field| (Just((*field).to_owned()), prop::option::of(value(field)))).collect();
    fields.prop_map(|fields| {
        fields.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
    })
}

/// Documents, and whether each is live.
fn segment() -> impl Strategy<Value = Vec<(Metadata, bool)>> {
    prop::collection::vec((metadata(), prop::bool::weighted(0.8)), 0..24)
}

fn operand(field: &'static str) -> BoxedStrategy<Value> {
    let boolean = || any::<bool>().prop_map(Value::from);
    let text = || string().prop_map(Value::from);
    let other = prop_oneof![boolean(), number(), text(), Just(Value::Null)];
    match field {
        "a" => prop_oneof![30 => number(), 1 => other].boxed(),
        "" => prop_oneof![30 => boolean(), 1 => other].boxed(),
        _ => prop_oneof![30 => text(), 1 => other].boxed(),
    }
}

fn number() -> impl Strategy<Value = Value> {
    select(&NUMBERS[..]).prop_map(Value::from)
}

fn bound(field: &'static str) -> BoxedStrategy<Value> {
    match field {
        "a" => number().boxed(),
        "b" => string().prop_map(Value::from).boxed(),
        _ => prop_oneof![number(), string().prop_map(Value::from)].boxed(),
    }
}

fn operator(field: &'static str) -> BoxedStrategy<(String, Value)> {
    let named = |names: &'static [&'static str], operand: BoxedStrategy<Value>| {
        (select(names).prop_map(str::to_owned), operand)
    };
    let equal = named(&["$eq", "$ne"], operand(field));
    let ordered = named(&["$gt", "$gte", "$lt", "$lte"], bound(field));
    let list = prop::collection::vec(operand(field), 0..4).prop_map(Value::from).boxed();
    let listed = named(&["$in", "$nin"], list);
    let existing = named(&["$exists"], any::<bool>().prop_map(Value::from).boxed());
    let parts = prop_oneof![
        10 => string().prop_map(Value::from),
        10 => prop::collection::vec(string(), 0..3).prop_map(Value::from),
        1 => operand(field),
        1 => prop::collection::vec(operand(field), 0..3).prop_map(Value::from),
    ];
    let containing = named(&["$contains"], parts.boxed());
    // Mostly those that suit the type which is usual for the field.
    let (orders, contains) = match field {
        "a" => (40, 1),
        "b" => (40, 20),
        "a.b" => (1, 40),
        _ => (1, 1),
    };
    prop_oneof![
        20 => equal,
        orders => ordered,
        20 => listed,
        5 => existing,
        contains => containing,
    ]
    .boxed()
}

fn condition(field: &'static str) -> impl Strategy<Value = Value> {
    let operators = prop_oneof![3 => Just(1), 1 => Just(2)]
        .prop_flat_map(move |count| prop::collection::vec(operator(field), count))
        .prop_map(|operators| Value::Object(operators.into_iter().collect::<Map<_, _>>()))
        .boxed();
    let negated = operators.clone().prop_map(|operators| json!({ "$not": operators }));
    prop_oneof![1 => operand(field), 6 => operators, 1 => negated]
}

fn filter() -> impl Strategy<Value = Value> {
    let field = select(&["a", "a", "a", "b", "b", "b", "a.b", "a.b", "", "missing"][..]);
    let entry = field.prop_flat_map(|field| (Just(field.to_owned()), condition(field)));
    let leaf = prop_oneof![1 => Just(0), 12 => Just(1), 3 => Just(2)]
        .prop_flat_map(move |count| prop::collection::vec(entry.clone(), count))
        .prop_map(|entries| Value::Object(entries.into_iter().collect()))
        .boxed();
    let nested = leaf.clone().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|filters| json!({ "$and": filters })),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|filters| json!({ "$or": filters })),
            inner.prop_map(|filter| json!({ "$not": filter })),
        ]
    });
    prop_oneof![leaf, nested]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn columns_answer_as_brute_force(segments in prop::collection::vec(segment(), 0..4), filter in filter()) {
        let parsed = Filter::parse(&filter).unwrap();
        let columns: Vec<_> =
            segments.iter().map(|segment| Columns::new(segment.iter().map(|(metadata, _)| metadata))).collect();
        let select = |accepts: &dyn Fn(&Metadata) -> bool| -> Vec<RoaringBitmap> {
            let documents = |segment: &Vec<(Metadata, bool)>| {
                (0..).zip(segment).filter(|(_, (metadata, live))| *live && accepts(metadata)).map(|(number, _)| number).collect()
            };
            segments.iter().map(documents).collect()
        };
        let live = select(&|_| true);
        let inputs: Vec<_> = columns.iter().zip(&live).collect();
        let all: Vec<_> =
            segments.iter().flatten().filter(|(_, live)| *live).map(|(metadata, _)| metadata).collect();
        match parsed.evaluate(&inputs) {
            Ok(found) => {
                prop_assert!(!oracle::is_mismatched(&filter, &all), "a mismatch of types was accepted");
                prop_assert_eq!(found, select(&|metadata| oracle::matches(&filter, metadata)));
            }
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::InvalidFilter);
                prop_assert!(oracle::is_mismatched(&filter, &all), "{}", error);
            }
        }
    }
}

/// Any JSON, with operators among the names.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,5}".prop_map(Value::from),
    ];
    let name = prop_oneof![8 => select(&oracle::OPERATORS[..]).prop_map(str::to_owned), 4 => ".{0,3}"];
    leaf.prop_recursive(5, 30, 4, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            2 => prop::collection::btree_map(name.clone(), inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_a_filter_or_a_typed_error(value in anything()) {
        match Filter::parse(&value) {
            Ok(filter) => drop(filter.evaluate(&[(&Columns::default(), &RoaringBitmap::full())])),
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::InvalidFilter);
                prop_assert!(error.message().starts_with("filter"), "{}", error);
            }
        }
    }
}
