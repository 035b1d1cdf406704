//! The plain text of mails: paragraphs, and quotations of what is answered.

use super::header::Parameterized;
use crate::document::Span;
use crate::extract::formats::builder::{Builder, Leaf};
use crate::extract::{Place, is_blank};

/// Whether and how lines are parts of longer ones (RFC 3676).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// Each line is one.
    Fixed,
    /// A line that ends with a space goes on in the next.
    Flowed,
    /// So it does, and the space is none of the text.
    FlowedWithoutSpace,
}

impl Flow {
    pub fn of(content_type: &Parameterized) -> Self {
        let is = |name: &str, wanted: &str| {
            content_type.parameter(name).is_some_and(|value| value.eq_ignore_ascii_case(wanted))
        };
        match (is("format", "flowed"), is("delsp", "yes")) {
            (false, _) => Flow::Fixed,
            (true, false) => Flow::Flowed,
            (true, true) => Flow::FlowedWithoutSpace,
        }
    }
}

/// Adds a text. Where it is written as it is read, it begins at byte `start` of the mail; else its paragraphs are counted.
pub(super) fn read(
    builder: &mut Builder,
    text: &str,
    start: Option<usize>,
    flow: Flow,
    paragraphs: &mut u32,
) {
    let mut depth = 0;
    let mut is_open = false;
    let mut goes_on = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let line_start = at;
        at += line.len();
        let content = line.trim_end_matches(['\n', '\r']);
        let (quoted, mut inner) = unquoted(content);
        if flow != Flow::Fixed {
            // A space at the beginning is there so that the line looks like no other.
            inner = inner.strip_prefix(' ').unwrap_or(inner);
        }
        let is_signature = inner == "-- " || inner == "--";
        if inner.chars().all(is_blank) || quoted != depth || is_signature {
            builder.end();
            (is_open, goes_on) = (false, false);
        }
        // How deep quotations are in each other makes no difference but for where paragraphs end.
        if quoted != depth {
            if depth > 0 {
                builder.end_quotation();
            }
            if quoted > 0 {
                builder.begin_quotation();
            }
            depth = quoted;
        }
        if inner.chars().all(is_blank) {
            continue;
        }
        if !is_open {
            builder.begin(Leaf::Paragraph);
            *paragraphs += 1;
        } else if !goes_on {
            builder.line_break();
        } else if flow == Flow::Flowed {
            builder.space();
        }
        is_open = true;
        goes_on = flow != Flow::Fixed && inner.ends_with(' ') && !is_signature;
        let inner_start = line_start + content.len() - inner.len();
        let place = match start {
            Some(start) => Place::Bytes(Span::new(start + inner_start, start + inner_start + inner.len())),
            None => Place::Paragraph(*paragraphs),
        };
        match place {
            Place::Bytes(bytes) => {
                let kept = inner.trim_end_matches([' ', '\t']);
                let end = bytes.start as usize + kept.len();
                builder.push(kept, Place::Bytes(Span::new(bytes.start as usize, end)));
            }
            place => builder.push(inner.trim_end_matches([' ', '\t']), place),
        }
    }
    builder.end();
    if depth > 0 {
        builder.end_quotation();
    }
}

/// How many quotation marks a line begins with, and what is behind them.
fn unquoted(line: &str) -> (usize, &str) {
    let mut depth = 0;
    let mut rest = line;
    // A mark may have a space before it, but for the first, which would be a text's own.
    while let Some(inner) = rest.strip_prefix('>').or(rest.strip_prefix(" >").filter(|_| depth > 0)) {
        depth += 1;
        rest = inner;
    }
    // In a mailbox `From` at the beginning of a line has a mark before it.
    if depth == 1 && rest.starts_with("From ") { (0, rest) } else { (depth, rest) }
}
