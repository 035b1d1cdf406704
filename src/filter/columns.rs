//! Metadata by field and type, so that a condition looks at what it compares only.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::texts::{Texts, TextsBuilder};
use super::{Operand, Relation, Text};
use crate::document::{Metadata, MetadataValue};

/// The metadata of the documents of a segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    fields: BTreeMap<Box<str>, Field>,
}

impl Columns {
    /// The columns of documents in the order of their numbers, which begin at 0.
    ///
    /// # Panics
    /// If there are more than `u32::MAX` documents.
    pub fn new<'m>(documents: impl IntoIterator<Item = &'m Metadata>) -> Self {
        let mut builders: BTreeMap<&str, FieldBuilder<'m>> = BTreeMap::new();
        for (document, metadata) in documents.into_iter().enumerate() {
            let document = u32::try_from(document).expect("documents are numbered in 32 bits");
            for (name, value) in metadata {
                builders.entry(name).or_default().push(document, value);
            }
        }
        let fields = builders.into_iter().map(|(name, builder)| (name.into(), builder.build()));
        Self { fields: fields.collect() }
    }

    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }
}

/// The types of metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Number,
    String,
    Array,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::Boolean, Kind::Number, Kind::String, Kind::Array];

    /// The name of its values in messages.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Kind::Boolean => "booleans",
            Kind::Number => "numbers",
            Kind::String => "strings",
            Kind::Array => "arrays of strings",
        }
    }
}

/// The values of one field. A document has at most one, so that it is in one of the columns at most.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    booleans: Booleans,
    numbers: Numbers,
    strings: Texts,
    elements: Texts,
}

impl Field {
    /// The documents whose value is of this type.
    pub(super) fn of_kind(&self, kind: Kind) -> &RoaringBitmap {
        match kind {
            Kind::Boolean => &self.booleans.documents,
            Kind::Number => &self.numbers.documents,
            Kind::String => self.strings.documents(),
            Kind::Array => self.elements.documents(),
        }
    }

    /// The documents that have the field.
    pub(super) fn documents(&self) -> RoaringBitmap {
        Kind::ALL.iter().fold(RoaringBitmap::new(), |union, kind| union | self.of_kind(*kind))
    }

    /// The documents whose value stands in `relation` to `operand`. An array is equal to each of its elements.
    pub(super) fn compared(&self, relation: Relation, operand: &Operand) -> RoaringBitmap {
        match operand {
            Operand::Boolean(operand) => self.booleans.matching(|value| relation.holds(value.cmp(operand))),
            Operand::Number(operand) => {
                self.numbers.matching(|value| value.partial_cmp(operand).is_some_and(|o| relation.holds(o)))
            }
            Operand::Text(operand) if relation == Relation::Equal => {
                self.strings.compared(relation, operand) | self.elements.compared(relation, operand)
            }
            Operand::Text(operand) => self.strings.compared(relation, operand),
        }
    }

    /// The documents whose value is equal to one of `operands`.
    pub(super) fn one_of(&self, operands: &[Operand]) -> RoaringBitmap {
        let booleans = self.booleans.matching(|value| operands.contains(&Operand::Boolean(value)));
        let texts: Vec<_> = operands.iter().filter_map(Operand::as_text).collect();
        // Adding 0 turns -0 into 0.
        let mut numbers: Vec<_> = operands.iter().filter_map(Operand::as_number).map(|x| x + 0.0).collect();
        numbers.sort_unstable_by(f64::total_cmp);
        let is_operand = |value: f64| numbers.binary_search_by(|x| x.total_cmp(&(value + 0.0))).is_ok();
        let numbers = self.numbers.matching(is_operand);
        booleans | numbers | self.strings.one_of(&texts) | self.elements.one_of(&texts)
    }

    /// The documents whose value is an array with all of these elements, or a string with all of these parts.
    pub(super) fn containing(&self, parts: &[Text]) -> RoaringBitmap {
        let mut arrays = self.elements.documents().clone();
        for part in parts {
            if arrays.is_empty() {
                break;
            }
            arrays &= self.elements.compared(Relation::Equal, part);
        }
        arrays | self.strings.containing(parts)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Booleans {
    documents: RoaringBitmap,
    /// Those whose value is `true`.
    set: RoaringBitmap,
}

impl Booleans {
    fn matching(&self, accepts: impl Fn(bool) -> bool) -> RoaringBitmap {
        match (accepts(false), accepts(true)) {
            (false, false) => RoaringBitmap::new(),
            (false, true) => self.set.clone(),
            (true, false) => &self.documents - &self.set,
            (true, true) => self.documents.clone(),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Numbers {
    documents: RoaringBitmap,
    /// In the order of the documents.
    values: Vec<f64>,
}

impl Numbers {
    fn matching(&self, accepts: impl Fn(f64) -> bool) -> RoaringBitmap {
        let found = self.documents.iter().zip(&self.values).filter(|(_, value)| accepts(**value));
        found.map(|(document, _)| document).collect()
    }
}

#[derive(Default)]
struct FieldBuilder<'m> {
    booleans: Booleans,
    numbers: Numbers,
    strings: TextsBuilder<'m>,
    elements: TextsBuilder<'m>,
}

impl<'m> FieldBuilder<'m> {
    fn push(&mut self, document: u32, value: &'m MetadataValue) {
        match value {
            MetadataValue::Boolean(value) => {
                self.booleans.documents.insert(document);
                if *value {
                    self.booleans.set.insert(document);
                }
            }
            MetadataValue::Number(value) => {
                self.numbers.documents.insert(document);
                self.numbers.values.push(*value);
            }
            MetadataValue::String(text) => self.strings.push(document, [text.as_str()]),
            MetadataValue::Strings(texts) => self.elements.push(document, texts.iter().map(String::as_str)),
        }
    }

    fn build(self) -> Field {
        let Self { booleans, numbers, strings, elements } = self;
        Field { booleans, numbers, strings: strings.build(), elements: elements.build() }
    }
}
