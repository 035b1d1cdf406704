//! The HTML of mails.

use crate::document::Span;
use crate::extract::Place;
use crate::extract::builder::Builder;

/// Adds the text of a page. Places are bytes of `source`.
pub(super) fn read_html(builder: &mut Builder, source: &str) {
    let mut at = 0;
    while let Some(tag) = source[at..].find('<').map(|length| at + length) {
        push(builder, source, at, tag);
        let rest = &source[tag..];
        let skipped =
            [("<script", "</script"), ("<style", "</style"), ("<!--", "-->"), ("<title", "</title")]
                .into_iter()
                .find(|(begin, _)| {
                    rest.get(..begin.len()).is_some_and(|name| name.eq_ignore_ascii_case(begin))
                });
        let end = skipped.map_or(Some(0), |(_, end)| find(rest.as_bytes(), end.as_bytes()));
        let Some(end) = end.and_then(|end| rest[end..].find('>').map(|length| tag + end + length + 1)) else {
            return;
        };
        let name = rest[1..].trim_start_matches('/');
        let name = &name[..name.find(|mark: char| !mark.is_ascii_alphanumeric()).unwrap_or(name.len())];
        match name.to_ascii_lowercase().as_str() {
            "br" => builder.line_break(),
            "a" | "b" | "i" | "em" | "strong" | "span" | "font" | "u" | "code" | "" => {}
            _ => builder.end(),
        }
        at = end;
    }
    push(builder, source, at, source.len());
    builder.end();
}

fn push(builder: &mut Builder, source: &str, start: usize, end: usize) {
    builder.push(&source[start..end], Place::Bytes(Span::new(start, end)));
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted))
}
