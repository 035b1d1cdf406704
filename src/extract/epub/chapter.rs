//! Reads a chapter of a book, which is XHTML.

use crate::document::Span;
use crate::error::Result;
use crate::extract::Place;
use crate::extract::builder::{Builder, Leaf};
use crate::extract::xml::{Event, Reader};

/// Reads a chapter. `source` is its text, `part` the path that it has in the book.
pub(super) fn read_chapter(builder: &mut Builder, source: &str, part: &str) -> Result<()> {
    let mut reader = Reader::new(source, part);
    let mut is_in_body = false;
    // The number of the last item of each list that is open; none where items are not numbered.
    let mut lists: Vec<Option<u32>> = Vec::new();
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(tag) => match tag.name() {
                "head" | "script" | "style" => reader.skip()?,
                "body" => is_in_body = true,
                "br" => builder.line_break(),
                "table" => builder.begin_table(),
                "tr" => builder.begin_row(false),
                "td" | "th" => builder.begin_cell(1, 1),
                name @ ("ul" | "ol") => {
                    lists.push((name == "ol").then_some(0));
                    builder.begin_list();
                }
                "li" => match lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        builder.begin_item(&format!("{number}."));
                    }
                    _ => builder.begin_item("-"),
                },
                name => {
                    if let Some(leaf) = leaf(name) {
                        builder.begin(leaf);
                    }
                }
            },
            Event::End(tag) => match tag.name() {
                "table" => builder.end_table(),
                "tr" => builder.end_row(),
                "td" | "th" => builder.end_cell(),
                "ul" | "ol" => {
                    lists.pop();
                    builder.end_list();
                }
                "li" => builder.end_item(),
                name => {
                    if leaf(name).is_some() {
                        builder.end();
                    }
                }
            },
            Event::Text(text) if is_in_body => {
                builder.push(&text, Place::Bytes(Span::new(0, source.len())));
            }
            Event::Text(_) => {}
        }
    }
    builder.end();
    Ok(())
}

fn leaf(name: &str) -> Option<Leaf> {
    let level = name.strip_prefix('h').and_then(|level| level.parse().ok());
    match (name, level) {
        (_, Some(level @ 1..=6)) => Some(Leaf::Heading(level)),
        ("p" | "div" | "section" | "dt" | "dd" | "figure", _) => Some(Leaf::Paragraph),
        ("figcaption" | "caption", _) => Some(Leaf::Caption),
        ("pre", _) => Some(Leaf::Code(String::new())),
        _ => None,
    }
}
