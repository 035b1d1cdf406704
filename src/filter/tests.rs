//! Each operator on each type, and each message.

use roaring::RoaringBitmap;
use serde_json::{Value, json};

use super::{Columns, Filter, MAX_CONDITIONS, MAX_DEPTH, MAX_VALUES};
use crate::document::{Metadata, MetadataElement, MetadataValue};
use crate::error::{Error, ErrorKind, Result};

/// The metadata in a JSON object.
fn metadata(object: &Value) -> Metadata {
    let element = |value: &Value| match value {
        Value::Null => MetadataElement::Null,
        Value::Bool(value) => MetadataElement::Boolean(*value),
        Value::Number(value) => MetadataElement::Number(value.as_f64().unwrap()),
        Value::String(text) => MetadataElement::String(text.clone()),
        other => panic!("{other} is in no array of metadata"),
    };
    let value = |value: &Value| match value {
        Value::Null => MetadataValue::Null,
        Value::Bool(value) => MetadataValue::Boolean(*value),
        Value::Number(value) => MetadataValue::Number(value.as_f64().unwrap()),
        Value::String(text) => MetadataValue::String(text.clone()),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            MetadataValue::Strings(values.iter().map(|text| text.as_str().unwrap().to_owned()).collect())
        }
        Value::Array(values) => MetadataValue::Array(values.iter().map(element).collect()),
        other => panic!("{other} is no metadata"),
    };
    object.as_object().unwrap().iter().map(|(name, found)| (name.clone(), value(found))).collect()
}

/// The numbers of the documents that match, all of them live and in one segment.
fn find(documents: &[Value], filter: Value) -> Result<Vec<u32>> {
    let documents: Vec<_> = documents.iter().map(metadata).collect();
    let live = (0..documents.len() as u32).collect();
    let found = Filter::parse(&filter)?.evaluate(&[(&Columns::new(&documents), &live)])?;
    Ok(found[0].iter().collect())
}

#[track_caller]
fn assert_found<const N: usize>(documents: &[Value], filter: Value, expected: [u32; N]) {
    assert_eq!(find(documents, filter.clone()).unwrap(), expected, "{filter}");
}

#[track_caller]
fn assert_refused(documents: &[Value], filter: Value, message: &str) {
    let error = find(documents, filter).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidFilter);
    assert_eq!(error.message(), message);
}

/// By number: 0 has everything, 4 has nothing.
fn contracts() -> Vec<Value> {
    vec![
        json!({ "year": 2021, "name": "Lease", "signed": true, "tags": ["rent", "roof"], "due": "2024-05-31" }),
        json!({ "year": 2022, "name": "Sale", "signed": false, "tags": ["roof"], "due": "2024-05-31T22:30Z" }),
        json!({ "year": 2023.5, "name": "lease", "tags": [], "due": "2024-06-01T00:00:00.000+02:00" }),
        json!({ "year": -1, "name": "", "signed": true, "due": "2024-06-01" }),
        json!({}),
    ]
}

#[test]
fn a_value_alone_is_what_the_field_is_equal_to() {
    assert_found(&contracts(), json!({ "year": 2022 }), [1]);
    assert_found(&contracts(), json!({ "name": "Lease" }), [0]);
    assert_found(&contracts(), json!({ "name": "" }), [3]);
    assert_found(&contracts(), json!({ "signed": true }), [0, 3]);
    assert_found(&contracts(), json!({ "signed": false }), [1]);
}

#[test]
fn eq_finds_equal_values_and_ne_all_others() {
    assert_found(&contracts(), json!({ "year": { "$eq": 2023.5 } }), [2]);
    assert_found(&contracts(), json!({ "year": { "$ne": 2023.5 } }), [0, 1, 3, 4]);
    assert_found(&contracts(), json!({ "signed": { "$ne": true } }), [1, 2, 4]);
}

#[test]
fn an_array_is_equal_to_each_of_its_elements() {
    assert_found(&contracts(), json!({ "tags": "roof" }), [0, 1]);
    assert_found(&contracts(), json!({ "tags": { "$ne": "roof" } }), [2, 3, 4]);
    assert_found(&contracts(), json!({ "tags": { "$in": ["rent", "garden"] } }), [0]);
}

#[test]
fn numbers_and_strings_have_an_order() {
    assert_found(&contracts(), json!({ "year": { "$gt": 2021 } }), [1, 2]);
    assert_found(&contracts(), json!({ "year": { "$gte": 2021 } }), [0, 1, 2]);
    assert_found(&contracts(), json!({ "year": { "$lt": 2021 } }), [3]);
    assert_found(&contracts(), json!({ "year": { "$lte": 2021 } }), [0, 3]);
    assert_found(&contracts(), json!({ "name": { "$gt": "Lease" } }), [1, 2]);
    assert_found(&contracts(), json!({ "name": { "$lte": "Lease" } }), [0, 3]);
    // As in UTF-8; UTF-16 has the surrogates of U+1F600 before U+FFFD.
    let texts = [json!({ "name": "\u{fffd}" }), json!({ "name": "\u{1f600}" })];
    assert_found(&texts, json!({ "name": { "$gt": "\u{fffd}" } }), [1]);
}

#[test]
fn in_finds_any_of_several_values_and_nin_none_of_them() {
    assert_found(&contracts(), json!({ "year": { "$in": [2021, -1.0] } }), [0, 3]);
    assert_found(&contracts(), json!({ "year": { "$nin": [2021, -1] } }), [1, 2, 4]);
    assert_found(&contracts(), json!({ "signed": { "$in": [true, false] } }), [0, 1, 3]);
    assert_found(&contracts(), json!({ "name": { "$in": [] } }), []);
    assert_found(&contracts(), json!({ "name": { "$nin": [] } }), [0, 1, 2, 3, 4]);
}

#[test]
fn exists_tells_whether_there_is_a_value() {
    assert_found(&contracts(), json!({ "tags": { "$exists": true } }), [0, 1, 2]);
    assert_found(&contracts(), json!({ "tags": { "$exists": false } }), [3, 4]);
}

#[test]
fn null_is_a_value_that_only_null_is_equal_to() {
    let documents =
        [json!({ "due": null }), json!({ "due": "2024-05-31" }), json!({}), json!({ "due": [1, null] })];
    assert_found(&documents, json!({ "due": null }), [0, 3]);
    assert_found(&documents, json!({ "due": { "$eq": null } }), [0, 3]);
    assert_found(&documents, json!({ "due": { "$ne": null } }), [1, 2]);
    assert_found(&documents, json!({ "due": { "$in": [null, "2024-05-31"] } }), [0, 1, 3]);
    assert_found(&documents, json!({ "due": { "$nin": [null] } }), [1, 2]);
    assert_found(&documents, json!({ "due": { "$exists": true } }), [0, 1, 3]);
    assert_found(&documents, json!({ "due": { "$exists": false } }), [2]);
    assert_found(&documents, json!({ "due": { "$lt": "2025" } }), [1]);
    assert_found(&documents, json!({ "due": { "$contains": null } }), [3]);
    assert_found(&documents, json!({ "due": { "$not": { "$lt": "2025" } } }), [0, 2, 3]);
}

#[test]
fn arrays_of_numbers_and_booleans_are_as_those_of_strings() {
    let documents = [
        json!({ "pages": [3, 1, 3], "flags": [true, false] }),
        json!({ "pages": [-0.0, 2.5], "flags": [false] }),
        json!({ "pages": [], "flags": [] }),
        json!({ "pages": 3, "flags": true }),
        json!({}),
    ];
    assert_found(&documents, json!({ "pages": 3 }), [0, 3]);
    assert_found(&documents, json!({ "pages": { "$ne": 3 } }), [1, 2, 4]);
    assert_found(&documents, json!({ "pages": { "$in": [0, 1] } }), [0, 1]);
    assert_found(&documents, json!({ "pages": { "$nin": [0, 1] } }), [2, 3, 4]);
    assert_found(&documents, json!({ "pages": { "$contains": 3 } }), [0]);
    assert_found(&documents, json!({ "pages": { "$contains": [1, 3] } }), [0]);
    assert_found(&documents, json!({ "pages": { "$contains": [1, 2.5] } }), []);
    assert_found(&documents, json!({ "pages": { "$contains": [] } }), [0, 1, 2]);
    assert_found(&documents, json!({ "pages": { "$exists": true } }), [0, 1, 2, 3]);
    // An array has no order.
    assert_found(&documents, json!({ "pages": { "$gte": 1 } }), [3]);
    assert_found(&documents, json!({ "flags": true }), [0, 3]);
    assert_found(&documents, json!({ "flags": { "$contains": [true, false] } }), [0]);
    assert_found(&documents, json!({ "flags": { "$in": [false] } }), [0, 1]);
}

#[test]
fn an_array_may_hold_several_types() {
    let documents = [json!({ "tags": ["roof", 7, true, null] }), json!({ "tags": ["roof", "7"] })];
    assert_found(&documents, json!({ "tags": "roof" }), [0, 1]);
    assert_found(&documents, json!({ "tags": 7 }), [0]);
    assert_found(&documents, json!({ "tags": "7" }), [1]);
    assert_found(&documents, json!({ "tags": { "$contains": ["roof", 7, null] } }), [0]);
    assert_found(&documents, json!({ "tags": { "$nin": [true] } }), [1]);
}

#[test]
fn nulls_and_empty_arrays_are_of_any_type() {
    let documents = [json!({ "due": null, "pages": [] })];
    for operators in [json!(1), json!({ "$gt": "a" }), json!({ "$in": [true] }), json!({ "$contains": 1 })] {
        assert_found(&documents, json!({ "due": operators }), []);
        assert_found(&documents, json!({ "pages": operators }), []);
    }
    for operand in [json!(null), json!({ "$in": [null] })] {
        assert_found(&contracts(), json!({ "year": operand }), []);
        assert_found(&contracts(), json!({ "tags": operand }), []);
    }
}

#[test]
fn contains_looks_for_elements_of_arrays_and_parts_of_strings() {
    assert_found(&contracts(), json!({ "tags": { "$contains": "roof" } }), [0, 1]);
    assert_found(&contracts(), json!({ "tags": { "$contains": "roo" } }), []);
    assert_found(&contracts(), json!({ "tags": { "$contains": ["roof", "rent"] } }), [0]);
    assert_found(&contracts(), json!({ "tags": { "$contains": [] } }), [0, 1, 2]);
    assert_found(&contracts(), json!({ "name": { "$contains": "ease" } }), [0, 2]);
    assert_found(&contracts(), json!({ "name": { "$contains": ["ease", "L"] } }), [0]);
    assert_found(&contracts(), json!({ "due": { "$contains": "T" } }), [1, 2]);
}

#[test]
fn parts_are_found_within_one_string_only() {
    let names = ["ab", "abab", "b", "ba", "", "abé", "éa"];
    let documents = names.map(|name| json!({ "name": name }));
    let contains = |part: Value| json!({ "name": { "$contains": part } });
    assert_found(&documents, contains(json!("ab")), [0, 1, 5]);
    assert_found(&documents, contains(json!("ba")), [1, 3]);
    assert_found(&documents, contains(json!("bb")), []);
    assert_found(&documents, contains(json!("éa")), [6]);
    assert_found(&documents, contains(json!("é")), [5, 6]);
    assert_found(&documents, contains(json!("")), [0, 1, 2, 3, 4, 5, 6]);
    assert_found(&documents, contains(json!(["", "a", "é"])), [5, 6]);
    assert_found(&documents, contains(json!("ab".repeat(9))), []);
}

#[test]
fn everything_in_an_object_has_to_match() {
    assert_found(&contracts(), json!({ "year": { "$gte": 2021, "$lt": 2023 } }), [0, 1]);
    assert_found(&contracts(), json!({ "year": { "$gte": 2021 }, "tags": "rent" }), [0]);
    assert_found(&contracts(), json!({}), [0, 1, 2, 3, 4]);
}

#[test]
fn filters_are_joined_and_negated() {
    let (old, roof) = (json!({ "year": { "$lt": 2022 } }), json!({ "tags": "roof" }));
    assert_found(&contracts(), json!({ "$and": [old, roof] }), [0]);
    assert_found(&contracts(), json!({ "$or": [old, roof] }), [0, 1, 3]);
    assert_found(&contracts(), json!({ "$not": old }), [1, 2, 4]);
    assert_found(&contracts(), json!({ "year": { "$not": { "$lt": 2022 } } }), [1, 2, 4]);
    assert_found(&contracts(), json!({ "year": { "$not": 2021 } }), [1, 2, 3, 4]);
    assert_found(&contracts(), json!({ "$and": [] }), [0, 1, 2, 3, 4]);
    assert_found(&contracts(), json!({ "$or": [] }), []);
}

#[test]
fn dates_are_compared_as_instants() {
    assert_found(&contracts(), json!({ "due": "2024-05-31T00:00" }), [0]);
    assert_found(&contracts(), json!({ "due": "2024-05-31T22:00:00Z" }), [2]);
    assert_found(&contracts(), json!({ "due": { "$gt": "2024-05-31T22:00:00Z" } }), [1, 3]);
    assert_found(
        &contracts(),
        json!({ "due": { "$lt": "2024-06-01", "$gte": "2024-05-31T22:00Z" } }),
        [1, 2],
    );
    assert_found(&contracts(), json!({ "due": { "$in": ["2024-06-01T00:00:00Z"] } }), [3]);
}

#[test]
fn dates_as_sql_writes_them_are_dates_in_metadata_and_in_filters() {
    let documents = [
        json!({ "at": "2025-02-03 12:45:46" }),
        json!({ "at": "2025-02-03T12:45:47Z" }),
        json!({ "at": ["2025-02-03 14:45:48.5 +0200"] }),
    ];
    assert_found(&documents, json!({ "at": "2025-02-03T12:45:46Z" }), [0]);
    assert_found(&documents, json!({ "at": "2025-02-03 12:45:47 UTC" }), [1]);
    // As strings "2025-02-03 " would come before "2025-02-03T".
    assert_found(
        &documents,
        json!({ "at": { "$gt": "2025-02-03 12:45:46+00", "$lt": "2025-02-03 13:00" } }),
        [1],
    );
    assert_found(&documents, json!({ "at": { "$contains": "2025-02-03 12:45:48.5" } }), [2]);
    assert_found(
        &documents,
        json!({ "at": { "$nin": ["2025-02-03 12:45:46Z", "2025-02-03 12:45:47"] } }),
        [2],
    );
}

#[test]
fn a_date_and_another_string_are_compared_as_strings() {
    let documents = [json!({ "due": "2024-05" }), json!({ "due": "2024-05-31" }), json!({ "due": "soon" })];
    assert_found(&documents, json!({ "due": { "$lt": "2024-05-31" } }), [0]);
    assert_found(&documents, json!({ "due": { "$gte": "2024-05" } }), [0, 1, 2]);
    assert_found(&documents, json!({ "due": { "$gt": "2024-02-30" } }), [0, 1, 2]);
}

#[test]
fn a_field_that_no_document_has_is_missing_everywhere() {
    for operators in [json!("a"), json!({ "$gt": 1 }), json!({ "$in": [1] }), json!({ "$contains": "a" })] {
        assert_found(&contracts(), json!({ "colour": operators }), []);
    }
    for operators in [json!({ "$ne": "a" }), json!({ "$nin": [1] }), json!({ "$not": { "$gt": 1 } })] {
        assert_found(&contracts(), json!({ "colour": operators }), [0, 1, 2, 3, 4]);
    }
}

#[test]
fn names_are_taken_literally() {
    let documents = [json!({ "a.b": 1, "": 2, "__proto__": 3 })];
    assert_found(&documents, json!({ "a.b": 1, "": 2, "__proto__": 3 }), [0]);
    assert_found(&documents, json!({ "a": { "$exists": true } }), []);
}

#[test]
fn values_of_another_type_do_not_match_beside_those_that_can() {
    let documents = [json!({ "year": 2021 }), json!({ "year": "2021" }), json!({ "year": ["2021"] })];
    assert_found(&documents, json!({ "year": 2021 }), [0]);
    assert_found(&documents, json!({ "year": "2021" }), [1, 2]);
    assert_found(&documents, json!({ "year": { "$gte": "2021" } }), [1]);
    assert_found(&documents, json!({ "year": { "$ne": 2021 } }), [1, 2]);
}

#[test]
fn a_comparison_that_can_never_match_is_refused() {
    let refused = [
        (json!({ "year": "2021" }), "filter.year: the field holds numbers, not strings or arrays of strings"),
        (json!({ "year": { "$gte": "2021" } }), "filter.year.$gte: the field holds numbers, not strings"),
        (
            json!({ "year": { "$ne": true } }),
            "filter.year.$ne: the field holds numbers, not booleans or arrays of booleans",
        ),
        (
            json!({ "name": { "$nin": ["a", 1] } }),
            "filter.name.$nin[1]: the field holds strings, not numbers or arrays of numbers",
        ),
        (
            json!({ "$or": [{}, { "tags": { "$gt": "a" } }] }),
            "filter.$or[1].tags.$gt: the field holds arrays of strings, not strings",
        ),
        (
            json!({ "signed": { "$not": { "$contains": "a" } } }),
            "filter.signed.$not.$contains: the field holds booleans, not strings or arrays of strings",
        ),
        (
            json!({ "tags": { "$contains": ["roof", 1] } }),
            "filter.tags.$contains: the field holds arrays of strings, not arrays of numbers",
        ),
        (
            json!({ "year": { "$contains": [] } }),
            "filter.year.$contains: the field holds numbers, not strings or arrays of booleans or arrays of numbers or \
             arrays of strings",
        ),
    ];
    for (filter, message) in refused {
        assert_refused(&contracts(), filter, message);
    }
    let mixed = [json!({ "year": 2021 }), json!({ "year": true })];
    let message = "filter.year.$lt: the field holds booleans and numbers, not strings";
    assert_refused(&mixed, json!({ "year": { "$lt": "a" } }), message);
}

#[test]
fn only_live_documents_of_all_segments_together_decide_on_types() -> Result<()> {
    let columns = |value| Columns::new(&[metadata(&json!({ "year": value }))]);
    let (number, text) = (columns(json!(2021)), columns(json!("2021")));
    let (live, removed) = (RoaringBitmap::from([0]), RoaringBitmap::new());
    let filter = Filter::parse(&json!({ "year": "2021" }))?;
    assert_eq!(filter.evaluate(&[(&number, &live), (&text, &live)])?, [removed.clone(), live.clone()]);
    assert_eq!(
        filter.evaluate(&[(&number, &removed), (&text, &removed)])?,
        [removed.clone(), removed.clone()]
    );
    assert!(filter.evaluate(&[(&number, &live), (&text, &removed)]).is_err());
    Ok(())
}

#[test]
fn what_is_no_filter_is_refused_where_it_stands() {
    let refused = [
        (json!([]), "filter: expected an object, found an array"),
        (json!(null), "filter: expected an object, found null"),
        (json!({ "$and": {} }), "filter.$and: expected an array of filters, found an object"),
        (json!({ "$or": [{}, 1] }), "filter.$or[1]: expected an object, found a number"),
        (json!({ "$not": "a" }), "filter.$not: expected an object, found a string"),
        (
            json!({ "$nor": [] }),
            "filter.$nor: unknown operator; in the place of a field $and, $or and $not are known, and a field whose \
             name begins with $ cannot be addressed",
        ),
        (json!({ "year": {} }), "filter.year: the object holds no operator"),
        (
            json!({ "year": { "gte": 1 } }),
            "filter.year.gte: unknown operator; known for a field are $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, \
             $exists, $contains and $not",
        ),
        (
            json!({ "$and": [{}, { "tags": ["a"] }] }),
            "filter.$and[1].tags: expected a string, a number, a boolean or null, found an array; $in finds one of \
             several values, $contains all of them",
        ),
        (
            json!({ "year": { "$ne": {} } }),
            "filter.year.$ne: expected a string, a number, a boolean or null, found an object",
        ),
        (
            json!({ "signed": { "$gt": true } }),
            "filter.signed.$gt: expected a number or a string, found a boolean, which has no order",
        ),
        (
            json!({ "tags": { "$lte": ["a"] } }),
            "filter.tags.$lte: expected a number or a string, found an array, which has no order",
        ),
        (
            json!({ "year": { "$gte": null } }),
            "filter.year.$gte: expected a number or a string, found null, which has no order",
        ),
        (json!({ "year": { "$in": 1 } }), "filter.year.$in: expected an array of values, found a number"),
        (
            json!({ "year": { "$nin": [1, {}] } }),
            "filter.year.$nin[1]: expected a string, a number, a boolean or null, found an object",
        ),
        (json!({ "year": { "$exists": 1 } }), "filter.year.$exists: expected true or false, found a number"),
        (
            json!({ "tags": { "$contains": {} } }),
            "filter.tags.$contains: expected a string, a number, a boolean or null, found an object",
        ),
        (
            json!({ "tags": { "$contains": ["a", ["b"]] } }),
            "filter.tags.$contains[1]: expected a string, a number, a boolean or null, found an array; $in finds one of \
             several values, $contains all of them",
        ),
    ];
    for (filter, message) in refused {
        assert_refused(&contracts(), filter, message);
    }
}

#[test]
fn paths_quote_names_that_could_be_mistaken() {
    let place = |name: &str| {
        let error = Filter::parse(&json!({ name: {} })).unwrap_err();
        error.message().split(": ").next().unwrap().to_owned()
    };
    assert_eq!(place("due_date-2"), "filter.due_date-2");
    assert_eq!(place("größe"), "filter.größe");
    assert_eq!(place("a.b"), r#"filter["a.b"]"#);
    assert_eq!(place(""), r#"filter[""]"#);
    assert_eq!(place("a\"b"), r#"filter["a\"b"]"#);
    assert_eq!(place(&"é".repeat(50)), format!("filter[\"{}\"…]", "é".repeat(40)));
}

#[test]
fn filters_are_bounded() {
    let nested = |wrap: fn(Value) -> Value, depth: usize| {
        Filter::parse(&(0..depth).fold(json!({}), |filter, _| wrap(filter)))
    };
    let parsed = |conditions: usize| {
        let filters: Vec<_> = (0..conditions).map(|_| json!({ "a": 1 })).collect();
        Filter::parse(&json!({ "$or": filters }))
    };
    let listed =
        |operator: &str, values: usize| Filter::parse(&json!({ "a": { operator: vec!["b"; values] } }));
    let message =
        |result: Result<Filter>| result.map_err(|error: Error| error.message().to_owned()).unwrap_err();

    assert!(nested(|filter| json!({ "$not": filter }), MAX_DEPTH).is_ok());
    let too_deep = "filter: it is nested deeper than 32 levels";
    assert_eq!(message(nested(|filter| json!({ "$not": filter }), MAX_DEPTH + 1)), too_deep);
    assert_eq!(message(nested(|filter| json!({ "$and": [filter] }), 120)), too_deep);
    let operators = (0..100).fold(json!(1), |operand, _| json!({ "$not": operand }));
    assert_eq!(message(Filter::parse(&json!({ "a": operators }))), too_deep);

    assert!(parsed(MAX_CONDITIONS).is_ok());
    assert_eq!(
        message(parsed(MAX_CONDITIONS + 1)),
        "filter.$or[1000].a: the filter has more than 1000 conditions"
    );

    for operator in ["$in", "$nin", "$contains"] {
        assert!(listed(operator, MAX_VALUES).is_ok());
        assert_eq!(
            message(listed(operator, MAX_VALUES + 1)),
            format!("filter.a.{operator}: 10001 values are too many, the limit is 10000")
        );
    }
}
