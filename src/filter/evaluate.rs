//! Filters over columns.

use roaring::RoaringBitmap;

use super::columns::{Columns, Field, Kind, ScalarKind};
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
        let path = || self.path.clone();
        match &self.test {
            Test::Exists => Ok(()),
            Test::Compares(relation, operand) => expect(&comparable(*relation, operand), &held, path),
            Test::OneOf(operands) => self.check_each(operands, &held),
            Test::Contains(operands) if operands.is_empty() => expect(&CONTAINERS, &held, path),
            Test::Contains(operands) => {
                operands.iter().try_for_each(|operand| expect(&containers(operand), &held, path))
            }
        }
    }

    fn check_each(&self, operands: &[Operand], held: &[Kind]) -> Result<()> {
        operands.iter().enumerate().try_for_each(|(at, operand)| {
            expect(&comparable(Relation::Equal, operand), held, || format!("{}[{at}]", self.path))
        })
    }
}

/// The types that live documents have in a field.
fn held(field: &str, segments: &[(&Columns, &RoaringBitmap)]) -> Vec<Kind> {
    let fields: Vec<_> =
        segments.iter().filter_map(|(columns, live)| columns.field(field).zip(Some(*live))).collect();
    Kind::all().filter(|kind| fields.iter().any(|(field, live)| field.holds(*kind, live))).collect()
}

/// The types that can stand in `relation` to `operand`; none for null, which a field of any type may hold.
fn comparable(relation: Relation, operand: &Operand) -> Vec<Kind> {
    let Some(kind) = operand.kind() else { return Vec::new() };
    match relation {
        Relation::Equal => vec![Kind::Value(kind), Kind::Array(kind)],
        _ => vec![Kind::Value(kind)],
    }
}

/// The types that can contain something.
const CONTAINERS: [Kind; 4] = [
    Kind::Value(ScalarKind::String),
    Kind::Array(ScalarKind::Boolean),
    Kind::Array(ScalarKind::Number),
    Kind::Array(ScalarKind::String),
];

/// The types that can contain `operand`.
fn containers(operand: &Operand) -> Vec<Kind> {
    match operand.kind() {
        None => CONTAINERS.into_iter().filter(|kind| matches!(kind, Kind::Array(_))).collect(),
        Some(ScalarKind::String) => vec![Kind::Value(ScalarKind::String), Kind::Array(ScalarKind::String)],
        Some(kind) => vec![Kind::Array(kind)],
    }
}

/// Checks that one of the types is held; of none, any is as good.
fn expect(expected: &[Kind], held: &[Kind], path: impl Fn() -> String) -> Result<()> {
    if expected.is_empty() || expected.iter().any(|kind| held.contains(kind)) {
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
            Test::Contains(operands) => field.containing(operands),
        }
    }
}
