//! The texts of charts and diagrams: what a chart shows as a table, what a diagram says as a list.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::extract::formats::xml::{Event, Reader};

/// The most series of a chart that are read.
const MAX_SERIES: usize = 100;

/// The most points of a chart that are written.
const MAX_POINTS: usize = 1000;

#[derive(Default)]
pub(super) struct Chart {
    pub title: String,
    pub series: Vec<Series>,
}

#[derive(Default)]
pub(super) struct Series {
    pub name: String,
    pub categories: BTreeMap<u32, String>,
    pub values: BTreeMap<u32, String>,
}

/// What the points that are being read are for.
#[derive(Clone, Copy, PartialEq)]
enum Points {
    Name,
    Categories,
    Values,
}

impl Chart {
    /// Reads a chart, with the values that it was last drawn with.
    pub fn read(text: &str, part: &str) -> Result<Self> {
        let mut reader = Reader::new(text, part);
        let mut chart = Self::default();
        let (mut points, mut index, mut is_in_title) = (None, 0, false);
        while let Some(event) = reader.next()? {
            match event {
                Event::Start(tag) => match tag.name() {
                    "ser" if chart.series.len() == MAX_SERIES => reader.skip()?,
                    "ser" => chart.series.push(Series::default()),
                    "tx" if !chart.series.is_empty() => points = Some(Points::Name),
                    "cat" | "xVal" => points = Some(Points::Categories),
                    "val" | "yVal" => points = Some(Points::Values),
                    "pt" => index = tag.number("idx").unwrap_or(0),
                    "title" => is_in_title = chart.series.is_empty(),
                    "t" if is_in_title => chart.title.push_str(&reader.text()?),
                    "v" => {
                        let text = reader.text()?;
                        if let (Some(points), Some(series)) = (points, chart.series.last_mut()) {
                            series.add(points, index, text);
                        }
                    }
                    _ => {}
                },
                Event::End(tag) => match tag.name() {
                    "title" => is_in_title = false,
                    "tx" | "cat" | "xVal" | "val" | "yVal" => points = None,
                    _ => {}
                },
                Event::Text(_) => {}
            }
        }
        Ok(chart)
    }

    /// What is shown, row by row: the names of the series, then each category with its values.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let places: BTreeSet<u32> =
            self.series.iter().flat_map(|series| series.values.keys().copied()).take(MAX_POINTS).collect();
        if places.is_empty() {
            return Vec::new();
        }
        let names = self.series.iter().map(|series| series.name.clone());
        let mut rows = vec![std::iter::once(String::new()).chain(names).collect::<Vec<_>>()];
        for place in places {
            let category = self.series.iter().find_map(|series| series.categories.get(&place));
            let value = |series: &Series| series.values.get(&place).cloned().unwrap_or_default();
            let values = self.series.iter().map(value);
            rows.push(std::iter::once(category.cloned().unwrap_or_default()).chain(values).collect());
        }
        rows
    }
}

impl Series {
    fn add(&mut self, points: Points, index: u32, text: String) {
        match points {
            Points::Name => self.name = text,
            Points::Categories => {
                self.categories.insert(index, text);
            }
            Points::Values => {
                // Shorter where it is a number with the noise of binary fractions.
                let number = text.parse::<f64>().ok().and_then(|it| format!("{it:.14e}").parse::<f64>().ok());
                let is_plain = |number: &f64| (1e-9..1e15).contains(&number.abs()) || *number == 0.0;
                let text = number.filter(is_plain).map_or(text, |number| number.to_string());
                self.values.insert(index, text);
            }
        }
    }
}

/// The texts of a diagram, in the order of its data.
pub(super) fn diagram_texts(text: &str, part: &str) -> Result<Vec<String>> {
    let mut reader = Reader::new(text, part);
    let mut texts = Vec::new();
    let mut current = String::new();
    let mut is_in_paragraph = false;
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(tag) => match tag.name() {
                "pt" if tag.attribute("type").is_some_and(|kind| kind != "node" && kind != "asst") => {
                    reader.skip()?;
                }
                "p" => is_in_paragraph = true,
                // Around the paragraphs of a point is an element `t` as well.
                "t" if is_in_paragraph => current.push_str(&reader.text()?),
                _ => {}
            },
            Event::End(tag) if tag.name() == "p" => {
                is_in_paragraph = false;
                let text = std::mem::take(&mut current);
                if !text.trim().is_empty() {
                    texts.push(text.trim().to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(texts)
}
