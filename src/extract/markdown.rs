//! Markdown: CommonMark 0.31 with tables, footnotes, strikethrough, task lists, definition lists, alerts, math, heading
//! attributes and front matter.
//!
//! The text stays as it is written, byte for byte, but for what data URIs hold.

mod data_uri;
mod front_matter;
mod outline;
mod plain_text;
mod prepare;
mod toml;
mod yaml;

use pulldown_cmark::Options;

use super::Extracted;
pub use plain_text::plain_text;

/// The text of `source`, its blocks and sections, and what its front matter says.
pub(super) fn extracted(source: String) -> Extracted {
    let (text, origins) = data_uri::cut(source);
    let parts = if origins.is_empty() { Vec::new() } else { vec![String::new()] };
    let front_matter = front_matter::read(&text);
    let (blocks, sections) = outline::outline(&text, front_matter.as_ref());
    let properties = front_matter.map(|read| read.properties).unwrap_or_default();
    Extracted { text, blocks, sections, parts, origins, properties, ..Extracted::default() }
}

/// What is read beyond CommonMark. Heading attributes are not the parser's work, which takes any braces for them.
fn extensions() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH
}

/// A heading without the attributes that it may end with: `{#id .class key=value}`, and nothing else in braces.
fn without_attributes(heading: &str) -> &str {
    let heading = heading.trim_end();
    let Some((before, inside)) =
        heading.strip_suffix('}').and_then(|rest| rest.rfind('{').map(|at| (&rest[..at], &rest[at + 1..])))
    else {
        return heading;
    };
    let stands_apart = before.is_empty() || before.ends_with(char::is_whitespace);
    let mut items = inside.split_whitespace().peekable();
    let has_items = items.peek().is_some();
    if stands_apart && has_items && items.all(is_attribute) { before.trim_end() } else { heading }
}

fn is_attribute(item: &str) -> bool {
    let is_name = |name: &str| {
        let may_be_inside = |character: char| character.is_alphanumeric() || "-_:.".contains(character);
        name.starts_with(|first: char| first.is_alphanumeric() || first == '_')
            && name.chars().all(may_be_inside)
    };
    match item.strip_prefix(['#', '.']) {
        Some(name) => is_name(name),
        None => item.split_once('=').is_some_and(|(key, value)| is_name(key) && !value.is_empty()),
    }
}

#[cfg(test)]
mod tests;
