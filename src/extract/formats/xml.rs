//! XML as it is in office documents: start and end tags and texts, by the local names of elements.
//!
//! No entity is ever expanded but the five of XML and numeric ones, and a document type declaration is passed over. Nesting
//! is counted, never recursed into.

use quick_xml::events::{BytesEnd, BytesStart, Event as Raw};
use std::borrow::Cow;

use crate::error::{Error, ErrorKind, Result};

/// The longest name of a style or list, in bytes.
const MAX_NAME_BYTES: usize = 512;

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

    /// The value of an attribute that names something, such as a style. Longer names than programs allow are cut, so that to
    /// look one up takes little time whatever the document.
    pub fn named(&self, name: &str) -> Option<String> {
        let mut value = self.attribute(name)?;
        value.truncate(value.floor_char_boundary(MAX_NAME_BYTES));
        Some(value)
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(source: &str) -> Result<String> {
        let mut reader = Reader::new(source, "part");
        let mut read = String::new();
        while let Some(event) = reader.next()? {
            match event {
                Event::Start(tag) => read.push_str(&format!("<{}>", tag.name())),
                Event::End(tag) => read.push_str(&format!("</{}>", tag.name())),
                Event::Text(text) => read.push_str(&text),
            }
        }
        Ok(read)
    }

    #[test]
    fn elements_have_their_local_names_and_empty_ones_end() {
        let source = "<?xml version=\"1.0\"?><!-- c --><w:a xmlns:w=\"x\">1<w:b/><![CDATA[<&]]></w:a>";
        assert_eq!(read(source).unwrap(), "<a>1<b></b><&</a>");
    }

    #[test]
    fn only_the_five_entities_and_numeric_ones_are_known() {
        let source = "<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x4E2D;&nbsp;&#xD800; & b</a>";
        assert_eq!(read(source).unwrap(), "<a><>&\"'A中&nbsp;&#xD800; & b</a>");
        let mut reader = Reader::new("<a b=\"&lt;&#x41;&nbsp;&\" x:c='1'/>", "part");
        let Some(Event::Start(tag)) = reader.next().unwrap() else { panic!("no element") };
        assert_eq!(tag.attribute("b").unwrap(), "<A&nbsp;&");
        assert_eq!((tag.attribute("c").unwrap().as_str(), tag.number::<u8>("c")), ("1", Some(1)));
        assert_eq!((tag.prefixed_attribute("b"), tag.prefixed_attribute("c").as_deref()), (None, Some("1")));
    }

    #[test]
    fn entities_that_a_document_declares_are_never_expanded() {
        let mut source = "<!DOCTYPE a [<!ENTITY l0 \"lol\">".to_owned();
        for level in 1..40 {
            let inner = format!("&l{};", level - 1).repeat(10);
            source.push_str(&format!("<!ENTITY l{level} \"{inner}\">"));
        }
        source.push_str("<!ENTITY f SYSTEM \"file:///etc/passwd\">]><a>&l39;&f;</a>");
        assert_eq!(read(&source).unwrap(), "<a>&l39;&f;</a>");
    }

    #[test]
    fn what_is_not_well_formed_is_named_with_its_part_and_place() {
        for (source, at) in
            [("<a><b></a>", "byte 6"), ("<a>", "1 elements are open"), ("<a", "byte"), ("</a>", "byte 0")]
        {
            let error = read(source).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::MalformedDocument);
            assert!(error.message().starts_with("entry \"part\": "), "{error}");
            assert!(error.message().contains(at), "{source}: {error}");
        }
    }

    #[test]
    fn elements_are_skipped_read_and_counted_at_any_depth() {
        let depth = 100_000;
        let deep = format!("{}{}", "<w:p>".repeat(depth), "</w:p>".repeat(depth));
        let source = format!("<a><b>x<p/>{deep}</b><c>1<d>2</d></c></a>");
        let mut reader = Reader::new(&source, "part").counting(&["p"]);
        reader.next().unwrap();
        reader.next().unwrap();
        reader.skip().unwrap();
        // Those of another prefix than the first are others.
        assert_eq!((reader.depth(), reader.count()), (1, 1));
        reader.next().unwrap();
        assert_eq!(reader.text().unwrap(), "12");
        assert_eq!(reader.depth(), 1);
    }

    #[test]
    fn parts_are_utf_8_or_utf_16_or_what_they_say() {
        let text = "<a>é中😀</a>";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().copied().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units.iter().copied().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(b"\xEF\xBB\xBF", text.as_bytes()),
            marked(b"\xFF\xFE", &little),
            marked(b"\xFE\xFF", &big),
            little.clone(),
            big.clone(),
        ] {
            assert_eq!(decode(bytes, "part").unwrap(), text);
        }
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>".to_vec();
        assert!(decode(latin, "part").unwrap().contains("é"));
        let error = decode(b"<a>\xE9</a>".to_vec(), "part").unwrap_err();
        assert_eq!(error.message(), "entry \"part\": byte 3 is not UTF-8");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_an_error(source in "[<>/a!\\[\\]&;#x='\" -]{0,60}") {
            let _ = read(&source);
        }
    }
}
