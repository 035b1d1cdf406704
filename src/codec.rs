//! The envelope around every stored value: what it is, which version wrote it, and a checksum.
//!
//! | bytes | content |
//! | --- | --- |
//! | 8 | magic, which names the [`Kind`] |
//! | 2 | format version, little-endian |
//! | 8 | length of the payload in bytes, little-endian |
//! | 8 | xxh3-64 of the 18 bytes above and the payload, little-endian |
//! | rest | the payload in the [postcard wire format](https://postcard.jamesmunns.com/wire-format) |
//!
//! Every version keeps the header as it is, so that an older library can tell a newer value from a damaged one. A
//! change of a payload raises [`FORMAT_VERSION`]. The checksum finds accidents; it is no defence against a person
//! who writes a matching one, so what is decoded is still validated by its own type, or harmless whatever it is.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::error::{Error, ErrorKind, Result};

/// The version that this library writes, and the only one that it reads.
pub const FORMAT_VERSION: u16 = 9;

const CHECKED_BYTES: usize = 18;
const HEADER_BYTES: usize = 26;

/// What a stored value holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The manifest of a generation.
    Manifest,
    /// Documents and chunks of a segment.
    Tables,
    /// Which rows of a segment hold which words.
    Postings,
    /// Quantised vectors of rows of a segment.
    Vectors,
    /// Links between rows of a segment whose vectors are close.
    Graph,
    /// A piece of the extracted text of a document.
    Text,
    /// The structure of a document, and its places in the original.
    Outline,
    /// A record of the audit trail, or what stands in its place.
    Record,
    /// The documents that there were when a record was made.
    Versions,
    /// What an import has written that no manifest names yet.
    Staged,
    /// The head of a store in a directory.
    Directory,
}

impl Kind {
    /// Every kind.
    pub const ALL: &[Kind] = &[
        Kind::Manifest,
        Kind::Tables,
        Kind::Postings,
        Kind::Vectors,
        Kind::Graph,
        Kind::Text,
        Kind::Outline,
        Kind::Record,
        Kind::Versions,
        Kind::Staged,
        Kind::Directory,
    ];

    /// The name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Manifest => "manifest",
            Kind::Tables => "tables",
            Kind::Postings => "postings",
            Kind::Vectors => "vectors",
            Kind::Graph => "graph",
            Kind::Text => "text",
            Kind::Outline => "outline",
            Kind::Record => "record",
            Kind::Versions => "versions",
            Kind::Staged => "staged",
            Kind::Directory => "directory",
        }
    }

    const fn magic(self) -> &'static [u8; 8] {
        match self {
            Kind::Manifest => b"ibid.man",
            Kind::Tables => b"ibid.tab",
            Kind::Postings => b"ibid.pos",
            Kind::Vectors => b"ibid.vec",
            Kind::Graph => b"ibid.gra",
            Kind::Text => b"ibid.txt",
            Kind::Outline => b"ibid.out",
            Kind::Record => b"ibid.rec",
            Kind::Versions => b"ibid.ver",
            Kind::Staged => b"ibid.sta",
            Kind::Directory => b"ibid.dir",
        }
    }
}

/// Encodes `value` with the header of `kind`.
///
/// # Errors
/// [`ErrorKind::Internal`] where the type of `value` has no encoding in postcard, which is a defect.
pub fn encode<T: Serialize + ?Sized>(kind: Kind, value: &T) -> Result<Vec<u8>> {
    let mut bytes = postcard::to_extend(value, vec![0; HEADER_BYTES]).map_err(|cause| {
        Error::internal(format!("a value of kind {} cannot be encoded", kind.name())).with_source(cause)
    })?;
    let (header, payload) = bytes.split_at_mut(HEADER_BYTES);
    header[..8].copy_from_slice(kind.magic());
    header[8..10].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    header[10..18].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    let checksum = checksum(&header[..CHECKED_BYTES], payload);
    header[18..].copy_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// Decodes the value of `kind` from `bytes`; `what` names it in errors, for example by its name in the store.
///
/// # Errors
/// [`ErrorKind::StoreCorrupt`] for bytes that are truncated, damaged, too long, or of another kind;
/// [`ErrorKind::StoreTooNew`] for an undamaged value of a newer [`FORMAT_VERSION`].
pub fn decode<'b, T: Deserialize<'b>>(kind: Kind, what: &str, bytes: &'b [u8]) -> Result<T> {
    let payload = checked_payload(kind, what, bytes)?;
    let (value, rest) = postcard::take_from_bytes(payload)
        .map_err(|cause| Error::corrupt(format!("{what} is malformed")).with_source(cause))?;
    if !rest.is_empty() {
        return Err(Error::corrupt(format!("{what} has {} bytes after its end", rest.len())));
    }
    Ok(value)
}

/// Refuses bytes that are not undamaged values of `kind`, one after another, without decoding them.
///
/// # Errors
/// As [`decode`], but for what only a payload's own type can tell.
pub fn check(kind: Kind, what: &str, bytes: &[u8]) -> Result<()> {
    let mut whole = 0;
    for value in values(bytes) {
        checked_payload(kind, what, value)?;
        whole += value.len();
    }
    // What is no whole value says itself what is wrong with it.
    if whole < bytes.len() || bytes.is_empty() {
        checked_payload(kind, what, &bytes[whole..]).map(drop)
    } else {
        Ok(())
    }
}

/// The payload, once kind, length, checksum and version are as they must be.
fn checked_payload<'b>(kind: Kind, what: &str, bytes: &'b [u8]) -> Result<&'b [u8]> {
    let Some((header, payload)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(Error::corrupt(format!("{what} is truncated: it has {} bytes", bytes.len())));
    };
    if !header.starts_with(kind.magic()) {
        return Err(Error::corrupt(format!("{what} is not a stored value of kind {}", kind.name())));
    }
    let length = u64::from_le_bytes(array(&header[10..18]));
    if length != payload.len() as u64 {
        return Err(Error::corrupt(format!("{what} has {} bytes of payload, not {length}", payload.len())));
    }
    if checksum(&header[..CHECKED_BYTES], payload) != u64::from_le_bytes(array(&header[18..])) {
        return Err(Error::corrupt(format!("{what} does not match its checksum")));
    }
    match u16::from_le_bytes(array(&header[8..10])) {
        FORMAT_VERSION => Ok(payload),
        newer if newer > FORMAT_VERSION => Err(Error::new(
            ErrorKind::StoreTooNew,
            format!("{what} has format version {newer}, this library reads version {FORMAT_VERSION}"),
        )),
        older => Err(Error::corrupt(format!(
            "{what} has the format version {older}, from before the first release, and cannot be read any more: \
             delete the collection and add its documents again"
        ))),
    }
}

/// The encoded values that `bytes` are one after another. Ends where no whole value follows; nothing but their headers is
/// looked at.
pub fn values(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let header = bytes.first_chunk::<HEADER_BYTES>()?;
        let length = usize::try_from(u64::from_le_bytes(array(&header[10..CHECKED_BYTES]))).ok()?;
        let (value, rest) = bytes.split_at_checked(length.checked_add(HEADER_BYTES)?)?;
        bytes = rest;
        Some(value)
    })
}

/// What follows the header of an encoded value, unchecked; `None` where there is no header.
pub fn unchecked_payload(value: &[u8]) -> Option<&[u8]> {
    Some(value.split_first_chunk::<HEADER_BYTES>()?.1)
}

/// The checksum in the header of an encoded value, by which it is told from every other; `None` where there is no
/// header. [`decode`] checks that the rest of the value agrees with it.
pub fn seal(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk::<HEADER_BYTES>().map(|header| u64::from_le_bytes(array(&header[CHECKED_BYTES..])))
}

fn checksum(header: &[u8], payload: &[u8]) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(header);
    hasher.update(payload);
    hasher.digest()
}

/// A copy of a slice whose length is known where it is called.
fn array<const N: usize>(slice: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(slice);
    array
}

/// For `#[serde(with = "...")]`: byte vectors in one piece instead of element by element. Same wire format, many
/// times faster.
pub(crate) mod packed {
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};
    use std::fmt;

    struct BytesVisitor<F>(F);

    impl<'de, T, F: FnOnce(&[u8]) -> T> Visitor<'de> for BytesVisitor<F> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<T, E> {
            Ok((self.0)(bytes))
        }
    }

    /// `Vec<u8>`
    pub(crate) mod unsigned {
        use super::*;

        pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(bytes)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
            deserializer.deserialize_bytes(BytesVisitor(<[u8]>::to_vec))
        }
    }

    /// `Vec<i8>`, in two's complement
    pub(crate) mod signed {
        use super::*;

        pub(crate) fn serialize<S: Serializer>(values: &[i8], serializer: S) -> Result<S::Ok, S::Error> {
            let bytes: Vec<u8> = values.iter().map(|value| value.cast_unsigned()).collect();
            serializer.serialize_bytes(&bytes)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i8>, D::Error> {
            let values = |bytes: &[u8]| bytes.iter().map(|byte| byte.cast_signed()).collect();
            deserializer.deserialize_bytes(BytesVisitor(values))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        names: Vec<String>,
        #[serde(with = "packed::signed")]
        values: Vec<i8>,
        #[serde(with = "packed::unsigned")]
        bytes: Vec<u8>,
        scale: f32,
    }

    fn sample() -> impl Strategy<Value = Sample> {
        (
            prop::collection::vec(".{0,12}", 0..4),
            prop::collection::vec(any::<i8>(), 0..40),
            prop::collection::vec(any::<u8>(), 0..40),
            -1.0f32..1.0,
        )
            .prop_map(|(names, values, bytes, scale)| Sample { names, values, bytes, scale })
    }

    fn kind() -> impl Strategy<Value = Kind> {
        prop::sample::select(Kind::ALL)
    }

    fn read(kind: Kind, bytes: &[u8]) -> Result<Sample> {
        decode(kind, "the sample", bytes)
    }

    proptest! {
        #[test]
        fn a_value_comes_back_as_it_was(value in sample(), kind in kind()) {
            prop_assert_eq!(read(kind, &encode(kind, &value).unwrap()).unwrap(), value);
        }

        #[test]
        fn any_truncation_is_corrupt(value in sample(), kind in kind(), keep in 0.0f64..1.0) {
            let bytes = encode(kind, &value).unwrap();
            let kept = (bytes.len() as f64 * keep) as usize;
            prop_assert_eq!(read(kind, &bytes[..kept]).unwrap_err().kind(), ErrorKind::StoreCorrupt);
        }

        #[test]
        fn any_flipped_bit_is_corrupt(value in sample(), kind in kind(), at in 0.0f64..1.0) {
            let mut bytes = encode(kind, &value).unwrap();
            let bit = (bytes.len() as f64 * 8.0 * at) as usize;
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(read(kind, &bytes).unwrap_err().kind(), ErrorKind::StoreCorrupt);
        }

        #[test]
        fn any_payload_under_a_valid_header_is_decoded_or_refused(payload in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Err(error) = read(Kind::Text, &sealed(Kind::Text, FORMAT_VERSION, &payload)) {
                prop_assert_eq!(error.kind(), ErrorKind::StoreCorrupt);
            }
        }
    }

    /// A value with a right checksum, whatever its version and payload.
    fn sealed(kind: Kind, version: u16, payload: &[u8]) -> Vec<u8> {
        let mut bytes = kind.magic().to_vec();
        bytes.extend(version.to_le_bytes());
        bytes.extend((payload.len() as u64).to_le_bytes());
        bytes.extend(checksum(&bytes, payload).to_le_bytes());
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn the_format_version_is_9() {
        assert_eq!(
            FORMAT_VERSION, 9,
            "stored collections hold this number: add a migration before raising it"
        );
    }

    #[test]
    fn a_newer_version_is_told_from_damage() {
        let newer = read(Kind::Tables, &sealed(Kind::Tables, FORMAT_VERSION + 1, b"?")).unwrap_err();
        assert_eq!(newer.kind(), ErrorKind::StoreTooNew);
        assert!(newer.message().contains("the sample") && newer.message().contains("version 9"));
        let older = read(Kind::Tables, &sealed(Kind::Tables, 1, b"?")).unwrap_err();
        assert_eq!(older.kind(), ErrorKind::StoreCorrupt);
        assert!(older.message().contains("delete the collection"), "{older}");
    }

    #[test]
    fn a_value_of_another_kind_is_refused_by_name() {
        let bytes = encode(Kind::Text, "words").unwrap();
        let error = decode::<String>(Kind::Manifest, "manifest 7", &bytes).unwrap_err();
        assert_eq!(error.message(), "manifest 7 is not a stored value of kind manifest");
    }

    #[test]
    fn bytes_after_the_value_are_corrupt() {
        let error =
            decode::<u8>(Kind::Text, "text 3", &sealed(Kind::Text, FORMAT_VERSION, &[1, 2, 3])).unwrap_err();
        assert_eq!(error.message(), "text 3 has 2 bytes after its end");
    }

    #[test]
    fn a_length_beyond_the_payload_allocates_nothing() {
        // A vector that claims 2^60 texts.
        let payload = postcard::to_stdvec(&(1u64 << 60)).unwrap();
        let bytes = sealed(Kind::Text, FORMAT_VERSION, &payload);
        assert_eq!(
            decode::<Vec<String>>(Kind::Text, "text", &bytes).unwrap_err().kind(),
            ErrorKind::StoreCorrupt
        );
        assert_eq!(decode::<String>(Kind::Text, "text", &bytes).unwrap_err().kind(), ErrorKind::StoreCorrupt);
    }
}
