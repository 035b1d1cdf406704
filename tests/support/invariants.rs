//! What holds for the chunks of every document.

use ibid::chunk::{ChunkOptions, PassageText, chunk, passage_text};
use ibid::document::{Chunk, Document, MediaType};
use ibid::error::Result;
use ibid::extract::{BlockKind, Extracted, extract, is_blank};
use ibid::model::Tokenizer;
use ibid::task::Unattended;

/// How a text is chunked in a test.
pub struct Setting<'t> {
    pub title: &'t str,
    pub options: ChunkOptions,
    pub overhead: usize,
    pub tokenizer: &'t dyn Tokenizer,
}

/// Extracts and chunks `source`.
pub fn chunks_of(
    source: &str,
    media_type: MediaType,
    setting: &Setting<'_>,
) -> Result<(Extracted, Vec<Chunk>)> {
    let extracted = extract(&Document::new("doc", setting.title, media_type, source))?;
    let Setting { title, options, overhead, tokenizer } = *setting;
    let chunks = pollster::block_on(chunk(&extracted, title, &options, overhead, tokenizer, &Unattended))?;
    Ok((extracted, chunks))
}

/// Extracts and chunks `source`, asserts all that holds for every document, and returns the chunks.
pub fn check(given: &str, media_type: MediaType, setting: &Setting<'_>) -> Vec<Chunk> {
    let (extracted, chunks) = chunks_of(given, media_type.clone(), setting).unwrap();
    assert!(extracted.text == given || !extracted.origins.is_empty(), "the text is the source");
    let source = extracted.text.as_str();
    assert_nothing_is_lost(&extracted, &chunks);
    assert_spans_slice(source, &chunks);
    assert_sections_and_headings(&extracted, &chunks);
    for chunk in &chunks {
        assert_fits(source, chunk, setting);
    }
    for pair in chunks.windows(2) {
        assert_overlap(source, &pair[0], &pair[1], setting);
    }
    let again = chunks_of(given, media_type, setting).unwrap().1;
    assert_eq!(again, chunks, "the same text has the same chunks");
    chunks
}

fn assert_nothing_is_lost(extracted: &Extracted, chunks: &[Chunk]) {
    let lies_between = |start: u32, end: u32| {
        for block in &extracted.blocks {
            let gap = block.span.start.max(start) as usize..block.span.end.min(end) as usize;
            let gap = extracted.text.get(gap).unwrap_or_default();
            assert!(gap.chars().all(is_blank), "{gap:?} is in no chunk");
        }
    };
    let mut end = 0;
    for chunk in chunks {
        lies_between(end, chunk.span.start);
        end = chunk.span.end;
    }
    lies_between(end, extracted.text.len() as u32);
}

fn assert_spans_slice(source: &str, chunks: &[Chunk]) {
    let units: Vec<u16> = source.encode_utf16().collect();
    for chunk in chunks {
        let text = chunk.span.slice(source).expect("spans are on character boundaries");
        assert!(!text.is_empty() && !text.starts_with(is_blank) && !text.ends_with(is_blank), "{text:?}");
        assert!(text.encode_utf16().eq(units[chunk.span_utf16.range()].iter().copied()), "{text:?}");
    }
}

fn assert_fits(source: &str, chunk: &Chunk, setting: &Setting<'_>) {
    let Setting { title, options, overhead, tokenizer } = setting;
    let text = chunk.span.slice(source).unwrap();
    assert_eq!(tokenizer.count_tokens(text).unwrap(), chunk.tokens as usize, "{text:?}");
    assert!(text.len() <= 16 * options.max, "{} bytes", text.len());
    let PassageText { text: passage, own } =
        passage_text(title, chunk, text, options, *overhead, *tokenizer).unwrap();
    assert_eq!(own.slice(&passage), Some(text));
    let framed = chunk.frame.around(text);
    let header = passage.strip_suffix(&*framed).unwrap();
    let header_tokens = tokenizer.count_tokens(header).unwrap();
    assert!(header.is_empty() || header.ends_with('\n'));
    assert!(header_tokens * 4 <= options.max, "{header:?}");
    let frame = [&chunk.frame.lead, &chunk.frame.tail].map(|part| tokenizer.count_tokens(part).unwrap());
    let tokens = header_tokens + frame.iter().sum::<usize>() + chunk.tokens as usize;
    assert_eq!(tokenizer.count_tokens(&passage).unwrap(), tokens, "{passage:?}");
    assert!(tokens + overhead <= options.max, "{passage:?}");
}

fn assert_overlap(source: &str, before: &Chunk, after: &Chunk, setting: &Setting<'_>) {
    assert!(before.span.start < after.span.start && before.span.end < after.span.end, "chunks make progress");
    if after.span.start < before.span.end {
        assert_eq!(before.section, after.section, "nothing is repeated in another section");
        let repeated = &source[after.span.start as usize..before.span.end as usize];
        assert!(setting.tokenizer.count_tokens(repeated).unwrap() <= setting.options.overlap, "{repeated:?}");
    }
}

fn assert_sections_and_headings(extracted: &Extracted, chunks: &[Chunk]) {
    let mut blocks = extracted.blocks.as_slice();
    for chunk in chunks {
        let gone = blocks.partition_point(|block| block.span.end <= chunk.span.start);
        blocks = &blocks[gone..];
        let inside = &blocks[..blocks.partition_point(|block| block.span.start < chunk.span.end)];
        let last = inside.last().expect("a chunk holds a block or a part of one");
        assert_eq!(chunk.section, extracted.section_path(last.section));
        let is_heading = |kind| kind == BlockKind::Heading;
        assert!(
            inside.iter().all(|block| is_heading(block.kind) || block.section == last.section),
            "sections are not mixed"
        );
        // A heading that is too large for a chunk is cut like any other block, and one in a quotation may be the last
        // of its section.
        let goes_on = blocks.get(inside.len()).is_some_and(|next| next.section == last.section);
        let ends_with_heading = is_heading(last.kind) && last.span.end <= chunk.span.end && goes_on;
        assert!(
            !ends_with_heading || inside.iter().all(|block| is_heading(block.kind)),
            "{:?} ends with a heading",
            chunk.span.slice(&extracted.text)
        );
    }
}
