//! Walks along the links of a graph towards a query: algorithms 2 and 5 of the paper.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::vectors::{QuantisedQuery, Vectors};
use super::links::{GROUND_LINKS, Links};
use crate::bit_set::BitSet;

/// What a walk goes along, and where to. Scores are estimates: whoever wants the best has to score what was found.
pub struct Walk<'w> {
    pub links: &'w Links,
    pub vectors: &'w Vectors,
    pub query: &'w QuantisedQuery,
}

/// What a walk remembers. The next one uses the memory again.
#[derive(Default)]
pub struct Memory {
    /// The nodes that were met.
    met: BitSet,
    /// Nodes whose links are still to be followed.
    frontier: BinaryHeap<Node>,
    /// The nearest of those that were met.
    nearest: BinaryHeap<Reverse<Node>>,
}

impl Memory {
    fn reset(&mut self, nodes: usize) {
        self.met.reset(nodes);
        self.frontier.clear();
        self.nearest.clear();
    }

    /// Takes a node into account that was not met before.
    fn meet(&mut self, node: Node, width: usize) {
        if self.nearest.len() < width {
            self.nearest.push(Reverse(node));
        } else {
            match self.nearest.peek_mut() {
                Some(mut farthest) if node > farthest.0 => *farthest = Reverse(node),
                _ => return,
            }
        }
        self.frontier.push(node);
    }

    /// The nearest node whose links are still to be followed, unless all `width` nearest are nearer.
    fn next(&mut self, width: usize) -> Option<Node> {
        let next = self.frontier.pop()?;
        let farthest = self.nearest.peek().filter(|_| self.nearest.len() >= width);
        farthest.is_none_or(|farthest| next >= farthest.0).then_some(next)
    }
}

/// A node and about how near it is: the greatest is the nearest, of equal ones that with the least number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node(u64);

impl Node {
    fn new(number: u32, score: f32) -> Self {
        // Floats are in the order of their bits, and the negative ones, which come before, in the opposite order.
        let bits = score.to_bits();
        let ordered = if score.is_sign_negative() { !bits } else { bits | 1 << 31 };
        Self(u64::from(ordered) << 32 | u64::from(!number))
    }

    fn number(self) -> u32 {
        !(self.0 as u32)
    }
}

impl Walk<'_> {
    /// The rows of the `width` nearest nodes that are met, or of all, in no order.
    pub fn nearest(&self, width: usize, memory: &mut Memory) -> Vec<u32> {
        memory.reset(self.links.rows().len());
        let start = self.descend();
        memory.met.insert(start.number());
        memory.meet(start, width);
        let mut new = Vec::with_capacity(GROUND_LINKS);
        while let Some(next) = memory.next(width) {
            new.clear();
            new.extend(self.links.of(0, next.number()).iter().filter(|node| memory.met.insert(**node)));
            self.score(&new, |node| memory.meet(node, width));
        }
        memory.nearest.iter().map(|node| self.links.rows()[node.0.number() as usize]).collect()
    }

    /// Where a walk on the ground layer begins: in each layer above, down from the uppermost, the way leads to whichever
    /// node is nearer than the one before.
    fn descend(&self) -> Node {
        let mut nearest = Node(0);
        self.score(&[0], |start| nearest = start);
        for layer in (1..self.links.layers()).rev() {
            loop {
                let from = nearest;
                self.score(self.links.of(layer, from.number()), |node| nearest = nearest.max(node));
                if nearest == from {
                    break;
                }
            }
        }
        nearest
    }

    /// Scores up to [`GROUND_LINKS`] nodes together.
    fn score(&self, numbers: &[u32], mut each: impl FnMut(Node)) {
        let mut rows = [0; GROUND_LINKS];
        for (row, number) in rows.iter_mut().zip(numbers) {
            *row = self.links.rows()[*number as usize];
        }
        let mut scored = numbers.iter();
        self.vectors.estimate(self.query, &rows[..numbers.len()], |score| {
            each(Node::new(*scored.next().expect("as many as rows"), score))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::vectors::VectorRun;
    use super::*;

    #[test]
    fn nodes_are_in_the_order_of_scores_then_of_numbers_downwards() {
        let scores = [f32::NEG_INFINITY, -2.0, -1e-30, 0.0, 1e-30, 0.5, 1.0, f32::INFINITY];
        let nodes: Vec<Node> =
            scores.iter().flat_map(|score| [7, 0].map(|number| Node::new(number, *score))).collect();
        assert!(nodes.is_sorted());
        assert!(nodes.iter().zip([7, 0].into_iter().cycle()).all(|(node, number)| node.number() == number));
        assert!(Node(0) < nodes[0]);
    }

    /// Vectors at these angles, in degrees.
    fn at_angles(angles: &[f32]) -> Vectors {
        let rows: Vec<_> = angles.iter().map(|angle| angle.to_radians().sin_cos()).collect();
        let rows: Vec<[f32; 2]> = rows.into_iter().map(|(sin, cos)| [cos, sin]).collect();
        let mut vectors = Vectors::new(rows.len());
        vectors.insert_run(&VectorRun::quantise(0, &rows).unwrap()).unwrap();
        vectors
    }

    fn found(links: &Links, vectors: &Vectors, angle: f32, width: usize) -> Vec<u32> {
        let (sin, cos) = angle.to_radians().sin_cos();
        let walk = Walk { links, vectors, query: &QuantisedQuery::new(&[cos, sin]) };
        let mut memory = Memory::default();
        let mut rows = walk.nearest(width, &mut memory);
        rows.sort_unstable();
        let mut again = walk.nearest(width, &mut memory);
        again.sort_unstable();
        assert_eq!(again, rows, "a walk depends on the one before");
        rows
    }

    #[test]
    fn a_walk_follows_links_and_keeps_the_nearest() {
        let vectors = at_angles(&[0.0, 20.0, 40.0, 60.0, 80.0]);
        // A chain of nodes, whose rows are in the opposite order.
        let links = Links::made_of(&[4, 3, 2, 1, 0], &[&[&[1], &[0, 2], &[1, 3], &[2, 4], &[3]]]);
        assert_eq!(found(&links, &vectors, -5.0, 2), [0, 1]);
        assert_eq!(found(&links, &vectors, 62.0, 3), [2, 3, 4]);
        assert_eq!(found(&links, &vectors, 0.0, 9), [0, 1, 2, 3, 4]);
        // Nothing leads to the last two.
        let links = Links::made_of(&[4, 3, 2, 1, 0], &[&[&[1], &[0, 2], &[1], &[4], &[3]]]);
        assert_eq!(found(&links, &vectors, 0.0, 9), [2, 3, 4]);
    }

    #[test]
    fn a_walk_ends_where_all_that_is_left_is_farther_than_what_it_keeps() {
        let vectors = at_angles(&[30.0, 50.0, 0.0]);
        let links = Links::made_of(&[0, 1, 2], &[&[&[1], &[2], &[]]]);
        // The way to the nearest leads over one that is farther than the first.
        assert_eq!(found(&links, &vectors, 0.0, 1), [0]);
        assert_eq!(found(&links, &vectors, 0.0, 2), [0, 2]);
    }

    #[test]
    fn layers_above_lead_to_where_a_walk_begins() {
        let vectors = at_angles(&[0.0, 40.0, 80.0, 82.0]);
        // On the ground nothing leads from node 0 to node 2.
        let ground: &[&[u32]] = &[&[1], &[0], &[3], &[2]];
        let links = Links::made_of(&[0, 1, 2, 3], &[ground]);
        assert_eq!(found(&links, &vectors, 85.0, 1), [1]);
        let links = Links::made_of(&[0, 1, 2, 3], &[ground, &[&[1], &[0, 2], &[1]], &[&[]]]);
        assert_eq!(found(&links, &vectors, 85.0, 1), [3]);
    }
}
