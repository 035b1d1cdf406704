//! Ways of cutting documents, as they are written on the command line.

use std::str::FromStr;

use ibid::chunk::ChunkOptions;

/// One way of cutting documents, as it is written on the command line.
#[derive(Clone, Copy, Debug)]
pub struct Chunking(pub ChunkOptions);

impl FromStr for Chunking {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let [target, max, overlap] =
            numbers(text).ok_or("expected target, max and overlap, such as 128/256/32")?;
        Ok(Self(ChunkOptions { target, max, overlap }))
    }
}

/// So many numbers with slashes between them.
pub fn numbers<const COUNT: usize>(text: &str) -> Option<[usize; COUNT]> {
    let numbers: Option<Vec<usize>> = text.trim().split('/').map(|number| number.parse().ok()).collect();
    numbers?.try_into().ok()
}
