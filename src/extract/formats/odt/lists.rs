//! Lists of OpenDocument texts: how their items are numbered, and how far each has counted.

use std::collections::HashMap;

use crate::extract::formats::flow::Mark;
use crate::extract::formats::numerals::Numerals;
use crate::extract::formats::xml::Tag;

/// The most levels of a list.
const MAX_LEVELS: usize = 10;

/// The longest text around a number, in characters.
const MAX_AFFIX_CHARS: usize = 20;

#[derive(Clone, Debug, Default)]
pub(super) struct ListStyle {
    levels: [ListLevel; MAX_LEVELS],
}

#[derive(Clone, Debug, Default)]
pub(super) struct ListLevel {
    is_bullet: bool,
    numerals: Option<Numerals>,
    prefix: String,
    suffix: String,
    start: Option<u32>,
    /// How many levels are shown, its own the last.
    shown: usize,
}

/// How far the levels of a list have counted.
pub(super) type Counts = [Option<u32>; MAX_LEVELS];

impl ListLevel {
    /// What an element for a level of a list says.
    pub fn read(tag: &Tag<'_>) -> Self {
        let affix = |name| -> String {
            tag.attribute(name).unwrap_or_default().chars().take(MAX_AFFIX_CHARS).collect()
        };
        Self {
            is_bullet: tag.name().ends_with("bullet") || tag.name().ends_with("image"),
            numerals: Numerals::like(&tag.attribute("num-format").unwrap_or_default()),
            prefix: affix("num-prefix"),
            suffix: affix("num-suffix"),
            start: tag.number("start-value"),
            shown: tag.number("display-levels").unwrap_or(1).clamp(1, MAX_LEVELS),
        }
    }
}

impl ListStyle {
    /// Sets what is said of a level from 1.
    pub fn set(&mut self, level: usize, said: ListLevel) {
        if let Some(known) = level.checked_sub(1).and_then(|level| self.levels.get_mut(level)) {
            *known = said;
        }
    }

    /// Counts an item of a level from 0, which may begin at a number of its own, and gives what stands before it.
    pub fn next(&self, counts: &mut Counts, level: usize, own_start: Option<u32>) -> Mark {
        let level = level.min(MAX_LEVELS - 1);
        let start = |level: usize| self.levels[level].start.unwrap_or(1);
        let next = counts[level].map_or(start(level), |count| count.saturating_add(1));
        counts[level] = Some(own_start.unwrap_or(next));
        counts[level + 1..].fill(None);
        let rule = &self.levels[level];
        if rule.is_bullet {
            return Mark::Bullet;
        }
        if rule.numerals.is_none() {
            return Mark::Nothing;
        }
        let first = (level + 1).saturating_sub(rule.shown);
        let numbers = (first..=level).filter_map(|level| {
            let numerals = self.levels[level].numerals?;
            Some(numerals.write(counts[level].unwrap_or(start(level))))
        });
        let numbers: Vec<String> = numbers.collect();
        Mark::Number(format!("{}{}{}", rule.prefix, numbers.join("."), rule.suffix).trim().to_owned())
    }
}

/// The lists that are open, and those that later ones can go on with.
#[derive(Default)]
pub(super) struct Lists {
    open: Vec<Open>,
    /// How far the list that ended last of each style and of each name has counted.
    by_style: HashMap<String, Counts>,
    by_name: HashMap<String, Counts>,
    counts: Counts,
}

struct Open {
    style: String,
    name: String,
    /// The number that the item which is open begins with, and whether it has yet to be counted.
    start: Option<u32>,
    is_fresh: bool,
}

impl Lists {
    /// Begins a list; one in another has its style unless it has its own.
    pub fn begin(&mut self, tag: &Tag<'_>) {
        let outer = self.open.last().map(|open| open.style.clone());
        let style = tag.named("style-name").or(outer).unwrap_or_default();
        if self.open.is_empty() {
            let goes_on = tag.attribute("continue-numbering").is_some_and(|it| it == "true");
            let named = tag.named("continue-list").and_then(|name| self.by_name.get(&name));
            let before = named.or_else(|| self.by_style.get(&style).filter(|_| goes_on));
            self.counts = before.copied().unwrap_or_default();
        }
        let name = tag.named("id").unwrap_or_default();
        self.open.push(Open { style, name, start: None, is_fresh: false });
    }

    /// Ends a list.
    pub fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if !open.name.is_empty() {
            self.by_name.insert(open.name, self.counts);
        }
        if self.open.is_empty() {
            self.by_style.insert(open.style, self.counts);
        }
    }

    /// Begins an item, which is counted with its first paragraph.
    pub fn item(&mut self, tag: &Tag<'_>) {
        if let Some(open) = self.open.last_mut() {
            open.is_fresh = tag.name() == "list-item";
            open.start = tag.number("start-value");
        }
    }

    /// The level from 0 of the list that a paragraph is in, and what stands before it; `None` outside of lists.
    pub fn next<'s>(&mut self, style: impl Fn(&str) -> Option<&'s ListStyle>) -> Option<(usize, Mark)> {
        let level = self.open.len().checked_sub(1)?;
        let open = self.open.last_mut()?;
        if !std::mem::take(&mut open.is_fresh) {
            return Some((level, Mark::Nothing));
        }
        let mark = match style(&open.style) {
            Some(style) => style.next(&mut self.counts, level, open.start),
            None => Mark::Bullet,
        };
        Some((level, mark))
    }
}
