//! Front matter: what a Markdown file says of itself before its text, in YAML, TOML or JSON.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{toml, yaml};
use crate::document::{MetadataElement, MetadataValue};
use crate::extract::{Properties, one_line};

/// The longest front matter that is read, in bytes; a longer one stays text.
const MAX_BYTES: usize = 64 << 10;

/// The longest name of a field with those of the maps around it, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// How deep maps and lists may be in each other.
pub(super) const MAX_DEPTH: usize = 24;

/// The longest title, in characters.
const MAX_TITLE_CHARS: usize = 1000;

/// Front matter as it was read.
pub(super) struct FrontMatter {
    /// Where it is, with the lines that mark its ends.
    pub range: Range<usize>,
    /// Whether all of it is in the properties.
    pub is_whole: bool,
    /// What it says.
    pub properties: Properties,
}

/// A value as the readers of YAML, TOML and JSON give it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Scalar(MetadataElement),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

/// Fields in their order.
pub(super) type Entries = Vec<(String, Value)>;

/// The front matter that `text` begins with.
pub(super) fn read(text: &str) -> Option<FrontMatter> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let here = &text[start..];
    let (length, entries, is_whole) = if here.starts_with('{') {
        json(here)?
    } else {
        let fence = here.get(..3).filter(|fence| matches!(*fence, "---" | "+++"))?;
        let (inside, length) = fenced(here, fence)?;
        let inside_text = &here[inside];
        if fence == "---" && !yaml::may_be(inside_text) {
            return None;
        }
        let (entries, is_whole) = match fence {
            _ if length > MAX_BYTES => (Vec::new(), false),
            "---" => yaml::read(inside_text),
            _ => toml::read(inside_text),
        };
        if fence == "---" && !is_whole && yaml::holds_prose(inside_text) {
            return None;
        }
        (length, entries, is_whole)
    };
    let mut fields = Fields::default();
    for (name, value) in entries {
        fields.put(name, value, false);
    }
    let is_whole = is_whole && !fields.is_cut;
    Some(FrontMatter { range: start..start + length, is_whole, properties: fields.properties() })
}

/// What is between the line that `text` begins with and the next that ends the front matter, and the length of all.
fn fenced(text: &str, fence: &str) -> Option<(Range<usize>, usize)> {
    let mut at = 0;
    let mut inside = None;
    for line in lines(text) {
        let start = at;
        at += line.len();
        let line = line.trim_end();
        match inside {
            None if line != fence => return None,
            None => inside = Some(at),
            Some(inside) if line == fence || fence == "---" && line == "..." => {
                return Some((inside..start, at));
            }
            _ => {}
        }
    }
    None
}

/// The lines of `text` with what ends them: LF, CRLF or CR.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest
            .find(['\n', '\r'])
            .map_or(rest.len(), |at| at + if rest[at..].starts_with("\r\n") { 2 } else { 1 });
        let (line, after) = rest.split_at(end);
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

/// An object of JSON that ends its line, with text behind it.
fn json(text: &str) -> Option<(usize, Entries, bool)> {
    let first = text[1..].trim_start();
    if !first.starts_with('"') {
        return None;
    }
    let bounded = &text[..text.floor_char_boundary(MAX_BYTES)];
    let mut stream = serde_json::Deserializer::from_str(bounded).into_iter::<serde_json::Value>();
    let serde_json::Value::Object(object) = stream.next()?.ok()? else { return None };
    let end = stream.byte_offset();
    let line_end = text[end..].find(['\n', '\r']).map(|at| end + at)?;
    if !text[end..line_end].trim().is_empty() || text[line_end..].trim().is_empty() {
        return None;
    }
    let entries: Option<Vec<_>> =
        object.into_iter().map(|(name, value)| Some((name, json_value(value, 0)?))).collect();
    let is_whole = entries.is_some();
    Some((line_end, entries.unwrap_or_default(), is_whole))
}

fn json_value(value: serde_json::Value, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match value {
        serde_json::Value::Null => Value::Scalar(MetadataElement::Null),
        serde_json::Value::Bool(value) => Value::Scalar(MetadataElement::Boolean(value)),
        serde_json::Value::Number(number) => Value::Scalar(match number.as_f64() {
            Some(value) if value.is_finite() && value.abs() < 9e15 => MetadataElement::Number(value),
            _ => MetadataElement::String(number.to_string()),
        }),
        serde_json::Value::String(text) => Value::Scalar(MetadataElement::String(text)),
        serde_json::Value::Array(values) => {
            Value::List(values.into_iter().map(|value| json_value(value, depth + 1)).collect::<Option<_>>()?)
        }
        serde_json::Value::Object(entries) => {
            let entry = |(name, value)| Some((name, json_value(value, depth + 1)?));
            Value::Map(entries.into_iter().map(entry).collect::<Option<_>>()?)
        }
    })
}

/// Fields by their names: those of maps in maps joined by dots, those of maps in a list each with a list of their values.
#[derive(Default)]
struct Fields {
    fields: BTreeMap<String, Field>,
    /// Whether a field was left out because its name is too long.
    is_cut: bool,
}

enum Field {
    One(MetadataElement),
    Many(Vec<MetadataElement>),
}

impl Fields {
    fn put(&mut self, name: String, value: Value, in_list: bool) {
        if name.len() > MAX_NAME_BYTES || name.is_empty() {
            self.is_cut = true;
            return;
        }
        match value {
            Value::Scalar(element) if in_list => self.append(name, element),
            Value::Scalar(element) => {
                self.fields.insert(name, Field::One(element));
            }
            Value::Map(entries) => {
                for (inner, value) in entries {
                    self.put(format!("{name}.{inner}"), value, in_list);
                }
            }
            Value::List(values) => {
                if !in_list && values.iter().all(|value| matches!(value, Value::Scalar(_))) {
                    self.fields.insert(name.clone(), Field::Many(Vec::new()));
                }
                for value in values {
                    self.put(name.clone(), value, true);
                }
            }
        }
    }

    fn append(&mut self, name: String, element: MetadataElement) {
        match self.fields.entry(name).or_insert(Field::Many(Vec::new())) {
            Field::Many(elements) => elements.push(element),
            one => *one = Field::Many(vec![element]),
        }
    }

    fn properties(self) -> Properties {
        let mut properties = Properties::default();
        for (name, field) in self.fields {
            match (&field, text_of(&field)) {
                (_, Some(text)) if name.eq_ignore_ascii_case("title") => {
                    properties.title = one_line(&text, MAX_TITLE_CHARS);
                }
                (_, Some(text)) if is_language_field(&name) && is_language_tag(&text) => {
                    properties.language = text;
                }
                _ => {
                    properties.metadata.insert(name, field.into());
                }
            }
        }
        properties
    }
}

fn is_language_field(name: &str) -> bool {
    name.eq_ignore_ascii_case("lang") || name.eq_ignore_ascii_case("language")
}

/// Whether `text` has the form of a tag such as `pt-BR`.
fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split(['-', '_']);
    let is_alphanumeric = |subtag: &str| subtag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    subtags.next().is_some_and(|first| matches!(first.len(), 2 | 3) && is_alphanumeric(first))
        && subtags.all(|subtag| (1..=8).contains(&subtag.len()) && is_alphanumeric(subtag))
}

/// One value as a text; `None` for nothing and for lists.
fn text_of(field: &Field) -> Option<String> {
    match field {
        Field::One(MetadataElement::String(text)) => Some(text.clone()),
        Field::One(MetadataElement::Number(number)) => Some(number.to_string()),
        Field::One(MetadataElement::Boolean(value)) => Some(value.to_string()),
        _ => None,
    }
}

impl From<Field> for MetadataValue {
    fn from(field: Field) -> Self {
        match field {
            Field::One(MetadataElement::Boolean(value)) => MetadataValue::Boolean(value),
            Field::One(MetadataElement::Number(value)) => MetadataValue::Number(value),
            Field::One(MetadataElement::String(text)) => MetadataValue::String(text),
            Field::One(MetadataElement::Null) => MetadataValue::Null,
            Field::Many(elements) => {
                let text = |element: &MetadataElement| match element {
                    MetadataElement::String(text) => Some(text.clone()),
                    _ => None,
                };
                match elements.iter().map(text).collect() {
                    Some(texts) => MetadataValue::Strings(texts),
                    None => MetadataValue::Array(elements),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(text: &str) -> Properties {
        let read = read(text).unwrap();
        assert!(read.is_whole, "{text:?}");
        read.properties
    }

    fn strings(texts: &[&str]) -> MetadataValue {
        MetadataValue::Strings(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    fn string(text: &str) -> MetadataValue {
        MetadataValue::String(text.to_owned())
    }

    #[test]
    fn all_three_notations_say_the_same() {
        let texts = [
            "---\ntitle: Harbour\nlang: pt-BR\ndate: 2026-01-01\ntags: [boats, sea]\ndraft: false\n\
             authors:\n  - name: Ann\n    age: 3\n  - name: Bob\nparams:\n  a:\n    b: x\nempty: []\nnone:\n---\nx",
            "+++\ntitle = \"Harbour\"\nlang = 'pt-BR'\ndate = 2026-01-01\ntags = [\"boats\", \"sea\"]\ndraft = false\n\
             empty = []\nnone = \"\"\n[[authors]]\nname = \"Ann\"\nage = 3\n[[authors]]\nname = \"Bob\"\n[params.a]\nb = \"x\"\n+++\nx",
            "{\"title\": \"Harbour\", \"lang\": \"pt-BR\", \"date\": \"2026-01-01\", \"tags\": [\"boats\", \"sea\"], \"draft\": false,\n\
             \"authors\": [{\"name\": \"Ann\", \"age\": 3}, {\"name\": \"Bob\"}], \"params\": {\"a\": {\"b\": \"x\"}}, \"empty\": [], \"none\": null}\n\nx",
        ];
        for text in texts {
            let properties = properties(text);
            assert_eq!(
                (properties.title.as_str(), properties.language.as_str()),
                ("Harbour", "pt-BR"),
                "{text}"
            );
            let metadata = &properties.metadata;
            assert_eq!(metadata["date"], string("2026-01-01"), "{text}");
            assert_eq!(metadata["tags"], strings(&["boats", "sea"]));
            assert_eq!(metadata["draft"], MetadataValue::Boolean(false));
            assert_eq!(metadata["authors.name"], strings(&["Ann", "Bob"]));
            assert_eq!(metadata["authors.age"], MetadataValue::Array(vec![MetadataElement::Number(3.0)]));
            assert_eq!(metadata["params.a.b"], string("x"));
            assert_eq!(metadata["empty"], strings(&[]));
            assert_eq!(metadata.len(), 8, "{metadata:?}");
        }
    }

    #[test]
    fn what_is_no_front_matter_is_none() {
        for text in [
            "---\n# Garden plan\n\nBeans: beside the wall.\n\n---\nx",
            "---\n\ntitle: x\n---\n",
            "---\nJust a line\n---\n",
            "---\nSee: the plan\n\nBeans go beside the wall.\n\n---\n\n## Later\n",
            "---\ntitle: never closed\n",
            "--- \n\n--- \nx",
            "{a}\nx",
            "{\"a\": 1} is JSON\nx",
            "{\"a\": 1}\n",
            "{}\nx",
            "+++ a\n+++\n",
            "text\n---\na: b\n---\n",
        ] {
            assert!(read(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for text in ["---\na: &x 1\nb: 2\n---\n", "+++\nb = 2\na = &\n+++\n", "---\nb: 2\na: [\n---\n"] {
            let read = read(text).unwrap();
            assert!(!read.is_whole, "{text:?}");
            assert_eq!(read.properties.metadata["b"], MetadataValue::Number(2.0), "{text:?}");
            assert_eq!(read.range, 0..text.len());
        }
    }

    #[test]
    fn lines_may_end_in_any_way_and_a_byte_order_mark_may_be_first() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["\u{feff}---", "title: A", "tags:", "- b", "---  ", "x"].join(end);
            let properties = properties(&text);
            assert_eq!(properties.title, "A");
            assert_eq!(properties.metadata["tags"], strings(&["b"]));
        }
    }
}
