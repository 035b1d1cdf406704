use pollster::block_on;
use proptest::prelude::*;

use super::format::Header;
use super::*;
use crate::error::{Error, ErrorKind};

/// A source in pieces of the given lengths, again and again.
struct Pieces<'b> {
    bytes: &'b [u8],
    lengths: Vec<usize>,
    read: usize,
}

impl Source for Pieces<'_> {
    async fn read(&mut self) -> Result<Option<Vec<u8>>> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let length = self.lengths[self.read % self.lengths.len()].min(self.bytes.len());
        self.read += 1;
        let (piece, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        Ok(Some(piece.to_vec()))
    }
}

fn write(records: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut file = b"what was there".to_vec();
    block_on(async {
        let mut writer = Writer::begin(&mut file, records.len() as u64).await?;
        for (name, content) in records {
            writer.push(name, content).await?;
        }
        writer.finish().await
    })
    .unwrap();
    file
}

fn read(source: impl Source) -> Result<Vec<(String, Vec<u8>)>> {
    block_on(async {
        let mut reader = Reader::open(source).await?;
        let mut records = Vec::new();
        while let Some(record) = reader.next().await? {
            records.push((record.name, record.content));
        }
        Ok(records)
    })
}

fn small() -> Vec<u8> {
    write(&[
        ("manifest".into(), b"what there is".to_vec()),
        ("a".into(), Vec::new()),
        ("b/1".into(), vec![7; 40]),
    ])
}

proptest! {
    #[test]
    fn any_records_come_back_however_the_file_is_cut_into_pieces(
        records in prop::collection::vec((".{0,20}", prop::collection::vec(any::<u8>(), 0..300)), 0..8),
        lengths in prop::collection::vec(1usize..100, 1..5),
    ) {
        let file = write(&records);
        prop_assert_eq!(read(Pieces { bytes: &file, lengths, read: 0 }).unwrap(), records);
    }

    #[test]
    fn any_bytes_are_a_file_or_a_typed_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(is_typed(&read(&bytes[..]).unwrap_err()));
        // Behind a header that is in order.
        let file = [&Header::Plain { records: 3 }.encode()[..], &bytes].concat();
        prop_assert!(is_typed(&read(&file[..]).unwrap_err()));
    }
}

fn is_typed(error: &Error) -> bool {
    use ErrorKind::{FileCorrupt, FileForeign, FileTooNew, FileTruncated};
    matches!(error.kind(), FileCorrupt | FileForeign | FileTooNew | FileTruncated)
        && error.message().starts_with("byte ")
}

#[test]
fn every_truncation_is_told_from_a_whole_file() {
    let file = small();
    assert!(read(&file[..]).is_ok());
    for length in 0..file.len() {
        let error = read(&file[..length]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTruncated, "{length}: {error}");
        assert!(error.message().ends_with(&format!("at byte {length}")), "{length}: {error}");
    }
}

#[test]
fn every_flipped_bit_is_found_and_its_place_is_told() {
    let file = small();
    for bit in 0..file.len() * 8 {
        let mut damaged = file.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let error = read(&damaged[..]).unwrap_err();
        // A head that says that more follows than there is may not be told from a cut file.
        assert!(is_typed(&error) && error.kind() != ErrorKind::FileTooNew, "{bit}: {error}");
    }
    let error = read(
        &{
            let mut file = file.clone();
            let at = file.len() - 80;
            file[at] ^= 1;
            file
        }[..],
    )
    .unwrap_err();
    assert_eq!(error.message(), "byte 104, record \"b/1\": its content does not match its checksum");
}

#[test]
fn what_comes_behind_the_end_is_refused() {
    let error = read(&[&small()[..], b"x"].concat()[..]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileCorrupt);
    assert!(error.message().contains("something comes after it"), "{error}");
}

#[test]
fn records_that_changed_places_or_are_missing_are_refused() {
    let records: Vec<(String, Vec<u8>)> = (0..3).map(|at| (format!("part {at}"), vec![at; 5])).collect();
    let file = write(&records);
    let record = HEAD + 6 + 8 + 5 + 8;
    let (header, rest) = file.split_at(30);
    let parts: Vec<&[u8]> = rest[..3 * record].chunks(record).collect();
    let end = &rest[3 * record..];
    let orders: [&[usize]; 4] = [&[1, 0, 2], &[0, 1], &[0, 1, 1, 2], &[0, 2]];
    for order in orders {
        let chosen: Vec<&[u8]> = order.iter().map(|at| parts[*at]).collect();
        let error = read(&[header, &chosen.concat(), end].concat()[..]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileCorrupt, "{order:?}: {error}");
    }
}

const HEAD: usize = 10;

#[test]
fn another_file_and_a_newer_one_are_told_apart() {
    for foreign in
        ["{\"some\": \"json\"}", "PK\u{3}\u{4}", "i", "ibidfilm, and more of it, longer than a header"]
    {
        let expected = match foreign {
            "i" => ErrorKind::FileTruncated,
            _ => ErrorKind::FileForeign,
        };
        assert_eq!(read(foreign.as_bytes()).unwrap_err().kind(), expected, "{foreign}");
    }
    for (at, what) in [(8, "the file has version"), (10, "what is in the file"), (12, "sealed")] {
        let mut newer = small();
        newer[at + 1] = 1;
        let checksum = xxhash_rust::xxh3::xxh3_64(&newer[..22]);
        newer[22..30].copy_from_slice(&checksum.to_le_bytes());
        let error = read(&newer[..]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooNew);
        assert!(error.message().contains(what), "{error}");
    }
}

#[test]
fn a_length_beyond_the_file_allocates_nothing() {
    // A record that claims a gigabyte, under a right checksum.
    let head = format::Head {
        kind: format::RecordKind::Value,
        name: "huge".into(),
        content_bytes: format::MAX_CONTENT_BYTES,
    };
    let file = [&Header::Plain { records: 1 }.encode()[..], &head.encode(30)].concat();
    assert_eq!(read(&file[..]).unwrap_err().kind(), ErrorKind::FileTruncated);
    let head = format::Head { content_bytes: u64::MAX, ..head };
    let file = [&Header::Plain { records: 1 }.encode()[..], &head.encode(30)].concat();
    assert_eq!(read(&file[..]).unwrap_err().kind(), ErrorKind::FileCorrupt);
}

#[test]
fn the_file_version_is_1() {
    assert_eq!(format::FILE_VERSION, 1, "exported files hold this number: add a migration before raising it");
}
