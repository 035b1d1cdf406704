//! What filters mean, one document at a time, straight from the JSON: no columns, no sets, no arithmetic of calendars.

use std::cmp::Ordering;

use ibid::document::{Metadata, MetadataElement, MetadataValue};
use serde_json::Value;

/// Every operator: ten that test a field, then those that join filters.
pub const OPERATORS: [&str; 13] = [
    "$eq",
    "$ne",
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$in",
    "$nin",
    "$exists",
    "$contains",
    "$not",
    "$and",
    "$or",
];

/// Whether a well-formed filter matches a document.
pub fn matches(filter: &Value, metadata: &Metadata) -> bool {
    entries(filter).all(|(name, value)| match name {
        "$and" => elements(value).all(|filter| matches(filter, metadata)),
        "$or" => elements(value).any(|filter| matches(filter, metadata)),
        "$not" => !matches(value, metadata),
        field => field_matches(metadata.get(field), value),
    })
}

/// Whether some condition compares a field with a type that no document with this field has.
pub fn is_mismatched(filter: &Value, documents: &[&Metadata]) -> bool {
    entries(filter).any(|(name, value)| match name {
        "$and" | "$or" => elements(value).any(|filter| is_mismatched(filter, documents)),
        "$not" => is_mismatched(value, documents),
        field => {
            let values: Vec<_> = documents.iter().filter_map(|metadata| metadata.get(field)).collect();
            !values.is_empty() && field_is_mismatched(value, &values)
        }
    })
}

fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().expect("filters are objects").iter().map(|(name, value)| (name.as_str(), value))
}

fn elements(array: &Value) -> impl Iterator<Item = &Value> {
    array.as_array().expect("an array").iter()
}

fn field_matches(found: Option<&MetadataValue>, condition: &Value) -> bool {
    if !condition.is_object() {
        return is_equal(found, condition);
    }
    entries(condition).all(|(operator, operand)| match operator {
        "$eq" => is_equal(found, operand),
        "$ne" => !is_equal(found, operand),
        "$gt" => ordering(found, operand).is_some_and(Ordering::is_gt),
        "$gte" => ordering(found, operand).is_some_and(Ordering::is_ge),
        "$lt" => ordering(found, operand).is_some_and(Ordering::is_lt),
        "$lte" => ordering(found, operand).is_some_and(Ordering::is_le),
        "$in" => elements(operand).any(|operand| is_equal(found, operand)),
        "$nin" => !elements(operand).any(|operand| is_equal(found, operand)),
        "$exists" => Value::Bool(found.is_some()) == *operand,
        "$contains" => contains(found, operand),
        "$not" => !field_matches(found, operand),
        other => panic!("{other} is no operator"),
    })
}

fn is_equal(found: Option<&MetadataValue>, operand: &Value) -> bool {
    let Some(found) = found else { return false };
    let is_operand = |element: &MetadataElement| match (element, operand) {
        (MetadataElement::Null, Value::Null) => true,
        (MetadataElement::Boolean(found), Value::Bool(operand)) => found == operand,
        (MetadataElement::Number(found), Value::Number(operand)) => Some(*found) == operand.as_f64(),
        (MetadataElement::String(found), Value::String(operand)) => compare(found, operand).is_eq(),
        _ => false,
    };
    elements_of(found).unwrap_or_else(|| vec![element_of(found)]).iter().any(is_operand)
}

fn ordering(found: Option<&MetadataValue>, operand: &Value) -> Option<Ordering> {
    match (found?, operand) {
        (MetadataValue::Number(found), Value::Number(operand)) => found.partial_cmp(&operand.as_f64()?),
        (MetadataValue::String(found), Value::String(operand)) => Some(compare(found, operand)),
        _ => None,
    }
}

fn contains(found: Option<&MetadataValue>, operand: &Value) -> bool {
    let mut parts = operand.as_array().map_or(std::slice::from_ref(operand), Vec::as_slice).iter();
    match found {
        Some(MetadataValue::String(found)) => {
            parts.all(|part| part.as_str().is_some_and(|part| found.contains(part)))
        }
        Some(MetadataValue::Strings(_) | MetadataValue::Array(_)) => parts.all(|part| is_equal(found, part)),
        _ => false,
    }
}

/// The elements of an array; `None` for what is none.
fn elements_of(found: &MetadataValue) -> Option<Vec<MetadataElement>> {
    match found {
        MetadataValue::Strings(texts) => Some(texts.iter().cloned().map(MetadataElement::String).collect()),
        MetadataValue::Array(elements) => Some(elements.clone()),
        _ => None,
    }
}

/// What is no array, as if it stood in one.
fn element_of(found: &MetadataValue) -> MetadataElement {
    match found {
        MetadataValue::Null => MetadataElement::Null,
        MetadataValue::Boolean(found) => MetadataElement::Boolean(*found),
        MetadataValue::Number(found) => MetadataElement::Number(*found),
        MetadataValue::String(found) => MetadataElement::String(found.clone()),
        MetadataValue::Strings(_) | MetadataValue::Array(_) => panic!("{found:?} is an array"),
    }
}

fn compare(a: &str, b: &str) -> Ordering {
    match (nanoseconds(a), nanoseconds(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.chars().cmp(b.chars()),
    }
}

fn field_is_mismatched(condition: &Value, values: &[&MetadataValue]) -> bool {
    // What is null or empty is of any type.
    let typed: Vec<_> = values
        .iter()
        .map(|value| match elements_of(value) {
            Some(elements) => (true, elements),
            None => (false, vec![element_of(value)]),
        })
        .map(|(is_array, elements)| {
            let typed = elements.into_iter().filter(|element| *element != MetadataElement::Null);
            (is_array, typed.collect::<Vec<_>>())
        })
        .filter(|(_, elements)| !elements.is_empty())
        .collect();
    if typed.is_empty() {
        return false;
    }
    let none = |accepts: &dyn Fn(bool, &MetadataElement) -> bool| {
        !typed.iter().any(|(is_array, elements)| elements.iter().any(|element| accepts(*is_array, element)))
    };
    let equality =
        |operand: &Value| !operand.is_null() && none(&|_, element| is_of_the_same_type(element, operand));
    let containing = |operand: &Value| {
        none(&|is_array, element| match operand {
            Value::Null => is_array,
            Value::String(_) => is_of_the_same_type(element, operand),
            _ => is_array && is_of_the_same_type(element, operand),
        })
    };
    if !condition.is_object() {
        return equality(condition);
    }
    entries(condition).any(|(operator, operand)| match operator {
        "$eq" | "$ne" => equality(operand),
        "$in" | "$nin" => elements(operand).any(equality),
        "$exists" => false,
        "$contains" => match operand.as_array() {
            Some(parts) if parts.is_empty() => {
                none(&|is_array, element| is_array || matches!(element, MetadataElement::String(_)))
            }
            Some(parts) => parts.iter().any(containing),
            None => containing(operand),
        },
        "$not" => field_is_mismatched(operand, values),
        _ => none(&|is_array, element| !is_array && is_of_the_same_type(element, operand)),
    })
}

fn is_of_the_same_type(element: &MetadataElement, operand: &Value) -> bool {
    matches!(
        (element, operand),
        (MetadataElement::Boolean(_), Value::Bool(_))
            | (MetadataElement::Number(_), Value::Number(_))
            | (MetadataElement::String(_), Value::String(_))
    )
}

/// The instant of a date in nanoseconds since 0000-01-01; `None` for a string that is none.
fn nanoseconds(text: &str) -> Option<i128> {
    let (date, time) = text.split_once(['T', ' ']).map_or((text, None), |(date, time)| (date, Some(time)));
    let (year, month, day) = match date.len() {
        10 => (&date.get(..4)?, date.get(4..7)?, date.get(7..)?),
        13 if date.starts_with(['+', '-']) => (&date.get(..7)?, date.get(7..10)?, date.get(10..)?),
        _ => return None,
    };
    let negative = year.starts_with('-');
    let number_of_year = digits(year.trim_start_matches(['+', '-']), if year.len() == 7 { 6 } else { 4 })?;
    if negative && number_of_year == 0 {
        return None;
    }
    let year = if negative { -number_of_year } else { number_of_year };
    let (month, day) = (digits(month.strip_prefix('-')?, 2)?, digits(day.strip_prefix('-')?, 2)?);
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *lengths.get(usize::try_from(month - 1).ok()?)?;
    if !(1..=length).contains(&day) {
        return None;
    }
    // The calendar repeats after 400 years, which have 146,097 days.
    let before: i128 = (0..year.rem_euclid(400)).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let days =
        year.div_euclid(400) * 146_097 + before + lengths[..month as usize - 1].iter().sum::<i128>() + day
            - 1;
    Some(days * 86_400_000_000_000 + time.map_or(Some(0), nanoseconds_of_time)?)
}

fn is_leap(year: i128) -> bool {
    year % 400 == 0 || year % 4 == 0 && year % 100 != 0
}

fn nanoseconds_of_time(text: &str) -> Option<i128> {
    const MINUTE: i128 = 60_000_000_000;
    let zone = text.find(['Z', 'U', '+', '-', ' ']).unwrap_or(text.len());
    let (time, zone) = text.split_at(zone);
    let offset = match zone.strip_prefix(' ').unwrap_or(zone) {
        "" if zone.is_empty() => 0,
        "Z" | "UTC" => 0,
        zone if zone.starts_with('+') => seconds_of_offset(&zone[1..])?,
        zone if zone.starts_with('-') => -seconds_of_offset(&zone[1..])?,
        _ => return None,
    };
    let since_midnight = minutes(time.get(..5)?)? * MINUTE;
    let seconds = match time.get(5..)?.strip_prefix(':') {
        None if time.len() == 5 => 0,
        None => return None,
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once('.').map_or((seconds, None), |(w, f)| (w, Some(f)));
            let whole = digits(whole, 2).filter(|whole| *whole < 60)? * 1_000_000_000;
            let fraction = match fraction {
                Some(fraction) if fraction.is_empty() || fraction.len() > 9 => return None,
                Some(fraction) => digits(&format!("{fraction:0<9}"), 9)?,
                None => 0,
            };
            whole + fraction
        }
    };
    Some(since_midnight + seconds - offset * 1_000_000_000)
}

fn seconds_of_offset(text: &str) -> Option<i128> {
    match text.len() {
        2 => minutes(&format!("{text}:00")).map(|minutes| minutes * 60),
        4 => minutes(&format!("{}:{}", text.get(..2)?, text.get(2..)?)).map(|minutes| minutes * 60),
        5 => minutes(text).map(|minutes| minutes * 60),
        8 => {
            let seconds = digits(text.get(5..)?.strip_prefix(':')?, 2).filter(|seconds| *seconds < 60)?;
            Some(minutes(text.get(..5)?)? * 60 + seconds)
        }
        _ => None,
    }
}

fn minutes(text: &str) -> Option<i128> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn digits(text: &str, count: usize) -> Option<i128> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}
