//! The styles of an OpenDocument text: what paragraphs are for, what is hidden, and how lists and headings are numbered.

use std::collections::HashMap;

use super::lists::{ListLevel, ListStyle};
use crate::error::Result;
use crate::extract::formats::flow::{Role, Script};
use crate::extract::formats::xml::{Event, Reader, Tag};

/// How many styles one can be based on, one upon the other.
const MAX_CHAIN: usize = 32;

#[derive(Default)]
pub(super) struct Styles {
    /// By the family and the name: names are used once in each.
    by_name: HashMap<(String, String), Style>,
    lists: HashMap<String, ListStyle>,
    outline: ListStyle,
    western: String,
    east_asian: String,
    right_to_left: String,
}

#[derive(Default)]
struct Style {
    parent: Option<String>,
    outline_level: Option<u8>,
    list: Option<String>,
    is_hidden: bool,
    font: Option<String>,
}

/// What is being read.
enum Open {
    Style(String, String),
    Default,
    List(String),
    Outline,
}

impl Styles {
    /// Reads the styles of a part. Those read later go before those read earlier.
    pub fn read(&mut self, text: &str, part: &str) -> Result<()> {
        let mut reader = Reader::new(text, part);
        let mut open: Option<Open> = None;
        while let Some(event) = reader.next()? {
            match event {
                Event::Start(tag) => match tag.name() {
                    "body" | "master-styles" => reader.skip()?,
                    "default-style" if tag.named("family").is_some_and(|it| it == "paragraph") => {
                        open = Some(Open::Default);
                    }
                    "style" => open = Some(self.begin_style(&tag)),
                    "list-style" => {
                        let name = tag.named("name").unwrap_or_default();
                        self.lists.insert(name.clone(), ListStyle::default());
                        open = Some(Open::List(name));
                    }
                    "outline-style" => open = Some(Open::Outline),
                    "text-properties" => self.text_properties(&tag, open.as_ref()),
                    name if name.contains("-level-style") => {
                        let level = tag.number("level").unwrap_or(1);
                        let style = match &open {
                            Some(Open::List(name)) => self.lists.get_mut(name),
                            Some(Open::Outline) => Some(&mut self.outline),
                            _ => None,
                        };
                        if let Some(style) = style {
                            style.set(level, ListLevel::read(&tag));
                        }
                    }
                    _ => {}
                },
                Event::End(tag)
                    if matches!(tag.name(), "style" | "default-style" | "list-style" | "outline-style") =>
                {
                    open = None;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn begin_style(&mut self, tag: &Tag<'_>) -> Open {
        let family = tag.named("family").unwrap_or_default();
        let name = tag.named("name").unwrap_or_default();
        let style = Style {
            parent: tag.named("parent-style-name"),
            outline_level: tag.number("default-outline-level"),
            list: tag.named("list-style-name"),
            is_hidden: false,
            font: None,
        };
        self.by_name.insert((family.clone(), name.clone()), style);
        Open::Style(family, name)
    }

    fn text_properties(&mut self, tag: &Tag<'_>, open: Option<&Open>) {
        match open {
            Some(Open::Style(family, name)) => {
                if let Some(style) = self.by_name.get_mut(&(family.clone(), name.clone())) {
                    style.font = tag.named("font-name").or_else(|| tag.named("font-family"));
                    style.is_hidden = tag.attribute("display").is_some_and(|display| display == "none");
                }
            }
            Some(Open::Default) => {
                let tag_of = |language: &str, country: &str| {
                    let value = |name| tag.attribute(name).filter(|it| !it.is_empty() && it != "none");
                    match (value(language), value(country)) {
                        (Some(language), Some(country)) => format!("{language}-{country}"),
                        (language, _) => language.unwrap_or_default(),
                    }
                };
                self.western = tag_of("language", "country");
                self.east_asian = tag_of("language-asian", "country-asian");
                self.right_to_left = tag_of("language-complex", "country-complex");
            }
            _ => {}
        }
    }

    fn chain<'s>(&'s self, family: &'s str, name: &str) -> impl Iterator<Item = (&'s str, &'s Style)> {
        let known = move |name: &str| self.by_name.get_key_value(&(family.to_owned(), name.to_owned()));
        let next = move |(_, style): &(&(String, String), &Style)| style.parent.as_deref().and_then(known);
        std::iter::successors(known(name), next)
            .take(MAX_CHAIN)
            .map(|((_, name), style)| (name.as_str(), style))
    }

    /// What the paragraphs of a style are for.
    pub fn role(&self, name: &str) -> Role {
        let found = self.chain("paragraph", name).find_map(|(name, _)| Role::named(&spelled(name)));
        // Only an element for headings makes one, whatever its style.
        match found.or_else(|| Role::named(&spelled(name))) {
            Some(Role::Heading(_)) | None => Role::Body,
            Some(role) => role,
        }
    }

    /// The level from 1 of headings of a style, where they say nothing of it.
    pub fn outline_level(&self, name: &str) -> Option<u8> {
        self.chain("paragraph", name).find_map(|(_, style)| style.outline_level)
    }

    /// The list that paragraphs of a style are in; empty where the style says that they are in none.
    pub fn list_of(&self, name: &str) -> Option<&str> {
        self.chain("paragraph", name).find_map(|(_, style)| style.list.as_deref())
    }

    /// Whether text of a style is hidden.
    pub fn is_hidden(&self, family: &str, name: &str) -> bool {
        self.chain(family, name).any(|(_, style)| style.is_hidden)
    }

    /// The font of text of a style, where it names one.
    pub fn font(&self, name: &str) -> Option<&str> {
        self.chain("text", name).find_map(|(_, style)| style.font.as_deref())
    }

    /// Whether paragraphs of a style name the columns of a table.
    pub fn names_columns(&self, name: &str) -> bool {
        spelled(name) == "table heading"
            || self.chain("paragraph", name).any(|(name, _)| spelled(name) == "table heading")
    }

    /// How the lists of a style are numbered.
    pub fn list(&self, name: &str) -> Option<&ListStyle> {
        self.lists.get(name)
    }

    /// How headings are numbered.
    pub fn outline(&self) -> &ListStyle {
        &self.outline
    }

    /// The language that `text` is in unless it says otherwise.
    pub fn language(&self, text: &str) -> &str {
        match Script::of(text) {
            Script::Western => &self.western,
            Script::EastAsian => &self.east_asian,
            Script::RightToLeft => &self.right_to_left,
        }
    }
}

/// A style's name in small letters, with the characters that names cannot hold: `Heading_20_1` is `heading 1`.
fn spelled(name: &str) -> String {
    name.replace("_20_", " ").to_lowercase()
}
