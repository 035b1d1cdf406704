//! How a page is turned so that its lines run from left to right, and back.

use crate::extract::Rectangle;

/// The direction in which the lines of a page run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Direction {
    /// To the right.
    #[default]
    Right,
    /// Down: turned clockwise, or columns of vertical writing, of which the first is on the right.
    Down,
    /// To the left: upside down.
    Left,
    /// Up: turned anticlockwise.
    Up,
}

/// A page of a size, read in a direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
    pub direction: Direction,
    pub width: f32,
    pub height: f32,
}

/// A box in the coordinates of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Area {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Area {
    /// The smallest box around both.
    pub fn with(self, other: Area) -> Area {
        Area {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub fn width(self) -> f32 {
        self.right - self.left
    }

    pub fn height(self) -> f32 {
        self.bottom - self.top
    }

    pub fn middle(self) -> f32 {
        (self.top + self.bottom) / 2.0
    }
}

impl Frame {
    /// Where a point of the page is in the frame.
    pub fn point(self, left: f32, top: f32) -> (f32, f32) {
        match self.direction {
            Direction::Right => (left, top),
            Direction::Down => (top, self.width - left),
            Direction::Left => (self.width - left, self.height - top),
            Direction::Up => (self.height - top, left),
        }
    }

    /// Where a box of the frame is on the page.
    pub fn rectangle(self, area: Area) -> Rectangle {
        let (width, height) = (area.width().max(0.0), area.height().max(0.0));
        let (left, top, width, height) = match self.direction {
            Direction::Right => (area.left, area.top, width, height),
            Direction::Down => (self.width - area.bottom, area.left, height, width),
            Direction::Left => (self.width - area.right, self.height - area.bottom, width, height),
            Direction::Up => (area.top, self.height - area.right, height, width),
        };
        Rectangle { left, top, width, height }
    }

    /// The height of the page as it is read.
    pub fn depth(self) -> f32 {
        match self.direction {
            Direction::Right | Direction::Left => self.height,
            Direction::Down | Direction::Up => self.width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_turned_is_turned_back() {
        for direction in [Direction::Right, Direction::Down, Direction::Left, Direction::Up] {
            let frame = Frame { direction, width: 100.0, height: 200.0 };
            let (x, y) = frame.point(10.0, 30.0);
            let there = frame.rectangle(Area { left: x, top: y, right: x, bottom: y });
            assert_eq!((there.left, there.top), (10.0, 30.0), "{direction:?}");
        }
    }
}
