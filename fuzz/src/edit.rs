//! Damage to files that knows what they are, so that it gets past the first check.

use std::collections::BTreeMap;

use arbitrary::{Result, Unstructured};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

/// Changes one place of a JSON file.
pub fn json(input: &mut Unstructured, file: &mut Vec<u8>) -> Result<()> {
    json_in(input, file, &[""])
}

/// Changes one place in one of `parts`, JSON pointers, of a JSON file.
pub fn json_in(input: &mut Unstructured, file: &mut Vec<u8>, parts: &[&str]) -> Result<()> {
    let Ok(mut root) = serde_json::from_slice::<Value>(file) else { return bytes(input, file) };
    if input.ratio(1, 16)? {
        return bytes(input, file);
    }
    let Some(part) = root.pointer_mut(input.choose(parts)?) else { return Ok(()) };
    let other = pick(input, part)?.clone();
    let place = pick(input, part)?;
    match input.int_in_range(0..=5)? {
        0 | 1 => *place = value(input)?,
        2 => *place = other,
        3 => nudge(input, place)?,
        4 => remove(input, place)?,
        _ => add(input, place, other)?,
    }
    *file = root.to_string().into_bytes();
    Ok(())
}

/// A value in the tree: from the root down a few steps.
fn pick<'v>(input: &mut Unstructured, value: &'v mut Value) -> Result<&'v mut Value> {
    let children = match value {
        Value::Array(values) => values.len(),
        Value::Object(fields) => fields.len(),
        _ => 0,
    };
    if children == 0 || input.ratio(1, 8)? {
        return Ok(value);
    }
    let at = input.choose_index(children)?;
    let child = match value {
        Value::Array(values) => values.get_mut(at),
        Value::Object(fields) => fields.values_mut().nth(at),
        _ => None,
    };
    pick(input, child.expect("the index is of a child"))
}

/// A value that code may not expect.
fn value(input: &mut Unstructured) -> Result<Value> {
    let values = [
        Value::Null,
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(2),
        json!(-1),
        json!(65_536),
        json!(i32::MAX),
        json!(u32::MAX),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(0.5),
        json!(1e-45),
        json!(1e39),
        json!(1e308),
        json!(""),
        json!("a"),
        json!("[CLS]"),
        json!("[SEP]"),
        json!("A"),
        json!("B"),
        json!("I8"),
        json!("F32"),
        json!([]),
        json!([0]),
        json!({}),
    ];
    match input.int_in_range(0..=values.len() + 1)? {
        at if at < values.len() => Ok(values[at].clone()),
        at if at == values.len() => Ok(json!(input.arbitrary::<u16>()?)),
        _ => Ok(json!(input.arbitrary::<String>()?)),
    }
}

/// A number becomes one nearby, a flag its contrary.
fn nudge(input: &mut Unstructured, place: &mut Value) -> Result<()> {
    let by = i64::from(input.arbitrary::<i8>()?);
    if let Some(number) = place.as_i64() {
        *place = json!(number.saturating_add(by));
    } else if let Some(number) = place.as_f64() {
        *place = json!(number * 10f64.powi(by as i32));
    } else if let Some(flag) = place.as_bool() {
        *place = json!(!flag);
    }
    Ok(())
}

fn remove(input: &mut Unstructured, place: &mut Value) -> Result<()> {
    match place {
        Value::Array(values) if !values.is_empty() => {
            values.remove(input.choose_index(values.len())?);
        }
        Value::Object(fields) if !fields.is_empty() => {
            let at = input.choose_index(fields.len())?;
            *fields = std::mem::take(fields)
                .into_iter()
                .enumerate()
                .filter(|(n, _)| *n != at)
                .map(|(_, f)| f)
                .collect();
        }
        _ => *place = Value::Null,
    }
    Ok(())
}

fn add(input: &mut Unstructured, place: &mut Value, value: Value) -> Result<()> {
    match place {
        Value::Array(values) => values.insert(input.int_in_range(0..=values.len())?, value),
        Value::Object(fields) => {
            fields.insert(input.arbitrary()?, value);
        }
        _ => *place = value,
    }
    Ok(())
}

/// Changes a few bytes of a file, its length, or nothing at all.
pub fn bytes(input: &mut Unstructured, file: &mut Vec<u8>) -> Result<()> {
    let at = input.int_in_range(0..=file.len())?;
    if input.ratio(1, 4)? {
        file.truncate(at);
    } else {
        let count = input.int_in_range(1..=8)?;
        for place in file.iter_mut().skip(at).take(count) {
            *place = input.arbitrary()?;
        }
    }
    Ok(())
}

/// Changes one place of a safetensors file: its header, a tensor, or any bytes.
pub fn weights(input: &mut Unstructured, file: &mut Vec<u8>) -> Result<()> {
    match input.int_in_range(0..=3)? {
        0 => bytes(input, file),
        1 => header(input, file),
        _ => tensor(input, file),
    }
}

/// Changes the JSON before the data.
fn header(input: &mut Unstructured, file: &mut Vec<u8>) -> Result<()> {
    let Some((length, rest)) = file.split_first_chunk() else { return Ok(()) };
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let Some((header, data)) = rest.split_at_checked(length) else { return Ok(()) };
    let (mut header, data) = (header.to_vec(), data.to_vec());
    json(input, &mut header)?;
    *file = [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat();
    Ok(())
}

/// Gives a tensor another name, type, shape or other numbers, in a file that is sound otherwise.
fn tensor(input: &mut Unstructured, file: &mut Vec<u8>) -> Result<()> {
    let Ok(tensors) = SafeTensors::deserialize(file) else { return Ok(()) };
    let mut tensors: Vec<_> = tensors
        .iter()
        .map(|(name, view)| (name.to_owned(), view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    if tensors.is_empty() {
        return Ok(());
    }
    // The order in the file is that of a hash map.
    tensors.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    let other = input.choose(&tensors)?.clone();
    let at = input.choose_index(tensors.len())?;
    let (name, dtype, shape, data) = &mut tensors[at];
    match input.int_in_range(0..=5)? {
        0 => *name = input.choose(&["bert.x", "", "classifier.weight", &other.0])?.to_string(),
        1 => {
            use Dtype::{BF16, BOOL, F16, F32, F64, I8, I16, U8, U64};
            *dtype = *input.choose(&[F32, F16, BF16, F64, I8, U8, I16, U64, BOOL])?;
        }
        2 => *shape = other.2,
        3 => {
            for _ in 0..input.int_in_range(0..=3)? {
                shape.push(input.int_in_range(0..=3)?);
            }
            let at = input.int_in_range(0..=shape.len())?;
            shape.truncate(at);
        }
        4 => number(input, data)?,
        _ => data.clone_from(&other.3),
    }
    let bytes = shape.iter().product::<usize>() * dtype.bitsize() / 8;
    data.resize(bytes, 0);
    // No name stands in a file twice; the last tensor of a name remains.
    let views: BTreeMap<_, _> = tensors
        .iter()
        .map(|(name, dtype, shape, data)| {
            (name, TensorView::new(*dtype, shape.clone(), data).expect("data of the right length"))
        })
        .collect();
    *file = safetensors::serialize(views, None).expect("sound tensors");
    Ok(())
}

/// Overwrites four bytes: an f32, four small integers or two halves.
fn number(input: &mut Unstructured, data: &mut [u8]) -> Result<()> {
    let numbers = data.as_chunks_mut::<4>().0;
    if numbers.is_empty() {
        return Ok(());
    }
    let all = input.ratio(1, 4)?;
    let at = input.choose_index(numbers.len())?;
    let usual = [f32::MAX, f32::MIN, 1e20, 1e-20, 1e-40, 0.0, f32::NAN, f32::INFINITY].map(f32::to_bits);
    let number = if input.arbitrary()? { *input.choose(&usual)? } else { input.arbitrary()? };
    let places = if all { &mut numbers[..] } else { &mut numbers[at..=at] };
    places.fill(number.to_le_bytes());
    Ok(())
}
