//! Any bytes as a page, and as the HTML of a mail, of which everything is read.

use ibid::document::MediaType;

use super::read;

/// Reads `data` as HTML.
pub fn run(data: &[u8]) {
    read::file(data, &MediaType::Html);
    let source = String::from_utf8_lossy(data);
    if let Some(extracted) = read::text(&source, &MediaType::Html) {
        read::check_nothing_is_lost(&extracted);
    }
    let head = b"Subject: a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n".as_slice();
    if let Some(extracted) = read::file(&[head, data].concat(), &MediaType::Mail) {
        read::check_nothing_is_lost(&extracted);
    }
}
