//! What is usual in a document: the size of its text, the distance of its lines, its words.

use std::collections::HashMap;

use super::sheet::Sheet;
use super::words::Words;

/// What is usual in a document.
#[derive(Clone, Debug, Default)]
pub(super) struct Habits {
    /// The size of most text.
    pub size: f32,
    /// The distance of two baselines, in parts of the size.
    pub step: f32,
    /// Whether most text is bold.
    pub bold: bool,
    pub words: Words,
}

impl Habits {
    pub fn of(sheets: &[Sheet]) -> Self {
        let mut sizes: HashMap<i32, usize> = HashMap::new();
        let mut steps: HashMap<i32, usize> = HashMap::new();
        let (mut bold, mut all) = (0, 0);
        let mut words = Words::default();
        let pieces = || sheets.iter().flat_map(|sheet| sheet.rows.iter().flat_map(|row| &row.pieces));
        for piece in pieces() {
            *sizes.entry((piece.size * 2.0).round() as i32).or_default() += piece.weight;
            all += piece.weight;
            bold += if piece.style.bold { piece.weight } else { 0 };
            words.add(&piece.text);
        }
        let most = |counts: &HashMap<i32, usize>| {
            counts.iter().max_by_key(|(value, count)| (**count, -**value)).map(|(value, _)| *value)
        };
        let size = most(&sizes).map_or(10.0, |half| half as f32 / 2.0);
        for sheet in sheets {
            // Columns have lines of their own at other heights: only what stands right below counts.
            for pair in sheet.rows.windows(2) {
                let [upper, lower] = pair else { continue };
                let (Some(above), Some(below)) = (upper.pieces.first(), lower.pieces.first()) else {
                    continue;
                };
                let is_body = |size_of: f32| (size_of - size).abs() < 0.6;
                let meets = above.area.left < below.area.right && below.area.left < above.area.right;
                let step = (lower.baseline - upper.baseline) / size.max(1.0);
                if is_body(above.size) && is_body(below.size) && meets && (0.9..3.0).contains(&step) {
                    *steps.entry((step * 50.0).round() as i32).or_default() += below.weight;
                }
            }
        }
        let step = most(&steps).map_or(1.2, |step| step as f32 / 50.0);
        Self { size, step, bold: bold * 2 > all, words }
    }
}
