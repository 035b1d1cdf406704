//! Where a layout puts the placeholders that slides fill, and which of them are lists.

use super::slide::{Alternatives, Placeholder, Position, Transforms};
use crate::error::Result;
use crate::extract::formats::xml::{Event, Reader};

/// The most placeholders of a layout.
const MAX_PLACES: usize = 200;

#[derive(Default)]
pub(super) struct Layout {
    places: Vec<Place>,
}

#[derive(Default)]
struct Place {
    kind: Placeholder,
    index: u32,
    position: Option<Position>,
    has_no_bullets: bool,
}

impl Layout {
    /// Reads a layout.
    pub fn read(text: &str, part: &str) -> Result<Self> {
        let mut reader = Reader::new(text, part);
        let mut layout = Self::default();
        let mut transforms = Transforms::default();
        let mut alternatives = Alternatives::default();
        let mut is_first_level = false;
        while let Some(event) = reader.next()? {
            let tag = match event {
                Event::Start(tag) => tag,
                Event::End(tag) => {
                    transforms.end(tag.name());
                    alternatives.end(tag.name());
                    continue;
                }
                Event::Text(_) => continue,
            };
            if alternatives.skips(&tag) {
                reader.skip()?;
                continue;
            }
            match tag.name() {
                "sp" if layout.places.len() < MAX_PLACES => layout.places.push(Place::default()),
                "ph" => {
                    if let Some(place) = layout.places.last_mut() {
                        place.kind = Placeholder::of(&tag);
                        place.index = tag.number("idx").unwrap_or(0);
                    }
                }
                "lvl1pPr" => is_first_level = true,
                "lvl2pPr" => is_first_level = false,
                "buNone" if is_first_level => {
                    if let Some(place) = layout.places.last_mut() {
                        place.has_no_bullets = true;
                    }
                }
                "txBody" => is_first_level = false,
                _ => {
                    if let Some(position) = transforms.start(&tag)
                        && let Some(place) = layout.places.last_mut()
                    {
                        place.position = Some(position);
                    }
                }
            }
        }
        Ok(layout)
    }

    /// Where a placeholder of a slide is, and whether its paragraphs have no bullets.
    pub fn place(&self, kind: Placeholder, index: u32) -> (Option<Position>, bool) {
        let is_it = |place: &&Place| place.index == index && place.kind != Placeholder::None;
        let by_kind = |place: &&Place| place.kind == kind && kind != Placeholder::None;
        let found = self.places.iter().find(is_it).or_else(|| self.places.iter().find(by_kind));
        found.map_or((None, false), |place| (place.position, place.has_no_bullets))
    }
}
