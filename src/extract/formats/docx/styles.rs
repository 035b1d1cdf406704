//! The styles of a Word document: what the paragraphs of each are for.

use std::collections::HashMap;

use super::properties::{ParagraphProperties, RunProperties};
use crate::error::Result;
use crate::extract::formats::flow::{Role, Script};
use crate::extract::formats::xml::{Event, Reader};

/// How many styles one can be based on, one upon the other. Word itself ends at ten or so.
const MAX_CHAIN: usize = 32;

#[derive(Default)]
pub(super) struct Styles {
    by_id: HashMap<String, Style>,
    /// The style of paragraphs that name none.
    default: Option<String>,
    languages: Languages,
}

#[derive(Default)]
struct Style {
    /// In small letters.
    name: String,
    based_on: Option<String>,
    paragraph: ParagraphProperties,
    run: RunProperties,
}

/// The languages that text is in unless it says otherwise, by its script.
#[derive(Default)]
struct Languages {
    western: String,
    east_asian: String,
    right_to_left: String,
}

impl Styles {
    /// Reads the part of styles.
    pub fn read(text: &str, part: &str) -> Result<Self> {
        let mut reader = Reader::new(text, part);
        let mut styles = Self::default();
        let mut open: Option<(String, Style)> = None;
        while let Some(event) = reader.next()? {
            match event {
                Event::Start(tag) => match (tag.name(), &mut open) {
                    ("style", _) => {
                        let id = tag.named("styleId").unwrap_or_default();
                        let is_default = tag.attribute("default").is_some_and(|it| it == "1" || it == "true");
                        if is_default && tag.attribute("type").is_some_and(|kind| kind == "paragraph") {
                            styles.default = Some(id.clone());
                        }
                        open = Some((id, Style::default()));
                    }
                    ("name", Some((_, style))) => {
                        style.name = tag.named("val").unwrap_or_default().to_lowercase();
                    }
                    ("basedOn", Some((_, style))) => style.based_on = tag.named("val"),
                    ("pPr", Some((_, style))) => style.paragraph = ParagraphProperties::read(&mut reader)?,
                    ("rPr", Some((_, style))) => style.run = RunProperties::read(&mut reader)?,
                    ("tblStylePr", _) => reader.skip()?,
                    ("lang", None) => {
                        let value = |name| tag.attribute(name).unwrap_or_default();
                        styles.languages = Languages {
                            western: value("val"),
                            east_asian: value("eastAsia"),
                            right_to_left: value("bidi"),
                        };
                    }
                    _ => {}
                },
                Event::End(tag) if tag.name() == "style" => {
                    if let Some((id, style)) = open.take() {
                        styles.by_id.insert(id, style);
                    }
                }
                _ => {}
            }
        }
        Ok(styles)
    }

    /// The style, the one that it is based on, and so on.
    fn chain(&self, id: Option<&str>) -> impl Iterator<Item = (&str, &Style)> {
        let known = |id: &str| self.by_id.get_key_value(id);
        let first = id.and_then(known).or_else(|| self.default.as_deref().and_then(known));
        let next = move |(_, style): &(&String, &Style)| style.based_on.as_deref().and_then(known);
        std::iter::successors(first, next).take(MAX_CHAIN).map(|(id, style)| (id.as_str(), style))
    }

    /// What the paragraphs of a style are for.
    pub fn role(&self, id: Option<&str>) -> Role {
        let role = |(_, style): (&str, &Style)| {
            Role::named(&style.name).or(style.paragraph.outline.map(outline_role))
        };
        let found = self.chain(id).find_map(role);
        // A document without its styles still names them.
        let unknown = id.filter(|id| !self.by_id.contains_key(*id));
        found.or_else(|| Role::named(&spaced(unknown?))).unwrap_or_default()
    }

    /// The list that the paragraphs of a style are in, its level, and the style that says so.
    pub fn list(&self, id: Option<&str>) -> Option<(u32, Option<usize>, &str)> {
        let mut level = None;
        self.chain(id).find_map(|(id, style)| {
            level = level.or(style.paragraph.level);
            style.paragraph.list.map(|list| (list, level, id))
        })
    }

    /// Whether text of a style is hidden.
    pub fn is_hidden(&self, id: Option<&str>) -> bool {
        self.chain(id).find_map(|(_, style)| style.run.is_hidden).unwrap_or(false)
    }

    /// The language that `text` is in unless it says otherwise, by the script of most of its letters.
    pub fn language(&self, text: &str) -> &str {
        match Script::of(text) {
            Script::Western => &self.languages.western,
            Script::EastAsian => &self.languages.east_asian,
            Script::RightToLeft => &self.languages.right_to_left,
        }
    }
}

/// What the outline level of a paragraph makes of it; the tenth is that of body text.
pub(super) fn outline_role(level: u8) -> Role {
    if level < 9 { Role::Heading(level) } else { Role::Body }
}

/// The name that `Heading1` is the identifier of.
fn spaced(id: &str) -> String {
    let name = id.trim_end_matches(|mark: char| mark.is_ascii_digit());
    let number = &id[name.len()..];
    format!("{name} {number}").trim_end().to_lowercase()
}
