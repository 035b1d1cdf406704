//! Plain text: paragraphs between blank lines, no sections.

use super::{Block, BlockKind, Extracted, Section, is_blank, trimmed};

/// `text` with its paragraphs.
pub(super) fn extracted(text: String) -> Extracted {
    let blocks = blocks(&text);
    Extracted { text, blocks, sections: vec![Section::default()], ..Extracted::default() }
}

/// The paragraphs of `text`. Lines end with LF, CRLF or CR.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph_start = None;
    let mut line_start = 0;
    while line_start < text.len() {
        let line_end = end_of_line(text, line_start);
        if text[line_start..line_end].chars().all(is_blank) {
            blocks.extend(paragraph_start.take().map(|start| paragraph(text, start, line_start)));
        } else {
            paragraph_start.get_or_insert(line_start);
        }
        line_start = line_end;
    }
    blocks.extend(paragraph_start.map(|start| paragraph(text, start, text.len())));
    blocks
}

fn paragraph(text: &str, start: usize, end: usize) -> Block {
    Block::new(trimmed(text, start, end), BlockKind::Paragraph, 0)
}

/// The offset after the terminator of the line that holds offset `start`.
fn end_of_line(text: &str, start: usize) -> usize {
    let rest = &text.as_bytes()[start..];
    match rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        None => text.len(),
        Some(at) if rest[at..].starts_with(b"\r\n") => start + at + 2,
        Some(at) => start + at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lie_between_blank_lines_whatever_ends_a_line() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["\u{feff}", "  one", "two ", " \t", "", "three", "\u{c}", "four"].join(end);
            let found: Vec<String> = blocks(&text)
                .iter()
                .map(|block| block.span.slice(&text).unwrap().replace(end, "|"))
                .collect();
            assert_eq!(found, ["one|two", "three", "four"], "{end:?}");
        }
    }
}
