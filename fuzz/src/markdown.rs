//! Any text as Markdown: front matter, math, data URIs, outline, plain form.

use ibid::document::MediaType;
use ibid::extract::plain_text;

use super::read;

/// Reads `data` as Markdown.
pub fn run(data: &[u8]) {
    read::file(data, &MediaType::Markdown);
    let source = String::from_utf8_lossy(data);
    let extracted = read::text(&source, &MediaType::Markdown).expect("any text is Markdown");
    let has_data_uri = source.to_ascii_lowercase().contains("data:");
    assert!(has_data_uri || extracted.text == source, "the text is the source");
    // What front matter was read as metadata is in no block, and comes first.
    if !source.trim_start_matches('\u{feff}').starts_with(['-', '+', '{']) {
        read::check_nothing_is_lost(&extracted);
    }
    assert_eq!(plain_text(&source), plain_text(&source));
    plain_text(&extracted.text);
}
