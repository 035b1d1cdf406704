//! The names of stored parts.

/// The name that the manifest has in a file, where it is a value among others.
pub const MANIFEST: &str = "manifest";

/// The name of the part that holds a segment's documents and chunks.
pub fn tables(id: u64) -> String {
    format!("tables/{id}")
}

/// The name of the part that holds a segment's postings.
pub fn postings(id: u64) -> String {
    format!("postings/{id}")
}

/// The name of the part that holds a run of vectors.
pub fn vectors(id: u64) -> String {
    format!("vectors/{id}")
}

/// The name of the part that holds a graph.
pub fn graph(id: u64) -> String {
    format!("graph/{id}")
}

/// The name of the part that holds the texts of one or several documents.
pub fn text(key: &[u8; 16]) -> String {
    format!("text/{:032x}", u128::from_be_bytes(*key))
}

/// The name of the part that holds block number `block` of a text that has several.
pub fn text_block(key: &[u8; 16], block: u32) -> String {
    format!("{}/{block}", text(key))
}

/// The name of the part that holds a record of the trail.
pub fn record(number: u64) -> String {
    format!("record/{number}")
}

/// The name of the part that holds how documents had changed when a record of the trail was made.
pub fn changes(number: u64) -> String {
    format!("changes/{number}")
}

/// The name of the part that holds which documents there were when the trail's last record was made.
pub fn versions(id: u64) -> String {
    format!("versions/{id}")
}

/// The name of the list number `number` of what an import has staged.
pub fn staged(number: u64) -> String {
    format!("staged/{number}")
}

/// The name of the part that holds a document's outline.
pub fn outline(content_hash: &[u8; 16]) -> String {
    format!("outline/{:032x}", u128::from_be_bytes(*content_hash))
}
