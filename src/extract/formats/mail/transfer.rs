//! How bodies and words of mails are encoded: base64, quoted-printable, percent signs.

use std::borrow::Cow;

/// A body without its transfer encoding, whose name is in lower case. What is wrong in it is left out, or stays as it is.
pub(super) fn decoded<'b>(body: &'b [u8], encoding: &str) -> Cow<'b, [u8]> {
    match encoding {
        "base64" => Cow::Owned(base64(body)),
        "quoted-printable" => Cow::Owned(quoted_printable(body)),
        _ => Cow::Borrowed(body),
    }
}

pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text {
        // Some programs join texts of which each ends with its own padding.
        if *byte == b'=' {
            (bits, count) = (0, 0);
        }
        let Some(six) = value(*byte) else { continue };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

fn hexadecimal(digits: Option<&[u8]>) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    match digits {
        Some([high, low]) => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let content = line.trim_ascii_end();
        let (inside, is_joined) = match content.strip_suffix(b"=") {
            Some(inside) => (inside, true),
            None => (content, false),
        };
        unescape(inside, b'=', &mut bytes);
        if !is_joined && line.ends_with(b"\n") {
            bytes.extend(if line.ends_with(b"\r\n") { b"\r\n".as_slice() } else { b"\n".as_slice() });
        }
    }
    bytes
}

/// The text of an encoded word, in which an underscore is a space.
pub(super) fn quoted_words(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let text: Vec<u8> = text.iter().map(|byte| if *byte == b'_' { b' ' } else { *byte }).collect();
    unescape(&text, b'=', &mut bytes);
    bytes
}

pub(super) fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    unescape(text.as_bytes(), b'%', &mut bytes);
    bytes
}

/// Adds `text`, in which `mark` and two digits are a byte.
fn unescape(text: &[u8], mark: u8, bytes: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let escaped = if *byte == mark { hexadecimal(text.get(at + 1..at + 3)) } else { None };
        bytes.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
}
