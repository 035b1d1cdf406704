//! From bytes to text: UTF-8, UTF-16, charsets of old, or a clear error.
//!
//! A byte order mark says most, then what is declared, then whether the bytes are UTF-8, then what the caller says.

use crate::document::Content;
use crate::error::{Error, ErrorKind, Result};

/// How many bytes decide whether bytes look like UTF-16.
const SAMPLE_BYTES: usize = 4096;

/// In how many bytes at its beginning a page declares its charset.
const DECLARATION_BYTES: usize = 2048;

/// Decodes charsets other than those of Unicode.
pub trait LegacyDecoder {
    /// `bytes` as text, where `label` names a charset (as in the WHATWG's Encoding Standard, such as `windows-1252`) that is
    /// known and the bytes are well-formed in it.
    fn decode(&self, label: &str, bytes: &[u8]) -> Option<String>;
}

/// Knows no charset.
pub struct NoLegacyDecoder;

impl LegacyDecoder for NoLegacyDecoder {
    fn decode(&self, _: &str, _: &[u8]) -> Option<String> {
        None
    }
}

/// Knows all charsets of the Encoding Standard.
#[cfg(all(feature = "documents", not(target_arch = "wasm32")))]
pub struct NativeDecoder;

#[cfg(all(feature = "documents", not(target_arch = "wasm32")))]
impl LegacyDecoder for NativeDecoder {
    fn decode(&self, label: &str, bytes: &[u8]) -> Option<String> {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
        encoding.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned())
    }
}

/// What is known of the charset of bytes.
#[derive(Clone, Copy)]
pub struct Charsets<'a> {
    /// What came with them says so, such as the parameter of a media type.
    pub declared: Option<&'a str>,
    /// Whether they may say so themselves, as HTML and XML do.
    pub is_markup: bool,
    /// What to try where nothing else fits.
    pub fallback: Option<&'a str>,
    /// Who knows the charsets of old.
    pub decoder: &'a dyn LegacyDecoder,
}

impl Default for Charsets<'static> {
    fn default() -> Self {
        #[cfg(all(feature = "documents", not(target_arch = "wasm32")))]
        let decoder = &NativeDecoder;
        #[cfg(not(all(feature = "documents", not(target_arch = "wasm32"))))]
        let decoder = &NoLegacyDecoder;
        Self { declared: None, is_markup: false, fallback: None, decoder }
    }
}

/// The text of `content`. Text that is already decoded may hold any character.
///
/// # Errors
/// - [`ErrorKind::InvalidUtf8`] for bytes that are no text in UTF-8 nor in a charset that is known of them, with the offset
///   of the first that is wrong;
/// - [`ErrorKind::BinaryContent`] for bytes with a NUL that are not UTF-16, or with more than 1 % of other control characters.
pub(super) fn text_of(content: Content, charsets: &Charsets<'_>) -> Result<String> {
    match content {
        Content::Text(text) => Ok(text),
        Content::Bytes(bytes) => decode(bytes, charsets),
        Content::Extracted(extracted) => Ok(extracted.text),
    }
}

fn decode(bytes: Vec<u8>, charsets: &Charsets<'_>) -> Result<String> {
    if let Some(order) = utf16_order(&bytes) {
        return decode_utf16(&bytes, order);
    }
    if bytes.starts_with("\u{feff}".as_bytes()) {
        return utf8(bytes, None);
    }
    let named = charsets.declared.into_iter().chain(charsets.fallback);
    if let Some(order) = named.filter_map(utf16_label).next()
        && std::str::from_utf8(&bytes).is_err()
        && let Ok(text) = decode_utf16(&bytes, order)
    {
        return Ok(text);
    }
    refuse_nul(&bytes)?;
    let in_text = if charsets.is_markup { declared_in(&bytes) } else { None };
    for label in charsets.declared.into_iter().chain(in_text.as_deref()) {
        if let Some(text) = decode_declared(&bytes, label, charsets.decoder) {
            return checked(text);
        }
    }
    if std::str::from_utf8(&bytes).is_err()
        && let Some(text) = charsets.fallback.and_then(|label| legacy(&bytes, label, charsets.decoder))
    {
        return checked(text);
    }
    utf8(bytes, charsets.fallback)
}

fn utf8(bytes: Vec<u8>, tried: Option<&str>) -> Result<String> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let hint = match tried {
            Some(label) => format!(", and the text is not in the charset {label:?} either"),
            None => "; if the text is in another charset, name that by `charset`".to_owned(),
        };
        Error::new(ErrorKind::InvalidUtf8, format!("byte {offset} is not UTF-8{hint}"))
    })?;
    refuse_nul(text.as_bytes())?;
    checked(text)
}

/// The text of bytes that are said to be in a charset; `None` where they are not.
fn decode_declared(bytes: &[u8], label: &str, decoder: &dyn LegacyDecoder) -> Option<String> {
    let text = legacy(bytes, label, decoder)?;
    // In a charset of one byte a character any bytes mean something; what is UTF-8 beyond ASCII is so by no accident.
    let is_wrong = is_single_byte(label) && !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok();
    (!is_wrong).then_some(text)
}

fn legacy(bytes: &[u8], label: &str, decoder: &dyn LegacyDecoder) -> Option<String> {
    let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let is_unicode =
        ["utf-8", "utf8", "unicode-1-1-utf-8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii"]
            .contains(&label.as_str());
    // What is said to be in ASCII is read by its bytes; UTF-16 was found by them.
    if is_unicode || label.is_empty() { None } else { decoder.decode(&label, bytes) }
}

fn is_single_byte(label: &str) -> bool {
    let label = label.trim().to_ascii_lowercase();
    ["iso-8859", "iso8859", "iso_8859", "latin", "windows-", "cp125", "koi8", "macintosh", "x-mac"]
        .iter()
        .any(|prefix| label.starts_with(prefix))
        && label != "windows-31j"
        && label != "windows-949"
}

/// The charset that a page names in its first lines: the encoding of an XML declaration, or a `meta` element's.
fn declared_in(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION_BYTES)]).to_ascii_lowercase();
    if head.starts_with("<?xml") {
        let declaration = &head[..head.find("?>").unwrap_or(head.len())];
        return value_of(declaration, "encoding");
    }
    let tags = head.match_indices("<meta").map(|(at, _)| &head[at..]);
    tags.map(|tag| &tag[..tag.find('>').unwrap_or(tag.len())]).find_map(|tag| value_of(tag, "charset"))
}

/// What follows `name` and an equals sign.
fn value_of(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(name)?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let is_of_label = |character: char| character.is_ascii_alphanumeric() || "-_:.+".contains(character);
    let end = value.find(|character| !is_of_label(character)).unwrap_or(value.len());
    (end > 0).then(|| value[..end].to_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ByteOrder {
    Little,
    Big,
}

/// The order of the bytes in UTF-16 that `label` names.
fn utf16_label(label: &str) -> Option<ByteOrder> {
    match label.trim().to_ascii_lowercase().as_str() {
        "utf-16" | "utf-16le" | "unicode" | "ucs-2" => Some(ByteOrder::Little),
        "utf-16be" => Some(ByteOrder::Big),
        _ => None,
    }
}

/// The order of the bytes of UTF-16, where `bytes` begin with its byte order mark or have a NUL in nearly every other
/// place, as Latin text has.
fn utf16_order(bytes: &[u8]) -> Option<ByteOrder> {
    match bytes {
        [0xFF, 0xFE, ..] => return Some(ByteOrder::Little),
        [0xFE, 0xFF, ..] => return Some(ByteOrder::Big),
        _ => {}
    }
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    let nuls_at = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd, half) = (nuls_at(0), nuls_at(1), sample.len() / 2);
    let is_utf16 = half >= 2 && even.max(odd) * 2 > half && even.min(odd) * 10 < half;
    is_utf16.then_some(if odd > even { ByteOrder::Little } else { ByteOrder::Big })
}

/// Text in UTF-16, without its byte order mark. A character of which there is only one half is lost, as programs that write
/// UTF-16 lose them.
fn decode_utf16(bytes: &[u8], order: ByteOrder) -> Result<String> {
    if bytes.len() % 2 == 1 {
        let message = format!("byte {} is half a unit of UTF-16", bytes.len() - 1);
        return Err(Error::new(ErrorKind::InvalidUtf8, message));
    }
    let unit = |pair: &[u8]| match order {
        ByteOrder::Little => u16::from_le_bytes([pair[0], pair[1]]),
        ByteOrder::Big => u16::from_be_bytes([pair[0], pair[1]]),
    };
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut lost = 0;
    for decoded in char::decode_utf16(bytes.chunks_exact(2).map(unit)) {
        lost += usize::from(decoded.is_err());
        text.push(decoded.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if lost * 200 > bytes.len() {
        let message = format!("{lost} characters of {} bytes of UTF-16 are half ones", bytes.len());
        return Err(Error::new(ErrorKind::InvalidUtf8, message));
    }
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    refuse_nul(text.as_bytes())?;
    checked(text)
}

/// `text`, if it is one.
fn checked(text: String) -> Result<String> {
    refuse_controls(text.as_bytes())?;
    Ok(text)
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

/// Refuses what can be decoded and yet is no text: bytes with more than 1 % of control characters.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode_plain(bytes: impl Into<Vec<u8>>) -> Result<String> {
        decode(bytes.into(), &Charsets::default())
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_the_offset_of_the_first_wrong_one() {
        const HINT: &str = "; if the text is in another charset, name that by `charset`";
        let cases: [(Vec<u8>, ErrorKind, String); 7] = [
            (
                b"\x89PNG\r\n\x1a\n\0\0\0".to_vec(),
                ErrorKind::BinaryContent,
                "byte 8 is NUL, which texts do not hold".to_owned(),
            ),
            (b"abc\xFFdef".to_vec(), ErrorKind::InvalidUtf8, format!("byte 3 is not UTF-8{HINT}")),
            (b"caf\xe9".to_vec(), ErrorKind::InvalidUtf8, format!("byte 3 is not UTF-8{HINT}")),
            (b"\xEF\xBB\xBFa\xe9".to_vec(), ErrorKind::InvalidUtf8, format!("byte 4 is not UTF-8{HINT}")),
            (
                [&utf16("\u{feff}hello"), &b"!"[..]].concat(),
                ErrorKind::InvalidUtf8,
                "byte 12 is half a unit of UTF-16".to_owned(),
            ),
            (
                b"PK\x03\x04\0abc".to_vec(),
                ErrorKind::BinaryContent,
                "byte 4 is NUL, which texts do not hold".to_owned(),
            ),
            (
                b"ab\x01\x02".to_vec(),
                ErrorKind::BinaryContent,
                "2 of 4 bytes are control characters that texts do not hold, the first is 0x01 at byte 2"
                    .to_owned(),
            ),
        ];
        for (bytes, kind, message) in cases {
            let error = decode_plain(bytes).unwrap_err();
            assert_eq!((error.kind(), error.message()), (kind, message.as_str()));
        }
    }

    #[test]
    fn layout_and_colour_and_the_odd_control_character_are_text() {
        assert!(decode_plain(b"a\tb\r\n\x0c\x1b[31mred\x1b[0m".to_vec()).is_ok());
        assert!(decode_plain(format!("\u{8}{}", "x".repeat(99))).is_ok());
    }

    #[test]
    fn unicode_is_known_by_its_marks_and_its_bytes() {
        let text = "h\u{e9}llo \u{1f601}";
        let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        for bytes in [
            text.as_bytes().to_vec(),
            utf16(text),
            big(text),
            utf16(&format!("\u{feff}{text}")),
            big(&format!("\u{feff}{text}")),
        ] {
            assert_eq!(decode_plain(bytes).unwrap(), text);
        }
        assert_eq!(decode_plain(utf16("\u{feff}\u{4e2d}\u{6587}")).unwrap(), "\u{4e2d}\u{6587}");
        let chinese = utf16("\u{4e2d}\u{6587}\u{ff0c}\u{5b57}");
        let charsets = Charsets { fallback: Some("UTF-16LE"), ..Charsets::default() };
        assert_eq!(decode(chinese, &charsets).unwrap(), "\u{4e2d}\u{6587}\u{ff0c}\u{5b57}");
        let half = [
            utf16("\u{feff}a long text of which one character is half, and "),
            vec![0, 0xD8],
            utf16("all else is "),
        ];
        let decoded = decode_plain([half.concat(), utf16(&"right. ".repeat(10))].concat()).unwrap();
        assert!(decoded.contains("and \u{fffd}all"));
    }

    #[cfg(feature = "documents")]
    mod legacy {
        use super::*;

        fn with(declared: Option<&str>, fallback: Option<&str>, bytes: &[u8]) -> Result<String> {
            decode(bytes.to_vec(), &Charsets { declared, fallback, is_markup: true, ..Charsets::default() })
        }

        #[test]
        fn what_is_declared_comes_before_utf_8_and_that_before_what_the_caller_says() {
            let sjis = b"\x93\xfa\x96\x7b";
            assert_eq!(with(Some("Shift_JIS"), None, sjis).unwrap(), "\u{65e5}\u{672c}");
            assert_eq!(with(None, Some("shift_jis"), sjis).unwrap(), "\u{65e5}\u{672c}");
            assert_eq!(with(None, Some("windows-1252"), b"caf\xe9").unwrap(), "caf\u{e9}");
            assert_eq!(with(None, Some("windows-1252"), "caf\u{e9}".as_bytes()).unwrap(), "caf\u{e9}");
            assert_eq!(with(Some("\"KOI8-R\""), Some("utf-8"), b"\xd0\xcf").unwrap(), "\u{43f}\u{43e}");
        }

        #[test]
        fn a_page_declares_its_charset_itself() {
            for head in [
                "<html><meta charset=windows-1251>",
                "<html><META name=a><meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1251\">",
                "<?xml version='1.0' encoding='windows-1251'?>",
            ] {
                let decoded = with(None, None, &[head.as_bytes(), b"\xef\xee"].concat()).unwrap();
                assert_eq!(decoded, format!("{head}\u{43f}\u{43e}"));
            }
        }

        #[test]
        fn a_wrong_declaration_does_no_harm() {
            for declared in ["utf-8", "iso-8859-1", "no-such-charset", "", "us-ascii", "utf-16le", "euc-jp"] {
                assert_eq!(
                    with(Some(declared), None, "\u{2013} na\u{ef}ve \u{65e5}".as_bytes()).unwrap(),
                    "\u{2013} na\u{ef}ve \u{65e5}",
                    "{declared}"
                );
            }
            assert_eq!(with(Some("utf-8"), Some("windows-1252"), b"caf\xe9").unwrap(), "caf\u{e9}");
            let error = with(Some("utf-8"), Some("x-none"), b"caf\xe9").unwrap_err();
            assert_eq!(
                error.message(),
                "byte 3 is not UTF-8, and the text is not in the charset \"x-none\" either"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_text_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = decode(bytes, &Charsets { is_markup: true, fallback: Some("gbk"), ..Charsets::default() });
        }
    }
}
