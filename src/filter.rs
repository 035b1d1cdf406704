//! Filters: which documents a search may find, by their metadata.
//!
//! A filter is an object in the manner of MongoDB. Its names are fields of the metadata, of which all have to match:
//!
//! ```
//! # use ibid::filter::Filter;
//! let filter = Filter::parse(&serde_json::json!({
//!     "year": { "$gte": 2020, "$lt": 2024 },
//!     "tags": { "$contains": "lease" },
//!     "$or": [{ "signed": true }, { "due": { "$lt": "2024-07-01" } }],
//! }))?;
//! # Ok::<(), ibid::error::Error>(())
//! ```
//!
//! | operator | matches a document where the field |
//! | --- | --- |
//! | `$eq`, or the bare value | is equal to a string, number, boolean or null; an array is where one of its elements is |
//! | `$ne` | is not, or is missing |
//! | `$gt`, `$gte`, `$lt`, `$lte` | is a number or string above or below another |
//! | `$in` | is equal to one of an array of values, as with `$eq` |
//! | `$nin` | is not, or is missing |
//! | `$exists` | is there (`true`) or missing (`false`) |
//! | `$contains` | is an array with this element, or a string with this part; of an array, with all of them |
//! | `$not` | does not match a value or an object of operators, or is missing |
//!
//! In the place of a field `$and` and `$or` take an array of filters, and `$not` takes a filter. `{}` matches every
//! document, as does an empty `$and`; an empty `$or` or `$in` matches none.
//!
//! - **Strings** are compared by code points, upper and lower case apart. **Dates** are strings in ISO 8601
//!   (`2024-05-31`, `2024-05-31T09:30`, `2024-05-31T09:30:00.5+02:00`), or as SQL databases write them
//!   (`2024-05-31 09:30:00`, `2024-05-31 09:30:00.5+02`, `2024-05-31 09:30:00 UTC`): two of them are compared as
//!   instants, where a date is the start of its day, and a time without a zone is in UTC. A date and another string are
//!   compared as strings. `$contains` looks for the parts of a string as they are written.
//! - **Booleans, nulls and arrays** have no order: one as the operand of `$gt` is an error.
//! - **A missing field** matches nothing but `$ne`, `$nin`, `$not` and `$exists: false`. A field that is **null** is
//!   there: it is equal to null, and to nothing else.
//! - **Arrays** hold strings, numbers, booleans and nulls, of one type or several.
//! - **Another type** than the operand's does not match. Where each document that has the field has another type, the
//!   filter is an error, because the condition could never match; so is each such operand in a list. Nulls and empty
//!   arrays are of any type.
//! - **Names** are taken literally, dots too; metadata is not nested. A name that begins with `$` is an operator: such a
//!   field cannot be addressed.

mod columns;
mod evaluate;
mod instant;
mod parse;
mod texts;

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use roaring::RoaringBitmap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Result;
use columns::ScalarKind;
use instant::Instant;

pub use columns::Columns;

/// How deeply filters and `$not` can be nested.
pub const MAX_DEPTH: usize = 32;

/// The most conditions in a filter. A list of values counts once.
pub const MAX_CONDITIONS: usize = 1_000;

/// The most values in the array of an `$in`, `$nin` or `$contains`.
pub const MAX_VALUES: usize = 10_000;

/// A filter that is known to be well-formed.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    root: Node,
    /// What it was read from.
    source: String,
}

/// As the JSON that it was read from.
impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: serde_json::Value =
            serde_json::from_str(&self.source).map_err(serde::ser::Error::custom)?;
        value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::parse(&value).map_err(|error| serde::de::Error::custom(error.message()))
    }
}

/// The JSON that it was read from.
impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.source)
    }
}

impl Filter {
    /// Reads a filter. Errors name the place as a path that begins with `filter`.
    ///
    /// # Errors
    /// [`InvalidFilter`](crate::error::ErrorKind::InvalidFilter) for a value that is no filter, an unknown operator, an
    /// operand of a type that the operator does not take, and more than [`MAX_DEPTH`], [`MAX_CONDITIONS`] or
    /// [`MAX_VALUES`].
    pub fn parse(value: &serde_json::Value) -> Result<Self> {
        Ok(Self { root: parse::filter(value)?, source: value.to_string() })
    }

    /// The numbers of the live documents that match, segment by segment. A segment is its columns and the numbers of
    /// its live documents.
    ///
    /// # Errors
    /// [`InvalidFilter`](crate::error::ErrorKind::InvalidFilter) where a condition compares a field with a type that
    /// none of the live documents with this field has.
    pub fn evaluate(&self, segments: &[(&Columns, &RoaringBitmap)]) -> Result<Vec<RoaringBitmap>> {
        evaluate::check(&self.root, segments)?;
        Ok(segments.iter().map(|(columns, live)| evaluate::matches(&self.root, columns, live)).collect())
    }
}

/// A part of a filter.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Field(Condition),
}

/// A test of one field.
#[derive(Clone, Debug, PartialEq)]
struct Condition {
    field: Arc<str>,
    /// Where the test stands in the filter, for messages.
    path: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Exists,
    Compares(Relation, Operand),
    OneOf(Vec<Operand>),
    /// Has all of these as elements or parts.
    Contains(Vec<Operand>),
}

/// What the value of a field is to the operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    /// Whether it holds for a value that is `ordering` than the operand.
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Relation::Equal => ordering.is_eq(),
            Relation::Less => ordering.is_lt(),
            Relation::LessOrEqual => ordering.is_le(),
            Relation::Greater => ordering.is_gt(),
            Relation::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// The part of `sorted` for which it holds; `compare` compares an element with the operand.
    fn range<T>(self, sorted: &[T], compare: impl Fn(&T) -> Ordering) -> Range<usize> {
        let below = || sorted.partition_point(|element| compare(element).is_lt());
        let up_to = || sorted.partition_point(|element| compare(element).is_le());
        match self {
            Relation::Equal => below()..up_to(),
            Relation::Less => 0..below(),
            Relation::LessOrEqual => 0..up_to(),
            Relation::Greater => up_to()..sorted.len(),
            Relation::GreaterOrEqual => below()..sorted.len(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Null,
    Boolean(bool),
    Number(f64),
    Text(Text),
}

impl Operand {
    /// `None` for null, which is of any type.
    fn kind(&self) -> Option<ScalarKind> {
        match self {
            Self::Null => None,
            Self::Boolean(_) => Some(ScalarKind::Boolean),
            Self::Number(_) => Some(ScalarKind::Number),
            Self::Text(_) => Some(ScalarKind::String),
        }
    }

    fn as_number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    fn as_text(&self) -> Option<&Text> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// A string, and the instant that it names where it is a date.
#[derive(Clone, Debug, PartialEq)]
struct Text {
    text: String,
    instant: Option<Instant>,
}

impl Text {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), instant: Instant::parse(text) }
    }
}

#[cfg(test)]
mod tests;
