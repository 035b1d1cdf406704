//! Filters over columns.

use roaring::RoaringBitmap;

use super::columns::{Columns, Field, Kind};
use super::{Condition, Node, Operand, Relation, Test};
use crate::error::{Error, ErrorKind, Result};

/// Checks that each condition compares its field with a type that a live document has there, if any has the field.
pub(super) fn check(node: &Node, segments: &[(&Columns, &RoaringBitmap)]) -> Result<()> {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().try_for_each(|node| check(node, segments)),
        Node::Not(node) => check(node, segments),
        Node::Field(condition) => condition.check(segments),
    }
}

/// Those of the `live` documents that match.
pub(super) fn matches(node: &Node, columns: &Columns, live: &RoaringBitmap) -> RoaringBitmap {
    match node {
        Node::All(nodes) => nodes.iter().fold(live.clone(), |found, node| matches(node, columns, &found)),
        Node::Any(nodes) => {
            nodes.iter().fold(RoaringBitmap::new(), |found, node| found | matches(node, columns, live))
        }
        Node::Not(node) => live - matches(node, columns, live),
        Node::Field(condition) => match columns.field(&condition.field) {
            Some(field) => condition.test.documents(field) & live,
            None => RoaringBitmap::new(),
        },
    }
}

impl Condition {
    fn check(&self, segments: &[(&Columns, &RoaringBitmap)]) -> Result<()> {
        let held = held(&self.field, segments);
        if held.is_empty() {
            return Ok(());
        }
        match &self.test {
            Test::Exists => Ok(()),
            Test::Compares(relation, operand) => {
                expect(comparable(*relation, operand), &held, || self.path.clone())
            }
            Test::OneOf(operands) => self.check_each(operands, &held),
            Test::Contains(_) => expect(&[Kind::String, Kind::Array], &held, || self.path.clone()),
        }
    }

    fn check_each(&self, operands: &[Operand], held: &[Kind]) -> Result<()> {
        operands.iter().enumerate().try_for_each(|(at, operand)| {
            expect(comparable(Relation::Equal, operand), held, || format!("{}[{at}]", self.path))
        })
    }
}

/// The types that live documents have in a field.
fn held(field: &str, segments: &[(&Columns, &RoaringBitmap)]) -> Vec<Kind> {
    let fields: Vec<_> =
        segments.iter().filter_map(|(columns, live)| columns.field(field).zip(Some(*live))).collect();
    let is_held = |kind: &Kind| fields.iter().any(|(field, live)| !field.of_kind(*kind).is_disjoint(live));
    Kind::ALL.into_iter().filter(is_held).collect()
}

/// The types that can stand in `relation` to `operand`.
fn comparable(relation: Relation, operand: &Operand) -> &'static [Kind] {
    match operand {
        Operand::Boolean(_) => &[Kind::Boolean],
        Operand::Number(_) => &[Kind::Number],
        Operand::Text(_) if relation == Relation::Equal => &[Kind::String, Kind::Array],
        Operand::Text(_) => &[Kind::String],
    }
}

fn expect(expected: &[Kind], held: &[Kind], path: impl Fn() -> String) -> Result<()> {
    if expected.iter().any(|kind| held.contains(kind)) {
        return Ok(());
    }
    let names =
        |kinds: &[Kind], between| kinds.iter().map(|kind| kind.plural()).collect::<Vec<_>>().join(between);
    let (held, expected) = (names(held, " and "), names(expected, " or "));
    let message = format!("{}: the field holds {held}, not {expected}", path());
    Err(Error::new(ErrorKind::InvalidFilter, message))
}

impl Test {
    fn documents(&self, field: &Field) -> RoaringBitmap {
        match self {
            Test::Exists => field.documents(),
            Test::Compares(relation, operand) => field.compared(*relation, operand),
            Test::OneOf(operands) => field.one_of(operands),
            Test::Contains(parts) => field.containing(parts),
        }
    }
}
