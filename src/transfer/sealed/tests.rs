use pollster::block_on;
use zeroize::Zeroizing;

use super::*;
use crate::seal::Passphrase;
use crate::seal::cipher::KeyBytes;
use crate::seal::native::NativeCipher;
use crate::transfer::{Reader, Record, Writer};

fn key(of: u8) -> Option<Secret<KeyBytes>> {
    Some(Secret::Key(Zeroizing::new([of; 32])))
}

fn passphrase(text: &str) -> Option<Secret<KeyBytes>> {
    Some(Secret::Passphrase(Passphrase::new(Zeroizing::new(text.to_owned())).unwrap()))
}

fn records() -> Vec<(String, Vec<u8>)> {
    vec![
        ("manifest".into(), b"what there is".to_vec()),
        ("large".into(), vec![7; 2 * PIECE_BYTES + 5]),
        ("b/1".into(), Vec::new()),
    ]
}

fn write_twice(times: usize, records: &[(String, Vec<u8>)], secret: Option<Secret<KeyBytes>>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut sink = SealingSink::new(&mut file, NativeCipher, secret);
    block_on(async {
        for _ in 0..times {
            let mut writer = Writer::begin(&mut sink, records.len() as u64).await?;
            for (name, content) in records {
                writer.push(name, content).await?;
            }
            writer.finish().await?;
        }
        Ok::<(), Error>(())
    })
    .unwrap();
    file
}

fn write(records: &[(String, Vec<u8>)], secret: Option<Secret<KeyBytes>>) -> Vec<u8> {
    write_twice(1, records, secret)
}

fn read(file: &[u8], secret: Option<Secret<KeyBytes>>) -> Result<Vec<(String, Vec<u8>)>> {
    block_on(async {
        let mut reader = Reader::open(OpeningSource::new(file, NativeCipher, secret)).await?;
        let mut records = Vec::new();
        while let Some(Record { name, content, .. }) = reader.next().await? {
            records.push((name, content));
        }
        Ok(records)
    })
}

fn small() -> Vec<u8> {
    write(&[("a secret name".into(), b"a secret text".to_vec())], key(1))
}

/// Where the pieces of a file begin, and where it ends.
fn bounds(file: &[u8]) -> Vec<usize> {
    let envelope_bytes = u64::from_le_bytes(file[14..22].try_into().unwrap()) as usize;
    let mut bounds = vec![30 + envelope_bytes];
    while bounds[bounds.len() - 1] < file.len() {
        let at = bounds[bounds.len() - 1];
        bounds.push(at + 4 + u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize);
    }
    bounds
}

#[test]
fn what_was_sealed_comes_back_with_the_same_secret_alone() {
    for (secret, wrong) in
        [(key as fn(u8) -> _, key(2)), (|_| passphrase("it"), passphrase("It")), (key, passphrase("it"))]
    {
        let file = write(&records(), secret(1));
        assert_eq!(read(&file, secret(1)).unwrap(), records());
        let error = read(&file, wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongKey, "{error}");
        assert_eq!(read(&file, None).unwrap_err().kind(), ErrorKind::Locked);
    }
    let plain = write(&records(), None);
    assert_eq!(read(&plain, None).unwrap(), records());
    assert_eq!(read(&plain, key(1)).unwrap_err().kind(), ErrorKind::NotEncrypted);
}

#[test]
fn nothing_of_the_content_shows() {
    let file = small();
    assert!(!file.windows(6).any(|bytes| bytes == b"secret"));
}

#[test]
fn a_file_that_is_begun_anew_has_another_key() {
    let file = write_twice(2, &records(), key(1));
    assert_eq!(read(&file, key(1)).unwrap(), records());
    assert_ne!(file[..200], write(&records(), key(1))[..200]);
}

#[test]
fn every_truncation_is_told_from_a_whole_file() {
    let file = small();
    for length in 0..file.len() {
        let error = read(&file[..length], key(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTruncated, "{length}: {error}");
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let file = small();
    for bit in 0..file.len() * 8 {
        let mut damaged = file.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let error = read(&damaged, key(1)).unwrap_err();
        let expected = [ErrorKind::FileCorrupt, ErrorKind::FileTruncated, ErrorKind::FileForeign];
        assert!(expected.contains(&error.kind()), "{bit}: {error}");
    }
}

#[test]
fn pieces_that_changed_places_are_missing_or_are_of_another_file_are_refused() {
    let [file, other] = [1, 1].map(|of| write(&records(), key(of)));
    let (bounds, others) = (bounds(&file), bounds(&other));
    let piece = |at: usize| &file[bounds[at]..bounds[at + 1]];
    let foreign = &other[others[1]..others[2]];
    let beginning = &file[..bounds[0]];
    let pieces = bounds.len() - 1;
    let last = piece(pieces - 1);
    let orders: [Vec<&[u8]>; 5] = [
        vec![piece(1), piece(0), last],
        vec![piece(0), last],
        vec![piece(0), piece(0), piece(1), last],
        vec![piece(0), foreign, last],
        vec![last],
    ];
    for order in orders {
        let error = read(&[beginning, &order.concat()].concat(), key(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileCorrupt, "{error}");
        assert!(error.message().starts_with("byte "), "{error}");
    }
    let longer = [&file[..], &[0]].concat();
    assert!(read(&longer, key(1)).unwrap_err().message().contains("after the last one"));
}

#[test]
fn another_envelope_in_front_opens_nothing() {
    // Of the same caller's key, so that it unwraps.
    let [file, other] = [small(), small()];
    let swapped = [&other[..bounds(&other)[0]], &file[bounds(&file)[0]..]].concat();
    let error = read(&swapped, key(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileCorrupt, "{error}");
}

#[test]
fn a_piece_of_any_length_allocates_no_more_than_there_is() {
    let file = small();
    let at = bounds(&file)[0];
    for length in [0, 15, (PIECE_BYTES + TAG_BYTES + 1) as u32, u32::MAX] {
        let damaged = [&file[..at], &length.to_le_bytes(), &file[at + 4..]].concat();
        let error = read(&damaged, key(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileCorrupt, "{length}: {error}");
    }
}
