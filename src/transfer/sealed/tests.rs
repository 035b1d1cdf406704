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

fn write(records: &[(String, Vec<u8>)], secret: Option<Secret<KeyBytes>>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut sink = SealingSink::new(&mut file, NativeCipher, secret);
    block_on(async {
        let mut writer = Writer::begin(&mut sink, records.len() as u64).await?;
        for (name, content) in records {
            writer.push(name, content).await?;
        }
        writer.finish().await
    })
    .unwrap();
    file
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

/// A sink that keeps what was written before it was begun anew.
#[derive(Default)]
struct Drafts(Vec<Vec<u8>>);

impl Sink for Drafts {
    async fn begin(&mut self) -> Result<()> {
        self.0.push(Vec::new());
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.last_mut().unwrap().extend_from_slice(bytes);
        Ok(())
    }

    async fn end(&mut self) -> Result<()> {
        Ok(())
    }
}

#[test]
fn a_file_that_is_begun_anew_has_another_key() {
    let mut drafts = Drafts::default();
    let mut sink = SealingSink::new(&mut drafts, NativeCipher, key(1));
    block_on(async {
        for _ in 0..2 {
            sink.begin().await.unwrap();
            sink.write(b"what there is").await.unwrap();
            sink.end().await.unwrap();
        }
    });
    let [one, other] = &drafts.0[..] else { panic!("it was begun twice") };
    let key_of = |file: &[u8]| Envelope::split(&file[30..]).unwrap().unwrap().envelope.key;
    assert_ne!(key_of(one), key_of(other));
    assert_ne!(one[bounds(one)[0]..], other[bounds(other)[0]..], "the same nonces under the same key");
}

#[test]
fn nothing_is_written_in_the_clear_before_the_file_is_begun() {
    let mut file = Vec::new();
    let mut sink = SealingSink::new(&mut file, NativeCipher, key(1));
    assert!(block_on(sink.write(b"a secret")).is_err() && block_on(sink.end()).is_err());
    assert!(file.is_empty());
}

#[test]
fn the_lengths_of_pieces_do_not_tell_where_records_end() {
    let file = write(&records(), key(1));
    let bounds = bounds(&file);
    let lengths: Vec<usize> = bounds.windows(2).map(|pair| pair[1] - pair[0] - 4 - TAG_BYTES).collect();
    let [full @ .., rest, 0] = &lengths[..] else { panic!("{lengths:?}") };
    assert_eq!(full, [PIECE_BYTES; 2]);
    assert!((1..PIECE_BYTES).contains(rest));
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
fn an_envelope_that_says_another_thing_opens_nothing() {
    let file = small();
    let (header, rest) = file.split_at(30);
    let (envelope, pieces) = rest.split_at(bounds(&file)[0] - 30);
    let mut changed = Envelope::split(envelope).unwrap().unwrap().envelope;
    assert_eq!(changed.encode().unwrap(), envelope);
    // Nothing in a wrap binds its id; the pieces bind all of it. A length in postcard that stays: only the low bits change.
    changed.wraps[0].id ^= 1;
    let changed = changed.encode().unwrap();
    let error = read(&[header, &changed, pieces].concat(), key(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileCorrupt, "{error}");
    assert!(error.message().contains("sealed piece 0"), "{error}");
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
