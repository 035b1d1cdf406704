//! The order in which a page is read: which pieces stand in one column, found by the white space between columns.
//!
//! Gaps between neighbours are followed down the page for as long as nothing crosses them. The tallest one with running text on
//! both sides is a gutter: what stands beside it is read one side after the other, what is above before, what is below after.
//! Each part is looked at in the same way again. Gaps inside tables are no gutters: tables are read row by row.

use super::frame::Area;

/// The least width of a gutter, in parts of the size.
const MIN_GAP: f32 = 0.75;

/// How many parts a page may be cut into, and how many pieces it may have to be cut at all.
const MAX_CUTS: usize = 200;
const MAX_PIECES: usize = 50_000;

/// How many pieces are remembered that others may stand beside.
const MAX_BESIDE: usize = 48;

/// How many gaps are followed at once.
const MAX_FOLLOWED: usize = 32;

/// A piece, as far as order is concerned.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spot {
    pub area: Area,
    pub baseline: f32,
    pub size: f32,
    pub weight: usize,
}

/// A gap that pieces stand on both sides of.
#[derive(Clone, Copy, Debug)]
struct Gap {
    left: f32,
    right: f32,
    /// The upper edge of the first and the lower edge of the last piece that stand beside another across it.
    top: f32,
    bottom: f32,
}

/// The pieces of each column, in the order of reading; inside a column from top to bottom.
pub(super) fn columns(spots: &[Spot], right_to_left: bool) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..spots.len()).collect();
    order.sort_by(|a, b| spots[*a].area.top.total_cmp(&spots[*b].area.top));
    if spots.len() > MAX_PIECES {
        return vec![order];
    }
    let mut waiting = vec![order];
    let mut found = Vec::new();
    let mut cuts = 0;
    while let Some(part) = waiting.pop() {
        let cut = if cuts < MAX_CUTS { cut(spots, &part, right_to_left) } else { None };
        match cut {
            Some(parts) => {
                cuts += 1;
                waiting.extend(parts.into_iter().rev().filter(|part| !part.is_empty()));
            }
            None => found.push(part),
        }
    }
    found
}

/// Cuts a part at its best gutter, if it has one.
fn cut(spots: &[Spot], part: &[usize], right_to_left: bool) -> Option<Vec<Vec<usize>>> {
    let mut gaps = gaps(spots, part);
    gaps.sort_by(|a, b| (b.bottom - b.top).total_cmp(&(a.bottom - a.top)));
    gaps.iter().take(12).find_map(|gap| cut_at(spots, part, *gap, right_to_left))
}

/// Follows gaps down a part, whose pieces come from top to bottom.
fn gaps(spots: &[Spot], part: &[usize]) -> Vec<Gap> {
    let mut found = Vec::new();
    let mut followed: Vec<Gap> = Vec::new();
    let mut beside: Vec<usize> = Vec::new();
    let least = MIN_GAP * usual_size(spots, part);
    for place in part {
        let Area { left, right, top, bottom } = spots[*place].area;
        followed.retain_mut(|gap| {
            if left >= gap.right || right <= gap.left {
                return true;
            }
            let whole = *gap;
            if left - gap.left > gap.right - right {
                gap.right = left;
            } else {
                gap.left = right;
            }
            let stays = gap.right - gap.left >= least;
            if !stays {
                found.push(whole);
            }
            stays
        });
        let reach = top + 0.3 * (bottom - top);
        beside.retain(|other| spots[*other].area.bottom > reach);
        if beside.len() > MAX_BESIDE {
            beside.remove(0);
        }
        let others = beside.iter().map(|other| spots[*other].area);
        let before =
            others.clone().filter(|other| other.right <= left).map(|other| other.right).reduce(f32::max);
        let after = others.filter(|other| other.left >= right).map(|other| other.left).reduce(f32::min);
        for (from, to) in
            [before.map(|edge| (edge, left)), after.map(|edge| (right, edge))].into_iter().flatten()
        {
            follow(&mut followed, from, to, top, bottom, least);
        }
        beside.push(*place);
    }
    found.append(&mut followed);
    found
}

/// A gap between two pieces: the next of those that are followed, or a new one.
fn follow(followed: &mut Vec<Gap>, from: f32, to: f32, top: f32, bottom: f32, least: f32) {
    if to - from < least {
        return;
    }
    let mut is_known = false;
    for gap in followed.iter_mut() {
        let (left, right) = (gap.left.max(from), gap.right.min(to));
        if right - left >= least {
            *gap = Gap { left, right, top: gap.top, bottom: gap.bottom.max(bottom) };
            is_known = true;
        }
    }
    if !is_known && followed.len() < MAX_FOLLOWED {
        followed.push(Gap { left: from, right: to, top, bottom });
    }
}

/// The size that most of the text has.
fn usual_size(spots: &[Spot], part: &[usize]) -> f32 {
    let mut sizes: Vec<(f32, usize)> =
        part.iter().map(|place| (spots[*place].size, spots[*place].weight)).collect();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = sizes.iter().map(|(_, weight)| weight).sum::<usize>() / 2;
    let mut sum = 0;
    let middle = sizes.iter().find(|(_, weight)| {
        sum += weight;
        sum > half
    });
    middle.or(sizes.last()).map_or(10.0, |(size, _)| *size)
}

fn cut_at(spots: &[Spot], part: &[usize], gap: Gap, right_to_left: bool) -> Option<Vec<Vec<usize>>> {
    let size = usual_size(spots, part);
    let crosses = |area: &Area| area.left < gap.right - 0.01 && area.right > gap.left + 0.01;
    // How far up and down nothing crosses it.
    let (mut upper, mut lower) = (f32::MIN, f32::MAX);
    for place in part {
        let area = spots[*place].area;
        if !crosses(&area) {
            continue;
        }
        if area.middle() <= gap.top {
            upper = upper.max(area.middle());
        } else if area.middle() >= gap.bottom {
            lower = lower.min(area.middle());
        } else {
            return None;
        }
    }
    let (mut above, mut left, mut right, mut below) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for place in part {
        let area = spots[*place].area;
        let side = if area.middle() <= upper {
            &mut above
        } else if area.middle() >= lower {
            &mut below
        } else if area.right <= gap.left + 0.01 {
            &mut left
        } else {
            &mut right
        };
        side.push(*place);
    }
    let is_beside = |place: &&usize| {
        let middle = spots[**place].area.middle();
        middle >= gap.top && middle <= gap.bottom
    };
    let sides = [&left, &right].map(|side| Side::of(spots, side.iter().filter(is_beside), size));
    if !sides.iter().all(|side| side.runs(size)) || is_table(&sides[0], &sides[1], size) {
        return None;
    }
    let (first, second) = if right_to_left { (right, left) } else { (left, right) };
    Some(vec![above, first, second, below])
}

/// What stands on one side of a gap.
struct Side {
    area: Area,
    lines: Vec<Line>,
    /// The weight of its pieces, of which half are lighter.
    weight: usize,
}

struct Line {
    baseline: f32,
    bottom: f32,
    top: f32,
    weight: usize,
    width: f32,
}

impl Side {
    fn of<'a>(spots: &[Spot], places: impl Iterator<Item = &'a usize>, size: f32) -> Self {
        let mut spots: Vec<&Spot> = places.map(|place| &spots[*place]).collect();
        spots.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
        let mut weights: Vec<usize> = spots.iter().map(|spot| spot.weight).collect();
        weights.sort_unstable();
        let weight = weights.get(weights.len() / 2).copied().unwrap_or(0);
        let area = spots.iter().map(|spot| spot.area).reduce(Area::with).unwrap_or_default();
        let mut lines: Vec<Line> = Vec::new();
        for spot in spots {
            let Area { top, bottom, .. } = spot.area;
            match lines.last_mut() {
                Some(line) if spot.baseline - line.baseline < 0.3 * size => {
                    line.weight += spot.weight;
                    line.width += spot.area.width();
                    line.bottom = line.bottom.max(bottom);
                    line.top = line.top.min(top);
                }
                _ => lines.push(Line {
                    baseline: spot.baseline,
                    bottom,
                    top,
                    weight: spot.weight,
                    width: spot.area.width(),
                }),
            }
        }
        Self { area, lines, weight }
    }

    /// Whether it may be a column of running text.
    fn runs(&self, size: f32) -> bool {
        self.lines.len() >= 3 && self.area.width() >= 4.0 * size
    }

    /// The weight of its lines, of which half are lighter.
    fn line_weight(&self) -> usize {
        let mut weights: Vec<usize> = self.lines.iter().map(|line| line.weight).collect();
        weights.sort_unstable();
        weights.get(weights.len() / 2).copied().unwrap_or(0)
    }

    /// Whether most of its lines stand apart, as cells do.
    fn is_loose(&self, size: f32) -> bool {
        let apart =
            self.lines.windows(2).filter(|pair| pair[1].baseline - pair[0].baseline > 1.7 * size).count();
        apart * 2 > self.lines.len()
    }

    /// How much of the width its lines fill.
    fn fill(&self) -> f32 {
        let width: f32 = self.lines.iter().map(|line| line.width).sum();
        width / (self.area.width() * self.lines.len() as f32).max(1.0)
    }

    /// The baselines of lines that have more space above them than lines of a paragraph have.
    fn starts(&self, size: f32) -> Vec<f32> {
        let mut starts: Vec<f32> = self.lines.first().map(|line| line.baseline).into_iter().collect();
        let steps = self.lines.windows(2).map(|pair| pair[1].baseline - pair[0].baseline);
        let least = steps.filter(|step| *step > 0.8 * size).reduce(f32::min).unwrap_or(size);
        let follows = |pair: &&[Line]| pair[1].baseline - pair[0].baseline > 1.25 * least;
        starts.extend(self.lines.windows(2).filter(follows).map(|pair| pair[1].baseline));
        starts
    }
}

/// Whether what stands on both sides are the cells of rows, not two columns of text.
fn is_table(left: &Side, right: &Side, size: f32) -> bool {
    let (fewer, more) = if left.lines.len() <= right.lines.len() { (left, right) } else { (right, left) };
    let stands_beside = |line: &&Line| {
        let after = more.lines.partition_point(|other| other.baseline < line.baseline - 0.25 * size);
        more.lines.get(after).is_some_and(|other| other.baseline <= line.baseline + 0.25 * size)
    };
    let beside = fewer.lines.iter().filter(stands_beside).count();
    let share = beside as f32 / fewer.lines.len().max(1) as f32;
    // A middle of a cell that is centred beside a taller one falls between its lines.
    let is_sparse = |side: &Side| {
        // Wide gaps of justified lines make many pieces, but the lines are full.
        side.line_weight() < 14 || side.fill() < if side.weight < 14 { 0.6 } else { 0.5 }
    };
    if share > 0.7 && (is_sparse(left) || is_sparse(right)) || is_sparse(left) && is_sparse(right) {
        return true;
    }
    if is_sparse(left) && right.is_loose(size) || is_sparse(right) && left.is_loose(size) {
        return true;
    }
    if is_sparse(left) && left.fill() < 0.9 && right.lines.len() > 2 * left.lines.len() {
        return share > 0.5;
    }
    // Cells of several lines: the rows of both sides begin at the same heights.
    let (starts, others) = (fewer.starts(size), more.starts(size));
    if starts.len() < 3 || share <= 0.7 {
        return false;
    }
    let meets = |start: &&f32| others.iter().any(|other| (*other - **start).abs() < 0.3 * size);
    let met = starts.iter().filter(meets).count() as f32;
    met >= 0.7 * starts.len() as f32
        && met >= 0.7 * others.len() as f32
        && fewer.lines.len() < more.lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(left: f32, top: f32, width: f32, weight: usize) -> Spot {
        let area = Area { left, top, right: left + width, bottom: top + 10.0 };
        Spot { area, baseline: top + 8.0, size: 10.0, weight }
    }

    #[test]
    fn two_columns_under_a_title_are_read_one_after_the_other() {
        let mut spots = vec![spot(100.0, 10.0, 300.0, 50)];
        for line in 0..6 {
            spots.push(spot(50.0, 40.0 + 12.0 * line as f32, 200.0, 40));
            spots.push(spot(262.0, 40.0 + 12.0 * line as f32, 200.0, 40));
        }
        let expected = vec![vec![0], vec![1, 3, 5, 7, 9, 11], vec![2, 4, 6, 8, 10, 12]];
        assert_eq!(columns(&spots, false), expected);
        assert_eq!(columns(&spots, true)[1], [2, 4, 6, 8, 10, 12]);
    }

    #[test]
    fn a_table_is_one_column() {
        let mut spots = Vec::new();
        for line in 0..6 {
            spots.push(spot(50.0, 40.0 + 12.0 * line as f32, 60.0, 10));
            spots.push(spot(262.0, 40.0 + 12.0 * line as f32, 30.0, 5));
        }
        assert_eq!(columns(&spots, false).len(), 1);
    }
}
