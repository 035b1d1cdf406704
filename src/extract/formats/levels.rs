//! Lists whose items only say how deep they are, as those of Office documents do, put into lists inside each other.

use super::builder::Builder;

/// The lists that are open, by the levels of their items.
#[derive(Default)]
pub(crate) struct Levels {
    open: Vec<usize>,
}

impl Levels {
    /// Begins an item of a level, in the list that is open on that level or in a new one.
    pub fn item(&mut self, builder: &mut Builder, level: usize, marker: &str) {
        while self.open.last().is_some_and(|open| *open > level) {
            self.end_one(builder);
        }
        if self.open.last() == Some(&level) {
            builder.end_item();
        } else {
            builder.begin_list();
            self.open.push(level);
        }
        builder.begin_item(marker);
    }

    /// Ends all lists that are open.
    pub fn close(&mut self, builder: &mut Builder) {
        while !self.open.is_empty() {
            self.end_one(builder);
        }
    }

    /// Whether a list is open.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    fn end_one(&mut self, builder: &mut Builder) {
        builder.end_item();
        builder.end_list();
        self.open.pop();
    }
}
