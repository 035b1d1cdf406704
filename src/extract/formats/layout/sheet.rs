//! From the items of a page to rows of pieces: what stands on one baseline without a wide gap.

use std::collections::HashSet;

use super::characters::{reads_right_to_left, tidy, weight};
use super::fragments::{Fragment, Rise, text_of};
use super::frame::{Area, Direction, Frame};
use super::line::style_of;
use super::positioned::{ARTIFACT, Font, PositionedPage, VERTICAL};
use super::tagged::Roles;
use super::vertical;

/// A gap wider than this, in parts of the size, parts two pieces: the gutter between columns may be no wider.
const PIECE_GAP: f32 = 0.8;

/// How far baselines of one row may be apart, in parts of the size.
const ROW_TOLERANCE: f32 = 0.3;

/// Sizes and places beyond which nothing can be seen.
const MAX_SIZE: f32 = 2000.0;
const MAX_PLACE: f32 = 100_000.0;

/// The most fragments of a page among which raised and lowered ones are looked for.
const MAX_ATTACHED: usize = 20_000;

/// How a font draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Style {
    pub bold: bool,
    pub italic: bool,
    pub fixed: bool,
}

/// Text that stands on one baseline without a wide gap.
#[derive(Clone, Debug, Default)]
pub(super) struct Piece {
    pub text: String,
    pub area: Area,
    pub baseline: f32,
    /// The size that most of it has.
    pub size: f32,
    /// Whether all of it is so.
    pub style: Style,
    /// The block of the structure that it is in; 0 where there is none.
    pub node: u32,
    /// How many columns of a grid of half widths it takes.
    pub weight: usize,
    pub right_to_left: bool,
}

/// Pieces on one baseline, from left to right.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub baseline: f32,
    pub pieces: Vec<Piece>,
}

impl Row {
    /// The text of its pieces, from left to right.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The size of most of it.
    pub fn size(&self) -> f32 {
        self.pieces.iter().max_by_key(|piece| piece.weight).map_or(0.0, |piece| piece.size)
    }
}

/// A page, read in one direction.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    /// The number of its page.
    pub number: u32,
    pub label: String,
    pub frame: Frame,
    pub rows: Vec<Row>,
    pub roles: Roles,
}

/// What is read of a page: in the direction in which most of it runs, then what runs along an edge.
pub(super) fn sheets(page: PositionedPage, fonts: &[Font]) -> Vec<Sheet> {
    let PositionedPage { number, label, width, height, mut items, nodes } = page;
    vertical::find(&mut items);
    let sane = |value: f32| if value.is_finite() { value.clamp(0.0, MAX_PLACE) } else { 0.0 };
    let (width, height) = (sane(width), sane(height));
    let roles = Roles::new(&nodes);
    let directions = [Direction::Right, Direction::Down, Direction::Left, Direction::Up];
    let mut turned = directions.map(|direction| (Frame { direction, width, height }, Vec::new(), 0usize));
    let mut seen = Seen::default();
    for item in items {
        let direction =
            if item.flags & VERTICAL != 0 { Some(Direction::Down) } else { direction_of(item.angle) };
        let Some(direction) = direction else { continue };
        let numbers = [item.left, item.baseline, item.width, item.size];
        if numbers.iter().any(|value| !value.is_finite() || value.abs() > MAX_PLACE)
            || !(0.1..MAX_SIZE).contains(&item.size)
            || item.flags & ARTIFACT != 0
        {
            continue;
        }
        let (frame, fragments, weights) = &mut turned[direction as usize];
        let text = tidy(&item.text);
        if text.trim().is_empty() {
            if let Some(last) = fragments.last_mut() {
                let last: &mut Fragment = last;
                last.space_after = true;
            }
            continue;
        }
        if !seen.is_new(&text, item.left, item.baseline, item.size) {
            continue;
        }
        *weights += weight(&text);
        let font = fonts.get(item.font as usize);
        let (x, mut y) = frame.point(item.left, item.baseline);
        if item.flags & VERTICAL != 0 {
            // The place is the middle of the first character's upper edge.
            y += item.size * 0.35;
        }
        let reach = |value: Option<f32>, usual: f32| match value {
            Some(value) if value.is_finite() && value > 0.1 && value < 1.5 => value,
            _ => usual,
        };
        fragments.push(Fragment {
            left: x,
            right: x + item.width.max(0.0),
            baseline: y,
            size: item.size,
            ascent: reach(font.map(|font| font.3), 0.8),
            descent: reach(font.map(|font| -font.4), 0.2),
            style: font.map(font_style).unwrap_or_default(),
            node: roles.block_of(item.node),
            rise: Rise::None,
            space_after: false,
            text,
        });
    }
    turned.sort_by_key(|(_, _, weight)| std::cmp::Reverse(*weight));
    let most = turned[0].2;
    let mut sheets = Vec::new();
    for (frame, fragments, weight) in turned {
        // What runs along an edge is a stamp or the label of an axis, unless it is long.
        if !sheets.is_empty() && (weight == 0 || weight < 200 && weight < most) {
            continue;
        }
        let (rows, label, roles) = (rows(fragments), label.clone(), roles.clone());
        sheets.push(Sheet { number, label, frame, rows, roles });
    }
    sheets
}

fn direction_of(angle: i32) -> Option<Direction> {
    match angle.rem_euclid(360) {
        0..=8 | 352.. => Some(Direction::Right),
        82..=98 => Some(Direction::Down),
        172..=188 => Some(Direction::Left),
        262..=278 => Some(Direction::Up),
        // A watermark.
        _ => None,
    }
}

fn font_style(font: &Font) -> Style {
    let name = font.0.to_ascii_lowercase();
    let fixed = ["mono", "courier", "consol", "cmtt", "typewriter", "menlo", "inconsolata", "lmmono"];
    Style { bold: font.1, italic: font.2, fixed: fixed.iter().any(|part| name.contains(part)) }
}

/// What was drawn so far, to know what is drawn once more a hair beside, which makes it look bold or gives it a shadow.
#[derive(Default)]
struct Seen(HashSet<(String, i32, i32)>);

impl Seen {
    fn is_new(&mut self, text: &str, left: f32, baseline: f32, size: f32) -> bool {
        let cell = (size * 0.15).max(0.3);
        let (x, y) = ((left / cell) as i32, (baseline / cell) as i32);
        let around = (-1..=1).flat_map(|right| (-1..=1).map(move |down| (x + right, y + down)));
        let mut key = (text.to_owned(), x, y);
        for (right, down) in around {
            (key.1, key.2) = (right, down);
            if self.0.contains(&key) {
                return false;
            }
        }
        (key.1, key.2) = (x, y);
        self.0.insert(key)
    }
}

/// The rows from top to bottom.
fn rows(mut fragments: Vec<Fragment>) -> Vec<Row> {
    let count = fragments.len();
    fragments.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    let mut lines: Vec<Vec<Fragment>> = Vec::new();
    for fragment in fragments {
        let fits = lines.last().and_then(|line| line.first()).is_some_and(|first| {
            fragment.baseline - first.baseline <= ROW_TOLERANCE * fragment.size.min(first.size)
        });
        match lines.last_mut() {
            Some(line) if fits => line.push(fragment),
            _ => lines.push(vec![fragment]),
        }
    }
    for line in &mut lines {
        line.sort_by(|a, b| a.left.total_cmp(&b.left));
    }
    if count <= MAX_ATTACHED {
        attach_small(&mut lines);
    }
    lines.retain(|line| !line.is_empty());
    lines.into_iter().map(row).collect()
}

/// Puts what is raised or lowered beside larger text into the row of that.
fn attach_small(lines: &mut [Vec<Fragment>]) {
    for at in 0..lines.len() {
        let mut kept = Vec::new();
        for mut fragment in std::mem::take(&mut lines[at]) {
            let near = (at.saturating_sub(5)..(at + 6).min(lines.len())).filter(|other| *other != at);
            let host = near.clone().find_map(|other| {
                let place = beside(&lines[other], &fragment)?;
                Some((other, place))
            });
            let Some((other, place)) = host else {
                kept.push(fragment);
                continue;
            };
            let beside = &lines[other][place.min(lines[other].len() - 1)];
            fragment.rise = if fragment.baseline < beside.baseline { Rise::Raised } else { Rise::Lowered };
            lines[other].insert(place, fragment);
        }
        // What others gave to it in the meantime stays.
        lines[at].append(&mut kept);
        lines[at].sort_by(|a, b| a.left.total_cmp(&b.left));
    }
}

/// Where `small` belongs in a line: right before or after a larger fragment that it is raised or lowered beside.
fn beside(line: &[Fragment], small: &Fragment) -> Option<usize> {
    let place = line.partition_point(|fragment| fragment.left <= small.left);
    let hosts = |large: &Fragment, gap: f32| {
        let rise = large.baseline - small.baseline;
        large.rise == Rise::None
            && small.size <= 0.85 * large.size
            && rise < 0.75 * large.size
            && rise > -0.4 * large.size
            && gap < 0.3 * large.size
            && gap > -0.5 * large.size
    };
    let before = place.checked_sub(1).and_then(|before| line.get(before));
    let is_after = before.is_some_and(|large| hosts(large, small.left - large.right));
    // The mark of a note stands some way before it.
    let is_before = line.get(place).is_some_and(|large| hosts(large, 0.4 * (large.left - small.right)));
    (is_after || is_before).then_some(place)
}

fn row(mut line: Vec<Fragment>) -> Row {
    for at in 0..line.len() {
        let around = [at.checked_sub(1), Some(at + 1)];
        let mut around = around.into_iter().flatten().filter_map(|place| line.get(place));
        let small = &line[at];
        let is_above = |large: &Fragment| {
            small.size <= 0.85 * large.size && large.baseline - small.baseline > 0.1 * large.size
        };
        if around.any(is_above) {
            line[at].rise = Rise::Raised;
        }
    }
    let base = line.iter().filter(|fragment| fragment.rise == Rise::None).map(|fragment| fragment.baseline);
    let baseline = base.reduce(f32::max).or(line.first().map(|first| first.baseline)).unwrap_or_default();
    let mut pieces = Vec::new();
    let mut open: Vec<Fragment> = Vec::new();
    let mut end = f32::MIN;
    for fragment in line {
        let parts = open.last().is_some_and(|last| {
            let size = last.size.min(fragment.size);
            fragment.left - end > PIECE_GAP * size
                || (last.node != fragment.node && fragment.left > end - 0.5 * size)
        });
        if parts {
            pieces.push(piece(std::mem::take(&mut open), baseline));
            end = f32::MIN;
        }
        end = end.max(fragment.right);
        open.push(fragment);
    }
    if !open.is_empty() {
        pieces.push(piece(open, baseline));
    }
    Row { baseline, pieces }
}

fn piece(fragments: Vec<Fragment>, baseline: f32) -> Piece {
    let box_of = |fragment: &Fragment| Area {
        left: fragment.left,
        top: fragment.baseline - fragment.ascent * fragment.size,
        right: fragment.right,
        bottom: fragment.baseline + fragment.descent * fragment.size,
    };
    let area = fragments.iter().map(box_of).reduce(Area::with).unwrap_or_default();
    let largest = fragments.iter().max_by_key(|fragment| weight(&fragment.text));
    let (size, node) = largest.map_or((0.0, 0), |fragment| (fragment.size, fragment.node));
    let style = style_of(fragments.iter().map(|fragment| (fragment.style, weight(fragment.text.trim()))));
    let drawn: String = fragments.iter().map(|fragment| fragment.text.as_str()).collect();
    let right_to_left = reads_right_to_left(&drawn);
    let text = text_of(fragments, right_to_left);
    Piece { area, baseline, size, style, node, weight: weight(&text), right_to_left, text }
}
