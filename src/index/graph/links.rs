//! The links of a graph as they are walked and stored, and the form in which `instant-distance` hands them over.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};

use super::super::vectors::Vectors;
use crate::bit_set::BitSet;
use crate::codec::packed;
use crate::error::{Error, Result};

/// Places for links in a node above the ground layer; `M` of the paper.
const LINKS: usize = 32;

/// Places for links in a node of the ground layer.
pub const GROUND_LINKS: usize = 2 * LINKS;

/// A place without a link.
const NONE: u32 = u32::MAX;

/// What the serialised form of `instant_distance::Hnsw` holds, field by field: its own fields are private.
#[derive(Serialize, Deserialize)]
struct Form {
    ef_search: usize,
    points: Vec<u32>,
    /// Two arrays in one, which have the same form: serde knows arrays of up to 32 elements.
    ground: Vec<[[u32; LINKS]; 2]>,
    layers: Vec<Vec<[u32; LINKS]>>,
}

/// The links of a graph.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Links {
    /// The row of each node.
    rows: Vec<u32>,
    /// The ground layer, which holds all nodes, and the layers above it. Each holds the first nodes of the one below.
    layers: Vec<Layer>,
}

/// The links of the nodes of one layer.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "StoredLayer")]
struct Layer {
    /// Where the links of each node begin, and where the last one's end.
    starts: Vec<u32>,
    /// The links of all nodes, one node after another; those of a node in increasing order.
    links: Vec<u32>,
}

/// The form in which a layer is stored.
#[derive(Serialize, Deserialize)]
struct StoredLayer {
    /// The number of links of each node.
    #[serde(with = "packed::unsigned")]
    degrees: Vec<u8>,
    /// Each link as the number of nodes between it and the one before: at 100,000 rows nearly all take two bytes.
    gaps: Vec<u32>,
}

impl Links {
    /// The links of a graph whose points serialise as the numbers of rows.
    pub fn new(hnsw: &impl Serialize) -> Result<Self> {
        let form: Form = convert(hnsw)?;
        let ground = Layer::new(form.ground.iter().map(|node| node.as_flattened()));
        let above = form.layers.iter().map(|layer| Layer::new(layer.iter().map(<[u32; LINKS]>::as_slice)));
        Ok(Self { rows: form.points, layers: [ground].into_iter().chain(above).collect() })
    }

    /// Links as they are given, by layer and node, from the ground layer upwards.
    #[cfg(test)]
    pub fn made_of(rows: &[u32], layers: &[&[&[u32]]]) -> Self {
        let layers = layers.iter().map(|nodes| Layer::new(nodes.iter().copied())).collect();
        Self { rows: rows.to_vec(), layers }
    }

    /// The row of each node.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The number of layers.
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// The nodes that a node of a layer is linked with. Layer 0 is the ground layer.
    pub fn of(&self, layer: usize, node: u32) -> &[u32] {
        let Layer { starts, links } = &self.layers[layer];
        &links[starts[node as usize] as usize..starts[node as usize + 1] as usize]
    }

    /// Sees to it that every row has a vector and every link leads to a node of its layer.
    pub fn validate(&self, vectors: &Vectors) -> Result<()> {
        let mut seen = BitSet::new(vectors.rows());
        if let Some(row) = self.rows.iter().find(|row| !vectors.contains(**row) || !seen.insert(**row)) {
            return Err(Error::corrupt(format!("row {row} has no vector, or is there twice")));
        }
        let mut most = (self.rows.len(), GROUND_LINKS);
        if self.layers.first().is_none_or(|ground| ground.nodes() != self.rows.len()) {
            return Err(Error::corrupt(format!("there are no links for {} rows", self.rows.len())));
        }
        for (number, layer) in self.layers.iter().enumerate() {
            layer.validate(most).map_err(|error| error.within(format_args!("layer {number}")))?;
            most = (layer.nodes() - 1, LINKS);
        }
        Ok(())
    }
}

/// A value as another type that has the same serialised form.
fn convert<T: Serialize, U: DeserializeOwned>(value: &T) -> Result<U> {
    let bytes = postcard::to_allocvec(value);
    bytes.and_then(|bytes| postcard::from_bytes(&bytes)).map_err(|cause| {
        Error::internal("a graph has not the form that this library knows").with_source(cause)
    })
}

impl Layer {
    fn new<'n>(nodes: impl Iterator<Item = &'n [u32]>) -> Self {
        let (mut starts, mut links) = (vec![0], Vec::new());
        for node in nodes {
            let mut own: Vec<u32> = node.iter().copied().take_while(|link| *link != NONE).collect();
            own.sort_unstable();
            own.dedup();
            links.extend(own);
            starts.push(links.len() as u32);
        }
        Self { starts, links }
    }

    fn nodes(&self) -> usize {
        self.starts.len() - 1
    }

    fn each(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|ends| &self.links[ends[0] as usize..ends[1] as usize])
    }

    fn validate(&self, (most_nodes, most_links): (usize, usize)) -> Result<()> {
        let nodes = self.nodes();
        if nodes == 0 || nodes > most_nodes {
            return Err(Error::corrupt(format!("it has {nodes} nodes, of at most {most_nodes}")));
        }
        let is_too_far = |links: &[u32]| links.last().is_some_and(|last| *last as usize >= nodes);
        match self.each().position(|links| links.len() > most_links || is_too_far(links)) {
            Some(node) => {
                Err(Error::corrupt(format!("a link of node {node} leads nowhere, or it has too many")))
            }
            None => Ok(()),
        }
    }
}

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut degrees, mut gaps) = (Vec::new(), Vec::with_capacity(self.links.len()));
        for links in self.each() {
            degrees.push(links.len() as u8);
            let mut next = 0;
            for link in links {
                gaps.push(link - next);
                next = link + 1;
            }
        }
        StoredLayer { degrees, gaps }.serialize(serializer)
    }
}

impl TryFrom<StoredLayer> for Layer {
    type Error = &'static str;

    fn try_from(StoredLayer { degrees, gaps }: StoredLayer) -> Result<Self, Self::Error> {
        let (mut starts, mut links) = (vec![0], Vec::with_capacity(gaps.len()));
        let mut gaps = gaps.into_iter();
        for degree in degrees {
            let mut next = 0u32;
            for _ in 0..degree {
                let link = gaps.next().and_then(|gap| next.checked_add(gap)).filter(|link| *link < NONE);
                let link = link.ok_or("there are fewer links than nodes have, or one leads nowhere")?;
                links.push(link);
                next = link + 1;
            }
            starts.push(links.len() as u32);
        }
        if gaps.next().is_some() {
            return Err("there are more links than nodes have");
        }
        Ok(Self { starts, links })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::vectors::VectorRun;
    use super::*;

    fn layer(nodes: &[&[u32]]) -> Layer {
        Layer::new(nodes.iter().copied())
    }

    fn links() -> Links {
        Links::made_of(&[2, 0, 1], &[&[&[1, 2], &[0], &[0]], &[&[]]])
    }

    #[test]
    fn links_are_those_that_the_builder_made() {
        let mut node = [NONE; LINKS];
        node[..3].copy_from_slice(&[2, 1, 2]);
        let nothing = [NONE; LINKS];
        let ground = vec![[node, nothing], [nothing; 2], [nothing; 2]];
        let form = Form { ef_search: 1, points: vec![2, 0, 1], ground, layers: vec![vec![nothing]] };
        let links = Links::new(&form).unwrap();
        assert_eq!((links.rows(), links.layers()), ([2, 0, 1].as_slice(), 2));
        assert_eq!(
            (links.of(0, 0), links.of(0, 2), links.of(1, 0)),
            ([1, 2].as_slice(), [].as_slice(), [].as_slice())
        );
    }

    #[test]
    fn stored_links_come_back() {
        let bytes = postcard::to_allocvec(&links()).unwrap();
        assert_eq!(postcard::from_bytes::<Links>(&bytes).unwrap(), links());
        assert_eq!(bytes.len(), 4 + 1 + (1 + 3 + 1 + 4) + (1 + 1 + 1));
    }

    #[test]
    fn layers_whose_numbers_do_not_agree_are_refused() {
        let refused = [
            (vec![1], vec![]),
            (vec![1], vec![0, 0]),
            (vec![2], vec![u32::MAX - 1, 0]),
            (vec![1], vec![NONE]),
        ];
        for (degrees, gaps) in refused {
            assert!(Layer::try_from(StoredLayer { degrees, gaps }).is_err());
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_corrupt() {
        let mut vectors = Vectors::new(4);
        vectors.insert_run(&VectorRun::quantise(0, &[[1.0], [1.0], [1.0]]).unwrap()).unwrap();
        assert!(links().validate(&vectors).is_ok());
        let many: Vec<u32> = (0..=GROUND_LINKS as u32).collect();
        let damages: [&dyn Fn(&mut Links); 8] = [
            &|links| links.rows[0] = 3,
            &|links| links.rows[0] = 0,
            &|links| links.rows.push(3),
            &|links| links.layers.clear(),
            &|links| links.layers[1] = layer(&[]),
            &|links| links.layers[1] = layer(&[&[], &[], &[]]),
            &|links| links.layers[0] = layer(&[&[1, 3], &[0], &[0]]),
            &|links| links.layers[0] = layer(&[&many, &[0], &[0]]),
        ];
        for (case, damage) in damages.iter().enumerate() {
            let mut links = links();
            damage(&mut links);
            let refused = links.validate(&vectors).expect_err(&format!("damage {case} was not seen"));
            assert_eq!(refused.kind(), crate::error::ErrorKind::StoreCorrupt);
        }
    }
}
