//! Rules of Word documents and their like that no fixture shows.

use super::extract;
use crate::extract::formats::archive::testing::of_texts;
use crate::extract::{BlockKind, Place};

const WORD: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

fn word_with(body: &str, more: &[(&str, &str)]) -> crate::extract::Extracted {
    let text = format!("<w:document {WORD}><w:body>{body}</w:body></w:document>");
    let mut entries = vec![("word/document.xml", text.as_str())];
    entries.extend(more);
    extract(&of_texts(&entries)).unwrap()
}

fn word(body: &str) -> String {
    word_with(body, &[]).text
}

fn run(text: &str) -> String {
    format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>")
}

fn paragraph(text: &str) -> String {
    format!("<w:p>{}</w:p>", run(text))
}

#[test]
fn paragraphs_are_numbered_as_in_the_file_also_past_what_is_left_out() {
    let body = format!(
        "{}<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val=\"Table of Contents\"/></w:docPartObj></w:sdtPr>\
         <w:sdtContent>{}{}</w:sdtContent></w:sdt>{}",
        paragraph("one"),
        paragraph("contents"),
        paragraph("contents"),
        paragraph("four")
    );
    let extracted = word_with(&body, &[]);
    assert_eq!(extracted.text, "one\n\nfour");
    let places: Vec<_> = extracted.origins.iter().map(|origin| origin.place).collect();
    assert_eq!(places, [Place::Paragraph(1), Place::Paragraph(4)]);
    assert_eq!(extracted.parts, ["word/document.xml"]);
}

#[test]
fn tracked_changes_count_as_accepted() {
    let body = format!(
        "<w:p>{}<w:del><w:r><w:delText>old </w:delText></w:r></w:del><w:ins>{}</w:ins><w:moveFrom>{}</w:moveFrom></w:p>\
         <w:p><w:moveTo>{}</w:moveTo></w:p>",
        run("The "),
        run("new "),
        run("moved"),
        run("moved")
    );
    assert_eq!(word(&body), "The new\n\nmoved");
}

#[test]
fn fields_are_their_results_and_one_without_end_swallows_nothing() {
    let field = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let instruction = |text: &str| format!("<w:r><w:instrText>{text}</w:instrText></w:r>");
    let body = format!(
        "<w:p>{}{}{}{}{}</w:p><w:p>{}{}{}</w:p>{}",
        field("begin"),
        instruction("REF x"),
        field("separate"),
        run("result"),
        field("end"),
        field("begin"),
        instruction("IF "),
        run("of the instruction"),
        paragraph("after")
    );
    assert_eq!(word(&body), "result\n\nafter");
}

#[test]
fn notes_stand_at_the_end_of_their_section_in_their_own_part() {
    let notes = format!(
        "<w:footnotes {WORD}><w:footnote w:type=\"separator\" w:id=\"-1\"><w:p/></w:footnote>\
         <w:footnote w:id=\"2\"><w:p><w:r><w:footnoteRef/></w:r>{}</w:p></w:footnote></w:footnotes>",
        run(" A note.")
    );
    let body = format!(
        "<w:p>{}<w:r><w:footnoteReference w:id=\"2\"/></w:r>{}</w:p>{}\
         <w:p><w:pPr><w:outlineLvl w:val=\"0\"/></w:pPr>{}</w:p>",
        run("Text"),
        run(" goes on."),
        paragraph("More."),
        run("Next")
    );
    let extracted = word_with(&body, &[("word/footnotes.xml", &notes)]);
    assert_eq!(extracted.text, "Text[1] goes on.\n\nMore.\n\n[1] A note.\n\nNext");
    assert_eq!(extracted.blocks[2].kind, BlockKind::Note);
    let located = extracted.locate(extracted.blocks[2].span);
    assert_eq!((located[0].part.as_str(), located[0].place), ("word/footnotes.xml", Place::Paragraph(2)));
}

#[test]
fn heads_and_feet_of_pages_are_text_only_where_there_is_no_other() {
    let relations = "<R><Relationship Id=\"h\" Type=\"x/header\" Target=\"header1.xml\"/></R>";
    let header = format!("<w:hdr {WORD}>{}</w:hdr>", paragraph("Letterhead"));
    let more = [("word/_rels/document.xml.rels", relations), ("word/header1.xml", header.as_str())];
    assert_eq!(word_with(&paragraph("Body"), &more).text, "Body");
    assert_eq!(word_with("<w:p/>", &more).text, "Letterhead");
}

#[test]
fn hidden_text_placeholders_and_pronunciations_are_left_out() {
    let body = format!(
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>\
         <w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>shown</w:t></w:r></w:p>\
         <w:p><w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt></w:p>\
         <w:p><w:r><w:ruby><w:rt>{}</w:rt><w:rubyBase>{}</w:rubyBase></w:ruby></w:r></w:p>",
        run("Click here"),
        run("とうきょう"),
        run("東京")
    );
    assert_eq!(word(&body), "shown\n\n東京");
}

#[test]
fn a_displayed_formula_is_one_block_on_one_line() {
    let body = "<w:p><m:oMathPara><m:oMath><m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup>\
        </m:sSup></m:oMath></m:oMathPara></w:p>";
    let extracted = word_with(body, &[]);
    assert_eq!((extracted.text.as_str(), extracted.blocks[0].kind), ("c^2", BlockKind::Formula));
}

#[test]
fn parts_in_utf_16_are_read() {
    use crate::extract::formats::archive::testing::{Packed, archive};
    let text = format!("<w:document {WORD}><w:body>{}</w:body></w:document>", paragraph("Größe 中"));
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    let extracted = extract(&archive(&[Packed::deflated("word/document.xml", &bytes)])).unwrap();
    assert_eq!(extracted.text, "Größe 中");
}

#[test]
fn naughty_strings_pass_through_unchanged() {
    for text in ["\u{202e}right to left", "👩‍👩‍👧‍👦 é\u{301}", "a\u{a0}b", "\u{FFFE}", "| - ``` #"]
    {
        assert_eq!(word(&paragraph(text)), text);
    }
}
