//! The numbers of list items and headings, counted as Word counts them: the file has only the rules.

use std::collections::{HashMap, HashSet};

use super::properties::MAX_LEVELS;
use crate::error::Result;
use crate::extract::formats::flow::Mark;
use crate::extract::formats::numerals::Numerals;
use crate::extract::formats::xml::{Event, Reader, Tag};

/// The longest pattern of a number that is followed, in characters.
const MAX_PATTERN_CHARS: usize = 60;

#[derive(Default)]
pub(super) struct Numbering {
    schemes: HashMap<u32, Scheme>,
    lists: HashMap<u32, List>,
    /// The scheme that a style of lists stands for.
    style_schemes: HashMap<String, u32>,
    /// How far each scheme has counted: lists of one scheme go on with each other.
    counts: HashMap<u32, [Option<u32>; MAX_LEVELS]>,
    /// The lists that have had an item.
    begun: HashSet<u32>,
}

#[derive(Default)]
struct Scheme {
    levels: HashMap<usize, Level>,
    /// The style of lists that it takes its levels from.
    borrows_from: Option<String>,
}

#[derive(Default)]
struct List {
    scheme: u32,
    starts: HashMap<usize, u32>,
    levels: HashMap<usize, Level>,
}

#[derive(Clone, Debug)]
struct Level {
    start: u32,
    /// None for bullets and for items without any number.
    numerals: Option<Numerals>,
    is_bullet: bool,
    /// With `%1` for the number of the first level.
    pattern: String,
    /// From which level on, counted from 1, an item begins this level anew; 0 for none.
    restart: Option<usize>,
    style: Option<String>,
    is_decimal_throughout: bool,
}

impl Default for Level {
    fn default() -> Self {
        Self {
            start: 0,
            numerals: Some(Numerals::Decimal),
            is_bullet: false,
            pattern: String::new(),
            restart: None,
            style: None,
            is_decimal_throughout: false,
        }
    }
}

/// Where in the part the reader is.
#[derive(Clone, Copy)]
enum Owner {
    Scheme(u32),
    List(u32),
}

impl Numbering {
    /// Reads the part of numbering.
    pub fn read(text: &str, part: &str) -> Result<Self> {
        let mut reader = Reader::new(text, part);
        let mut numbering = Self::default();
        let (mut owner, mut overridden) = (None, None);
        while let Some(event) = reader.next()? {
            let Event::Start(tag) = event else { continue };
            match (tag.name(), owner) {
                ("abstractNum", _) => {
                    let id = tag.number("abstractNumId").unwrap_or(0);
                    numbering.schemes.insert(id, Scheme::default());
                    owner = Some(Owner::Scheme(id));
                }
                ("num", _) => {
                    let id = tag.number("numId").unwrap_or(0);
                    numbering.lists.insert(id, List::default());
                    owner = Some(Owner::List(id));
                }
                ("numStyleLink", Some(Owner::Scheme(id))) => {
                    if let Some(scheme) = numbering.schemes.get_mut(&id) {
                        scheme.borrows_from = tag.named("val");
                    }
                }
                ("styleLink", Some(Owner::Scheme(id))) => {
                    numbering.style_schemes.insert(tag.named("val").unwrap_or_default(), id);
                }
                ("abstractNumId", Some(Owner::List(id))) => {
                    if let Some(list) = numbering.lists.get_mut(&id) {
                        list.scheme = tag.number("val").unwrap_or(0);
                    }
                }
                ("lvlOverride", Some(Owner::List(_))) => overridden = tag.number("ilvl"),
                ("startOverride", Some(Owner::List(id))) => {
                    let start = tag.number("val");
                    if let (Some(list), Some(level), Some(start)) =
                        (numbering.lists.get_mut(&id), overridden, start)
                    {
                        list.starts.insert(level, start);
                    }
                }
                ("lvl", Some(owner)) => {
                    let index = tag.number("ilvl").unwrap_or(0);
                    let level = Level::read(&mut reader)?;
                    let levels = match owner {
                        Owner::Scheme(id) => numbering.schemes.get_mut(&id).map(|it| &mut it.levels),
                        Owner::List(id) => numbering.lists.get_mut(&id).map(|it| &mut it.levels),
                    };
                    if let Some(levels) = levels.filter(|_| index < MAX_LEVELS) {
                        levels.insert(index, level);
                    }
                }
                _ => {}
            }
        }
        Ok(numbering)
    }

    /// Counts an item of a list and gives its level and what stands before it. A style that puts paragraphs into a list says
    /// so by its name alone: the level is then the one that names the style. `None` where there is no such list.
    pub fn next(&mut self, id: u32, level: Option<usize>, style: Option<&str>) -> Option<(usize, Mark)> {
        let list = self.lists.get(&id)?;
        let (scheme_id, scheme) = scheme_of(list, &self.schemes, &self.style_schemes)?;
        let of_style = || {
            let has_style =
                |(_, level): &(&usize, &Level)| style.is_some() && level.style.as_deref() == style;
            scheme.levels.iter().filter(has_style).map(|(index, _)| *index).min()
        };
        let level = level.or_else(of_style).unwrap_or(0).min(MAX_LEVELS - 1);
        let rule = |index: usize| list.levels.get(&index).or_else(|| scheme.levels.get(&index));
        let start = |index: usize| {
            list.starts.get(&index).copied().or(rule(index).map(|rule| rule.start)).unwrap_or(1)
        };

        let counts = self.counts.entry(scheme_id).or_default();
        if self.begun.insert(id) {
            for begins in list.starts.keys().filter(|index| **index < MAX_LEVELS) {
                counts[*begins] = None;
            }
        }
        counts[level] = Some(counts[level].map_or(start(level), |count| count.saturating_add(1)));
        for (index, count) in counts.iter_mut().enumerate() {
            if index < level {
                count.get_or_insert(start(index));
            }
            let restarts = || match rule(index).and_then(|rule| rule.restart) {
                Some(restart) => level < restart,
                None => true,
            };
            if index > level && restarts() {
                *count = None;
            }
        }
        let counts = *counts;
        let mark = match rule(level) {
            Some(own) if own.is_bullet => own.bullet(),
            Some(own) => own.number(&counts, |index| rule(index).and_then(|rule| rule.numerals)),
            None => Mark::Bullet,
        };
        Some((level, mark))
    }
}

/// The levels of a list: of its scheme, or of the scheme that this one borrows from.
fn scheme_of<'s>(
    list: &List,
    schemes: &'s HashMap<u32, Scheme>,
    style_schemes: &HashMap<String, u32>,
) -> Option<(u32, &'s Scheme)> {
    let scheme = schemes.get(&list.scheme)?;
    let lender = scheme.borrows_from.as_ref().and_then(|style| style_schemes.get(style));
    let lender = lender.and_then(|id| Some((*id, schemes.get(id)?)));
    Some(lender.unwrap_or((list.scheme, scheme)))
}

impl Level {
    /// Reads the rest of an element `lvl`.
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut level = Self::default();
        reader.each_inside(|tag: &Tag<'_>| match tag.name() {
            "start" => level.start = tag.number("val").unwrap_or(0),
            "numFmt" => {
                let name = tag.attribute("val").unwrap_or_default();
                level.is_bullet = name == "bullet";
                level.numerals = Numerals::named(&name);
            }
            "lvlText" => {
                let pattern = tag.attribute("val").unwrap_or_default();
                level.pattern = pattern.chars().take(MAX_PATTERN_CHARS).collect();
            }
            "lvlRestart" => level.restart = tag.number("val"),
            "pStyle" => level.style = tag.named("val"),
            "isLgl" => level.is_decimal_throughout = tag.is_on(),
            _ => {}
        })?;
        Ok(level)
    }

    /// Whatever a bullet looks like, it is one mark; one that cannot be seen is none.
    fn bullet(&self) -> Mark {
        let is_seen = self.pattern.chars().any(|mark| !crate::extract::is_blank(mark));
        if is_seen { Mark::Bullet } else { Mark::Nothing }
    }

    fn number(
        &self,
        counts: &[Option<u32>; MAX_LEVELS],
        numerals: impl Fn(usize) -> Option<Numerals>,
    ) -> Mark {
        let mut text = String::new();
        let mut pattern = self.pattern.chars().peekable();
        while let Some(mark) = pattern.next() {
            let index = (mark == '%').then(|| pattern.peek()?.to_digit(10)).flatten();
            let Some(index) = index.filter(|index| (1..=9).contains(index)) else {
                text.push(mark);
                continue;
            };
            pattern.next();
            let index = index as usize - 1;
            let (Some(count), Some(numerals)) = (counts[index], numerals(index)) else { continue };
            let numerals = if self.is_decimal_throughout { Numerals::Decimal } else { numerals };
            text.push_str(&numerals.write(count));
        }
        let text = text.trim();
        if text.is_empty() { Mark::Nothing } else { Mark::Number(text.to_owned()) }
    }
}
