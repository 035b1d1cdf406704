use super::*;
use crate::document::{MetadataValue, Span};
use crate::extract::{BlockKind, Place};
use proptest::prelude::*;

fn text(source: &str) -> String {
    let extracted = extracted(source, false).unwrap();
    extracted.validate().unwrap();
    extracted.text
}

#[test]
fn fields_stand_under_their_paths() {
    let source = r#"{"name": "Ann", "address": {"city": "Paris", "zip": 75001}, "tags": ["a", "b", null, true],
        "none": null, "empty": "", "matrix": [[1, 2], [3.5e1]], "nested": {"list": [], "deep": {"er": "x"}}}"#;
    let expected = "name: Ann\naddress.city: Paris\naddress.zip: 75001\ntags: a, b, true\nmatrix: 1, 2, 3.5e1\nnested.deep.er: x";
    assert_eq!(text(source), expected);
    assert_eq!(text("\"just a string\""), "just a string");
    assert_eq!(text("[1, 2, \"a\"]"), "1, 2, a");
    assert_eq!(text("{}"), "");
}

#[test]
fn objects_in_a_list_are_records() {
    let source = r#"{"total": 2, "users": [{"id": 1, "name": "Ann", "address": {"city": "Paris"}, "roles": ["a", "b"]},
        {"id": 2, "items": [{"sku": "x", "n": 1}, {"sku": "y"}]}], "end": true}"#;
    let expected = "total: 2\nusers: id: 1; name: Ann; address.city: Paris; roles: a, b\n\
        users: id: 2; items.sku: x; items.n: 1; items.sku: y\nend: true";
    assert_eq!(text(source), expected);
    assert_eq!(text(r#"[{"a": 1}, {"a": 2, "b": "c"}]"#), "a: 1\na: 2; b: c");
}

#[test]
fn long_strings_are_paragraphs() {
    let long = "A sentence. ".repeat(40);
    let source = format!(r#"[{{"id": 1, "body": "{long}", "more": "a\nb\n\nc"}}, {{"id": 2}}]"#);
    let extracted = extracted(&source, false).unwrap();
    let kinds: Vec<_> = extracted.blocks.iter().map(|block| block.kind).collect();
    use BlockKind::{Paragraph, Table};
    assert_eq!(kinds, [Table, Paragraph, Paragraph, Paragraph, Table]);
    assert_eq!(extracted.text, format!("id: 1\n\nbody: {}\n\nmore: a\nb\n\nc\n\nid: 2", long.trim_end()));
}

#[test]
fn each_line_is_a_record() {
    let source = "\u{feff}{\"a\": 1, \"b\": {\"c\": 2}}\r\n\n{\"a\": 3}\n[4]\n\"five\"\n";
    for has_lines in [true, false] {
        let text = extracted(source, has_lines).unwrap().text;
        let first = if has_lines { "a: 1; b.c: 2" } else { "a: 1\nb.c: 2" };
        assert_eq!(text, format!("{first}\na: 3\n4\nfive"));
    }
}

#[test]
fn values_know_their_bytes() {
    let source = r#"{"städt": [{"name": "Köln", "note": "say \"\u00e9t\u00e9\" \ud83d\ude00 twice"}]}"#;
    let extracted = extracted(source, false).unwrap();
    assert_eq!(extracted.text, "städt: name: Köln; note: say \"été\" 😀 twice");
    for (part, expected) in [
        ("Köln", "Köln"),
        ("say", "say"),
        ("\"é", "\\\"\\u00e9"),
        ("😀", "\\ud83d\\ude00"),
        ("twice", "twice"),
    ] {
        let at = extracted.text.find(part).unwrap();
        let located = extracted.locate(Span::new(at, at + part.len()));
        let Place::Bytes(bytes) = located[0].place else { panic!("{located:?}") };
        assert_eq!((located.len(), bytes.slice(source)), (1, Some(expected)));
    }
}

#[test]
fn an_object_says_what_it_is() {
    let source = r#"{"name": "n", "title": "A\ntitle", "lang": "fr", "date": "2026-01-01", "list": [{"title": "no"}]}"#;
    let properties = extracted(source, false).unwrap().properties;
    assert_eq!((properties.title.as_str(), properties.language.as_str()), ("A title", "fr"));
    assert_eq!(properties.metadata["date"], MetadataValue::String("2026-01-01".to_owned()));
    assert_eq!(properties.metadata.len(), 1);
    assert!(extracted(source, true).unwrap().properties.title.is_empty());
}

#[test]
fn mistakes_are_named_with_line_and_column() {
    let cases = [
        ("{\"a\": 1,}", 1, 9, "a name in quotation marks is missing"),
        ("{\"a\" 1}", 1, 6, "a colon behind the name is missing"),
        ("[1 2]", 1, 4, "neither a comma nor the end of the list or object is here"),
        ("[1,\n  2", 2, 4, "the text ends inside of a value"),
        ("[1}", 1, 3, "neither a comma nor the end of the list or object is here"),
        ("{\"ä\": \"b\\x\"}", 1, 9, "an escape in a string is unknown or cut"),
        ("[\"a\\u12\"]", 1, 4, "an escape in a string is unknown or cut"),
        ("[\"a]", 1, 2, "a string does not end"),
        ("[01]", 1, 2, "neither a string nor a number, nor true, false or null is here"),
        ("{a: 1}", 1, 2, "neither a string nor a number, nor true, false or null is here"),
        ("{\"a\": 1} x", 1, 10, "there is more behind the value"),
        ("{\"a\": 1}\n{\"a\":\n", 3, 1, "the text ends inside of a value"),
        ("{\"a\": 1}\noops\n", 2, 1, "neither a string nor a number, nor true, false or null is here"),
        ("]", 1, 1, "a value is missing"),
        ("[1,]", 1, 4, "a value is missing"),
    ];
    for (source, line, column, what) in cases {
        for has_lines in [true, false] {
            let error = extracted(source, has_lines).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::MalformedDocument);
            let expected = format!("line {line}, column {column} is not JSON: {what}");
            assert_eq!(error.message(), expected, "{source:?}");
        }
    }
}

#[test]
fn hostile_json_takes_linear_time() {
    let n = 1_000_000;
    let deep_object = "{\"a\":".repeat(n) + "1" + &"}".repeat(n);
    let cases = [
        ("lists", "[".repeat(n) + &"]".repeat(n), true),
        ("objects", deep_object, true),
        ("open lists", "[".repeat(n), false),
        ("fields in objects", "{\"x\":1,\"a\":".repeat(n / 5) + "1" + &"}".repeat(n / 5), true),
        ("numbers", format!("[{}1]", "1,".repeat(n)), true),
        ("records", format!("[{}{{}}]", "{\"id\":1,\"name\":\"abc\"},".repeat(n / 5)), true),
        ("escapes", format!("\"{}\"", "\\u4e2d".repeat(n)), true),
        ("line feeds", format!("\"{}\"", "a\\n\\n".repeat(n / 5)), true),
        ("backslashes", format!("\"{}\"", "\\\\".repeat(n)), true),
        ("long names", format!("{{\"{}\":[{}1]}}", "n".repeat(n), "{\"a\":1},".repeat(n / 20)), true),
    ];
    for (name, source, is_well_formed) in cases {
        assert_eq!(extracted(&source, false).is_ok(), is_well_formed, "{name}");
    }
}

proptest! {
    #[test]
    fn what_is_json_is_what_others_take_for_it(source in r#"([\[\]{},:]|"a"|"\\u00e9"|"\\n"|1|-2\.5|true|null| |é){0,24}"#) {
        let is_json = serde_json::from_str::<serde_json::Value>(&source).is_ok();
        let read = extracted(&source, false);
        prop_assert!(!is_json || read.is_ok(), "{source:?}: {read:?}");
        if let Ok(extracted) = &read {
            prop_assert!(extracted.validate().is_ok());
            prop_assert!(is_json || source.trim().is_empty());
        }
    }

    #[test]
    fn all_strings_are_found_again(strings in prop::collection::vec("\\PC{1,30}", 1..5)) {
        let source = serde_json::to_string(&strings).unwrap();
        let extracted = extracted(&source, false).unwrap();
        prop_assert!(extracted.validate().is_ok());
        for string in strings {
            let words = string.split([' ', '\n', '\r', '\t', '\u{c}']).filter(|word| !word.chars().all(crate::extract::is_blank));
            for word in words {
                prop_assert!(extracted.text.contains(word), "{word:?} is not in {:?}", extracted.text);
            }
        }
    }
}
