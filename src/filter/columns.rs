//! Metadata by field and type, so that a condition looks at what it compares only.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::texts::{Texts, TextsBuilder};
use super::{Operand, Relation};
use crate::bit_set::BitSet;
use crate::document::{Metadata, MetadataElement, MetadataValue};
use crate::order::{self, Order};

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
        Self { fields: order::map(fields) }
    }

    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }
}

/// The types of metadata that a condition may ask for. Nulls and empty arrays are of none: they say nothing about the type
/// of the values that other documents have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Value(ScalarKind),
    Array(ScalarKind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScalarKind {
    Boolean,
    Number,
    String,
}

impl ScalarKind {
    pub(super) const ALL: [ScalarKind; 3] = [ScalarKind::Boolean, ScalarKind::Number, ScalarKind::String];
}

impl Kind {
    pub(super) fn all() -> impl Iterator<Item = Kind> {
        let values = ScalarKind::ALL.into_iter().map(Kind::Value);
        values.chain(ScalarKind::ALL.into_iter().map(Kind::Array))
    }

    /// The name of its values in messages.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Kind::Value(ScalarKind::Boolean) => "booleans",
            Kind::Value(ScalarKind::Number) => "numbers",
            Kind::Value(ScalarKind::String) => "strings",
            Kind::Array(ScalarKind::Boolean) => "arrays of booleans",
            Kind::Array(ScalarKind::Number) => "arrays of numbers",
            Kind::Array(ScalarKind::String) => "arrays of strings",
        }
    }
}

/// The values of one field. A document has one value at most: a scalar or an array.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    values: Scalars,
    elements: Scalars,
    /// The documents whose value is an array, be it empty.
    arrays: RoaringBitmap,
}

impl Field {
    /// Whether one of `documents` has a value of this type.
    pub(super) fn holds(&self, kind: Kind, documents: &RoaringBitmap) -> bool {
        match kind {
            Kind::Value(kind) => self.values.holds(kind, documents),
            Kind::Array(kind) => self.elements.holds(kind, documents),
        }
    }

    /// The documents that have the field.
    pub(super) fn documents(&self) -> RoaringBitmap {
        self.values.documents() | &self.arrays
    }

    /// The documents whose value stands in `relation` to `operand`. An array is equal to each of its elements.
    pub(super) fn compared(&self, relation: Relation, operand: &Operand) -> RoaringBitmap {
        let values = self.values.compared(relation, operand);
        match relation {
            Relation::Equal => values | self.elements.compared(relation, operand),
            _ => values,
        }
    }

    /// The documents whose value is equal to one of `operands`.
    pub(super) fn one_of(&self, operands: &[Operand]) -> RoaringBitmap {
        self.values.one_of(operands) | self.elements.one_of(operands)
    }

    /// The documents whose value is an array with all of these elements, or a string with all of these parts.
    pub(super) fn containing(&self, operands: &[Operand]) -> RoaringBitmap {
        let mut arrays = self.arrays.clone();
        for operand in operands {
            if arrays.is_empty() {
                break;
            }
            arrays &= self.elements.compared(Relation::Equal, operand);
        }
        match operands.iter().map(Operand::as_text).collect::<Option<Vec<_>>>() {
            Some(parts) => arrays | self.values.texts.containing(&parts),
            None => arrays,
        }
    }
}

/// Values that are no arrays, by document. Those that are elements of arrays are several for a document.
#[derive(Clone, Debug, PartialEq)]
struct Scalars {
    nulls: RoaringBitmap,
    booleans: Booleans,
    numbers: Numbers,
    texts: Texts,
}

impl Scalars {
    fn holds(&self, kind: ScalarKind, documents: &RoaringBitmap) -> bool {
        match kind {
            ScalarKind::Boolean => self.booleans.holds(documents),
            ScalarKind::Number => !self.numbers.documents.is_disjoint(documents),
            ScalarKind::String => !self.texts.documents().is_disjoint(documents),
        }
    }

    fn documents(&self) -> RoaringBitmap {
        self.booleans.matching(|_| true) | &self.nulls | &self.numbers.documents | self.texts.documents()
    }

    fn compared(&self, relation: Relation, operand: &Operand) -> RoaringBitmap {
        match operand {
            // It has no order.
            Operand::Null => self.nulls.clone(),
            Operand::Boolean(operand) => self.booleans.matching(|value| relation.holds(value.cmp(operand))),
            Operand::Number(operand) => self.numbers.compared(relation, [*operand]),
            Operand::Text(operand) => self.texts.compared(relation, operand),
        }
    }

    fn one_of(&self, operands: &[Operand]) -> RoaringBitmap {
        let booleans = self.booleans.matching(|value| operands.contains(&Operand::Boolean(value)));
        let numbers = self.numbers.compared(Relation::Equal, operands.iter().filter_map(Operand::as_number));
        let texts: Vec<_> = operands.iter().filter_map(Operand::as_text).collect();
        let found = booleans | numbers | self.texts.one_of(&texts);
        if operands.contains(&Operand::Null) { found | &self.nulls } else { found }
    }
}

/// Booleans by document; a document can have both.
#[derive(Clone, Debug, Default, PartialEq)]
struct Booleans {
    /// The documents with `false`.
    unset: RoaringBitmap,
    /// Those with `true`.
    set: RoaringBitmap,
}

impl Booleans {
    fn push(&mut self, document: u32, value: bool) {
        if value { &mut self.set } else { &mut self.unset }.insert(document);
    }

    fn holds(&self, documents: &RoaringBitmap) -> bool {
        !self.unset.is_disjoint(documents) || !self.set.is_disjoint(documents)
    }

    fn matching(&self, accepts: impl Fn(bool) -> bool) -> RoaringBitmap {
        match (accepts(false), accepts(true)) {
            (false, false) => RoaringBitmap::new(),
            (false, true) => self.set.clone(),
            (true, false) => self.unset.clone(),
            (true, true) => &self.unset | &self.set,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Numbers {
    /// The documents with numbers, NaN too.
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
        values.order_by(|(a, _), (b, _)| a.total_cmp(b));
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
    values: ScalarsBuilder<'m>,
    elements: ScalarsBuilder<'m>,
    arrays: RoaringBitmap,
}

impl<'m> FieldBuilder<'m> {
    /// Adds the value of a document, whose number is greater than those before it.
    fn push(&mut self, document: u32, value: &'m MetadataValue) {
        match value {
            MetadataValue::Null => self.values.push(document, Scalar::Null),
            MetadataValue::Boolean(value) => self.values.push(document, Scalar::Boolean(*value)),
            MetadataValue::Number(value) => self.values.push(document, Scalar::Number(*value)),
            MetadataValue::String(text) => self.values.push(document, Scalar::Text(text)),
            MetadataValue::Strings(texts) => {
                self.push_array(document, texts.iter().map(|text| Scalar::Text(text)));
            }
            MetadataValue::Array(elements) => self.push_array(document, elements.iter().map(Scalar::from)),
        }
    }

    fn push_array(&mut self, document: u32, elements: impl Iterator<Item = Scalar<'m>>) {
        self.arrays.insert(document);
        elements.for_each(|element| self.elements.push(document, element));
    }

    fn build(self) -> Field {
        Field { values: self.values.build(), elements: self.elements.build(), arrays: self.arrays }
    }
}

/// A value or an element.
enum Scalar<'m> {
    Null,
    Boolean(bool),
    Number(f64),
    Text(&'m str),
}

impl<'m> From<&'m MetadataElement> for Scalar<'m> {
    fn from(element: &'m MetadataElement) -> Self {
        match element {
            MetadataElement::Null => Self::Null,
            MetadataElement::Boolean(value) => Self::Boolean(*value),
            MetadataElement::Number(value) => Self::Number(*value),
            MetadataElement::String(text) => Self::Text(text),
        }
    }
}

#[derive(Default)]
struct ScalarsBuilder<'m> {
    nulls: RoaringBitmap,
    booleans: Booleans,
    numbers: Vec<(f64, u32)>,
    texts: TextsBuilder<'m>,
}

impl<'m> ScalarsBuilder<'m> {
    fn push(&mut self, document: u32, scalar: Scalar<'m>) {
        match scalar {
            Scalar::Null => _ = self.nulls.insert(document),
            Scalar::Boolean(value) => self.booleans.push(document, value),
            Scalar::Number(value) => self.numbers.push((value, document)),
            Scalar::Text(text) => self.texts.push(document, text),
        }
    }

    fn build(self) -> Scalars {
        let Self { nulls, booleans, numbers, texts } = self;
        Scalars { nulls, booleans, numbers: Numbers::new(&numbers), texts: texts.build() }
    }
}
