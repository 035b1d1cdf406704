//! Any bytes as a mail, tables and JSON, by the letter that they begin with, or as what they look like.

use ibid::document::MediaType;
use ibid::extract::formats::detect;

use super::read;

/// Reads what is behind the first byte of `data`.
pub fn run(data: &[u8]) {
    let Some((letter, rest)) = data.split_first() else { return };
    let media_type = match letter {
        b'm' => MediaType::Mail,
        b'c' => MediaType::Csv,
        b't' => MediaType::Tsv,
        b'j' => MediaType::Json,
        b'l' => MediaType::JsonLines,
        b'p' => MediaType::Plain,
        _ => match detect(rest, None, None) {
            Ok(media_type) => media_type,
            Err(_) => return,
        },
    };
    let read = [
        read::file(rest, &media_type),
        // Places in a mail's parts are of what they decode to.
        match media_type {
            MediaType::Mail => read::file(String::from_utf8_lossy(rest).as_bytes(), &media_type),
            _ => read::text(&String::from_utf8_lossy(rest), &media_type),
        },
    ];
    let can_lose = media_type == MediaType::Markdown;
    for extracted in read.iter().flatten().filter(|_| !can_lose) {
        read::check_nothing_is_lost(extracted);
    }
}
