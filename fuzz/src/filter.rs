//! Filters made of any JSON over any metadata: a typed error, or what brute force finds.

use arbitrary::{Result, Unstructured};
use ibid::document::{Metadata, MetadataElement, MetadataValue};
use ibid::error::ErrorKind;
use ibid::filter::{Columns, Filter};
use roaring::RoaringBitmap;
use serde_json::{Value, json};

#[path = "../../tests/support/filter_oracle.rs"]
mod oracle;

/// Evaluates the filter that `data` describes over the metadata that it describes.
pub fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    // Too few bytes end the run early; nothing is wrong then.
    if let Ok((filter, segments)) = case(&mut input) {
        match Filter::parse(&filter) {
            Ok(parsed) => compare(&parsed, &filter, &segments),
            Err(error) => check(&error),
        }
    }
}

/// The metadata of a segment's documents, and whether each is live.
type Segment = Vec<(Metadata, bool)>;

fn case(input: &mut Unstructured) -> Result<(Value, Vec<Segment>)> {
    let mut filter = filter(input, 3)?;
    if input.ratio(1, 8)? {
        // Around the limit of depth.
        for _ in 0..input.int_in_range(28..=36)? {
            filter = if input.arbitrary()? { json!({ "$not": filter }) } else { json!({ "$and": [filter] }) };
        }
    }
    let segments = (0..input.int_in_range(0..=3)?).map(|_| segment(input)).collect::<Result<_>>()?;
    Ok((filter, segments))
}

fn compare(parsed: &Filter, filter: &Value, segments: &[Segment]) {
    let accepted = |accepts: &dyn Fn(&Metadata) -> bool| -> Vec<RoaringBitmap> {
        let documents = |segment: &Segment| {
            let accepted = (0..).zip(segment).filter(|(_, (metadata, live))| *live && accepts(metadata));
            accepted.map(|(number, _)| number).collect()
        };
        segments.iter().map(documents).collect()
    };
    let columns: Vec<_> =
        segments.iter().map(|segment| Columns::new(segment.iter().map(|(metadata, _)| metadata))).collect();
    let live = accepted(&|_| true);
    let documents: Vec<_> =
        segments.iter().flatten().filter(|(_, live)| *live).map(|(metadata, _)| metadata).collect();
    let mismatched = oracle::is_mismatched(filter, &documents);
    match parsed.evaluate(&columns.iter().zip(&live).collect::<Vec<_>>()) {
        Ok(found) => {
            assert!(!mismatched, "{filter} fits no type");
            assert_eq!(found, accepted(&|metadata| oracle::matches(filter, metadata)), "{filter}");
        }
        Err(error) => {
            check(&error);
            assert!(mismatched, "{filter}: {error}");
        }
    }
}

fn check(error: &ibid::error::Error) {
    assert_eq!(error.kind(), ErrorKind::InvalidFilter);
    assert!(error.message().starts_with("filter"), "{error}");
}

/// Each with values that are mostly of the same type: numbers, strings, arrays and booleans.
const FIELDS: [&str; 4] = ["a", "b", "a.b", ""];

/// A filter that is mostly well-formed.
fn filter(input: &mut Unstructured, depth: usize) -> Result<Value> {
    if input.ratio(1, 32)? {
        return json(input, 3);
    }
    let entries = if input.ratio(1, 4)? { 2 } else { 1 };
    let filters = |input: &mut Unstructured| -> Result<Value> {
        (0..input.int_in_range(0..=3)?)
            .map(|_| filter(input, depth - 1))
            .collect::<Result<Vec<_>>>()
            .map(Value::from)
    };
    let entry = |_| {
        Ok(match input.int_in_range(0..=if depth == 0 { 4 } else { 7 })? {
            5 => ("$and".to_owned(), filters(input)?),
            6 => ("$or".to_owned(), filters(input)?),
            7 => ("$not".to_owned(), filter(input, depth - 1)?),
            _ => {
                let field = input.choose_index(FIELDS.len())?;
                (FIELDS[field].to_owned(), condition(input, field, depth)?)
            }
        })
    };
    Ok(Value::Object((0..entries).map(entry).collect::<Result<_>>()?))
}

fn condition(input: &mut Unstructured, field: usize, depth: usize) -> Result<Value> {
    match input.int_in_range(0..=9)? {
        0..=1 => operand(input, field),
        2 if depth > 0 => Ok(json!({ "$not": condition(input, field, depth - 1)? })),
        _ => {
            let operators = (0..input.int_in_range(1..=2)?).map(|_| operator(input, field));
            Ok(Value::Object(operators.collect::<Result<_>>()?))
        }
    }
}

fn operator(input: &mut Unstructured, field: usize) -> Result<(String, Value)> {
    let name = *input.choose(&oracle::OPERATORS[..10])?;
    let value = match name {
        _ if input.ratio(1, 32)? => json(input, 2)?,
        "$in" | "$nin" => {
            let operands = (0..input.int_in_range(0..=4)?).map(|_| operand(input, field));
            Value::Array(operands.collect::<Result<_>>()?)
        }
        "$exists" => Value::Bool(input.arbitrary()?),
        "$contains" if input.arbitrary()? => {
            let parts = (0..input.int_in_range(0..=3)?).map(|_| string(input));
            Value::from(parts.collect::<Result<Vec<_>>>()?)
        }
        "$contains" => Value::from(string(input)?),
        _ => operand(input, field)?,
    };
    Ok((name.to_owned(), value))
}

fn operand(input: &mut Unstructured, field: usize) -> Result<Value> {
    Ok(match field {
        _ if input.ratio(1, 32)? => json(input, 1)?,
        0 => Value::from(number(input)?),
        3 => Value::from(input.arbitrary::<bool>()?),
        _ => Value::from(string(input)?),
    })
}

/// Any JSON.
fn json(input: &mut Unstructured, depth: usize) -> Result<Value> {
    Ok(match input.int_in_range(0..=if depth == 0 { 3 } else { 5 })? {
        0 => Value::Null,
        1 => Value::Bool(input.arbitrary()?),
        2 => Value::from(number(input)?),
        3 => Value::from(string(input)?),
        4 => {
            let elements = (0..input.int_in_range(0..=3)?).map(|_| json(input, depth - 1));
            Value::Array(elements.collect::<Result<_>>()?)
        }
        _ => {
            let entries =
                (0..input.int_in_range(0..=3)?).map(|_| Ok((name(input)?, json(input, depth - 1)?)));
            Value::Object(entries.collect::<Result<_>>()?)
        }
    })
}

fn name(input: &mut Unstructured) -> Result<String> {
    Ok(match input.int_in_range(0..=4)? {
        0..=1 => (*input.choose(&FIELDS)?).to_owned(),
        2..=3 => (*input.choose(&oracle::OPERATORS)?).to_owned(),
        _ => string(input)?,
    })
}

/// A number that others are likely to be equal to, or any.
fn number(input: &mut Unstructured) -> Result<f64> {
    Ok(if input.ratio(3, 4)? { f64::from(input.int_in_range(-2..=2i8)?) / 2.0 } else { input.arbitrary()? })
}

/// A string that others are likely to be equal to or to contain, something like a date, or any.
fn string(input: &mut Unstructured) -> Result<String> {
    const PARTS: [&str; 7] = ["a", "b", "é", "2024", "-02-29", "T00:00", "+01:00"];
    Ok(match input.int_in_range(0..=7)? {
        0..=3 => {
            let parts = (0..input.int_in_range(0..=2)?).map(|_| input.choose(&PARTS).copied());
            parts.collect::<Result<_>>()?
        }
        4..=6 => date(input)?,
        _ => input.arbitrary()?,
    })
}

fn date(input: &mut Unstructured) -> Result<String> {
    const YEARS: [&str; 6] = ["1900", "2000", "2023", "2024", "-000001", "+002024"];
    const TIMES: [&str; 8] =
        ["", "", " 00:00", "T00:00", "T23:59:59.9", "T24:00", "T12:30:00.000000001", "T12:30:00.1234567890"];
    const ZONES: [&str; 6] = ["", " +0000", "Z", "+00:00", "-11:30", "+14"];
    let (year, time, zone) = (input.choose(&YEARS)?, input.choose(&TIMES)?, input.choose(&ZONES)?);
    let (month, day) = (input.int_in_range(0..=13)?, input.int_in_range(0..=32)?);
    Ok(format!("{year}-{month:02}-{day:02}{time}{zone}"))
}

fn segment(input: &mut Unstructured) -> Result<Segment> {
    (0..input.int_in_range(0..=6)?).map(|_| Ok((metadata(input)?, input.ratio(4, 5)?))).collect()
}

fn metadata(input: &mut Unstructured) -> Result<Metadata> {
    let mut metadata = Metadata::new();
    for (number, field) in FIELDS.into_iter().enumerate() {
        if input.ratio(3, 4)? {
            let kind = if input.ratio(1, 16)? { input.choose_index(FIELDS.len() + 2)? } else { number };
            metadata.insert(field.to_owned(), value(input, kind)?);
        }
    }
    Ok(metadata)
}

fn value(input: &mut Unstructured, kind: usize) -> Result<MetadataValue> {
    Ok(match kind {
        0 => MetadataValue::Number(number(input)?),
        1 => MetadataValue::String(string(input)?),
        2 => {
            let strings = (0..input.int_in_range(0..=3)?).map(|_| string(input));
            MetadataValue::Strings(strings.collect::<Result<_>>()?)
        }
        3 => MetadataValue::Boolean(input.arbitrary()?),
        4 => MetadataValue::Null,
        _ => {
            let elements = (0..input.int_in_range(0..=3)?).map(|_| element(input));
            MetadataValue::Array(elements.collect::<Result<_>>()?)
        }
    })
}

fn element(input: &mut Unstructured) -> Result<MetadataElement> {
    Ok(match input.int_in_range(0..=3)? {
        0 => MetadataElement::Null,
        1 => MetadataElement::Boolean(input.arbitrary()?),
        2 => MetadataElement::Number(number(input)?),
        _ => MetadataElement::String(string(input)?),
    })
}
