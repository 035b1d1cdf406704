//! The layout of documents whose text is known by its places on pages, such as PDF files: from items to columns, lines,
//! paragraphs, tables and headings.
//!
//! A page is read in the direction in which most of it runs (`sheet`). What stands at its head and foot on other pages, too,
//! is left out (`running`). White space parts the rest into columns (`regions`), in which tables (`tables`) and
//! paragraphs (`paragraphs`) are found; those that go on in the next column or on the next page are joined (`flow`).
//! Tagged files say what their parts are (`tagged`); where they do, that counts more than looks.

mod characters;
mod flow;
mod fragments;
mod frame;
mod habits;
mod headings;
mod line;
mod paragraphs;
mod positioned;
mod regions;
mod running;
mod sheet;
mod tables;
mod tagged;
mod vertical;
mod words;
mod write;

pub use positioned::{
    ARTIFACT, Font, Item, Node, PositionedDocument, PositionedPage, RIGHT_TO_LEFT, VERTICAL,
};

use super::Extracted;
use crate::error::{Error, ErrorKind, Result};
use habits::Habits;

/// How many pages without text a message names.
const MAX_NAMED: usize = 20;

/// Extracts the text and the structure of a document from its text with positions. Each line has an origin with its rectangle
/// on its page.
///
/// Pages without text, beside others with text, are named in the metadata `pagesWithoutText`, and pages that could not be read
/// in `pagesNotRead`.
///
/// # Errors
/// [`ErrorKind::DocumentNoText`] where no page holds text, naming the pages; [`ErrorKind::DocumentTooLarge`].
pub fn extract(document: PositionedDocument) -> Result<Extracted> {
    let PositionedDocument { fonts, outline, mut pages, unread, .. } = document;
    let properties = write::Properties {
        title: document.title,
        author: document.author,
        subject: document.subject,
        keywords: document.keywords,
        language: document.language,
        created: document.created,
        modified: document.modified,
    };
    // Pages count from 1, each once.
    pages.sort_by_key(|page| page.number);
    pages.dedup_by_key(|page| page.number);
    let labels: Vec<(u32, String)> = pages.iter().map(|page| (page.number, page.label.clone())).collect();
    let mut sheets: Vec<_> = pages.into_iter().flat_map(|page| sheet::sheets(page, &fonts)).collect();
    let mut with_text: Vec<u32> =
        sheets.iter().filter(|sheet| !sheet.rows.is_empty()).map(|sheet| sheet.number).collect();
    with_text.dedup();
    let without: Vec<u32> = labels
        .iter()
        .map(|(number, _)| *number)
        .filter(|number| with_text.binary_search(number).is_err())
        .collect();
    if with_text.is_empty() {
        return Err(no_text(&without, &unread));
    }
    let habits = Habits::of(&sheets);
    running::remove(&mut sheets, &habits);
    let mut blocks = Vec::new();
    let frames: Vec<_> = sheets.iter().map(|sheet| (sheet.number, sheet.frame)).collect();
    for (place, sheet) in sheets.into_iter().enumerate() {
        blocks.extend(flow::blocks(sheet, place, &habits));
    }
    headings::find(&mut blocks, &outline, &habits);
    let blocks = flow::join(blocks, &habits);
    write::write(blocks, &frames, &labels, &habits, properties, (without, unread))
}

fn no_text(without: &[u32], unread: &[u32]) -> Error {
    let named = |numbers: &[u32]| {
        let shown: Vec<String> = numbers.iter().take(MAX_NAMED).map(u32::to_string).collect();
        let more = numbers.len().saturating_sub(MAX_NAMED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{rest}", shown.join(", "))
    };
    let mut message = match without {
        [] => "it has no pages with text".to_owned(),
        [page] => format!("page {page} holds no text"),
        pages => format!("no page holds text: pages {}", named(pages)),
    };
    if !unread.is_empty() {
        message.push_str(&format!("; not read: {}", named(unread)));
    }
    Error::new(ErrorKind::DocumentNoText, message)
}

#[cfg(test)]
#[path = "layout/tests.rs"]
mod tests;
