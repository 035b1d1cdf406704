//! JSON, one value or one in each line. Each value stands under its path, `address.city: Paris`; an object in a list is a
//! record in one line.

mod string;
mod tokens;
mod write;

use super::Extracted;
use crate::document::MAX_CONTENT_BYTES;
use crate::error::{Error, ErrorKind, Result};
use tokens::{Token, Tokens};
use write::Writer;

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    Colon,
    CommaOrEnd,
}

/// A mistake, where it is in bytes, and what it is.
#[derive(Debug)]
struct Mistake {
    at: usize,
    what: &'static str,
}

/// Reads JSON; where `has_lines`, or where further values begin in lines of their own, each value is a record.
///
/// # Errors
/// - [`ErrorKind::MalformedDocument`] naming the line and the column of the first mistake;
/// - [`ErrorKind::DocumentTooLarge`] where names and values are too long together.
pub(super) fn extracted(source: &str, has_lines: bool) -> Result<Extracted> {
    let mut writer = Writer::new(source, has_lines);
    let mut tokens = Tokens::new(source);
    while !tokens.is_at_end() {
        match read_value(&mut tokens, &mut writer) {
            Ok(true) => {}
            Ok(false) => break,
            Err(mistake) => return Err(malformed(source, &mistake)),
        }
        if !tokens.is_at_end() && !tokens.is_in_new_line() {
            let mistake = Mistake { at: tokens.position(), what: "there is more behind the value" };
            return Err(malformed(source, &mistake));
        }
    }
    writer.finish()
}

/// Reads one value with all that is inside, which may be nested as deeply as there is room for. `false` where the text became
/// longer than it may.
fn read_value(tokens: &mut Tokens<'_>, writer: &mut Writer<'_>) -> Result<bool, Mistake> {
    let mut expected = Expected::Value;
    loop {
        let at = tokens.position();
        let token = tokens.next()?;
        let wrong = |what| Err(Mistake { at, what });
        expected = match (expected, token) {
            (Expected::Value | Expected::ValueOrEnd, Token::Begin { is_array }) => {
                writer.begin(is_array);
                if is_array { Expected::ValueOrEnd } else { Expected::NameOrEnd }
            }
            (Expected::Value | Expected::ValueOrEnd, Token::String(inside)) => {
                writer.string(inside);
                Expected::CommaOrEnd
            }
            (Expected::Value | Expected::ValueOrEnd, Token::Literal(literal)) => {
                writer.literal(literal);
                Expected::CommaOrEnd
            }
            (Expected::ValueOrEnd, Token::End { is_array: true })
            | (Expected::NameOrEnd, Token::End { is_array: false }) => {
                writer.end();
                Expected::CommaOrEnd
            }
            (Expected::CommaOrEnd, Token::End { is_array }) if writer.is_in_array() == Some(is_array) => {
                writer.end();
                Expected::CommaOrEnd
            }
            (Expected::Name | Expected::NameOrEnd, Token::String(inside)) => {
                writer.name(inside);
                Expected::Colon
            }
            (Expected::Colon, Token::Colon) => Expected::Value,
            (Expected::CommaOrEnd, Token::Comma) => {
                if writer.is_in_array() == Some(true) {
                    Expected::Value
                } else {
                    Expected::Name
                }
            }
            (_, Token::Nothing) => return wrong("the text ends inside of a value"),
            (Expected::Value, _) => return wrong("a value is missing"),
            (Expected::ValueOrEnd, _) => return wrong("neither a value nor the end of a list is here"),
            (Expected::Name, _) => return wrong("a name in quotation marks is missing"),
            (Expected::NameOrEnd, _) => {
                return wrong("neither a name in quotation marks nor the end of an object is here");
            }
            (Expected::Colon, _) => return wrong("a colon behind the name is missing"),
            (Expected::CommaOrEnd, _) => {
                return wrong("neither a comma nor the end of the list or object is here");
            }
        };
        if writer.is_in_array().is_none() {
            writer.end_value();
            return Ok(true);
        }
        if writer.len() > MAX_CONTENT_BYTES {
            return Ok(false);
        }
    }
}

/// An error that names the line and the column of a mistake, both from 1.
fn malformed(source: &str, mistake: &Mistake) -> Error {
    let before = &source[..source.floor_char_boundary(mistake.at)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    let column = before[line_start..].trim_start_matches('\u{feff}').chars().count() + 1;
    let message = format!("line {line}, column {column} is not JSON: {}", mistake.what);
    Error::new(ErrorKind::MalformedDocument, message)
}

#[cfg(test)]
mod tests;
