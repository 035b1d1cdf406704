//! The headers of mails: folded lines, encoded words (RFC 2047), parameters (RFC 2231), addresses.

use std::ops::Range;

use super::transfer;
use crate::extract::decode::LegacyDecoder;

/// How many fields of a header are kept.
const MAX_FIELDS: usize = 1000;

/// The longest field that is read, in bytes.
const MAX_FIELD_BYTES: usize = 64 << 10;

struct Field {
    /// In lower case.
    name: String,
    /// On one line, as it is written.
    raw: String,
    /// Decoded, on one line.
    value: String,
    range: Range<usize>,
}

/// The header of a mail or of a part of one.
pub(super) struct Headers {
    fields: Vec<Field>,
    range: Range<usize>,
}

/// A value with parameters, such as `text/plain; charset=utf-8`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameterized {
    /// What is before the parameters, in lower case.
    pub essence: String,
    parameters: Vec<(String, String)>,
}

impl Parameterized {
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }
}

impl Headers {
    /// The header at byte `start`, and where the body behind it begins.
    pub fn read(bytes: &[u8], start: usize, decoder: &dyn LegacyDecoder) -> (Self, usize) {
        let mut fields = Vec::new();
        let mut at = start;
        while at < bytes.len() {
            let end = end_of_field(bytes, at);
            let line = &bytes[at..end];
            if line.trim_ascii().is_empty() {
                let headers = Self { fields, range: start..at };
                return (headers, end_of_line(bytes, at));
            }
            let colon = line.iter().position(|byte| *byte == b':');
            let name = colon.map(|colon| line[..colon].trim_ascii());
            match (name, colon) {
                (Some(name), Some(colon)) if is_name(name) => {
                    let value_start = at + colon + 1;
                    if fields.len() < MAX_FIELDS {
                        let raw =
                            unfolded(&bytes[value_start..end.min(value_start + MAX_FIELD_BYTES)], decoder);
                        fields.push(Field {
                            name: String::from_utf8_lossy(name).to_ascii_lowercase(),
                            value: decode_words(&raw, decoder),
                            raw,
                            range: value_start..end,
                        });
                    }
                }
                // The body begins without an empty line before it.
                _ if !fields.is_empty() || at > start => return (Self { fields, range: start..at }, at),
                _ => return (Self { fields, range: start..start }, start),
            }
            at = end;
        }
        (Self { fields, range: start..bytes.len() }, bytes.len())
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Where all of it is.
    pub fn all(&self) -> Range<usize> {
        self.range.clone()
    }

    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Where the value of a field is.
    pub fn range(&self, name: &str) -> Option<Range<usize>> {
        self.field(name).map(|field| field.range.clone())
    }

    /// The value of a field with its encoded words decoded; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        self.field(name).map(|field| field.value.clone()).unwrap_or_default()
    }

    /// The addresses of a field, with the names of their owners. A comma in an encoded word is a part of a name.
    pub fn addresses(&self, name: &str, decoder: &dyn LegacyDecoder) -> Vec<String> {
        let fields = self.fields.iter().filter(|field| field.name == name);
        let addresses = fields.flat_map(|field| split(&field.raw, ','));
        addresses.map(|it| decode_words(it.trim(), decoder)).filter(|address| !address.is_empty()).collect()
    }

    /// A value with parameters.
    pub fn parameterized(&self, name: &str) -> Parameterized {
        let value = self.text(name);
        let mut items = split(&value, ';').into_iter();
        let essence = items.next().unwrap_or_default();
        let essence = essence.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut parameters = Vec::new();
        let mut pieces: Vec<(String, u32, bool, String)> = Vec::new();
        for item in items {
            let Some((name, value)) = item.split_once('=') else { continue };
            let (name, value) = (name.trim().to_ascii_lowercase(), unquoted(value.trim()));
            let (name, is_encoded) = match name.strip_suffix('*') {
                Some(name) => (name.to_owned(), true),
                None => (name, false),
            };
            match name.rsplit_once('*').and_then(|(name, number)| Some((name, number.parse().ok()?))) {
                Some((name, number)) => pieces.push((name.to_owned(), number, is_encoded, value)),
                None if is_encoded => pieces.push((name, 0, true, value)),
                None => parameters.push((name, value)),
            }
        }
        pieces.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        for group in pieces.chunk_by(|a, b| a.0 == b.0) {
            // What is in pieces, or encoded, comes before what is there for programs that know neither.
            parameters.insert(0, (group[0].0.clone(), joined(group)));
        }
        Parameterized { essence, parameters }
    }
}

/// The value of a parameter in pieces, of which some may be encoded.
fn joined(pieces: &[(String, u32, bool, String)]) -> String {
    let mut bytes = Vec::new();
    let mut charset = String::new();
    for (number, (_, _, is_encoded, value)) in pieces.iter().enumerate() {
        let mut value = value.as_str();
        if *is_encoded
            && number == 0
            && let Some((label, rest)) = value.split_once('\'')
        {
            charset = label.to_ascii_lowercase();
            value = rest.split_once('\'').map_or(rest, |(_, text)| text);
        }
        if *is_encoded { bytes.extend(transfer::percent_decoded(value)) } else { bytes.extend(value.bytes()) }
    }
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => text_in(&charset, error.as_bytes()),
    }
}

/// Bytes as text in a charset that can be had without a decoder.
fn text_in(charset: &str, bytes: &[u8]) -> String {
    match charset {
        "iso-8859-1" | "windows-1252" | "us-ascii" => bytes.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic())
}

fn end_of_line(bytes: &[u8], start: usize) -> usize {
    bytes[start..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| start + length + 1)
}

/// The end of the field that begins at byte `start`, with the lines that go on it.
fn end_of_field(bytes: &[u8], start: usize) -> usize {
    let mut end = end_of_line(bytes, start);
    let is_blank = |start: usize, end: usize| bytes[start..end].trim_ascii().is_empty();
    while !is_blank(start, end) && matches!(bytes.get(end), Some(b' ' | b'\t')) {
        let next = end_of_line(bytes, end);
        if is_blank(end, next) {
            break;
        }
        end = next;
    }
    end
}

/// The value of a field on one line.
fn unfolded(raw: &[u8], decoder: &dyn LegacyDecoder) -> String {
    let text = match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            decoder.decode("windows-1252", raw).unwrap_or_else(|| String::from_utf8_lossy(raw).into_owned())
        }
    };
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// An encoded word, `=?charset?encoding?text?=`.
struct Word<'t> {
    charset: &'t str,
    bytes: Vec<u8>,
    rest: &'t str,
}

impl<'t> Word<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let inside = text.strip_prefix("=?")?;
        let (charset, inside) = inside.split_once('?').filter(|(charset, _)| charset.len() < 60)?;
        let (encoding, inside) = inside.split_once('?').filter(|(encoding, _)| encoding.len() == 1)?;
        // Of a question mark in the text itself, as some programs write it, the first with an equals sign ends it.
        let (encoded, rest) = inside.split_once("?=").filter(|(encoded, _)| encoded.len() < 2000)?;
        let bytes = match encoding {
            "B" | "b" => transfer::base64(encoded.as_bytes()),
            "Q" | "q" => transfer::quoted_words(encoded.as_bytes()),
            _ => return None,
        };
        let charset = charset.split('*').next().unwrap_or_default();
        Some(Self { charset, bytes, rest })
    }
}

fn decode_words(text: &str, decoder: &dyn LegacyDecoder) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("=?") {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(word) = Word::read(rest) else {
            decoded.push_str("=?");
            rest = &rest[2..];
            continue;
        };
        // A character may be cut between two words that follow each other; white space between them is none.
        let (charset, mut bytes) = (word.charset, word.bytes);
        rest = word.rest;
        while let Some(next) =
            Word::read(rest.trim_start()).filter(|next| next.charset.eq_ignore_ascii_case(charset))
        {
            bytes.extend(next.bytes);
            rest = next.rest;
        }
        decoded.push_str(&word_text(charset, &bytes, decoder));
        if Word::read(rest.trim_start()).is_some() {
            rest = rest.trim_start();
        }
    }
    decoded.push_str(rest);
    decoded.retain(|character| !character.is_control());
    decoded
}

fn word_text(charset: &str, bytes: &[u8], decoder: &dyn LegacyDecoder) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !charset.to_ascii_lowercase().starts_with("iso-2022") => text.to_owned(),
        _ => decoder
            .decode(&charset.to_ascii_lowercase(), bytes)
            .unwrap_or_else(|| text_in(&charset.to_ascii_lowercase(), bytes)),
    }
}

/// The items between separators that are neither in quotation marks nor in comments nor in angle brackets.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut items = vec![String::new()];
    let (mut is_quoted, mut is_escaped, mut comments, mut is_in_angles) = (false, false, 0usize, false);
    for character in text.chars() {
        if character == separator && !is_quoted && !is_escaped && comments == 0 && !is_in_angles {
            items.push(String::new());
            continue;
        }
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted || comments > 0 => is_escaped = true,
            '"' if comments == 0 => is_quoted = !is_quoted,
            '(' if !is_quoted => comments += 1,
            ')' if !is_quoted => comments = comments.saturating_sub(1),
            '<' if !is_quoted => is_in_angles = true,
            '>' if !is_quoted => is_in_angles = false,
            _ => {}
        }
        if let Some(item) = items.last_mut() {
            item.push(character);
        }
    }
    items
}

/// A value without the quotation marks around it, and without the comment behind it.
fn unquoted(value: &str) -> String {
    let Some(inside) = value.strip_prefix('"') else {
        return value.split(" (").next().unwrap_or_default().trim_end().to_owned();
    };
    let mut text = String::new();
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => text.extend(characters.next()),
            _ => text.push(character),
        }
    }
    text
}
