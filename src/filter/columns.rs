//! Metadata by field and type, so that a condition looks at what it compares only.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::texts::{Texts, TextsBuilder};
use super::{Operand, Relation, Text};
use crate::bit_set::BitSet;
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
            Operand::Number(operand) => self.numbers.compared(relation, [*operand]),
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
        let numbers = self.numbers.compared(Relation::Equal, operands.iter().filter_map(Operand::as_number));
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
    /// In increasing order, each with its document. None is NaN or -0.
    values: Vec<(f64, u32)>,
}

impl Numbers {
    /// Of the numbers of documents, in their order.
    fn new(numbers: &[(f64, u32)]) -> Self {
        let documents = numbers.iter().map(|(_, document)| *document).collect();
        // Adding 0 turns -0 into 0. Metadata holds no NaN, unless somebody made a store that does.
        let comparable = numbers.iter().filter(|(value, _)| !value.is_nan());
        let mut values: Vec<_> = comparable.map(|(value, document)| (value + 0.0, *document)).collect();
        values.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
        Self { documents, values }
    }

    /// The documents whose number stands in `relation` to one of `operands`.
    fn compared(&self, relation: Relation, operands: impl IntoIterator<Item = f64>) -> RoaringBitmap {
        let mut found = BitSet::within(&self.documents);
        for operand in operands {
            let places = relation.range(&self.values, |(value, _)| value.total_cmp(&(operand + 0.0)));
            found.extend(self.values[places].iter().map(|(_, document)| *document));
        }
        found.into_bitmap()
    }
}

#[derive(Default)]
struct FieldBuilder<'m> {
    booleans: Booleans,
    numbers: Vec<(f64, u32)>,
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
            MetadataValue::Number(value) => self.numbers.push((*value, document)),
            MetadataValue::String(text) => self.strings.push(document, [text.as_str()]),
            MetadataValue::Strings(texts) => self.elements.push(document, texts.iter().map(String::as_str)),
        }
    }

    fn build(self) -> Field {
        let Self { booleans, numbers, strings, elements } = self;
        let numbers = Numbers::new(&numbers);
        Field { booleans, numbers, strings: strings.build(), elements: elements.build() }
    }
}
