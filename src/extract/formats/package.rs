//! What the formats that are packed in ZIP archives share: which format a package is, its parts as text, how parts refer to
//! each other, and what it says of itself.

use super::archive::{Archive, folder, resolve};
use super::builder::Builder;
use super::xml::{self, Event, Reader};
use super::{Extracted, Properties, one_line};
use crate::document::{MAX_CONTENT_BYTES, MediaType, MetadataValue};
use crate::error::{Error, ErrorKind, Result};

/// The mark of the files that old Office programs wrote, and of encrypted ones that newer write.
pub(super) const COMPOUND_FILE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
/// The mark of RTF.
pub(super) const RICH_TEXT: &[u8] = b"{\\rtf";

/// The longest title that is kept, in characters.
const MAX_TITLE_CHARS: usize = 500;

/// The streams by which the old formats of Office are known, with what to say of each.
const OLD_FORMATS: &[(&str, &str)] = &[
    (
        "WordDocument",
        "is a Word document of the old binary format (.doc), which is not read; save it as .docx",
    ),
    ("Workbook", "is an Excel workbook of the old binary format (.xls), which is not read; save it as .xlsx"),
    ("Book", "is an Excel workbook of the old binary format (.xls), which is not read; save it as .xlsx"),
    (
        "PowerPoint Document",
        "is a PowerPoint presentation of the old binary format (.ppt), which is not read; save it as .pptx",
    ),
];

/// The formats of OpenDocument that are no texts, with what to say of each.
const OTHER_FORMATS: &[(&str, &str)] = &[
    (
        "application/vnd.oasis.opendocument.spreadsheet",
        "is an OpenDocument spreadsheet (.ods), which is not read; save it as .xlsx",
    ),
    (
        "application/vnd.oasis.opendocument.presentation",
        "is an OpenDocument presentation (.odp), which is not read; save it as .pptx",
    ),
    (
        "application/vnd.oasis.opendocument.graphics",
        "is an OpenDocument drawing (.odg), which is not read; save it as .pdf",
    ),
];

/// An archive whose entries are parts of a document.
pub(crate) struct Package<'b> {
    archive: Archive<'b>,
}

/// That one part refers to another.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    /// The name that the part refers by.
    pub id: String,
    /// The last step of its type, such as `slide`.
    pub kind: String,
    /// The name of the part that is meant.
    pub target: String,
}

/// Which of the formats that are packed in ZIP archives `bytes` are, by what is in them.
pub(crate) fn detect(bytes: &[u8]) -> Option<MediaType> {
    if !bytes.starts_with(b"PK") {
        return None;
    }
    let package = Package { archive: Archive::open(bytes).ok()? };
    let declared = package.text("mimetype").ok().flatten().unwrap_or_default();
    match declared.trim() {
        "application/epub+zip" => return Some(MediaType::Epub),
        name if name.starts_with("application/vnd.oasis.opendocument.text") => return Some(MediaType::Odt),
        _ => {}
    }
    if package.archive.has("META-INF/container.xml") {
        return Some(MediaType::Epub);
    }
    office_type(&package.text("[Content_Types].xml").ok()??)
}

/// The format of an Office document by the type of its main part.
fn office_type(content_types: &str) -> Option<MediaType> {
    let mut reader = Reader::new(content_types, "");
    while let Ok(Some(event)) = reader.next() {
        let Event::Start(tag) = event else { continue };
        let name = tag.attribute("ContentType").unwrap_or_default();
        let is_one_of =
            |kinds: &[&str]| kinds.iter().any(|kind| name.contains(kind)) && name.ends_with("main+xml");
        if is_one_of(&["wordprocessingml.", "ms-word."]) {
            return Some(MediaType::Docx);
        }
        if is_one_of(&["presentationml.", "ms-powerpoint."]) {
            return Some(MediaType::Pptx);
        }
        if is_one_of(&["spreadsheetml.", "ms-excel.sheet.macro", "ms-excel.template.macro"]) {
            return Some(MediaType::Xlsx);
        }
    }
    None
}

/// Says what a file is that looks like an office document and is none that can be read.
///
/// # Errors
/// [`ErrorKind::DocumentEncrypted`] for Office documents with a password, [`ErrorKind::UnsupportedMediaType`] for the
/// binary formats of old and for RTF.
pub(crate) fn refuse_old_formats(bytes: &[u8]) -> Result<()> {
    if bytes.starts_with(RICH_TEXT) {
        let message = "it is a Rich Text document (.rtf), which is not read; save it as .docx";
        return Err(Error::new(ErrorKind::UnsupportedMediaType, message));
    }
    if !bytes.starts_with(COMPOUND_FILE) {
        return Ok(());
    }
    if has_stream(bytes, "EncryptedPackage") {
        let message = "it is an Office document that is protected by a password";
        return Err(Error::new(ErrorKind::DocumentEncrypted, message));
    }
    let known = OLD_FORMATS.iter().find(|(stream, _)| has_stream(bytes, stream));
    let what =
        known.map_or("is a compound file, as programs of old wrote them, which is not read", |it| it.1);
    Err(Error::new(ErrorKind::UnsupportedMediaType, format!("it {what}")))
}

/// Whether a compound file has a stream of this name. The entries of its directory are 128 bytes long and stand at multiples
/// of that.
fn has_stream(bytes: &[u8], name: &str) -> bool {
    let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    bytes.chunks(128).any(|entry| entry.starts_with(&name))
}

impl<'b> Package<'b> {
    /// Opens a package.
    ///
    /// # Errors
    /// As [`refuse_old_formats`] and [`Archive::open`], and [`ErrorKind::UnsupportedMediaType`] for [`OTHER_FORMATS`].
    pub fn open(bytes: &'b [u8]) -> Result<Self> {
        refuse_old_formats(bytes)?;
        let package = Self { archive: Archive::open(bytes)? };
        let declared = package.text("mimetype").ok().flatten().unwrap_or_default();
        let other = OTHER_FORMATS.iter().find(|(name, _)| declared.trim().starts_with(name));
        match other {
            Some((_, what)) => Err(Error::new(ErrorKind::UnsupportedMediaType, format!("it {what}"))),
            None => Ok(package),
        }
    }

    /// The archive itself.
    pub fn archive(&self) -> &Archive<'b> {
        &self.archive
    }

    /// The text of a part; `None` where there is none.
    ///
    /// # Errors
    /// As [`Archive::read`] and [`xml::decode`].
    pub fn text(&self, part: &str) -> Result<Option<String>> {
        self.archive.read(part)?.map(|bytes| xml::decode(bytes, part)).transpose()
    }

    /// The text of a part that the document cannot do without.
    ///
    /// # Errors
    /// As [`Archive::require`] and [`xml::decode`].
    pub fn require(&self, part: &str) -> Result<String> {
        xml::decode(self.archive.require(part)?, part)
    }

    /// What a part refers to; the package itself is the part without a name. References to what is not in the package are
    /// left out.
    ///
    /// # Errors
    /// Where the part that lists them is damaged.
    pub fn relations(&self, part: &str) -> Result<Vec<Relation>> {
        let inside = folder(part);
        let file = &part[part.rfind('/').map_or(0, |at| at + 1)..];
        let list = resolve(inside, &format!("_rels/{file}.rels"));
        let Some(text) = self.text(&list)? else { return Ok(Vec::new()) };
        let mut reader = Reader::new(&text, &list);
        let mut relations = Vec::new();
        while let Some(event) = reader.next()? {
            let Event::Start(tag) = event else { continue };
            let is_outside = tag.attribute("TargetMode").is_some_and(|mode| mode == "External");
            if tag.name() != "Relationship" || is_outside {
                continue;
            }
            let kind = tag.attribute("Type").unwrap_or_default();
            relations.push(Relation {
                id: tag.attribute("Id").unwrap_or_default(),
                kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                target: resolve(inside, &tag.attribute("Target").unwrap_or_default()),
            });
        }
        Ok(relations)
    }

    /// The main part of an Office document: what the package refers to as such, else the usual one.
    ///
    /// # Errors
    /// As [`Package::relations`].
    pub fn main_part(&self, usual: &str) -> Result<String> {
        let relations = self.relations("")?;
        let main = relations.into_iter().find(|relation| relation.kind == "officeDocument");
        Ok(main.map_or_else(|| usual.to_owned(), |relation| relation.target))
    }

    /// Reads what an Office document says of itself.
    ///
    /// # Errors
    /// Where that part is damaged.
    pub fn core_properties(&self, properties: &mut Properties) -> Result<()> {
        let relations = self.relations("")?;
        let part = relations.iter().find(|relation| relation.kind == "core-properties");
        let part = part.map_or("docProps/core.xml", |relation| &relation.target);
        match self.text(part)? {
            Some(text) => read_properties(&text, part, properties),
            None => Ok(()),
        }
    }
}

/// Reads the elements of Dublin Core and their like in Office and OpenDocument.
pub(crate) fn read_properties(text: &str, part: &str, properties: &mut Properties) -> Result<()> {
    let mut reader = Reader::new(text, part);
    let (mut created, mut modified) = (String::new(), String::new());
    let mut keywords: Vec<String> = Vec::new();
    while let Some(event) = reader.next()? {
        let Event::Start(tag) = event else { continue };
        let name = tag.name().to_owned();
        if !matches!(
            name.as_str(),
            "title"
                | "creator"
                | "initial-creator"
                | "language"
                | "created"
                | "creation-date"
                | "modified"
                | "date"
                | "keywords"
                | "keyword"
        ) {
            continue;
        }
        let value = one_line(&reader.text()?, MAX_TITLE_CHARS);
        if value.is_empty() {
            continue;
        }
        match name.as_str() {
            "title" => properties.title = value,
            "language" => properties.language = value,
            // In OpenDocument the creator is who saved it last.
            "initial-creator" => {
                properties.metadata.insert("author".to_owned(), MetadataValue::String(value));
            }
            "creator" => {
                properties.metadata.entry("author".to_owned()).or_insert(MetadataValue::String(value));
            }
            "created" | "creation-date" => created = value,
            "modified" | "date" => modified = value,
            _ => keywords.extend(
                value.split([',', ';']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned),
            ),
        }
    }
    let date = if modified.is_empty() { created } else { modified };
    if !date.is_empty() {
        properties.metadata.insert("date".to_owned(), MetadataValue::String(date));
    }
    if !keywords.is_empty() {
        properties.metadata.insert("keywords".to_owned(), MetadataValue::Strings(keywords));
    }
    Ok(())
}

/// Forgets the language that a document says it is in where its letters are of another script: programs write the language of
/// their own into documents whose authors never chose one.
pub(crate) fn check_language(extracted: &mut Extracted) {
    let language = &extracted.properties.language;
    let primary = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let expected = LANGUAGES.iter().find(|(_, languages)| languages.contains(&primary.as_str()));
    let expected = expected.map_or(Letters::Latin, |(letters, _)| *letters);
    let found = Letters::of(&extracted.text);
    if found.is_some_and(|found| found != expected) {
        extracted.properties.language.clear();
    }
}

/// Scripts that languages are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letters {
    Latin,
    Greek,
    Cyrillic,
    RightToLeft,
    EastAsian,
}

/// The languages that are written in other scripts than the Latin one.
const LANGUAGES: &[(Letters, &[&str])] = &[
    (Letters::Greek, &["el"]),
    (Letters::Cyrillic, &["ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg", "tt", "ba"]),
    (Letters::RightToLeft, &["ar", "he", "iw", "fa", "ur", "yi", "ps", "sd", "ug", "dv", "ckb", "ku", "syr"]),
    (Letters::EastAsian, &["zh", "ja", "ko", "yue"]),
];

impl Letters {
    /// The script of most letters of `text`; `None` where that is none of these.
    fn of(text: &str) -> Option<Self> {
        let mut counts = [0usize; 6];
        for letter in text.chars().filter(|letter| letter.is_alphabetic()) {
            let place = match letter {
                ..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => 0,
                '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => 1,
                '\u{400}'..='\u{52F}' => 2,
                '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FEFC}' => 3,
                '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' => 4,
                _ => 5,
            };
            counts[place] += 1;
        }
        let known =
            [Letters::Latin, Letters::Greek, Letters::Cyrillic, Letters::RightToLeft, Letters::EastAsian];
        let most =
            counts.iter().enumerate().max_by_key(|(_, count)| **count).filter(|(_, count)| **count > 0)?;
        known.get(most.0).copied()
    }
}

/// Checks that the text so far is within the limit, so that what a small file makes large ends early.
///
/// # Errors
/// [`ErrorKind::DocumentTooLarge`].
pub(crate) fn check_length(builder: &Builder) -> Result<()> {
    check_bytes(builder.len())
}

/// Checks that a text of so many bytes is within the limit.
///
/// # Errors
/// [`ErrorKind::DocumentTooLarge`].
pub(crate) fn check_bytes(bytes: usize) -> Result<()> {
    if bytes > MAX_CONTENT_BYTES {
        let message = format!("its text has more than {MAX_CONTENT_BYTES} bytes, which is the limit");
        return Err(Error::new(ErrorKind::DocumentTooLarge, message));
    }
    Ok(())
}
