//! JSON as a filter.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::{Condition, MAX_CONDITIONS, MAX_DEPTH, MAX_VALUES, Node, Operand, Relation, Test, Text};
use crate::error::{Error, ErrorKind, Result};

/// Reads a whole filter.
pub(super) fn filter(value: &Value) -> Result<Node> {
    Parser::default().filter(&Path::Root, value)
}

/// Where a value stands in the filter. Only messages need it as text.
#[derive(Clone, Copy)]
enum Path<'p> {
    Root,
    Name(&'p Path<'p>, &'p str),
    Element(&'p Path<'p>, usize),
}

/// How much of a name messages show.
const SHOWN_CHARS: usize = 40;

impl Path<'_> {
    /// How many names lead here.
    fn depth(&self) -> usize {
        match self {
            Path::Root => 0,
            Path::Name(parent, _) => 1 + parent.depth(),
            Path::Element(parent, _) => parent.depth(),
        }
    }

    fn error(&self, message: impl fmt::Display) -> Error {
        Error::new(ErrorKind::InvalidFilter, format!("{self}: {message}"))
    }

    fn expected(&self, expected: &str, found: &Value) -> Error {
        self.error(format_args!("expected {expected}, found {}", described(found)))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => formatter.write_str("filter"),
            Path::Element(parent, at) => write!(formatter, "{parent}[{at}]"),
            Path::Name(parent, name) if is_plain(name) => write!(formatter, "{parent}.{name}"),
            Path::Name(parent, name) => match name.char_indices().nth(SHOWN_CHARS) {
                Some((cut, _)) => write!(formatter, "{parent}[{:?}…]", &name[..cut]),
                None => write!(formatter, "{parent}[{name:?}]"),
            },
        }
    }
}

/// Whether a name can be told from the path around it.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.chars().nth(SHOWN_CHARS).is_none()
        && name.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '-' | '$'))
}

fn described(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[derive(Default)]
struct Parser {
    conditions: usize,
}

impl Parser {
    fn filter(&mut self, path: &Path<'_>, value: &Value) -> Result<Node> {
        check_depth(path)?;
        let entries = value.as_object().ok_or_else(|| path.expected("an object", value))?;
        let node = |(name, value): (&String, &Value)| {
            let path = Path::Name(path, name);
            match name.as_str() {
                "$and" => self.filters(&path, value).map(Node::All),
                "$or" => self.filters(&path, value).map(Node::Any),
                "$not" => self.filter(&path, value).map(negated),
                operator if operator.starts_with('$') => Err(path.error(
                    "unknown operator; in the place of a field $and, $or and $not are known, and a field whose \
                     name begins with $ cannot be addressed",
                )),
                field => self.field(&path, &field.into(), value),
            }
        };
        entries.iter().map(node).collect::<Result<_>>().map(Node::All)
    }

    fn filters(&mut self, path: &Path<'_>, value: &Value) -> Result<Vec<Node>> {
        let filters = value.as_array().ok_or_else(|| path.expected("an array of filters", value))?;
        filters.iter().enumerate().map(|(at, filter)| self.filter(&Path::Element(path, at), filter)).collect()
    }

    /// What a field has to match: a value, or an object of operators.
    fn field(&mut self, path: &Path<'_>, field: &Arc<str>, value: &Value) -> Result<Node> {
        let Some(operators) = value.as_object() else {
            return self.condition(path, field, Test::Compares(Relation::Equal, operand(path, value)?));
        };
        check_depth(path)?;
        if operators.is_empty() {
            return Err(path.error("the object holds no operator"));
        }
        let node =
            |(name, value): (&String, &Value)| self.operator(&Path::Name(path, name), field, name, value);
        operators.iter().map(node).collect::<Result<_>>().map(Node::All)
    }

    fn operator(&mut self, path: &Path<'_>, field: &Arc<str>, name: &str, value: &Value) -> Result<Node> {
        let equal = |value| operand(path, value).map(|operand| Test::Compares(Relation::Equal, operand));
        let ordered = |relation| bound(path, value).map(|bound| Test::Compares(relation, bound));
        let (test, negate) = match name {
            "$eq" => (equal(value)?, false),
            "$ne" => (equal(value)?, true),
            "$gt" => (ordered(Relation::Greater)?, false),
            "$gte" => (ordered(Relation::GreaterOrEqual)?, false),
            "$lt" => (ordered(Relation::Less)?, false),
            "$lte" => (ordered(Relation::LessOrEqual)?, false),
            "$in" => (Test::OneOf(operands(path, value)?), false),
            "$nin" => (Test::OneOf(operands(path, value)?), true),
            "$exists" => {
                let exists = value.as_bool().ok_or_else(|| path.expected("true or false", value))?;
                (Test::Exists, !exists)
            }
            "$contains" => (Test::Contains(contents(path, value)?), false),
            "$not" => return self.field(path, field, value).map(negated),
            _ => {
                return Err(path.error(
                    "unknown operator; known for a field are $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, \
                     $contains and $not",
                ));
            }
        };
        let node = self.condition(path, field, test)?;
        Ok(if negate { negated(node) } else { node })
    }

    fn condition(&mut self, path: &Path<'_>, field: &Arc<str>, test: Test) -> Result<Node> {
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            return Err(path.error(format_args!("the filter has more than {MAX_CONDITIONS} conditions")));
        }
        Ok(Node::Field(Condition { field: field.clone(), path: path.to_string(), test }))
    }
}

/// Keeps recursion short, here and wherever the filter is walked.
fn check_depth(path: &Path<'_>) -> Result<()> {
    if path.depth() > MAX_DEPTH {
        return Err(Path::Root.error(format_args!("it is nested deeper than {MAX_DEPTH} levels")));
    }
    Ok(())
}

fn negated(node: Node) -> Node {
    Node::Not(Box::new(node))
}

/// What a value can be equal to.
fn operand(path: &Path<'_>, value: &Value) -> Result<Operand> {
    const EXPECTED: &str = "a string, a number, a boolean or null";
    match value {
        Value::Null => Ok(Operand::Null),
        Value::Bool(value) => Ok(Operand::Boolean(*value)),
        Value::Number(_) => number(path, value),
        Value::String(text) => Ok(Operand::Text(Text::new(text))),
        Value::Array(_) => Err(path.error(format_args!(
            "expected {EXPECTED}, found an array; $in finds one of several values, $contains all of them"
        ))),
        Value::Object(_) => Err(path.expected(EXPECTED, value)),
    }
}

fn number(path: &Path<'_>, value: &Value) -> Result<Operand> {
    let number = value.as_f64().filter(|number| number.is_finite());
    number.map(Operand::Number).ok_or_else(|| path.error("expected a finite number"))
}

/// What a value can be less or greater than.
fn bound(path: &Path<'_>, value: &Value) -> Result<Operand> {
    match value {
        Value::Number(_) | Value::String(_) => operand(path, value),
        Value::Null | Value::Bool(_) | Value::Array(_) => Err(path.error(format_args!(
            "expected a number or a string, found {}, which has no order",
            described(value)
        ))),
        Value::Object(_) => Err(path.expected("a number or a string", value)),
    }
}

fn operands(path: &Path<'_>, value: &Value) -> Result<Vec<Operand>> {
    let values = value.as_array().ok_or_else(|| path.expected("an array of values", value))?;
    check_length(path, values)?;
    values.iter().enumerate().map(|(at, value)| operand(&Path::Element(path, at), value)).collect()
}

/// What a value can contain: one element or part, or several.
fn contents(path: &Path<'_>, value: &Value) -> Result<Vec<Operand>> {
    match value {
        Value::Array(_) => operands(path, value),
        _ => Ok(vec![operand(path, value)?]),
    }
}

fn check_length(path: &Path<'_>, values: &[Value]) -> Result<()> {
    if values.len() > MAX_VALUES {
        return Err(
            path.error(format_args!("{} values are too many, the limit is {MAX_VALUES}", values.len()))
        );
    }
    Ok(())
}
