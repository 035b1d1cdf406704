//! Vertical writing whose characters are drawn one by one, each upright.

use super::characters::{is_wide, weight};
use super::positioned::{Item, VERTICAL};

/// Marks the items of a page as vertical where its characters stand below each other, not beside.
pub(super) fn find(items: &mut [Item]) {
    let is_one = |item: &Item| {
        let mut characters = item.text.chars();
        let first = characters.next();
        first.is_some_and(is_wide)
            && characters.next().is_none()
            && item.angle == 0
            && item.flags & VERTICAL == 0
    };
    let (mut below, mut beside, mut others) = (0usize, 0usize, 0usize);
    for pair in items.windows(2) {
        let [item, next] = pair else { continue };
        if !is_one(item) {
            others += weight(item.text.trim());
            continue;
        }
        let size = item.size.max(1.0);
        let (right, down) = ((next.left - item.left) / size, (next.baseline - item.baseline) / size);
        if right.abs() < 0.6 && (0.4..1.8).contains(&down) {
            below += 1;
        } else if down.abs() < 0.3 {
            beside += 1;
        }
    }
    if below < 8 || below < 2 * beside || others > 4 * below {
        return;
    }
    for item in items.iter_mut().filter(|item| is_one(item)) {
        item.flags |= VERTICAL;
        // The middle of the upper edge, as in fonts that are made for it.
        item.left += 0.5 * item.size;
        item.baseline -= 0.85 * item.size;
        item.width = item.size;
    }
}
