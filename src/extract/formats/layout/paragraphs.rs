//! From the lines of a column to paragraphs and list items.

use super::characters::{is_hyphen, is_unspaced, weight};
use super::habits::Habits;
use super::line::{Block, Kind, Line};
use super::tagged::{Role, Roles};

/// What the lines of a column have in common.
struct Column {
    start: f32,
    end: f32,
    /// The distance of baselines, in parts of the size.
    step: f32,
    /// Most lines reach its end.
    is_justified: bool,
    /// Where several lines end: the measures of justified text.
    edges: Vec<f32>,
    /// Lines that are not the first of their paragraph are indented.
    hangs: bool,
}

impl Column {
    fn of(lines: &[Line], habits: &Habits) -> Self {
        let mut ends: Vec<f32> = lines.iter().map(Line::end).collect();
        ends.sort_by(f32::total_cmp);
        let end = ends.get((ends.len() * 97 / 100).min(ends.len().saturating_sub(1))).copied().unwrap_or(0.0);
        let start = lines.iter().map(Line::start).reduce(f32::min).unwrap_or(0.0);
        let full = lines.iter().filter(|line| end - line.end() < 0.4 * line.size).count();
        let is_justified = lines.len() >= 4 && full * 10 >= lines.len() * 6;
        let mut column = Self {
            start,
            end,
            step: usual_step(lines).unwrap_or(habits.step),
            is_justified,
            edges: edges(&ends),
            hangs: false,
        };
        let shifts = lines.windows(2).filter(|pair| pair[1].start() - pair[0].start() > 0.7 * pair[0].size);
        let (mut after_full, mut after_short) = (0, 0);
        for pair in
            shifts.filter(|pair| pair[1].baseline - pair[0].baseline < 1.25 * column.step * pair[0].size)
        {
            if column.is_short(&pair[0], &pair[1]) {
                after_short += 1;
            } else {
                after_full += 1;
            }
        }
        column.hangs = after_full >= 2 && after_full > 4 * after_short;
        column
    }

    /// Whether `line` ended although the first word of `next` had room on it.
    fn is_short(&self, line: &Line, next: &Line) -> bool {
        let mut last = line.text.chars().rev();
        if last.next().is_some_and(is_hyphen) && last.next().is_some_and(char::is_alphabetic) {
            return false;
        }
        let above = self.edges.partition_point(|edge| *edge < line.end() - 0.1 * line.size);
        let end = self.edges.get(above).copied().unwrap_or(self.end);
        let room = end - line.end();
        // Marks that must not begin a line take characters before them along.
        let is_wide = next.text.chars().next().is_some_and(is_unspaced);
        let needed = if is_wide { 2.3 * line.size } else { next.first_word() * 1.05 + 0.3 * line.size };
        room > needed || (self.is_justified && room > (2.3 * line.size).max(0.06 * (self.end - self.start)))
    }
}

/// The places that so many of the sorted ends share that it is no accident.
fn edges(ends: &[f32]) -> Vec<f32> {
    let least = if ends.len() < 12 { 3 } else { 4 };
    let mut edges: Vec<f32> = Vec::new();
    let mut first = 0;
    for at in 0..ends.len() {
        while ends[at] - ends[first] > 0.6 {
            first += 1;
        }
        if at - first + 1 >= least {
            match edges.last_mut() {
                Some(last) if ends[first] - *last < 1.0 => *last = ends[at],
                _ => edges.push(ends[at]),
            }
        }
    }
    edges
}

/// The most frequent distance of baselines of lines of one size, in parts of it.
fn usual_step(lines: &[Line]) -> Option<f32> {
    let mut steps: Vec<f32> = lines
        .windows(2)
        .filter(|pair| (pair[0].size - pair[1].size).abs() < 0.3 && pair[0].size > 0.0)
        .map(|pair| (pair[1].baseline - pair[0].baseline) / pair[0].size)
        .filter(|step| (0.9..3.5).contains(step))
        .collect();
    if steps.len() < 5 {
        return None;
    }
    steps.sort_by(f32::total_cmp);
    // The step that most others are close to.
    let close = |step: f32| {
        steps.partition_point(|other| *other <= step + 0.04)
            - steps.partition_point(|other| *other < step - 0.04)
    };
    let best = steps.iter().copied().max_by_key(|step| close(*step))?;
    (close(best) * 3 >= steps.len()).then_some(best)
}

/// The paragraphs of a column's lines, which come from top to bottom.
pub(super) fn paragraphs(lines: Vec<Line>, roles: &Roles, habits: &Habits) -> Vec<Block> {
    let column = Column::of(&lines, habits);
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Vec<Line> = Vec::new();
    let mut lines = lines.into_iter().peekable();
    while let Some(line) = lines.next() {
        if let Some(last) = open.last()
            && breaks(&open, last, &line, lines.peek(), &column, roles)
        {
            blocks.push(block(std::mem::take(&mut open), &column, roles));
        }
        open.push(line);
    }
    if !open.is_empty() {
        blocks.push(block(open, &column, roles));
    }
    blocks
}

/// Whether a paragraph ends between two lines.
fn breaks(
    open: &[Line],
    last: &Line,
    line: &Line,
    after: Option<&Line>,
    column: &Column,
    roles: &Roles,
) -> bool {
    if last.node > 0 && last.node == line.node && roles.role(line.node) != Role::None {
        return roles.role(line.node) == Role::Item && bullet(&line.text).is_some();
    }
    let are_tagged = last.node > 0 && line.node > 0;
    if are_tagged && (roles.role(last.node), roles.role(line.node)) != (Role::Paragraph, Role::Paragraph) {
        return true;
    }
    match (last.is_entry(), line.is_entry()) {
        (true, true) => return false,
        (true, false) | (false, true) => {
            return open.len() > 1 || !line.is_entry() || column.is_short(last, line);
        }
        _ => {}
    }
    if last.style.fixed && line.style.fixed {
        // Code keeps its lines, whatever their lengths.
        return line.baseline - last.baseline > 2.2 * column.step * last.size;
    }
    if last.style.fixed != line.style.fixed && weight(&last.text) > 3 && weight(&line.text) > 3 {
        return true;
    }
    let size = last.size.max(line.size);
    let step = line.baseline - last.baseline;
    if (last.size - line.size).abs() > 0.08 * size
        || step > 1.3 * column.step * size + 0.5
        || step < -0.5 * size
    {
        return true;
    }
    if bullet(&line.text).is_some() {
        return true;
    }
    let first = &open[0];
    let is_short = column.is_short(last, line);
    let shift = line.start() - last.start();
    let is_item = marker(&first.text).is_some();
    if marker(&line.text).is_some()
        && (is_item || is_short || shift.abs() > 0.3 * size || ends_sentence(&last.text))
    {
        // A number at the beginning of a line may be a part of the sentence.
        let hangs = after.is_some_and(|after| after.start() > line.start() + 0.5 * size);
        if is_short || is_item || hangs || ends_sentence(&last.text) {
            return true;
        }
    }
    let is_centred = |line: &Line| {
        let (before, behind) = (line.start() - column.start, column.end - line.end());
        before > line.size && (before - behind).abs() < 0.6 * line.size
    };
    if is_centred(last) && is_centred(line) && last.style == line.style {
        // The lines of a title are of any length.
        return step > 1.2 * column.step * size && is_short;
    }
    if last.style.bold != line.style.bold && open.iter().all(|line| line.style.bold) && is_short {
        return true;
    }
    if is_item {
        // What hangs below its marker belongs to it, whatever room there was.
        let is_below = open.len() == 1 && line.start() > first.start() + 0.3 * size;
        let hangs_on =
            open.len() > 1 && shift.abs() < 0.3 * size && line.start() > first.start() + 0.3 * size;
        if is_below || hangs_on {
            return is_short
                && last.end() < column.end - 0.3 * (column.end - column.start)
                && ends_sentence(&last.text)
                && !hangs_on
                && !is_below;
        }
    }
    if is_short {
        return true;
    }
    if shift > 0.7 * size {
        return !(column.hangs
            || is_item
            || open.len() == 1
                && after.is_some_and(|after| (after.start() - line.start()).abs() < 0.3 * size)
                && !ends_sentence(&last.text));
    }
    // Back to the margin: the second line of a paragraph whose first is indented, or the next of those that hang.
    shift < -0.7 * size && (column.hangs || open.len() > 1)
}

fn ends_sentence(text: &str) -> bool {
    let closers = ['"', '\u{201D}', '\u{2019}', '\'', ')', ']', '\u{BB}', '\u{300D}', '\u{FF09}'];
    text.trim_end_matches(closers)
        .ends_with(['.', '!', '?', ':', ';', '\u{3002}', '\u{FF01}', '\u{FF1F}', '\u{61F}', '\u{2026}'])
}

fn block(lines: Vec<Line>, column: &Column, roles: &Roles) -> Block {
    let node = lines[0].node;
    let is_code = lines.iter().all(|line| line.style.fixed) && lines.iter().any(|line| line.weight > 8);
    let is_contents =
        lines.len() > 1 && lines.iter().filter(|line| line.is_entry()).count() * 2 > lines.len();
    let kind = match roles.role(node) {
        Role::Heading(level) => Kind::Heading(level),
        Role::Caption => Kind::Caption,
        Role::Note => Kind::Note,
        Role::Code => Kind::Code,
        Role::Quotation => Kind::Quotation,
        _ if roles.is_within(node, |role| role == Role::Note) => Kind::Note,
        _ if is_contents => Kind::Contents,
        _ if is_code && (lines.len() > 1 || roles.role(node) == Role::None) => Kind::Code,
        _ => match (bullet(&lines[0].text), roles.item_of(node)) {
            (_, Some((_, depth))) => Kind::Item(own_marker(&lines[0].text), depth.saturating_sub(1).min(8)),
            (Some(_), _) => Kind::Item("-".to_owned(), 0),
            _ => Kind::Paragraph,
        },
    };
    Block::of(kind, lines, (column.start, column.end))
}

fn own_marker(text: &str) -> String {
    match (bullet(text), marker(text)) {
        (None, Some((marker, _))) => marker.to_owned(),
        _ => "-".to_owned(),
    }
}

/// The text after the bullet that it begins with.
pub(super) fn bullet(text: &str) -> Option<&str> {
    let mut characters = text.chars();
    let first = characters.next()?;
    let rest = characters.as_str();
    let is_sure = matches!(
        first,
        '\u{2022}'
            | '\u{25E6}'
            | '\u{25AA}'
            | '\u{25AB}'
            | '\u{25A0}'
            | '\u{25A1}'
            | '\u{25CF}'
            | '\u{25CB}'
            | '\u{2023}'
            | '\u{2043}'
            | '\u{27A2}'
            | '\u{2713}'
            | '\u{2714}'
            | '\u{2756}'
            | '\u{F0B7}'
            | '\u{F0A7}'
            | '\u{F0D8}'
            | '\u{F076}'
            | '\u{FFED}'
            | '\u{25FE}'
            | '\u{25FC}'
            | '\u{25B8}'
            | '\u{25B6}'
    );
    let may_be = matches!(first, '-' | '\u{2013}' | '\u{2014}' | '*' | '\u{B7}' | '\u{2212}');
    let text = rest.trim_start();
    let is_private = matches!(first, '\u{E000}'..='\u{F8FF}') && rest.starts_with(' ');
    ((is_sure || is_private || may_be && rest.starts_with(' ')) && !text.is_empty()).then_some(text)
}

/// The number or letter that a text begins with as the marker of an item, and what follows it.
pub(super) fn marker(text: &str) -> Option<(&str, &str)> {
    let (marker, rest) = text.split_once(' ')?;
    let inner = marker.strip_prefix(['(', '[']).unwrap_or(marker);
    let inner = inner.strip_suffix(['.', ')', ']'])?;
    let is_number = (1..=3).contains(&inner.len()) && inner.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter = inner.len() == 1 && inner.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_roman = (1..=5).contains(&inner.len())
        && (inner.bytes().all(|byte| b"ivx".contains(&byte))
            || inner.bytes().all(|byte| b"IVX".contains(&byte)));
    // "A. Smith" is no item.
    let is_initial =
        is_letter && marker.ends_with('.') && inner.bytes().all(|byte| byte.is_ascii_uppercase());
    ((is_number || is_letter || is_roman) && !is_initial && !rest.is_empty()).then_some((marker, rest))
}

/// Makes items of paragraphs that are numbered one after the other, and gives items their depths.
pub(super) fn number_items(blocks: &mut [Block]) {
    let number = |block: &Block| -> Option<(u32, bool)> {
        let (marker, _) = marker(&block.lines.first()?.text)?;
        let inner = marker.trim_matches(['(', ')', '[', ']', '.']);
        let letter = inner.bytes().next()?;
        let value = inner
            .parse()
            .ok()
            .or_else(|| Some(u32::from(letter.to_ascii_lowercase().checked_sub(b'a')?) + 1))?;
        Some((value, letter.is_ascii_digit()))
    };
    let numbers: Vec<Option<(u32, bool)>> =
        blocks.iter().map(|block| if block.kind == Kind::Paragraph { number(block) } else { None }).collect();
    // What follows a number within a few blocks is the next one, or it was the last.
    for (at, value) in numbers.iter().enumerate() {
        let Some((value, is_digit)) = *value else { continue };
        let has = |wanted: u32, places: &[Option<(u32, bool)>]| places.contains(&Some((wanted, is_digit)));
        let end = (at + 4).min(numbers.len());
        let is_followed = has(value + 1, &numbers[at + 1..end]);
        let is_led = value > 1 && has(value - 1, &numbers[at.saturating_sub(4)..at]);
        if (is_followed || is_led)
            && let Some((marker, _)) = marker(&blocks[at].lines[0].text)
        {
            blocks[at].kind = Kind::Item(marker.to_owned(), 0);
        }
    }
    let mut levels: Vec<f32> = Vec::new();
    for block in blocks {
        let Some(first) = block.lines.first() else { continue };
        let (start, size) = (first.start(), first.size);
        match &mut block.kind {
            Kind::Item(_, depth) if *depth == 0 => {
                while levels.last().is_some_and(|level| *level > start + 0.6 * size) {
                    levels.pop();
                }
                if levels.last().is_none_or(|level| *level < start - 0.6 * size) {
                    levels.push(start);
                }
                *depth = (levels.len() - 1).min(8);
            }
            Kind::Item(..) => {}
            _ => levels.clear(),
        }
    }
}
