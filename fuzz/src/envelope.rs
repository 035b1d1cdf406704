//! Envelopes of encrypted collections made of any bytes: read and written again alike, or refused.

use ibid::error::ErrorKind;
use ibid::seal::envelope::{Envelope, MAX_WRAPS, Split};
use xxhash_rust::xxh3::xxh3_64;

/// Reads the bytes as they are; behind a right header, as the payload; and between the two.
pub fn run(data: &[u8]) {
    read(data);
    read(&[header(data).as_slice(), data].concat());
    read(&[header(data).as_slice(), data, b"what is sealed"].concat());
}

fn read(manifest: &[u8]) {
    match Envelope::split(manifest) {
        Ok(None) => assert!(!manifest.starts_with(b"ibid.key")),
        Ok(Some(Split { envelope, bytes, sealed })) => {
            assert_eq!([bytes, sealed].concat(), manifest);
            assert!((1..=MAX_WRAPS).contains(&envelope.wraps.len()));
            let encoded = envelope.encode().expect("what was read can be written");
            let again = Envelope::split(&encoded).expect("and read").expect("as an envelope");
            assert_eq!((&again.envelope, again.sealed), (&envelope, &[][..]));
        }
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::StoreCorrupt | ErrorKind::StoreTooNew), "{error}");
        }
    }
}

/// The header that a payload has.
fn header(payload: &[u8]) -> Vec<u8> {
    let mut header = b"ibid.key\x01\x00".to_vec();
    header.extend((payload.len() as u32).to_le_bytes());
    let checksum = xxh3_64(&[&header, payload].concat());
    header.extend(checksum.to_le_bytes());
    header
}
