//! XML as it is in office documents: start and end tags and texts, by the local names of elements.
//!
//! No entity is ever expanded but the five of XML and numeric ones, and a document type declaration is passed over. Nesting
//! is counted, never recursed into.

use quick_xml::events::{BytesEnd, BytesStart, Event as Raw};
use std::borrow::Cow;

use crate::error::{Error, ErrorKind, Result};

/// What comes next in a part.
pub(crate) enum Event<'x> {
    /// An element begins.
    Start(Tag<'x>),
    /// An element ends, also one without content.
    End(EndTag<'x>),
    /// Text, which may come in pieces.
    Text(Cow<'x, str>),
}

/// The beginning of an element.
pub(crate) struct Tag<'x>(BytesStart<'x>);

/// The end of an element.
pub(crate) struct EndTag<'x>(BytesEnd<'x>);

impl<'x> Tag<'x> {
    /// The name, without its prefix.
    pub fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    /// The value of the first attribute of this name, whatever its prefix.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.0.attributes();
        // Telling duplicates would take time in the square of their number.
        let mut attributes = attributes.with_checks(false).flatten();
        let found = attributes.find(|attribute| attribute.key.local_name().into_inner() == name)?;
        Some(unescaped(&found.value).into_owned())
    }

    /// The value of the first attribute of this name that has a prefix, as references to other parts do.
    pub fn prefixed_attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.0.attributes();
        let mut attributes = attributes.with_checks(false).flatten();
        let is_it = |key: &str| key.rsplit_once(':').is_some_and(|(_, local)| local == name);
        let found = attributes.find(|attribute| is_it(attribute.key.into_inner()))?;
        Some(unescaped(&found.value).into_owned())
    }

    /// The value of an attribute as a number.
    pub fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.attribute(name)?.trim().parse().ok()
    }

    /// Whether the attribute `val` of a switch says that it is on; it is where there is none.
    pub fn is_on(&self) -> bool {
        self.attribute("val").is_none_or(|value| !matches!(value.as_str(), "0" | "false" | "off" | "none"))
    }
}

impl EndTag<'_> {
    /// The name, without its prefix.
    pub fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }
}

/// Reads one part from its beginning to its end.
pub(crate) struct Reader<'x> {
    inner: quick_xml::Reader<&'x [u8]>,
    part: String,
    depth: usize,
    counted: &'static [&'static str],
    /// What stands before the counted names in this part: their prefix with its colon.
    counted_prefix: Option<String>,
    count: u32,
}

impl<'x> Reader<'x> {
    /// A reader of `text`, which is the part called `part`.
    pub fn new(text: &'x str, part: &str) -> Self {
        let mut inner = quick_xml::Reader::from_str(text);
        inner.config_mut().expand_empty_elements = true;
        inner.config_mut().allow_dangling_amp = true;
        Self { inner, part: part.to_owned(), depth: 0, counted: &[], counted_prefix: None, count: 0 }
    }

    /// Counts the elements of these names, also those that are skipped. The first one of them tells the prefix.
    pub fn counting(mut self, names: &'static [&'static str]) -> Self {
        self.counted = names;
        self
    }

    /// How many of the counted elements have begun.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// What comes next; `None` at the end.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedDocument`] naming the part and the byte where it is not well formed.
    pub fn next(&mut self) -> Result<Option<Event<'x>>> {
        loop {
            let raw = match self.inner.read_event() {
                Ok(raw) => raw,
                Err(error) => {
                    let at = self.inner.error_position();
                    return Err(self.broken(format!("byte {at} is not well formed XML")).with_source(error));
                }
            };
            match raw {
                Raw::Start(tag) => {
                    self.depth += 1;
                    self.note(&tag);
                    return Ok(Some(Event::Start(Tag(tag))));
                }
                Raw::End(tag) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Some(Event::End(EndTag(tag))));
                }
                Raw::Text(text) => return Ok(Some(Event::Text(text.into_inner()))),
                Raw::CData(text) => return Ok(Some(Event::Text(text.into_inner()))),
                Raw::GeneralRef(name) => return Ok(Some(Event::Text(reference(&name.into_inner()).into()))),
                Raw::Eof if self.depth > 0 => {
                    return Err(self.broken(format!("it ends while {} elements are open", self.depth)));
                }
                Raw::Eof => return Ok(None),
                Raw::Empty(_) | Raw::Comment(_) | Raw::Decl(_) | Raw::PI(_) | Raw::DocType(_) => {}
            }
        }
    }

    fn note(&mut self, tag: &BytesStart<'_>) {
        let (name, local) = (tag.name().into_inner(), tag.local_name().into_inner());
        if !self.counted.contains(&local) {
            return;
        }
        let prefix = name.strip_suffix(local).unwrap_or_default();
        if self.counted_prefix.get_or_insert_with(|| prefix.to_owned()) == prefix {
            self.count += 1;
        }
    }

    /// Passes over the rest of the element that began last.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn skip(&mut self) -> Result<()> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if self.next()?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// The text of the element that began last, and of those in it, up to its end.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn text(&mut self) -> Result<String> {
        let outside = self.depth.saturating_sub(1);
        let mut text = String::new();
        while self.depth > outside {
            match self.next()? {
                Some(Event::Text(more)) => text.push_str(&more),
                Some(_) => {}
                None => break,
            }
        }
        Ok(text)
    }

    /// Calls `visit` with each element inside the one that began last, up to its end.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn each_inside(&mut self, mut visit: impl FnMut(&Tag<'x>)) -> Result<()> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            match self.next()? {
                Some(Event::Start(tag)) => visit(&tag),
                Some(_) => {}
                None => break,
            }
        }
        Ok(())
    }

    fn broken(&self, message: String) -> Error {
        Error::new(ErrorKind::MalformedDocument, message).within(format!("entry {:?}", self.part))
    }
}

/// The text of a part: UTF-8, or UTF-16 by its byte order mark or its first characters, or Latin-1 where it says so.
///
/// # Errors
/// [`ErrorKind::MalformedDocument`] with the byte that is neither.
pub(crate) fn decode(bytes: Vec<u8>, part: &str) -> Result<String> {
    let text = match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(&bytes, u16::from_le_bytes),
        [0, b'<', ..] => utf16(&bytes, u16::from_be_bytes),
        _ => utf8(bytes),
    };
    text.map_err(|error| error.within(format!("entry {part:?}")))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let characters: Result<String, _> = char::decode_utf16(units).collect();
    characters.map_err(|_| Error::new(ErrorKind::MalformedDocument, "it is not well-formed UTF-16"))
}

fn utf8(mut bytes: Vec<u8>) -> Result<String> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).or_else(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.into_bytes();
        if says_latin(&bytes) {
            return Ok(bytes.iter().map(|byte| char::from(*byte)).collect());
        }
        Err(Error::new(ErrorKind::MalformedDocument, format!("byte {at} is not UTF-8")))
    })
}

/// Whether the declaration at the beginning names Latin-1 or the Windows code page that extends it.
fn says_latin(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(100)).unwrap_or_default());
    let head = head.split("?>").next().unwrap_or_default().to_ascii_lowercase();
    head.starts_with("<?xml") && (head.contains("iso-8859-1") || head.contains("windows-1252"))
}

/// What `&name;` stands for; itself where it is none that is known.
fn reference(name: &str) -> String {
    character(name).map_or_else(|| format!("&{name};"), String::from)
}

fn character(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        name => {
            let digits = name.strip_prefix('#')?;
            match digits.strip_prefix(['x', 'X']) {
                Some(digits) => number(digits, 16),
                None => number(digits, 10),
            }
        }
    }
}

/// `text` with the characters that its references stand for.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut pieces = text.split('&');
    result.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        match piece.split_once(';').and_then(|(name, rest)| Some((character(name)?, rest))) {
            Some((character, rest)) => {
                result.push(character);
                result.push_str(rest);
            }
            None => {
                result.push('&');
                result.push_str(piece);
            }
        }
    }
    Cow::Owned(result)
}
