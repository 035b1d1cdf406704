//! Data URIs: files inside of a text. Of each only what it is stays.

use std::borrow::Cow;

use crate::document::Span;
use crate::extract::{Origin, Place};

/// The longest text of a data URI that is left as it is, in bytes: an example in a documentation, say.
const MAX_TEXT_BYTES: usize = 100;

/// The shortest line of base64 that goes on a payload of lines before it, in bytes.
const MIN_LINE_BYTES: usize = 40;

/// `source` without the payloads of its data URIs, and where the rest stands in it; nothing of that where there are none.
pub(super) fn cut(source: String) -> (String, Vec<Origin>) {
    let payloads = payloads(&source);
    if payloads.is_empty() {
        return (source, Vec::new());
    }
    let mut text = String::with_capacity(source.len());
    let mut origins = Vec::with_capacity(payloads.len() + 1);
    let mut start = 0;
    for payload in payloads.into_iter().chain([Span::new(source.len(), source.len())]) {
        let kept = Span::new(start, payload.start as usize);
        start = payload.end as usize;
        if !kept.is_empty() {
            let at = text.len();
            text.push_str(&source[kept.range()]);
            origins.push(Origin { span: Span::new(at, text.len()), part: 0, place: Place::Bytes(kept) });
        }
    }
    (text, origins)
}

/// `source` without the payloads of its data URIs.
pub(super) fn without(source: &str) -> Cow<'_, str> {
    let payloads = payloads(source);
    if payloads.is_empty() {
        return Cow::Borrowed(source);
    }
    let mut text = String::with_capacity(source.len());
    let mut start = 0;
    for payload in payloads {
        text.push_str(&source[start..payload.start as usize]);
        start = payload.end as usize;
    }
    text.push_str(&source[start..]);
    Cow::Owned(text)
}

/// What is cut out: from after the media type to the end of each data URI.
fn payloads(source: &str) -> Vec<Span> {
    let bytes = source.as_bytes();
    let mut found: Vec<Span> = Vec::new();
    // Where no more of a quotation mark is known to be.
    let mut unclosed = [usize::MAX; 2];
    let mut at = 0;
    while let Some(colon) = bytes[at..].iter().position(|byte| *byte == b':').map(|offset| at + offset) {
        at = colon + 1;
        let Some(scheme) =
            colon.checked_sub(4).filter(|start| bytes[*start..colon].eq_ignore_ascii_case(b"data"))
        else {
            continue;
        };
        let before = scheme.checked_sub(1).map(|before| bytes[before]);
        if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80) {
            continue;
        }
        let Some(head) = Head::read(bytes, at) else { continue };
        let end = if head.is_base64 {
            end_of_base64(bytes, head.end)
        } else {
            end_of_text(bytes, head.end, before, &mut unclosed)
        };
        let is_example = !head.is_base64 && head.is_text && end - head.end <= MAX_TEXT_BYTES;
        if end > head.end && !is_example {
            found.push(Span::new(head.type_end, end));
            at = end;
        }
    }
    found
}

/// What is between `data:` and the comma.
struct Head {
    type_end: usize,
    end: usize,
    is_base64: bool,
    is_text: bool,
}

impl Head {
    /// Reads it from byte `start` on; `None` where it names neither a type nor base64, as in other texts with such a word.
    fn read(bytes: &[u8], start: usize) -> Option<Self> {
        let is_of_head = |byte: &u8| byte.is_ascii_alphanumeric() || b"/;=+-._!#$&^\"%".contains(byte);
        let length = bytes[start..].iter().take(256).position(|byte| !is_of_head(byte))?;
        let head = &bytes[start..start + length];
        if bytes[start + length] != b',' {
            return None;
        }
        let type_length = head.iter().position(|byte| *byte == b';').unwrap_or(head.len());
        let is_base64 = head.len() >= 7 && head[head.len() - 7..].eq_ignore_ascii_case(b";base64");
        let has_type = head[..type_length].contains(&b'/');
        let is_text = head[..5.min(head.len())].eq_ignore_ascii_case(b"text/");
        (has_type || is_base64).then_some(Self {
            type_end: start + type_length,
            end: start + length + 1,
            is_base64,
            is_text,
        })
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_' | b'%')
}

/// The end of base64 from byte `start` on, also over lines.
fn end_of_base64(bytes: &[u8], start: usize) -> usize {
    let run = |from: usize| bytes[from..].iter().take_while(|byte| is_base64(**byte)).count();
    let mut end = start + run(start);
    loop {
        let space =
            bytes[end..].iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b'\\').count();
        let ends = |mark: u8| bytes[end..end + space].iter().filter(|byte| **byte == mark).count();
        let is_next_line = ends(b'\n').max(ends(b'\r')) == 1;
        let next = end + space;
        let length = run(next);
        let line = &bytes[next..next + length];
        let goes_on = length >= MIN_LINE_BYTES && line.iter().any(u8::is_ascii_digit);
        // The last line is short; what tells it from a word is the mark or the padding that follows.
        let is_last = length > 0
            && matches!(bytes.get(next + length), Some(b')' | b'"' | b'\'' | b'>'))
            && end > start + MIN_LINE_BYTES;
        if !is_next_line || !(goes_on || is_last) {
            return end;
        }
        end = next + length;
    }
}

/// The end of a payload that is written as it is, such as SVG: where what stood before the URI closes, else before white
/// space. `unclosed` remembers from where on there is no more quotation mark.
fn end_of_text(bytes: &[u8], start: usize, before: Option<u8>, unclosed: &mut [usize; 2]) -> usize {
    if let Some(quote @ (b'"' | b'\'')) = before {
        let unclosed = &mut unclosed[usize::from(quote == b'"')];
        if start < *unclosed {
            match bytes[start..].iter().position(|byte| *byte == quote) {
                Some(length) => return start + length,
                None => *unclosed = start,
            }
        }
    }
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"\"'<>)`".contains(byte);
    let length = bytes[start..].iter().position(is_end).unwrap_or(bytes.len() - start);
    start + length
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXEL: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    #[test]
    fn of_a_file_in_the_text_its_type_stays() {
        let wrapped: String = PIXEL
            .as_bytes()
            .chunks(45)
            .map(|line| format!("{}\n  ", str::from_utf8(line).unwrap()))
            .collect();
        let cases = [
            (format!("![a](data:image/png;base64,{PIXEL})"), "![a](data:image/png)"),
            (format!("<img src=\"data:image/png;base64,{PIXEL}\">b"), "<img src=\"data:image/png\">b"),
            (
                format!("<img src=\"data:image/png;base64,\n  {}\">", wrapped.trim_end()),
                "<img src=\"data:image/png\">",
            ),
            (format!("a{{background:url(data:;base64,{PIXEL})}}"), "a{background:url(data:)}"),
            (format!("[r]: DATA:Image/PNG;charset=x;base64,{PIXEL}\n\nx"), "[r]: DATA:Image/PNG\n\nx"),
            (format!("<data:font/woff2;base64,{PIXEL}>"), "<data:font/woff2>"),
            ("![a](data:image/png;base64,AAAA) AAAA".to_owned(), "![a](data:image/png) AAAA"),
            (
                "<i style=\"b:url('data:image/svg+xml;utf8,<svg xmlns=\"x\"> </svg>')\">".to_owned(),
                "<i style=\"b:url('data:image/svg+xml')\">",
            ),
            (format!("![a](data:image/svg+xml,{})", "%3Csvg".repeat(30)), "![a](data:image/svg+xml)"),
        ];
        for (source, expected) in cases {
            assert_eq!(cut(source.clone()).0, expected, "{source:?}");
            assert_eq!(without(&source), expected, "{source:?}");
        }
    }

    #[test]
    fn what_only_looks_like_a_data_uri_stays() {
        for text in [
            "data: a, b",
            "{data:e,type:t}",
            "metadata:a/b,c",
            "data:text/plain,hello%20world",
            "data:,x",
            "data:a/b",
        ] {
            assert_eq!(cut(text.to_owned()), (text.to_owned(), Vec::new()));
        }
    }

    #[test]
    fn what_stays_knows_where_it_stood() {
        let source = format!("é![a](data:image/png;base64,{PIXEL}) after");
        let (text, origins) = cut(source.clone());
        for origin in &origins {
            let Place::Bytes(bytes) = origin.place else { panic!("{origin:?}") };
            assert_eq!(origin.span.slice(&text), bytes.slice(&source));
        }
        assert_eq!(origins.last().unwrap().span.slice(&text), Some(") after"));
    }

    #[test]
    fn many_data_uris_take_linear_time() {
        for text in
            ["\"data:a/b,", "data:", "data:;base64,A\n", "'data:image/svg+xml,<svg> ", "data:;base64,\n"]
        {
            cut(text.repeat(200_000));
        }
    }
}
