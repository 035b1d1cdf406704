//! Writes blocks through the builder, each line with its rectangle.

use super::super::builder::{Builder, Leaf};
use super::super::{Extracted, Place, one_line};
use super::characters::SOFT_HYPHEN;
use super::frame::Frame;
use super::habits::Habits;
use super::line::{Block, Kind, Line};
use super::paragraphs::{bullet, marker};
use super::words::Join;
use crate::document::{MetadataElement, MetadataValue};
use crate::error::Result;

/// The longest field of metadata, in characters.
const MAX_FIELD_CHARS: usize = 1000;

/// What the document says of itself.
pub(super) struct Properties {
    pub title: String,
    pub author: String,
    pub subject: String,
    pub keywords: String,
    pub language: String,
    pub created: String,
    pub modified: String,
}

struct Writer<'d> {
    builder: Builder,
    /// The number of the page of each sheet, and how it is turned.
    frames: &'d [(u32, Frame)],
    labels: &'d [(u32, String)],
    /// How many pages began.
    begun: usize,
    /// The sheet of the first line of each page.
    habits: &'d Habits,
    /// How many lists are open.
    lists: usize,
}

/// Writes the blocks of a document. `missing` names the pages without text, and those that were not read.
pub(super) fn write(
    blocks: Vec<Block>,
    frames: &[(u32, Frame)],
    labels: &[(u32, String)],
    habits: &Habits,
    properties: Properties,
    missing: (Vec<u32>, Vec<u32>),
) -> Result<Extracted> {
    let mut writer = Writer { builder: Builder::new(), frames, labels, begun: 0, habits, lists: 0 };
    for block in &blocks {
        writer.block(block);
    }
    writer.close_lists(0);
    writer.builder.end();
    writer.pages_to(u32::MAX);
    describe(&mut writer.builder, properties, missing);
    writer.builder.finish()
}

impl Writer<'_> {
    /// Begins the pages up to the one of this number.
    fn pages_to(&mut self, number: u32) {
        while let Some((next, label)) = self.labels.get(self.begun).filter(|(next, _)| *next <= number) {
            self.builder.page(*next, label);
            self.begun += 1;
        }
    }

    fn block(&mut self, block: &Block) {
        let depth = match &block.kind {
            Kind::Item(_, depth) => depth + 1,
            _ => 0,
        };
        self.close_lists(depth);
        self.builder.end();
        if let Some(line) = block.all_lines().next() {
            self.page_of(line);
        }
        match &block.kind {
            Kind::Table => self.table(block),
            Kind::Code => self.code(block),
            Kind::Contents => {
                self.builder.begin(Leaf::Paragraph);
                for line in &block.lines {
                    self.page_of(line);
                    self.builder.push(&line.text.replace(SOFT_HYPHEN, ""), self.place(line));
                    if line.is_entry() {
                        self.builder.line_break();
                    } else {
                        self.builder.space();
                    }
                }
                self.builder.end();
            }
            Kind::Item(mark, _) => {
                while self.lists < depth {
                    self.builder.begin_list();
                    self.lists += 1;
                }
                self.builder.begin_item(mark);
                self.builder.begin(Leaf::Paragraph);
                self.text(&block.lines, true);
                self.builder.end_item();
            }
            Kind::Quotation => {
                self.builder.begin_quotation();
                self.builder.begin(Leaf::Paragraph);
                self.text(&block.lines, false);
                self.builder.end_quotation();
            }
            kind => {
                self.builder.begin(match kind {
                    Kind::Heading(level) => Leaf::Heading(*level),
                    Kind::Caption => Leaf::Caption,
                    Kind::Note => Leaf::Note,
                    _ => Leaf::Paragraph,
                });
                self.text(&block.lines, false);
                self.builder.end();
            }
        }
    }

    fn close_lists(&mut self, depth: usize) {
        while self.lists > depth {
            self.builder.end_list();
            self.lists -= 1;
        }
    }

    fn page_of(&mut self, line: &Line) {
        if let Some((number, _)) = self.frames.get(line.sheet) {
            self.pages_to(*number);
        }
    }

    fn place(&self, line: &Line) -> Place {
        let (number, frame) = self.frames.get(line.sheet).copied().unwrap_or_default();
        Place::Page { number, rectangle: Some(frame.rectangle(line.area)) }
    }

    /// Writes lines as one text.
    fn text(&mut self, lines: &[Line], is_item: bool) {
        for (at, line) in lines.iter().enumerate() {
            self.page_of(line);
            let own = if is_item && at == 0 { without_marker(&line.text) } else { &line.text };
            let join = lines.get(at + 1).map(|next| self.habits.words.join(&line.text, &next.text));
            let mut text: String = own.chars().filter(|character| *character != SOFT_HYPHEN).collect();
            if join == Some(Join::Hyphen) && !own.ends_with(SOFT_HYPHEN) {
                text.pop();
            }
            self.builder.push(&text, self.place(line));
            if join == Some(Join::Space) {
                self.builder.space();
            }
        }
    }

    fn code(&mut self, block: &Block) {
        self.builder.begin(Leaf::Code(String::new()));
        let left = block.lines.iter().map(|line| line.area.left).fold(f32::MAX, f32::min);
        for (at, line) in block.lines.iter().enumerate() {
            self.page_of(line);
            // Letters of one width tell how far a line is indented.
            let advance = line.area.width() / line.weight.max(1) as f32;
            let indent = ((line.area.left - left) / advance.max(1.0)).round().clamp(0.0, 80.0) as usize;
            let end = if at + 1 < block.lines.len() { "\n" } else { "" };
            let text = format!("{}{}{end}", " ".repeat(indent), line.text.replace(SOFT_HYPHEN, ""));
            self.builder.push(&text, self.place(line));
        }
        self.builder.end();
    }

    fn table(&mut self, block: &Block) {
        self.builder.begin_table();
        for row in &block.rows {
            if let Some(line) = row.cells.iter().flatten().next() {
                self.page_of(line);
            }
            self.builder.begin_row(row.is_header);
            for cell in &row.cells {
                self.builder.begin_cell(1, 1);
                self.text(cell, false);
                self.builder.end_cell();
            }
            self.builder.end_row();
        }
        self.builder.end_table();
    }
}

fn without_marker(text: &str) -> &str {
    bullet(text).or(marker(text).map(|(_, rest)| rest)).unwrap_or(text)
}

fn describe(builder: &mut Builder, properties: Properties, (without, unread): (Vec<u32>, Vec<u32>)) {
    let field = |text: &str| one_line(text, MAX_FIELD_CHARS);
    let described = builder.properties();
    described.title = field(&properties.title);
    described.language = field(&properties.language);
    let texts = [
        ("author", field(&properties.author)),
        ("subject", field(&properties.subject)),
        ("keywords", field(&properties.keywords)),
        ("date", date(&properties.created).unwrap_or_default()),
        ("modified", date(&properties.modified).unwrap_or_default()),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        described.metadata.insert(name.to_owned(), MetadataValue::String(text));
    }
    for (name, pages) in [("pagesWithoutText", without), ("pagesNotRead", unread)] {
        if !pages.is_empty() {
            let numbers = pages.into_iter().map(|page| MetadataElement::Number(f64::from(page)));
            described.metadata.insert(name.to_owned(), MetadataValue::Array(numbers.collect()));
        }
    }
}

/// A date such as `D:20240131120000+01'00'` in ISO 8601; one that is so already stays.
fn date(text: &str) -> Option<String> {
    let text = text.trim();
    let is_iso = text.len() >= 10
        && text.as_bytes()[4] == b'-'
        && text.bytes().take(4).all(|byte| byte.is_ascii_digit());
    if is_iso {
        return Some(one_line(text, 40));
    }
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits: String = text.chars().take_while(char::is_ascii_digit).take(14).collect();
    let part = |from: usize| digits.get(from..from + 2);
    let number = |from: usize| part(from).and_then(|part| part.parse::<u32>().ok());
    let year = digits.get(..4)?;
    let is_sound = number(4).is_none_or(|month| (1..=12).contains(&month))
        && number(6).is_none_or(|day| (1..=31).contains(&day))
        && number(8).is_none_or(|hour| hour < 24)
        && number(10).is_none_or(|minute| minute < 60)
        && number(12).is_none_or(|second| second < 60);
    if !is_sound {
        return None;
    }
    let mut date = format!("{year}-{}-{}", part(4).unwrap_or("01"), part(6).unwrap_or("01"));
    if let (Some(hour), Some(minute)) = (part(8), part(10)) {
        date.push_str(&format!("T{hour}:{minute}:{}", part(12).unwrap_or("00")));
        date.push_str(&zone(&text[digits.len()..]));
    }
    Some(date)
}

/// The zone of a date, such as `+01'00'`; empty where none is said.
fn zone(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some('Z') => "Z".to_owned(),
        Some(sign @ ('+' | '-')) => {
            let digits: String = characters.filter(char::is_ascii_digit).take(4).collect();
            match digits.len() {
                2 => format!("{sign}{digits}:00"),
                4 => format!("{sign}{}:{}", &digits[..2], &digits[2..]),
                _ => String::new(),
            }
        }
        _ => String::new(),
    }
}
