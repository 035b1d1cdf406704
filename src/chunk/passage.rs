//! What the model sees of a chunk: a header that says where the text stands, then the text.

use super::ChunkOptions;
use super::tokens::fitting_prefix;
use crate::document::{Chunk, Span};
use crate::error::Result;
use crate::extract::one_line;
use crate::model::Tokenizer;

/// The longest title in a header, in characters.
const MAX_TITLE_CHARS: usize = 400;

/// What stands before the text of a chunk: a line with the title and a line with the section path, `"Title\nA > B\n"`.
///
/// Empty parts are left out, and so is an outermost heading that repeats the title. White space in the title is
/// collapsed. A header ends with a line feed, so that no token reaches from it into the text.
pub fn passage_header(title: &str, section: &[String]) -> String {
    let title = one_line(title, MAX_TITLE_CHARS);
    let section = without_title(&title, section);
    assemble(&title, section)
}

/// The [`passage_header`] with at most `limit` tokens.
///
/// Where the whole header has more, the outermost headings go first, then the title; the innermost heading (or the
/// title, where there is none) is cut after its last token that fits.
///
/// # Errors
/// What the tokenizer reports.
pub fn capped_header<T: Tokenizer + ?Sized>(
    title: &str,
    section: &[String],
    limit: usize,
    tokenizer: &T,
) -> Result<String> {
    let title = one_line(title, MAX_TITLE_CHARS);
    let section = without_title(&title, section);
    let outermost_first = (0..section.len().max(1)).map(|outer| assemble(&title, &section[outer..]));
    let without_title = section.last().map(|innermost| assemble("", std::slice::from_ref(innermost)));
    let mut header = String::new();
    for candidate in outermost_first.chain(without_title) {
        header = candidate;
        if tokenizer.count_tokens(&header)? <= limit {
            return Ok(header);
        }
    }
    let (end, _) = fitting_prefix(&header, limit, tokenizer)?;
    header.truncate(header[..end].trim_end().len());
    if !header.is_empty() {
        header.push('\n');
    }
    Ok(header)
}

/// What the model is to see of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassageText {
    /// All of it.
    pub text: String,
    /// Where the text of the chunk's span is in it, in bytes.
    pub own: Span,
}

/// What the model is to see of a chunk: its header, as far as `options` and the model's `overhead` allow, and its text in its
/// frame.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where `overhead` leaves next to nothing of
/// `options.max`, and what the tokenizer reports.
pub fn passage_text<T: Tokenizer + ?Sized>(
    title: &str,
    chunk: &Chunk,
    text: &str,
    options: &ChunkOptions,
    overhead: usize,
    tokenizer: &T,
) -> Result<PassageText> {
    let mut passage = capped_header(title, &chunk.section, options.header_limit(overhead)?, tokenizer)?;
    passage.push_str(&chunk.frame.around(text));
    let tail = chunk.frame.tail.len() + usize::from(!chunk.frame.tail.is_empty());
    let end = passage.len() - tail;
    Ok(PassageText { own: Span::new(end - text.len(), end), text: passage })
}

fn without_title<'s>(title: &str, section: &'s [String]) -> &'s [String] {
    match section {
        [outermost, inner @ ..] if outermost == title => inner,
        _ => section,
    }
}

fn assemble(title: &str, section: &[String]) -> String {
    let headings: Vec<&str> =
        section.iter().map(String::as_str).filter(|heading| !heading.is_empty()).collect();
    let path = headings.join(" > ");
    [title, &path].into_iter().filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::tests::tokenizers::Pieces;

    fn section(path: &[&str]) -> Vec<String> {
        path.iter().map(|&heading| heading.to_owned()).collect()
    }

    #[test]
    fn a_header_is_a_line_for_the_title_and_one_for_the_section() {
        let cases: [(&str, &[&str], &str); 6] = [
            ("Lease", &["Roof", "Repair"], "Lease\nRoof > Repair\n"),
            ("Lease", &["Lease", "Repair"], "Lease\nRepair\n"),
            ("Lease", &["Lease"], "Lease\n"),
            (" The\n lease ", &[], "The lease\n"),
            ("", &["Roof"], "Roof\n"),
            ("", &[], ""),
        ];
        for (title, path, expected) in cases {
            assert_eq!(passage_header(title, &section(path)), expected);
        }
    }

    #[test]
    fn a_header_that_is_too_long_loses_outer_headings_then_the_title_then_its_end() {
        // One token each: `aaaa`, `bbbb`, `cccc`, `>`; two: `ddddeeee`.
        let path = section(&["bbbb", "cccc", "ddddeeee"]);
        let expected = [
            (7, "aaaa\nbbbb > cccc > ddddeeee\n"),
            (6, "aaaa\ncccc > ddddeeee\n"),
            (5, "aaaa\ncccc > ddddeeee\n"),
            (4, "aaaa\nddddeeee\n"),
            (3, "aaaa\nddddeeee\n"),
            (2, "ddddeeee\n"),
            (1, "dddd\n"),
            (0, ""),
        ];
        for (limit, header) in expected {
            assert_eq!(capped_header("aaaa", &path, limit, &Pieces::default()).unwrap(), header, "{limit}");
        }
        assert_eq!(capped_header("aaaabbbb", &[], 1, &Pieces::default()).unwrap(), "aaaa\n");
    }
}
