//! What the lines of a text are: paragraphs, hard-wrapped or not, headings, items of lists, rows of tables.

use std::ops::Range;

/// The shape of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Sentences.
    Prose,
    /// A line that is a heading, or the line under one.
    Heading,
    /// A row of a table, which is one sentence.
    Row,
}

/// Lines that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// From the first character of its first line to the last of its last, white space excluded.
    pub range: Range<usize>,
    pub shape: Shape,
}

/// From how many bytes on a line may be one that was wrapped: shorter ones are addresses, verses, items without a mark.
const WRAPPED_BYTES: usize = 40;

/// The blocks of a text, in order. No sentence reaches beyond its block.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut before, mut at) = ("", 0);
    for whole in text.split_inclusive('\n') {
        let line = whole.trim();
        let start = at + whole.len() - whole.trim_start().len();
        at += whole.len();
        if !line.is_empty() {
            let shape = shape(line);
            match blocks.last_mut().filter(|last| last.shape == shape && goes_on(before, line, shape)) {
                Some(last) => last.range.end = start + line.len(),
                None => {
                    if is_underline(line) && !before.is_empty() {
                        blocks.last_mut().expect("a line was before").shape = Shape::Heading;
                    }
                    blocks.push(Block { range: start..start + line.len(), shape });
                }
            }
        }
        before = line;
    }
    blocks
}

fn shape(line: &str) -> Shape {
    let after_marks = line.trim_start_matches('#');
    let depth = line.len() - after_marks.len();
    if line.starts_with('|') {
        Shape::Row
    } else if (1..=6).contains(&depth) && (after_marks.is_empty() || after_marks.starts_with(' '))
        || is_underline(line)
    {
        Shape::Heading
    } else {
        Shape::Prose
    }
}

/// Whether a line underlines a heading, as Markdown's do.
fn is_underline(line: &str) -> bool {
    line.len() >= 2 && (line.bytes().all(|byte| byte == b'=') || line.bytes().all(|byte| byte == b'-'))
}

/// Whether a line goes on with the paragraph that the line before it is of.
fn goes_on(before: &str, line: &str, shape: Shape) -> bool {
    let is_wrapped = before.len() >= WRAPPED_BYTES || line.starts_with(char::is_lowercase);
    shape == Shape::Prose && !before.is_empty() && !begins_item(line) && is_wrapped
}

/// Whether a line begins with the mark of a list's item or of a quotation: `- `, `• `, `12. `, `a) `, `(iv) `, `> `.
pub(crate) fn begins_item(line: &str) -> bool {
    let Some((mark, _)) = line.split_once(char::is_whitespace) else { return false };
    if matches!(mark, "-" | "*" | "+" | "•" | "‣" | "◦" | "·" | "–" | "—" | ">") {
        return true;
    }
    let bracketed = mark.strip_suffix(')').map(|inner| inner.strip_prefix('(').unwrap_or(inner));
    let Some(inner) = bracketed.or_else(|| mark.strip_suffix('.')) else { return false };
    let is_number = inner.len() <= 3 && inner.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter =
        bracketed.is_some() && inner.len() <= 4 && inner.bytes().all(|byte| byte.is_ascii_alphabetic());
    !inner.is_empty() && (is_number || is_letter)
}
