//! Where extracted text stands in the original: the map from spans to bytes, paragraphs, cells and places on pages.

use serde::{Deserialize, Serialize};

use super::{Extracted, Outline, Span, utf16_len};

/// Where a piece of the extracted text stands in the original.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The piece, in bytes of the extracted text.
    pub span: Span,
    /// The place in [`Extracted::parts`] of the part that it stands in.
    pub part: u32,
    /// Where in that part.
    pub place: Place,
}

/// A place in the original.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Place {
    /// Bytes of the part, decoded as UTF-8. Where there are as many as the piece has, they are its own, one by one;
    /// else it is made of all of them, as a character is of an entity.
    Bytes(Span),
    /// A paragraph of the part, numbered from 1 in the order of the file.
    Paragraph(u32),
    /// A cell of a sheet.
    Cell {
        /// From 1.
        row: u32,
        /// From 1.
        column: u32,
    },
    /// A page, or a rectangle on it around a piece that stands on one line.
    Page {
        /// The page's [`number`](super::Page::number).
        number: u32,
        /// Where on it; `None` where no more than the page is known.
        rectangle: Option<Rectangle>,
    },
}

/// A rectangle on a page, in points (1/72 inch) from the page's upper left corner as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rectangle {
    /// From the left edge of the page.
    pub left: f32,
    /// From its upper edge.
    pub top: f32,
    /// Not negative.
    pub width: f32,
    /// Not negative.
    pub height: f32,
}

/// A place in the original that a span of the extracted text stands at.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// The name of the file in an archive, or of the sheet; empty in a document that is one file.
    pub part: String,
    /// Where in it.
    pub place: Place,
}

impl Extracted {
    /// Where the text of `span` stands in the original, in order: neighbouring bytes as one range, each paragraph and cell
    /// once, a rectangle for each line.
    pub fn locate(&self, span: Span) -> Vec<Located> {
        locate(&self.origins, &self.parts, span, |span| span.slice(&self.text))
    }

    /// The number of the page that byte `at` of the text is on; of the page before it where it is between two. `None`
    /// where the document has no pages.
    pub fn page_at(&self, at: u32) -> Option<u32> {
        let after = self.pages.partition_point(|page| page.span.start <= at);
        self.pages.get(after.saturating_sub(1)).map(|page| page.number)
    }
}

impl Outline {
    /// As [`Extracted::locate`]; `text` gives the text of a span inside [`Self::around`].
    pub fn locate<'t>(&self, span: Span, text: impl Fn(Span) -> Option<&'t str>) -> Vec<Located> {
        locate(&self.origins, &self.parts, span, text)
    }

    /// The span with the rest of the pieces that it cuts.
    pub fn around(&self, span: Span) -> Span {
        let mut around = span;
        for origin in inside(&self.origins, span) {
            around.start = around.start.min(origin.span.start);
            around.end = around.end.max(origin.span.end);
        }
        around
    }
}

/// The origins of pieces that are in a span, in whole or in part.
fn inside(origins: &[Origin], span: Span) -> impl Iterator<Item = &Origin> {
    let first = origins.partition_point(|origin| origin.span.end <= span.start);
    origins[first..].iter().take_while(move |origin| origin.span.start < span.end)
}

fn locate<'t>(
    origins: &[Origin],
    parts: &[String],
    span: Span,
    text: impl Fn(Span) -> Option<&'t str>,
) -> Vec<Located> {
    if origins.is_empty() {
        return vec![Located { part: String::new(), place: Place::Bytes(span) }];
    }
    let mut found: Vec<(u32, Place)> = Vec::new();
    for origin in inside(origins, span) {
        let place = origin.clipped(span, &text);
        let is_taken =
            found.last_mut().is_some_and(|(part, before)| *part == origin.part && before.takes(place));
        if !is_taken {
            found.push((origin.part, place));
        }
    }
    let name = |part: u32| parts.get(part as usize).cloned().unwrap_or_default();
    found.into_iter().map(|(part, place)| Located { part: name(part), place }).collect()
}

impl Origin {
    /// The place of what is in `span`, too.
    fn clipped<'t>(&self, span: Span, text: &impl Fn(Span) -> Option<&'t str>) -> Place {
        let (start, end) = (span.start.max(self.span.start), span.end.min(self.span.end));
        let (before, after) = (start - self.span.start, self.span.end - end);
        match self.place {
            Place::Bytes(bytes) if bytes.len() == self.span.len() => {
                Place::Bytes(Span { start: bytes.start + before, end: bytes.end - after })
            }
            // The widths of characters are not known: they count as equal.
            Place::Page { number, rectangle: Some(rectangle) } if before + after > 0 => {
                let count = |start: u32, end: u32| text(Span { start, end }).map_or(0, utf16_len) as f32;
                let share = |characters: f32| {
                    rectangle.width * characters / count(self.span.start, self.span.end).max(1.0)
                };
                let left = rectangle.left + share(count(self.span.start, start));
                let width = share(count(start, end));
                Place::Page { number, rectangle: Some(Rectangle { left, width, ..rectangle }) }
            }
            place => place,
        }
    }
}

impl Place {
    /// Whether it is, or can be made, one with the place of the text that follows.
    fn takes(&mut self, next: Place) -> bool {
        match (self, next) {
            (Place::Bytes(bytes), Place::Bytes(next)) if bytes.start <= next.start => {
                bytes.end = bytes.end.max(next.end);
                true
            }
            (Place::Page { rectangle: Some(_), .. }, _) => false,
            (place, next) => *place == next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(start: usize, end: usize, place: Place) -> Origin {
        Origin { span: Span::new(start, end), part: 0, place }
    }

    fn extracted(text: &str, origins: Vec<Origin>) -> Extracted {
        Extracted { text: text.to_owned(), parts: vec![String::new()], origins, ..Extracted::default() }
    }

    fn places(extracted: &Extracted, start: usize, end: usize) -> Vec<Place> {
        extracted.locate(Span::new(start, end)).into_iter().map(|located| located.place).collect()
    }

    #[test]
    fn bytes_are_found_one_by_one_and_joined() {
        // `a &amp; b`
        let bytes = |start, end| Place::Bytes(Span::new(start, end));
        let origins =
            vec![origin(0, 2, bytes(10, 12)), origin(2, 3, bytes(12, 17)), origin(3, 5, bytes(17, 19))];
        let extracted = extracted("a & b", origins);
        assert_eq!(places(&extracted, 0, 5), [bytes(10, 19)]);
        assert_eq!(places(&extracted, 1, 2), [bytes(11, 12)]);
        assert_eq!(places(&extracted, 2, 3), [bytes(12, 17)]);
        assert_eq!(places(&extracted, 4, 5), [bytes(18, 19)]);
    }

    #[test]
    fn a_text_that_is_its_original_stands_where_it_stands() {
        assert_eq!(places(&extracted("abc", Vec::new()), 1, 2), [Place::Bytes(Span::new(1, 2))]);
    }

    #[test]
    fn a_part_of_a_line_has_a_part_of_its_rectangle() {
        let line = |left: f32, width: f32| Place::Page {
            number: 3,
            rectangle: Some(Rectangle { left, top: 20.0, width, height: 10.0 }),
        };
        let extracted =
            extracted("abcd\nef", vec![origin(0, 4, line(10.0, 40.0)), origin(5, 7, line(10.0, 20.0))]);
        assert_eq!(places(&extracted, 1, 6), [line(20.0, 30.0), line(10.0, 10.0)]);
    }
}
