//! Writes slides: titles as headings, paragraphs as lists, tables, charts, and notes.

use std::collections::HashMap;

use super::chart::{Chart, diagram_texts};
use super::slide::{Bullet, Paragraph, Placeholder, Shape, Slide, Table};
use crate::error::Result;
use crate::extract::formats::builder::{Builder, Leaf};
use crate::extract::formats::levels::Levels;
use crate::extract::formats::numerals::Numerals;
use crate::extract::formats::package::{Package, Relation, check_length};
use crate::extract::{Extracted, Place};

pub(super) struct Writer {
    builder: Builder,
    levels: Levels,
    part: String,
}

impl Writer {
    pub fn new() -> Self {
        Self { builder: Builder::new(), levels: Levels::default(), part: String::new() }
    }

    /// What follows is on the slide of a number.
    pub fn begin_slide(&mut self, number: u32, part: &str) {
        self.builder.end_sections();
        self.builder.page(number, "");
        self.builder.part(part);
        self.part = part.to_owned();
    }

    pub fn slide(&mut self, package: &Package<'_>, relations: &[Relation], slide: Slide) -> Result<()> {
        let mut targets: HashMap<&str, &str> =
            relations.iter().map(|relation| (relation.id.as_str(), relation.target.as_str())).collect();
        // What two shapes refer to is shown twice and read once.
        let mut target = |id: &Option<String>| targets.remove(id.as_deref()?);
        for shape in slide.shapes {
            self.shape(&shape);
            if let Some(table) = &shape.table {
                self.table(table)?;
            }
            if let Some(part) = target(&shape.chart)
                && let Some(text) = package.text(part)?
            {
                self.chart(&Chart::read(&text, part)?);
            }
            if let Some(part) = target(&shape.diagram)
                && let Some(text) = package.text(part)?
            {
                self.diagram(&diagram_texts(&text, part)?);
            }
            check_length(&self.builder)?;
        }
        Ok(())
    }

    /// Writes the speaker's notes of the slide.
    pub fn notes(&mut self, part: &str, notes: &Slide) -> Result<()> {
        let is_text = |shape: &&Shape| shape.kind == Placeholder::Body;
        self.builder.part(part);
        for shape in notes.shapes.iter().filter(is_text) {
            self.builder.begin(Leaf::Note);
            for (index, paragraph) in shape.paragraphs.iter().enumerate() {
                if index > 0 {
                    self.builder.line_break();
                }
                self.write(paragraph);
            }
            self.builder.end();
        }
        check_length(&self.builder)
    }

    pub fn finish(self) -> Result<Extracted> {
        self.builder.finish()
    }

    fn write(&mut self, paragraph: &Paragraph) {
        for (index, line) in paragraph.text.split('\n').enumerate() {
            if index > 0 {
                self.builder.line_break();
            }
            self.builder.push(line, Place::Paragraph(paragraph.number));
        }
    }

    fn shape(&mut self, shape: &Shape) {
        if shape.kind == Placeholder::Title {
            self.builder.begin(Leaf::Heading(1));
            for paragraph in &shape.paragraphs {
                self.write(paragraph);
                self.builder.space();
            }
            self.builder.end();
            return;
        }
        // The last number of each level, and whether a paragraph of that level came just before.
        let mut counts: Vec<u32> = Vec::new();
        for paragraph in &shape.paragraphs {
            if paragraph.text.chars().all(crate::extract::is_blank) {
                continue;
            }
            let by_shape = if shape.has_bullets { Bullet::Mark } else { Bullet::None };
            let bullet = paragraph.bullet.as_ref().unwrap_or(&by_shape);
            let marker = match bullet {
                Bullet::None => String::new(),
                Bullet::Mark => "-".to_owned(),
                Bullet::Number(kind, start) => {
                    counts.resize(paragraph.level + 1, 0);
                    let count = &mut counts[paragraph.level];
                    let number = start.saturating_add(*count);
                    *count += 1;
                    numbered(kind, number)
                }
            };
            if !matches!(bullet, Bullet::Number(..)) {
                counts.truncate(paragraph.level);
            }
            if marker.is_empty() {
                self.levels.close(&mut self.builder);
            } else {
                self.levels.item(&mut self.builder, paragraph.level, &marker);
            }
            self.builder.begin(Leaf::Paragraph);
            self.write(paragraph);
            self.builder.end();
        }
        self.levels.close(&mut self.builder);
    }

    fn table(&mut self, table: &Table) -> Result<()> {
        self.builder.begin_table();
        for (index, row) in table.rows.iter().enumerate() {
            self.builder.begin_row(index == 0 && table.has_header && table.rows.len() > 1);
            for cell in row.iter().filter(|cell| !cell.is_covered) {
                self.builder.begin_cell(cell.columns, cell.rows);
                for paragraph in &cell.paragraphs {
                    self.write(paragraph);
                    self.builder.space();
                }
                self.builder.end_cell();
            }
            self.builder.end_row();
            check_length(&self.builder)?;
        }
        self.builder.end_table();
        Ok(())
    }

    fn chart(&mut self, chart: &Chart) {
        self.builder.begin(Leaf::Caption);
        self.builder.push_unplaced(&chart.title);
        self.builder.end();
        self.builder.begin_table();
        for (index, row) in chart.rows().iter().enumerate() {
            self.builder.begin_row(index == 0);
            for cell in row {
                self.builder.begin_cell(1, 1);
                self.builder.push_unplaced(cell);
                self.builder.end_cell();
            }
            self.builder.end_row();
        }
        self.builder.end_table();
    }

    fn diagram(&mut self, texts: &[String]) {
        for text in texts {
            self.levels.item(&mut self.builder, 0, "-");
            self.builder.begin(Leaf::Paragraph);
            self.builder.push_unplaced(text);
            self.builder.end();
        }
        self.levels.close(&mut self.builder);
    }
}

/// A number of a kind such as `alphaLcParenR`, which is `a)`.
fn numbered(kind: &str, number: u32) -> String {
    let numerals = match kind {
        _ if kind.starts_with("alphaLc") => Numerals::Letters,
        _ if kind.starts_with("alphaUc") => Numerals::CapitalLetters,
        _ if kind.starts_with("romanLc") => Numerals::Roman,
        _ if kind.starts_with("romanUc") => Numerals::CapitalRoman,
        _ if kind.starts_with("circle") => Numerals::Circled,
        _ if kind.starts_with("ea") => Numerals::Chinese,
        _ => Numerals::Decimal,
    };
    let number = numerals.write(number);
    match kind {
        _ if kind.ends_with("ParenBoth") => format!("({number})"),
        _ if kind.ends_with("ParenR") => format!("{number})"),
        _ if kind.ends_with("Period") => format!("{number}."),
        _ => number,
    }
}
