//! Questions as JSON: an object a line, or one array of objects.

use serde_json::{Map, Value};

use super::passage::{Passage, Wanted};
use super::{At, HashMap, Question, Questions, lines, without_mark, wrong};
use crate::document::Span;
use crate::error::Result;

impl Questions {
    /// Reads questions as JSON objects, one a line, or as one array of them.
    ///
    /// | field | content |
    /// | --- | --- |
    /// | `question`, `query` or `text` | what is asked |
    /// | `id` or `_id` | a string or a whole number; by default the number of the question |
    /// | `documents` or `document` | what answers: an id, an array of ids, or an object with the grade of each id, a whole number |
    /// | `spans` or `answers` | passages that answer: `{ document, start, end }` in UTF-16 code units, or `{ document, quote, occurrence }`; `text` is `quote`, and `document` may be left out where the question has only one |
    /// | `quote` | the same as one span with this quote |
    /// | `answerable` | `false` where the collection has no answer |
    ///
    /// Other fields of the question are passed over, those of spans refused.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) naming the line (or the item of the array) and the field.
    pub fn from_json(text: &str) -> Result<Self> {
        let text = without_mark(text);
        let values: Vec<(At, Value)> = if text.trim_start().starts_with('[') {
            // The error of a document of several lines says where it is.
            let items: Vec<Value> =
                serde_json::from_str(text).map_err(|error| wrong(At::Line(error.line()), "JSON", error))?;
            (1..).map(At::Item).zip(items).collect()
        } else {
            let value = |(line, text)| {
                let value =
                    serde_json::from_str(text).map_err(|error| wrong(At::Line(line), "JSON", error))?;
                Ok((At::Line(line), value))
            };
            lines(text).map(value).collect::<Result<_>>()?
        };
        let numbered = (1_usize..).zip(values);
        let questions =
            numbered.map(|(number, (at, value))| Ok((at, Fields::of(&value, at)?.whole(number)?)));
        Self::checked(questions.collect::<Result<_>>()?)
    }
}

/// The fields of one object.
pub(super) struct Fields<'v> {
    fields: &'v Map<String, Value>,
    at: At,
}

impl<'v> Fields<'v> {
    pub(super) fn of(value: &'v Value, at: At) -> Result<Self> {
        match value {
            Value::Object(fields) => Ok(Self { fields, at }),
            _ => Err(wrong(at, "JSON", "expected an object")),
        }
    }

    /// The field of one of some names, which are never there together.
    fn one_of(&self, names: &[&'static str]) -> Result<Option<(&'static str, &'v Value)>> {
        let mut found = names.iter().filter_map(|name| Some((*name, self.fields.get(*name)?)));
        let first = found.next().filter(|(_, value)| !value.is_null());
        match (first, found.find(|(_, value)| !value.is_null())) {
            (Some((one, _)), Some((other, _))) => {
                Err(wrong(self.at, other, format_args!("there is {one}, too, which means the same")))
            }
            (first, second) => Ok(first.or(second)),
        }
    }

    pub(super) fn id(&self) -> Result<Option<String>> {
        self.one_of(&["_id", "id"])?.map(|(name, value)| self.as_id(name, value)).transpose()
    }

    pub(super) fn question(&self) -> Result<String> {
        let asked = match self.one_of(&["question", "query"])? {
            None => self.one_of(&["text"])?,
            asked => asked,
        };
        match asked {
            Some((_, Value::String(text))) => Ok(text.clone()),
            Some((name, _)) => Err(wrong(self.at, name, "expected a string")),
            None => Err(wrong(self.at, "question", "it is missing")),
        }
    }

    fn whole(&self, number: usize) -> Result<Question> {
        let documents = self.documents()?;
        let only = documents.keys().next().filter(|_| documents.len() == 1).cloned();
        let question = Question {
            id: self.id()?.unwrap_or_else(|| number.to_string()),
            text: self.question()?,
            passages: self.passages(only.as_deref())?,
            documents,
            answerable: self.answerable()?,
        };
        Ok(question.with_documents_of_passages())
    }

    fn documents(&self) -> Result<HashMap<String, u32>> {
        let Some((name, value)) = self.one_of(&["documents", "document"])? else { return Ok(HashMap::new()) };
        match value {
            Value::Array(ids) => ids.iter().map(|id| Ok((self.as_id(name, id)?, 1))).collect(),
            Value::Object(grades) => {
                let graded = grades.iter().map(|(id, grade)| {
                    let why = format_args!("the grade of {id:?} is {grade}, not a whole number");
                    let grade = grade.as_i64().ok_or_else(|| wrong(self.at, name, why))?;
                    Ok((id.clone(), u32::try_from(grade.max(0)).unwrap_or(u32::MAX)))
                });
                graded.collect()
            }
            id => Ok(HashMap::from([(self.as_id(name, id)?, 1)])),
        }
    }

    fn passages(&self, only: Option<&str>) -> Result<Vec<Passage>> {
        let mut passages = match self.one_of(&["spans", "answers"])? {
            None => Vec::new(),
            Some((name, Value::Array(spans))) => {
                spans.iter().map(|span| self.passage(name, span, only)).collect::<Result<_>>()?
            }
            Some((name, _)) => return Err(wrong(self.at, name, "expected an array")),
        };
        match self.fields.get("quote") {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => {
                let document =
                    only.ok_or_else(|| wrong(self.at, "quote", "it is not said of which document"))?;
                let wanted = Wanted::Quote { text: text.clone(), occurrence: None };
                passages.push(Passage { document: document.to_owned(), wanted });
            }
            Some(_) => return Err(wrong(self.at, "quote", "expected a string")),
        }
        Ok(passages)
    }

    fn passage(&self, name: &'static str, value: &Value, only: Option<&str>) -> Result<Passage> {
        let wrong = |why: String| Err(wrong(self.at, name, why));
        let Value::Object(fields) = value else { return wrong(format!("expected objects, not {value}")) };
        let known = ["document", "start", "end", "quote", "text", "occurrence"];
        if let Some(unknown) = fields.keys().find(|name| !known.contains(&name.as_str())) {
            return wrong(format!("there is no {unknown:?} in a span"));
        }
        let document = match (fields.get("document"), only) {
            (Some(id), _) => self.as_id(name, id)?,
            (None, Some(only)) => only.to_owned(),
            (None, None) => return wrong("it is not said of which document a span is".to_owned()),
        };
        let quote = fields.get("quote").or_else(|| fields.get("text"));
        let wanted = match (quote, fields.get("start"), fields.get("end")) {
            (Some(Value::String(text)), None, None) => {
                let occurrence = match fields.get("occurrence") {
                    None | Some(Value::Null) => None,
                    Some(number) => match number.as_u64().and_then(|it| usize::try_from(it).ok()) {
                        None | Some(0) => {
                            return wrong(format!("occurrence is {number}, not a number from 1"));
                        }
                        number => number,
                    },
                };
                Wanted::Quote { text: text.clone(), occurrence }
            }
            (None, Some(start), Some(end)) => match (offset(start), offset(end)) {
                (Some(start), Some(end)) if start < end => Wanted::Utf16(Span { start, end }),
                _ => return wrong(format!("start is {start} and end {end}, which is no span")),
            },
            _ => return wrong(format!("expected a quote, or start and end, not {value}")),
        };
        Ok(Passage { document, wanted })
    }

    fn answerable(&self) -> Result<bool> {
        match self.fields.get("answerable") {
            None | Some(Value::Null) => Ok(true),
            Some(Value::Bool(answerable)) => Ok(*answerable),
            Some(_) => Err(wrong(self.at, "answerable", "expected true or false")),
        }
    }

    fn as_id(&self, name: &'static str, value: &Value) -> Result<String> {
        match value {
            Value::String(id) => Ok(id.clone()),
            Value::Number(number) if number.is_u64() || number.is_i64() => Ok(number.to_string()),
            _ => Err(wrong(self.at, name, format_args!("expected an id, not {value}"))),
        }
    }
}

fn offset(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}
