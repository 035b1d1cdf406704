//! Documents that were made to do harm, or are no documents: each gives text or an error, in little time.

use proptest::prelude::*;
use std::time::Instant;

use super::extract;
use crate::error::{Error, ErrorKind};
use crate::extract::formats::archive::testing::{Packed, archive, of_texts};
use crate::extract::formats::package::detect;
use crate::extract::formats::{docx, epub, odt, pptx, xlsx};

const WORD: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

fn word(body: &str) -> Vec<u8> {
    let text = format!("<w:document {WORD}><w:body>{body}</w:body></w:document>");
    of_texts(&[("word/document.xml", &text)])
}

/// A workbook of one sheet.
fn workbook(sheet: &str, strings: &str) -> Vec<u8> {
    of_texts(&[
        (
            "[Content_Types].xml",
            "<Types><Override ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>",
        ),
        (
            "xl/workbook.xml",
            "<workbook xmlns:r=\"r\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"i\"/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<R><Relationship Id=\"i\" Type=\"x/worksheet\" Target=\"s.xml\"/><Relationship Id=\"j\" Type=\"x/sharedStrings\" Target=\"t.xml\"/></R>",
        ),
        ("xl/s.xml", &format!("<worksheet>{sheet}</worksheet>")),
        ("xl/t.xml", &format!("<sst>{strings}</sst>")),
    ])
}

fn open_document(body: &str) -> Vec<u8> {
    let content =
        format!("<office:d><office:body><office:text>{body}</office:text></office:body></office:d>");
    of_texts(&[("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", &content)])
}

/// Extracts in all formats, whatever the bytes are.
fn extract_as_all(bytes: &[u8]) {
    let _ = detect(bytes);
    for extract in [docx::extract, pptx::extract, xlsx::extract, odt::extract, epub::extract] {
        if let Ok(extracted) = extract(bytes) {
            extracted.validate().unwrap();
        }
    }
}

fn error_of(bytes: &[u8]) -> Error {
    extract(bytes).unwrap_err()
}

#[test]
fn a_bomb_is_an_error_that_names_ratio_and_entry() {
    let error = error_of(&archive(&[Packed::deflated("word/document.xml", &vec![b' '; 30 << 20])]));
    assert_eq!(error.kind(), ErrorKind::MalformedDocument);
    let message = error.message();
    assert!(
        message.starts_with("entry \"word/document.xml\": ") && message.contains("times as many"),
        "{error}"
    );
}

#[test]
fn an_archive_of_a_hundred_thousand_entries_is_an_error() {
    let entries: Vec<_> = (0..100_000).map(|number| Packed::stored(&number.to_string(), b"")).collect();
    // A count of 16 bits wraps, so that fewer entries are listed than there are.
    for count in [50_000, 100_000] {
        let _ = error_of(&archive(&entries[..count]));
    }
}

#[test]
fn a_word_document_without_its_main_part_names_it() {
    let error = error_of(&of_texts(&[("[Content_Types].xml", "<Types/>")]));
    assert_eq!(error.kind(), ErrorKind::MalformedDocument);
    assert_eq!(error.message(), "its entry \"word/document.xml\" is missing");
}

#[test]
fn files_of_old_formats_say_what_to_save_them_as() {
    let compound = |stream: &str| {
        let mut bytes = vec![0; 1024];
        bytes[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
        let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes[640..640 + name.len()].copy_from_slice(&name);
        bytes
    };
    let encrypted = error_of(&compound("EncryptedPackage"));
    assert_eq!(encrypted.kind(), ErrorKind::DocumentEncrypted);
    for (stream, old, new) in [
        ("WordDocument", ".doc", ".docx"),
        ("Workbook", ".xls", ".xlsx"),
        ("PowerPoint Document", ".ppt", ".pptx"),
    ] {
        let error = error_of(&compound(stream));
        assert_eq!(error.kind(), ErrorKind::UnsupportedMediaType);
        assert!(error.message().contains(&format!("({old})")), "{error}");
        assert!(error.message().ends_with(&format!("save it as {new}")), "{error}");
    }
    for (name, new) in [("spreadsheet", ".xlsx"), ("presentation", ".pptx")] {
        let declared = format!("application/vnd.oasis.opendocument.{name}");
        let error = error_of(&of_texts(&[("mimetype", &declared), ("content.xml", "<a/>")]));
        assert_eq!(error.kind(), ErrorKind::UnsupportedMediaType);
        assert!(error.message().ends_with(&format!("save it as {new}")), "{error}");
    }
    let rich = error_of(b"{\\rtf1 text}");
    assert_eq!(rich.kind(), ErrorKind::UnsupportedMediaType);
    assert!(rich.message().contains(".rtf"), "{rich}");
}

#[test]
fn books_and_texts_that_are_encrypted_say_so() {
    let manifest = "<m:manifest><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>";
    let text = of_texts(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", "<a/>"),
    ]);
    assert_eq!(error_of(&text).kind(), ErrorKind::DocumentEncrypted);
    let book = |method: &str| {
        let encryption = format!(
            "<e><EncryptedData><EncryptionMethod Algorithm=\"{method}\"/><CipherData><CipherReference URI=\"a.xhtml\"/>\
             </CipherData></EncryptedData></e>"
        );
        of_texts(&[
            ("mimetype", "application/epub+zip"),
            ("META-INF/container.xml", "<c><rootfile full-path=\"b.opf\"/></c>"),
            ("META-INF/encryption.xml", &encryption),
            (
                "b.opf",
                "<package><manifest><item id=\"a\" href=\"a%20b.xhtml\" media-type=\"application/xhtml+xml\"/>\
                 <item id=\"b\" href=\"gone.xhtml\" media-type=\"application/xhtml+xml\"/></manifest>\
                 <spine><itemref idref=\"b\"/><itemref idref=\"a\"/><itemref idref=\"c\"/></spine></package>",
            ),
            ("a b.xhtml", "<html><body><p>Text</p></body></html>"),
        ])
    };
    let protected = error_of(&book("http://www.w3.org/2001/04/xmlenc#aes128-cbc"));
    assert_eq!(protected.kind(), ErrorKind::DocumentEncrypted);
    assert_eq!(extract(&book("http://www.idpf.org/2008/embedding")).unwrap().text, "Text");
}

#[test]
fn entities_that_a_part_declares_are_never_expanded() {
    let mut text = "<!DOCTYPE a [<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..30 {
        let inner = format!("&l{};", level - 1).repeat(10);
        text.push_str(&format!("<!ENTITY l{level} \"{inner}\">"));
    }
    text.push_str(&format!(
        "]><w:document {WORD}><w:body><w:p><w:r><w:t>&l29;</w:t></w:r></w:p></w:body></w:document>"
    ));
    let extracted = extract(&of_texts(&[("word/document.xml", &text)])).unwrap();
    assert_eq!(extracted.text, "&l29;");
}

#[test]
fn elements_that_are_nested_without_end_take_linear_time() {
    let depth = 100_000;
    let nested =
        |begin: &str, inner: &str, end: &str| format!("{}{inner}{}", begin.repeat(depth), end.repeat(depth));
    let word_cases = [
        nested("<w:tbl><w:tr><w:tc>", "<w:p><w:r><w:t>x</w:t></w:r></w:p>", "</w:tc></w:tr></w:tbl>"),
        nested(
            "<w:p><w:r><w:pict><w:txbxContent>",
            "<w:p><w:r><w:t>x</w:t></w:r></w:p>",
            "</w:txbxContent></w:pict></w:r></w:p>",
        ),
        format!(
            "<w:p>{}</w:p>",
            nested("<w:r><w:t>y</w:t><w:fldChar w:fldCharType=\"begin\"/>", "", "</w:r>")
        ),
        format!(
            "<w:p><m:oMath>{}</m:oMath></w:p>",
            nested("<m:d><m:e><m:rad><m:e>", "<m:t>x</m:t>", "</m:e></m:rad></m:e></m:d>")
        ),
        nested("<w:sdt><w:sdtContent>", "<w:p><w:r><w:t>x</w:t></w:r></w:p>", "</w:sdtContent></w:sdt>"),
        nested("<w:p>", "", "</w:p>"),
        nested("<mc:AlternateContent><mc:Choice>", "<w:p/>", "</mc:Choice></mc:AlternateContent>"),
    ];
    for body in &word_cases {
        let _ = extract(&archive(&[Packed::stored(
            "word/document.xml",
            format!("<w:document {WORD}><w:body>{body}</w:body></w:document>").as_bytes(),
        )]));
    }
    let text_cases = [
        nested("<text:list><text:list-item>", "<text:p>x</text:p>", "</text:list-item></text:list>"),
        nested("<text:p>", "x", "</text:p>"),
        nested(
            "<text:p>y<draw:frame><draw:text-box>",
            "<text:p>x</text:p>",
            "</draw:text-box></draw:frame></text:p>",
        ),
        nested(
            "<table:table><table:table-row><table:table-cell>",
            "<text:p>x</text:p>",
            "</table:table-cell></table:table-row></table:table>",
        ),
        format!("<text:p>{}</text:p>", nested("<text:span>", "x", "</text:span>")),
        format!(
            "<text:p>{}</text:p>",
            nested("<text:note><text:note-body><text:p>", "x", "</text:p></text:note-body></text:note>")
        ),
    ];
    for body in &text_cases {
        let content = format!("<office:d><office:body>{body}</office:body></office:d>");
        let bytes = archive(&[
            Packed::stored("mimetype", b"application/vnd.oasis.opendocument.text"),
            Packed::stored("content.xml", content.as_bytes()),
        ]);
        let _ = extract(&bytes);
    }
}

#[test]
fn texts_that_a_small_file_repeats_end_at_the_limit() {
    let long = "lorem ipsum ".repeat(3000);
    let cells: String =
        (1..=4000).map(|row| format!("<row r=\"{row}\"><c t=\"s\"><v>0</v></c></row>")).collect();
    let sheet = format!("<sheetData>{cells}</sheetData>");
    let error = error_of(&workbook(&sheet, &format!("<si><t>{long}</t></si>")));
    assert_eq!(error.kind(), ErrorKind::DocumentTooLarge);
}

#[test]
fn a_row_that_repeats_a_long_text_ends_at_the_limit() {
    let cells = "<c t=\"s\"><v>0</v></c>".repeat(10_000);
    let sheet = format!("<sheetData><row>{cells}</row></sheetData>");
    let error = error_of(&workbook(&sheet, &format!("<si><t>{}</t></si>", "lorem ipsum ".repeat(3000))));
    assert_eq!(error.kind(), ErrorKind::DocumentTooLarge);
}

#[test]
fn styles_with_endless_names_take_linear_time() {
    let name = |number: usize| format!("{}{number}", "x".repeat(100_000));
    let styles: String = (0..20)
        .map(|number| {
            let (id, base) = (name(number), name(number + 1));
            format!(
                "<w:style w:type=\"paragraph\" w:styleId=\"{id}\"><w:basedOn w:val=\"{base}\"/></w:style>"
            )
        })
        .collect();
    let styles = format!(
        "<w:styles {WORD}><w:style w:type=\"paragraph\" w:styleId=\"a\"><w:basedOn w:val=\"{}\"/></w:style>{styles}</w:styles>",
        name(0)
    );
    let body = "<w:p><w:pPr><w:pStyle w:val=\"a\"/></w:pPr><w:r><w:t>x</w:t></w:r></w:p>".repeat(20_000);
    let document = format!("<w:document {WORD}><w:body>{body}</w:body></w:document>");
    let bytes = archive(&[
        Packed::stored("word/document.xml", document.as_bytes()),
        Packed::stored("word/styles.xml", styles.as_bytes()),
    ]);
    extract(&bytes).unwrap();
}

#[test]
fn sheets_with_cells_far_apart_end_in_time() {
    let column = |number: u32| {
        let letter = |digit: u32| char::from(b'A' + (digit % 26) as u8);
        let (first, second, third) = (number / 676, number / 26 % 26, number);
        format!("{}{}{}", letter(first), letter(second), letter(third))
    };
    let cells: String = (1..=20_000u32)
        .map(|row| format!("<row r=\"{row}\"><c r=\"{}{row}\"><v>1</v></c></row>", column(row * 7 % 13_000)))
        .collect();
    let merges: String = (1..=20_000).map(|row| format!("<mergeCell ref=\"A{row}:XFD1048576\"/>")).collect();
    let sheet = format!("<sheetData>{cells}</sheetData><mergeCells>{merges}</mergeCells>");
    let _ = extract(&workbook(&sheet, ""));
}

#[test]
fn a_large_sheet_takes_linear_time() {
    let time = |rows: u32| {
        let cells: String = (1..=rows)
            .map(|row| format!("<row r=\"{row}\"><c t=\"str\"><v>name {row}</v></c><c><v>{row}.5</v></c><c><v>7</v></c></row>"))
            .collect();
        let bytes = workbook(&format!("<sheetData>{cells}</sheetData>"), "");
        let start = Instant::now();
        let extracted = extract(&bytes).unwrap();
        assert_eq!(extracted.text.lines().count(), rows as usize + 2);
        start.elapsed()
    };
    time(1000);
    let (small, large) = (time(10_000), time(100_000));
    println!("10,000 rows: {small:?}, 100,000 rows: {large:?}");
    assert!(large < small * 40, "{small:?} {large:?}");
}

#[test]
fn tables_whose_cells_are_over_everything_end_in_time() {
    let cell =
        "<w:tc><w:tcPr><w:gridSpan w:val=\"4000000000\"/><w:vMerge w:val=\"restart\"/></w:tcPr><w:p/></w:tc>";
    let row = format!("<w:tr>{}</w:tr>", cell.repeat(50));
    let _ = extract(&word(&format!("<w:tbl>{}</w:tbl>", row.repeat(400))));
    let cell = "<table:table-cell table:number-columns-spanned=\"99999999\" table:number-rows-spanned=\"99999999\" \
        table:number-columns-repeated=\"99999999\"><text:p>x</text:p></table:table-cell>";
    let row = format!("<table:table-row>{cell}</table:table-row>");
    let _ = extract(&open_document(&format!("<table:table>{}</table:table>", row.repeat(400))));
}

#[test]
fn styles_that_are_based_on_themselves_end() {
    let styles = format!(
        "<w:styles {WORD}><w:style w:type=\"paragraph\" w:styleId=\"a\"><w:basedOn w:val=\"b\"/></w:style>\
         <w:style w:type=\"paragraph\" w:styleId=\"b\"><w:basedOn w:val=\"a\"/></w:style></w:styles>"
    );
    let body = "<w:p><w:pPr><w:pStyle w:val=\"a\"/></w:pPr><w:r><w:t>x</w:t></w:r></w:p>";
    let document = format!("<w:document {WORD}><w:body>{body}</w:body></w:document>");
    let bytes = of_texts(&[("word/document.xml", &document), ("word/styles.xml", &styles)]);
    assert_eq!(extract(&bytes).unwrap().text, "x");
}

#[test]
fn files_that_are_cut_short_are_errors() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents/office");
    for name in
        ["pandoc-en.docx", "writer-en.odt", "python-pptx-en.pptx", "openpyxl-en.xlsx", "pandoc-book-zh.epub"]
    {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        for length in (0..bytes.len()).step_by(97) {
            assert!(extract(&bytes[..length]).is_err(), "{name} cut to {length}");
        }
    }
}

#[test]
fn files_with_damaged_bytes_are_documents_or_errors() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents/office");
    for name in ["pandoc-en.docx", "writer-en.odt", "openpyxl-en.xlsx"] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        for at in (0..bytes.len()).step_by(211) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            if let Ok(extracted) = extract(&damaged) {
                extracted.validate().unwrap();
            }
        }
    }
}

/// Elements of all formats, in an order that no program would write.
fn markup() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "w:p",
        "w:r",
        "w:t",
        "w:tbl",
        "w:tr",
        "w:tc",
        "w:txbxContent",
        "w:drawing",
        "w:del",
        "w:sdt",
        "w:sdtContent",
        "w:footnoteReference w:id=\"1\"",
        "w:fldChar w:fldCharType=\"begin\"",
        "w:fldChar w:fldCharType=\"end\"",
        "w:fldChar w:fldCharType=\"separate\"",
        "m:oMath",
        "m:f",
        "m:num",
        "m:e",
        "m:d",
        "m:t",
        "w:pPr",
        "w:numPr",
        "mc:AlternateContent",
        "mc:Choice",
        "mc:Fallback",
        "text:h",
        "text:p",
        "text:list",
        "text:list-item",
        "text:note",
        "text:note-body",
        "text:note-citation",
        "text:span",
        "table:table",
        "table:table-row",
        "table:table-cell table:number-rows-spanned=\"2\"",
        "table:covered-table-cell",
        "draw:frame",
        "text:line-break",
        "row",
        "c",
        "v",
        "is",
        "mergeCell ref=\"A1:C9\"",
        "p:sp",
        "p:txBody",
        "a:p",
        "a:t",
        "a:tbl",
        "a:tr",
        "a:tc",
        "p:grpSp",
        "p:grpSpPr",
        "a:off x=\"1\" y=\"2\"",
        "a:pPr lvl=\"3\"",
        "a:buAutoNum type=\"alphaLcParenR\"",
    ]);
    let leaf = prop_oneof![Just(String::new()), "[a-c ]{0,4}"];
    leaf.prop_recursive(8, 60, 6, move |inner| {
        (names.clone(), prop::collection::vec(inner, 0..6)).prop_map(|(name, inner)| {
            let end = name.split(' ').next().unwrap_or_default();
            format!("<{name}>{}</{end}>", inner.concat())
        })
    })
}

proptest! {
    #[test]
    fn any_bytes_are_a_document_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        extract_as_all(&bytes);
    }

    #[test]
    fn any_elements_are_a_document_or_an_error(body in markup()) {
        for bytes in [word(&body), open_document(&body), workbook(&body, "")] {
            extract(&bytes).unwrap().validate().unwrap();
        }
        let slide = format!("<p:sld><p:spTree>{body}</p:spTree></p:sld>");
        let bytes = of_texts(&[
            ("ppt/presentation.xml", "<p:presentation><p:sldId r:id=\"i\"/></p:presentation>"),
            ("ppt/_rels/presentation.xml.rels", "<R><Relationship Id=\"i\" Type=\"x/slide\" Target=\"s.xml\"/></R>"),
            ("ppt/s.xml", &slide),
        ]);
        pptx::extract(&bytes).unwrap().validate().unwrap();
    }
}
