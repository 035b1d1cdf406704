//! From bytes to text: UTF-8 or a clear error.

use crate::document::Content;
use crate::error::{Error, ErrorKind, Result};

/// How many bytes decide whether bytes look like UTF-16.
const SAMPLE_BYTES: usize = 4096;

/// The text of `content`. Text that is already decoded may hold any character.
pub(super) fn text_of(content: Content) -> Result<String> {
    match content {
        Content::Text(text) => Ok(text),
        Content::Bytes(bytes) => decode(bytes),
        Content::Extracted(extracted) => Ok(extracted.text),
    }
}

fn decode(bytes: Vec<u8>) -> Result<String> {
    check(&bytes)?;
    String::from_utf8(bytes)
        .map_err(|error| Error::internal("text was valid and is no more").with_source(error))
}

/// Refuses bytes that are no text.
fn check(bytes: &[u8]) -> Result<()> {
    if !looks_like_utf16(bytes) {
        refuse_nul(bytes)?;
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let hint = if looks_like_utf16(bytes) { "; it looks like UTF-16" } else { "" };
        Error::new(ErrorKind::InvalidUtf8, format!("byte {offset} is not UTF-8{hint}"))
    })?;
    if let Some(offset) = bytes.iter().position(|&byte| byte == 0) {
        let message = format!("byte {offset} is NUL; it looks like UTF-16, not UTF-8");
        return Err(Error::new(ErrorKind::InvalidUtf8, message));
    }
    refuse_controls(bytes)
}

/// Refuses bytes with a NUL, which hardly a binary file is without: to its reader that says more than where it stops
/// being UTF-8.
fn refuse_nul(bytes: &[u8]) -> Result<()> {
    match bytes.iter().position(|&byte| byte == 0) {
        Some(offset) => {
            let message = format!("byte {offset} is NUL, which texts do not hold");
            Err(Error::new(ErrorKind::BinaryContent, message))
        }
        None => Ok(()),
    }
}

/// Refuses what is valid UTF-8 and yet no text: bytes with more than 1 % of control characters.
fn refuse_controls(bytes: &[u8]) -> Result<()> {
    let controls = bytes.iter().filter(|&&byte| is_binary_control(byte)).count();
    match bytes.iter().position(|&byte| is_binary_control(byte)) {
        Some(offset) if controls * 100 > bytes.len() => Err(Error::new(
            ErrorKind::BinaryContent,
            format!(
                "{controls} of {} bytes are control characters that texts do not hold, the first is 0x{:02x} at byte {offset}",
                bytes.len(),
                bytes[offset]
            ),
        )),
        _ => Ok(()),
    }
}

/// A C0 control that neither lays out text (tab, line feed, form feed, carriage return) nor colours it (escape).
fn is_binary_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | 0x0C | b'\r' | 0x1B)
}

/// Whether `bytes` begin with a UTF-16 byte order mark or have a NUL in nearly every other place, as Latin text has.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    let nuls_at = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd, half) = (nuls_at(0), nuls_at(1), sample.len() / 2);
    bytes.starts_with(&[0xFF, 0xFE])
        || bytes.starts_with(&[0xFE, 0xFF])
        || (half >= 2 && even.max(odd) * 2 > half && even.min(odd) * 10 < half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_refused_with_the_offset_of_the_first_wrong_one() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let cases: [(Vec<u8>, ErrorKind, &str); 8] = [
            (
                b"\x89PNG\r\n\x1a\n\0\0\0".to_vec(),
                ErrorKind::BinaryContent,
                "byte 8 is NUL, which texts do not hold",
            ),
            (b"abc\xFFdef".to_vec(), ErrorKind::InvalidUtf8, "byte 3 is not UTF-8"),
            (
                "caf\u{e9}".encode_utf16().map(|unit| unit as u8).collect(),
                ErrorKind::InvalidUtf8,
                "byte 3 is not UTF-8",
            ),
            (utf16("\u{feff}hello"), ErrorKind::InvalidUtf8, "byte 0 is not UTF-8; it looks like UTF-16"),
            (utf16("hello"), ErrorKind::InvalidUtf8, "byte 1 is NUL; it looks like UTF-16, not UTF-8"),
            (utf16("h\u{e9}llo"), ErrorKind::InvalidUtf8, "byte 2 is not UTF-8; it looks like UTF-16"),
            (b"PK\x03\x04\0abc".to_vec(), ErrorKind::BinaryContent, "byte 4 is NUL, which texts do not hold"),
            (
                b"ab\x01\x02".to_vec(),
                ErrorKind::BinaryContent,
                "2 of 4 bytes are control characters that texts do not hold, the first is 0x01 at byte 2",
            ),
        ];
        for (bytes, kind, message) in cases {
            let error = decode(bytes).unwrap_err();
            assert_eq!((error.kind(), error.message()), (kind, message));
        }
    }

    #[test]
    fn layout_and_colour_and_the_odd_control_character_are_text() {
        assert!(decode(b"a\tb\r\n\x0c\x1b[31mred\x1b[0m".to_vec()).is_ok());
        assert!(decode(format!("\u{8}{}", "x".repeat(99)).into_bytes()).is_ok());
    }
}
