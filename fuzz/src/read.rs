//! What holds for everything that is read of documents, whatever their bytes.

use ibid::document::{Block, BlockKind, Extracted, MAX_CONTENT_BYTES, MediaType, Place, Span};
use ibid::extract::{Charsets, MAX_HEADING_CHARS, is_blank, read};

/// Reads a file twice; what comes out is checked. `None` where it was refused.
pub fn file(bytes: &[u8], media_type: &MediaType) -> Option<Extracted> {
    let once = || read(bytes.to_vec().into(), media_type, &Charsets::default());
    checked(once(), once())
}

/// Reads a text, of which places in bytes are known.
pub fn text(source: &str, media_type: &MediaType) -> Option<Extracted> {
    let extracted = read(source.into(), media_type, &Charsets::default()).ok()?;
    check(&extracted);
    check_bytes(&extracted, source);
    Some(extracted)
}

/// What two readings of one input gave.
pub fn checked(
    first: ibid::error::Result<Extracted>,
    second: ibid::error::Result<Extracted>,
) -> Option<Extracted> {
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first, second, "the same input gives another output");
            check(&first);
            Some(first)
        }
        (Err(first), Err(second)) => {
            assert_eq!((first.kind(), first.message()), (second.kind(), second.message()));
            None
        }
        (first, second) => panic!("the same input is read, or refused: {first:?}, {second:?}"),
    }
}

fn check(extracted: &Extracted) {
    extracted.validate().expect("what is extracted is sound");
    assert!(extracted.text.len() <= MAX_CONTENT_BYTES);
    extracted.blocks.iter().for_each(|block| check_block(block, &extracted.text));
    for section in &extracted.sections {
        assert!(section.heading.chars().count() <= MAX_HEADING_CHARS, "{:?}", section.heading);
    }
    for index in 0..extracted.sections.len() as u32 {
        extracted.section_path(index);
    }
    check_places(extracted);
    let encoded = extracted.encode().expect("it can be encoded");
    assert_eq!(Extracted::decode(&encoded).expect("it can be decoded"), *extracted);
}

fn check_block(block: &Block, text: &str) {
    let Block { span, lead, tail, .. } = *block;
    let visible = span.slice(text).expect("it was validated").trim_matches(is_blank);
    assert!(!visible.is_empty(), "{block:?} holds nothing");
    let is_at_beginning = lead.start >= span.start && lead.end <= span.end && {
        // Behind the marker of a list item.
        let before = &text[span.start as usize..lead.start as usize];
        before.is_empty() || block.kind == BlockKind::Code && before.ends_with(' ') && before.len() < 64
    };
    assert!(lead.is_empty() || lead.end <= span.start || is_at_beginning, "{block:?}");
    assert!(tail.is_empty() || (tail.start >= span.start && tail.end == span.end), "{block:?}");
}

/// Every character that can be seen is in a block.
pub fn check_nothing_is_lost(extracted: &Extracted) {
    let mut end = 0;
    let gaps = extracted.blocks.iter().map(|block| block.span);
    for span in gaps.chain([Span::new(extracted.text.len(), extracted.text.len())]) {
        let gap = &extracted.text[end..span.start as usize];
        assert!(gap.chars().all(is_blank), "{gap:?} is in no block of {:?}", extracted.text);
        end = span.end as usize;
    }
}

/// Any piece of the text has its places in the original, and its page.
fn check_places(extracted: &Extracted) {
    let text = &extracted.text;
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let step = ends.len() / 8 + 1;
    for (number, &start) in ends.iter().enumerate().step_by(step) {
        for &end in ends[number..].iter().step_by(step) {
            extracted.locate(Span::new(start, end)).iter().for_each(|located| check_place(located.place));
        }
        extracted.page_at(start as u32);
    }
    let (text, outline, _) = extracted.clone().into_parts();
    for block in &outline.blocks {
        let around = outline.around(block.span);
        let inside = around.slice(&text).expect("origins are between characters");
        let slice = |span: Span| {
            let from = span.start.checked_sub(around.start)?;
            inside.get(from as usize..(from + span.len() as u32) as usize)
        };
        assert_eq!(outline.locate(block.span, slice), extracted.locate(block.span));
    }
}

fn check_place(place: Place) {
    match place {
        Place::Bytes(span) => assert!(span.start <= span.end, "{span:?}"),
        Place::Paragraph(number) => assert!(number > 0),
        Place::Cell { row, column } => assert!(row > 0 && column > 0),
        Place::Page { number, rectangle } => {
            assert!(number > 0);
            if let Some(it) = rectangle {
                assert!(
                    [it.left, it.top, it.width, it.height].iter().all(|length| length.is_finite()),
                    "{it:?}"
                );
                assert!(it.width >= 0.0 && it.height >= 0.0, "{it:?}");
            }
        }
    }
}

/// Places are inside the source; pieces that are as long as their places are the very characters, white space aside.
fn check_bytes(extracted: &Extracted, source: &str) {
    for origin in &extracted.origins {
        let Place::Bytes(bytes) = origin.place else { continue };
        let original = bytes.slice(source).expect("origins are between characters of the source");
        let piece = origin.span.slice(&extracted.text).expect("it was validated");
        let is_same =
            |(one, other): (char, char)| one == other || one.is_whitespace() && other.is_whitespace();
        assert!(
            original.len() != piece.len() || original.chars().zip(piece.chars()).all(is_same),
            "{piece:?} is not {original:?}"
        );
    }
}
