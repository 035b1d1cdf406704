//! The form in which a graph is stored, and the one that `instant-distance` reads and writes.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

use super::super::vectors::Vectors;
use crate::codec::packed;
use crate::error::{Error, Result};

/// Places for links in a node above the ground layer; `M` of the paper.
const LINKS: usize = 32;

/// Places for links in a node of the ground layer.
const GROUND_LINKS: usize = 2 * LINKS;

/// A place without a link.
const NONE: u32 = u32::MAX;

/// What the serialised form of `instant_distance::Hnsw` holds, field by field. Its fields are private, and 64 places for
/// each row, most of them empty, are too many to store.
#[derive(Serialize, Deserialize)]
pub struct Form {
    ef_search: usize,
    points: Vec<u32>,
    /// Two arrays in one, which have the same form: serde knows arrays of up to 32 elements.
    ground: Vec<[[u32; LINKS]; 2]>,
    layers: Vec<Vec<[u32; LINKS]>>,
}

/// A value as another type that has the same serialised form.
pub fn convert<T: Serialize, U: DeserializeOwned>(value: &T) -> Result<U> {
    let bytes = postcard::to_allocvec(value);
    bytes.and_then(|bytes| postcard::from_bytes(&bytes)).map_err(|cause| {
        Error::internal("a graph has not the form that this library knows").with_source(cause)
    })
}

/// The links of a graph, as they are stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Links {
    /// The row of each node.
    rows: Vec<u32>,
    /// The ground layer, which holds all nodes, and the layers above it. Each holds the first nodes of the one below.
    layers: Vec<Layer>,
}

/// The links of the nodes of one layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Layer {
    /// The number of links of each node.
    #[serde(with = "packed::unsigned")]
    degrees: Vec<u8>,
    /// The links of all nodes, one node after another. Those of a node are in increasing order, and each is stored as
    /// the number of nodes between it and the one before: at 100,000 rows nearly all take two bytes.
    gaps: Vec<u32>,
}

impl Links {
    /// The links in what `instant-distance` wrote.
    pub fn new(form: &Form) -> Self {
        let ground = form.ground.iter().map(|node| node.as_flattened());
        let above = form.layers.iter().map(|layer| Layer::new(layer.iter().map(<[u32; LINKS]>::as_slice)));
        let layers = [Layer::new(ground)].into_iter().chain(above).collect();
        Self { rows: form.points.clone(), layers }
    }

    /// What `instant-distance` reads. The links must be valid.
    pub fn form(&self, ef_search: usize) -> Form {
        let (ground, above) = self.layers.split_first().expect("a graph has a ground layer");
        Form {
            ef_search,
            points: self.rows.clone(),
            ground: ground.nodes::<GROUND_LINKS>().map(halves).collect(),
            layers: above.iter().map(|layer| layer.nodes().collect()).collect(),
        }
    }

    /// The row of each node.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Sees to it that every row has a vector and every link leads to a node of its layer.
    pub fn validate(&self, vectors: &Vectors) -> Result<()> {
        let mut seen = HashSet::new();
        if let Some(row) = self.rows.iter().find(|row| !vectors.contains(**row) || !seen.insert(**row)) {
            return Err(Error::corrupt(format!("row {row} has no vector, or is there twice")));
        }
        let mut most = (self.rows.len(), GROUND_LINKS);
        if self.layers.first().is_none_or(|ground| ground.degrees.len() != self.rows.len()) {
            return Err(Error::corrupt(format!("there are no links for {} rows", self.rows.len())));
        }
        for (number, layer) in self.layers.iter().enumerate() {
            layer.validate(most).map_err(|error| error.within(format_args!("layer {number}")))?;
            most = (layer.degrees.len() - 1, LINKS);
        }
        Ok(())
    }
}

fn halves(node: [u32; GROUND_LINKS]) -> [[u32; LINKS]; 2] {
    let (halves, _) = node.as_chunks::<LINKS>();
    [halves[0], halves[1]]
}

impl Layer {
    fn new<'n>(nodes: impl Iterator<Item = &'n [u32]>) -> Self {
        let mut layer = Self::default();
        for node in nodes {
            let mut links: Vec<u32> = node.iter().copied().take_while(|link| *link != NONE).collect();
            links.sort_unstable();
            links.dedup();
            layer.degrees.push(links.len() as u8);
            let mut next = 0;
            for link in links {
                layer.gaps.push(link - next);
                next = link + 1;
            }
        }
        layer
    }

    fn nodes<const PLACES: usize>(&self) -> impl Iterator<Item = [u32; PLACES]> {
        let mut gaps = self.gaps.iter();
        self.degrees.iter().map(move |degree| {
            let mut node = [NONE; PLACES];
            let mut next = 0;
            for (link, gap) in node.iter_mut().zip(gaps.by_ref().take(usize::from(*degree))) {
                *link = next + gap;
                next = *link + 1;
            }
            node
        })
    }

    fn validate(&self, (most_nodes, most_links): (usize, usize)) -> Result<()> {
        let nodes = self.degrees.len();
        if nodes == 0 || nodes > most_nodes {
            return Err(Error::corrupt(format!("it has {nodes} nodes, of at most {most_nodes}")));
        }
        let links: usize = self.degrees.iter().map(|degree| usize::from(*degree)).sum();
        if links != self.gaps.len() || self.degrees.iter().any(|degree| usize::from(*degree) > most_links) {
            return Err(Error::corrupt("its nodes have not as many links as there are"));
        }
        let mut gaps = self.gaps.iter();
        for (node, degree) in self.degrees.iter().enumerate() {
            let past = gaps.by_ref().take(usize::from(*degree)).map(|gap| u64::from(*gap) + 1).sum::<u64>();
            if past > nodes as u64 {
                return Err(Error::corrupt(format!("a link of node {node} leads nowhere")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::vectors::VectorRun;
    use super::*;
    use crate::error::ErrorKind;

    fn layer(degrees: &[u8], gaps: &[u32]) -> Layer {
        Layer { degrees: degrees.to_vec(), gaps: gaps.to_vec() }
    }

    fn links() -> Links {
        Links { rows: vec![2, 0, 1], layers: vec![layer(&[2, 1, 1], &[1, 0, 0, 0]), layer(&[0], &[])] }
    }

    #[test]
    fn links_come_back_from_the_form_of_the_graph() {
        let form = links().form(7);
        assert_eq!(form.ground[0][0][..3], [1, 2, NONE]);
        assert_eq!(Links::new(&form), links());
    }

    #[test]
    fn links_that_lead_nowhere_are_corrupt() {
        let mut vectors = Vectors::new(4);
        vectors.insert_run(&VectorRun::quantise(0, &[[1.0], [1.0], [1.0]]).unwrap()).unwrap();
        assert!(links().validate(&vectors).is_ok());
        let damages: [fn(&mut Links); 11] = [
            |links| links.rows[0] = 3,
            |links| links.rows[0] = 0,
            |links| links.rows.push(3),
            |links| links.layers.clear(),
            |links| links.layers[1] = layer(&[], &[]),
            |links| links.layers[1] = layer(&[0, 0, 0], &[]),
            |links| links.layers[0].gaps[0] = 2,
            |links| links.layers[0].gaps[0] = u32::MAX,
            |links| links.layers[0].gaps.push(0),
            |links| links.layers[0].degrees[0] = 3,
            |links| links.layers[0] = layer(&[65, 0, 0], &[0; 65]),
        ];
        for (case, damage) in damages.iter().enumerate() {
            let mut links = links();
            damage(&mut links);
            let refused = links.validate(&vectors).expect_err(&format!("damage {case} was not seen"));
            assert_eq!(refused.kind(), ErrorKind::StoreCorrupt);
        }
    }
}
