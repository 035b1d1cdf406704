//! What a file is: by its content first, then by what it is said to be, then by its name.

use super::package;
use crate::document::MediaType;
use crate::error::{Error, ErrorKind, Result};

/// In how many bytes at its beginning a PDF has its mark, as readers of it look for it.
const PDF_HEAD_BYTES: usize = 1024;

/// In how many bytes at its beginning a text shows what it is.
const TEXT_HEAD_BYTES: usize = 4096;

/// The media type of a file with these bytes: what they show beyond doubt, else the type that is `declared` for them, else
/// what `file_name` ends with, else plain text. Kinds of text that look alike are told apart by the name rather than by a
/// declared `text/plain`.
///
/// # Errors
/// [`ErrorKind::UnsupportedMediaType`] naming what the file is, and where that helps what to save it as.
pub fn detect(bytes: &[u8], declared: Option<&str>, file_name: Option<&str>) -> Result<MediaType> {
    if let Some(found) = by_magic(bytes, file_name)? {
        return Ok(found);
    }
    let named = file_name.and_then(MediaType::from_file_name);
    let declared = declared.map(str::trim).filter(|name| !says_nothing(name));
    let said = match (declared.map(MediaType::from_name), named) {
        (Some(Ok(MediaType::Plain)) | Some(Err(_)) | None, Some(named)) => named,
        (Some(Ok(declared)), _) => declared,
        (Some(Err(error)), None) if !declared.is_some_and(is_text) => return Err(error),
        (Some(Err(_)) | None, None) => return Ok(by_text(bytes).unwrap_or(MediaType::Plain)),
    };
    if !is_binary(&said) {
        return Ok(said);
    }
    by_text(bytes).ok_or_else(|| {
        let message = format!("it is no {}, though its name or type says so", said.name());
        Error::new(ErrorKind::MalformedDocument, message)
    })
}

/// Whether a declared type tells no more than that there are bytes.
fn says_nothing(name: &str) -> bool {
    let essence = name.split(';').next().unwrap_or_default().trim();
    let nothing = ["", "application/octet-stream", "binary/octet-stream", "application/unknown", "*/*"];
    nothing.iter().any(|nothing| essence.eq_ignore_ascii_case(nothing))
}

/// Whether a declared type is one of text, which can at least be read as such.
fn is_text(name: &str) -> bool {
    name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("text/"))
}

/// Whether files of a type are always known by their first bytes.
fn is_binary(media_type: &MediaType) -> bool {
    use MediaType::{Docx, Epub, Odt, Pdf, Pptx, Xlsx};
    matches!(media_type, Pdf | Docx | Pptx | Xlsx | Odt | Epub)
}

/// Something that files of a kind begin with, and what they are.
struct Magic {
    offset: usize,
    bytes: &'static [u8],
    what: &'static str,
}

const fn magic(offset: usize, bytes: &'static [u8], what: &'static str) -> Magic {
    Magic { offset, bytes, what }
}

/// Files of which no text can be read, and why.
const UNREADABLE: &[Magic] = &[
    magic(0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    magic(0, b"\xFF\xD8\xFF", "a JPEG image"),
    magic(0, b"GIF87a", "a GIF image"),
    magic(0, b"GIF89a", "a GIF image"),
    magic(8, b"WEBP", "a WebP image"),
    magic(0, b"II*\0", "a TIFF image"),
    magic(0, b"MM\0*", "a TIFF image"),
    magic(4, b"ftypavif", "an AVIF image"),
    magic(4, b"ftyphei", "a HEIC image"),
    magic(4, b"ftypmif1", "a HEIF image"),
    magic(0, b"\0\0\x01\0", "an icon"),
    magic(0, b"8BPS", "a Photoshop image"),
    magic(0, b"{\\rtf", "an RTF document; save it as DOCX"),
    magic(0, b"\x1F\x8B", "a gzip archive; unpack it first"),
    magic(4, b"1AY&SY", "a bzip2 archive; unpack it first"),
    magic(0, b"\xFD7zXZ\0", "an xz archive; unpack it first"),
    magic(0, b"7z\xBC\xAF\x27\x1C", "a 7z archive; unpack it first"),
    magic(0, b"Rar!\x1A\x07", "a RAR archive; unpack it first"),
    magic(0, b"\x28\xB5\x2F\xFD", "a Zstandard archive; unpack it first"),
    magic(257, b"ustar", "a tar archive; unpack it first"),
    magic(4, b"ftyp", "a video"),
    magic(0, b"\x1A\x45\xDF\xA3", "a video"),
    magic(8, b"AVI ", "a video"),
    magic(8, b"WAVE", "a sound"),
    magic(0, b"OggS", "a sound or video"),
    magic(0, b"ID3", "a sound"),
    magic(0, b"fLaC", "a sound"),
    magic(0, b"\x7FELF", "a program"),
    magic(0, b"\0asm", "a WebAssembly program"),
    magic(0, b"SQLite format 3\0", "an SQLite database"),
    magic(0, b"wOF2", "a font"),
    magic(0, b"wOFF", "a font"),
    magic(0, b"OTTO\0", "a font"),
    magic(0, b"%!PS", "a PostScript document; save it as PDF"),
    magic(60, b"BOOKMOBI", "a Mobipocket book; save it as EPUB"),
    magic(0, b"AT&TFORM", "a DjVu document; save it as PDF"),
    magic(0, b"ITSF", "a help file of Windows; save its pages as HTML"),
    magic(0, b"PAR1", "a Parquet table; save it as CSV"),
];

/// What the first bytes show beyond doubt.
fn by_magic(bytes: &[u8], file_name: Option<&str>) -> Result<Option<MediaType>> {
    let head = &bytes[..bytes.len().min(PDF_HEAD_BYTES)];
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return by_package(bytes, file_name).map(Some);
    }
    if bytes.starts_with(package::COMPOUND_FILE) {
        return Err(by_ole(bytes));
    }
    let tail = &bytes[bytes.len().saturating_sub(PDF_HEAD_BYTES)..];
    let is_late_pdf = || contains(head, b"%PDF-") && contains(tail, b"%%EOF") && by_text(bytes).is_none();
    if head.starts_with(b"%PDF-") || is_late_pdf() {
        return Ok(Some(MediaType::Pdf));
    }
    // Other texts may begin with the letters that are a mark elsewhere.
    let is_marked_text = bytes.starts_with(package::RICH_TEXT) || bytes.starts_with(b"%!PS");
    if looks_like_text(head) && !is_marked_text {
        return Ok(None);
    }
    let is_riff = bytes.starts_with(b"RIFF");
    let is_here = |magic: &&Magic| {
        bytes.get(magic.offset..).is_some_and(|rest| rest.starts_with(magic.bytes))
            && (magic.offset != 8 || is_riff)
    };
    let bitmap = is_bitmap(bytes).then_some("a bitmap image");
    match UNREADABLE.iter().find(is_here).map(|magic| magic.what).or(bitmap) {
        Some(what) => Err(unsupported(what, file_name)),
        None => Ok(None),
    }
}

/// Whether bytes are UTF-8, the last character perhaps cut, without the control characters that binary files have.
fn looks_like_text(head: &[u8]) -> bool {
    let is_utf8 = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    is_utf8 && !head.iter().any(|byte| *byte < 8)
}

/// An error that says what a file is, and that its name says something else.
fn unsupported(what: &str, file_name: Option<&str>) -> Error {
    let said = file_name.and_then(MediaType::from_file_name);
    let instead = said.map_or_else(String::new, |said| format!("; its name says that it is {}", said.name()));
    Error::new(ErrorKind::UnsupportedMediaType, format!("the file is {what}{instead}"))
}

/// Which format of packed files this is. One that cannot be told, as it is damaged, is what its name says: its reader says
/// what is wrong with it.
fn by_package(bytes: &[u8], file_name: Option<&str>) -> Result<MediaType> {
    use MediaType::{Docx, Epub, Odt, Pptx, Xlsx};
    let named = || {
        let named = file_name.and_then(MediaType::from_file_name);
        named.filter(|named| matches!(named, Docx | Pptx | Xlsx | Odt | Epub))
    };
    let found = package::detect(bytes).or_else(named);
    found.ok_or_else(|| unsupported("a ZIP archive; unpack it first", None))
}

/// What a file of the old Office programs is.
fn by_ole(bytes: &[u8]) -> Error {
    let holds = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        contains(bytes, &name)
    };
    if holds("EncryptedPackage") {
        let message = "the document is encrypted with a password; save it without one";
        return Error::new(ErrorKind::DocumentEncrypted, message);
    }
    let kinds = [
        ("WordDocument", "a Word document of the old kind (.doc); save it as DOCX"),
        ("PowerPoint Document", "a PowerPoint presentation of the old kind (.ppt); save it as PPTX"),
        ("Workbook", "an Excel workbook of the old kind (.xls); save it as XLSX"),
        ("Book", "an Excel workbook of the old kind (.xls); save it as XLSX"),
        ("__substg1.0_", "an Outlook message (.msg); save it as EML"),
    ];
    let what = kinds.iter().find(|(name, _)| holds(name)).map(|(_, what)| *what);
    unsupported(what.unwrap_or("a document of an old Office program; save it in a newer format"), None)
}

/// Whether the header of a bitmap is here, whose mark alone might begin a text.
fn is_bitmap(bytes: &[u8]) -> bool {
    let size = bytes.get(2..6).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes);
    bytes.starts_with(b"BM") && size == u32::try_from(bytes.len()).ok() && bytes.get(6..10) == Some(&[0; 4])
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else { return true };
    bytes.iter().enumerate().any(|(at, byte)| byte == first && bytes[at..].starts_with(wanted))
}

/// What a text shows that it is, if anything.
fn by_text(bytes: &[u8]) -> Option<MediaType> {
    let head = &bytes[..bytes.len().min(TEXT_HEAD_BYTES)];
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    if is_html(head) {
        Some(MediaType::Html)
    } else if is_mail(head) {
        Some(MediaType::Mail)
    } else {
        is_json(bytes).then_some(MediaType::Json)
    }
}

/// The tags that a page may begin with, as browsers look for them.
const HTML_TAGS: &[&str] = &[
    "!doctype html",
    "html",
    "head",
    "script",
    "iframe",
    "h1",
    "div",
    "font",
    "table",
    "a",
    "style",
    "title",
    "b",
    "body",
    "br",
    "p",
];

fn is_html(head: &[u8]) -> bool {
    let mut text = head.trim_ascii_start();
    if text.starts_with(b"<?xml") {
        let is_xhtml = contains(text, b"<html") || contains(text, b"<!DOCTYPE html");
        return is_xhtml;
    }
    while text.starts_with(b"<!--") {
        let Some(end) = text.windows(3).position(|window| window == b"-->") else { return true };
        text = text[end + 3..].trim_ascii_start();
    }
    let begins_with = |tag: &str| {
        let rest = text.strip_prefix(b"<").and_then(|text| text.split_at_checked(tag.len()));
        rest.is_some_and(|(name, after)| {
            name.eq_ignore_ascii_case(tag.as_bytes())
                && matches!(after.first(), Some(b' ' | b'>' | b'\n' | b'\r' | b'\t'))
        })
    };
    HTML_TAGS.iter().any(|tag| begins_with(tag))
}

/// Fields that only mails begin with, and those that come after such.
const MAIL_FIELDS: &[&str] = &[
    "received",
    "return-path",
    "delivered-to",
    "message-id",
    "mime-version",
    "from",
    "to",
    "date",
    "subject",
    "content-type",
    "reply-to",
    "x-received",
    "dkim-signature",
    "arc-seal",
    "authentication-results",
    "x-mozilla-status",
];

/// Whether a text begins as a mail does: with fields of which at least three are those of mails, or one as those of a mailbox.
fn is_mail(head: &[u8]) -> bool {
    let mut known = 0;
    for (number, line) in head.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii_end();
        if number == 0 && line.starts_with(b"From ") {
            known += 1;
            continue;
        }
        if line.is_empty() {
            break;
        }
        if matches!(line[0], b' ' | b'\t') && number > 0 {
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
        let name = &line[..colon];
        if !name.iter().all(|byte| byte.is_ascii_graphic()) {
            return false;
        }
        known += usize::from(MAIL_FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field.as_bytes())));
        if known >= 3 {
            return true;
        }
    }
    false
}

/// Whether a text is one value of JSON, an object or a list of them, beyond doubt.
fn is_json(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii();
    let inner = match text {
        [b'{', rest @ .., b'}'] => rest.trim_ascii_start(),
        [b'[', rest @ .., b']'] => match rest.trim_ascii_start() {
            [b'{', rest @ ..] => rest.trim_ascii_start(),
            _ => return false,
        },
        _ => return false,
    };
    let key_end = match inner {
        [b'"', rest @ ..] => {
            rest.iter().take(TEXT_HEAD_BYTES).position(|byte| *byte == b'"').map(|at| &rest[at + 1..])
        }
        _ => None,
    };
    key_end.is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::formats::archive::testing::of_texts;

    const TYPES: &str = "<Types><Override PartName=\"/word/document.xml\" ContentType=\"application/\
        vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
    use proptest::prelude::*;

    #[test]
    fn content_comes_first_then_the_declared_type_then_the_name() {
        let html = b"\xEF\xBB\xBF <!-- a --><!DOCTYPE html><p>".as_slice();
        let mail = b"Received: a\r\n b\r\nFrom: a@b.example\r\nSubject: c\r\n\r\nd".as_slice();
        let word = of_texts(&[("[Content_Types].xml", TYPES), ("word/document.xml", "<document/>")]);
        type Case<'c> = (&'c [u8], Option<&'c str>, Option<&'c str>, MediaType);
        let cases: [Case<'_>; 24] = [
            (b"%PDF-1.7", Some("text/plain"), Some("a.txt"), MediaType::Pdf),
            (b"\r\njunk\n%PDF-1.4\n%%EOF", None, None, MediaType::Pdf),
            (b"It begins with %PDF-1.4", None, None, MediaType::Plain),
            (b"GIF89a and OggS are marks", None, None, MediaType::Plain),
            (html, None, None, MediaType::Html),
            (html, Some("application/octet-stream"), Some("a.pdf"), MediaType::Html),
            (b"<html lang=en>", None, Some("page"), MediaType::Html),
            (b"<?xml version=\"1.0\"?><html>", None, None, MediaType::Html),
            (b"<abbr>a", None, None, MediaType::Plain),
            (mail, None, None, MediaType::Mail),
            (b"From a@b Mon\nFrom: a\nTo: b\n\n", None, Some("mbox"), MediaType::Mail),
            (b"Note: a\nTo: b\n\nc", None, None, MediaType::Plain),
            (b"{\"a\": 1}", None, None, MediaType::Json),
            (b"{a}", None, None, MediaType::Plain),
            (b"a,b\n1,2", None, Some("a.csv"), MediaType::Csv),
            (b"a,b\n1,2", Some("text/plain"), Some("a.csv"), MediaType::Csv),
            (b"# a", Some("text/plain; charset=utf-8"), Some("a.md"), MediaType::Markdown),
            (b"# a", Some("text/markdown"), Some("a.txt"), MediaType::Markdown),
            (b"a", Some("text/x-rust"), Some("a.rs"), MediaType::Plain),
            (b"a", Some("application/vnd.ms-excel"), Some("a.csv"), MediaType::Csv),
            (b"a", Some(""), Some("a"), MediaType::Plain),
            (b"<p>", Some("text/plain"), Some("a.txt"), MediaType::Plain),
            (&word, Some("application/zip"), Some("a.zip"), MediaType::Docx),
            (&word[..word.len() / 2], None, Some("a.xlsx"), MediaType::Xlsx),
        ];
        for (bytes, declared, name, expected) in cases {
            let shown = String::from_utf8_lossy(bytes);
            assert_eq!(detect(bytes, declared, name).unwrap(), expected, "{shown:?} {declared:?} {name:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let ole = |name: &str| {
            let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            [package::COMPOUND_FILE, &[0; 16], &name].concat()
        };
        let cases: [(Vec<u8>, Option<&str>, ErrorKind, &str); 9] = [
            (
                b"\x89PNG\r\n\x1a\n".to_vec(),
                Some("scan.pdf"),
                ErrorKind::UnsupportedMediaType,
                "the file is a PNG image; its name says that it is application/pdf",
            ),
            (b"\xFF\xD8\xFF\xE0".to_vec(), None, ErrorKind::UnsupportedMediaType, "the file is a JPEG image"),
            (
                b"{\\rtf1 a}".to_vec(),
                Some("a.rtf"),
                ErrorKind::UnsupportedMediaType,
                "the file is an RTF document; save it as DOCX",
            ),
            (
                ole("WordDocument"),
                Some("a.doc"),
                ErrorKind::UnsupportedMediaType,
                "the file is a Word document of the old kind (.doc); save it as DOCX",
            ),
            (
                ole("Workbook"),
                None,
                ErrorKind::UnsupportedMediaType,
                "the file is an Excel workbook of the old kind (.xls); save it as XLSX",
            ),
            (
                ole("EncryptedPackage"),
                Some("a.docx"),
                ErrorKind::DocumentEncrypted,
                "the document is encrypted with a password; save it without one",
            ),
            (
                b"PK\x03\x04".to_vec(),
                None,
                ErrorKind::UnsupportedMediaType,
                "the file is a ZIP archive; unpack it first",
            ),
            (
                b"just text".to_vec(),
                Some("a.pdf"),
                ErrorKind::MalformedDocument,
                "it is no application/pdf, though its name or type says so",
            ),
            (
                b"RIFF\0\0\0\0WEBPVP8".to_vec(),
                None,
                ErrorKind::UnsupportedMediaType,
                "the file is a WebP image",
            ),
        ];
        for (bytes, name, kind, message) in cases {
            let error = detect(&bytes, None, name).unwrap_err();
            assert_eq!((error.kind(), error.message()), (kind, message));
        }
        let error = detect(b"a", Some("image/png"), None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedMediaType);
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_type_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80), name in ".{0,8}") {
            let _ = detect(&bytes, Some(&name), Some(&name));
        }
    }
}
