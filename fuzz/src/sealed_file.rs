//! Encrypted files: of one that was changed no byte comes out that was not written there, and it is refused with a typed error.

use std::sync::OnceLock;

use arbitrary::{Result, Unstructured};
use ibid::error::ErrorKind;
use ibid::seal::Secret;
use ibid::seal::cipher::KeyBytes;
use ibid::seal::native::NativeCipher;
use ibid::transfer::sealed::{OpeningSource, SealingSink};
use ibid::transfer::{Sink, Source};
use pollster::block_on;
use xxhash_rust::xxh3::xxh3_64;

use super::edit;

const PLAIN: [&[u8]; 3] = [b"The roof leaks", b" and ", b"the door is shut."];
const HEADER_BYTES: usize = 30;

fn secret() -> Option<Secret<KeyBytes>> {
    Some(Secret::Key(KeyBytes::from([7; 32])))
}

/// A file of three pieces and the last one.
fn sound() -> &'static [u8] {
    static SOUND: OnceLock<Vec<u8>> = OnceLock::new();
    SOUND.get_or_init(|| {
        let mut file = Vec::new();
        let mut sink = SealingSink::new(&mut file, NativeCipher, secret());
        block_on(async {
            sink.begin().await.unwrap();
            for piece in PLAIN {
                sink.write(piece).await.unwrap();
            }
            sink.end().await.unwrap();
        });
        file
    })
}

/// Opens the file that `data` describes.
pub fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    if let Ok(file) = changed(&mut input) {
        open(&file);
    }
}

/// A sound file after some changes to its header, its envelope or its pieces, the first two under right checksums.
fn changed(input: &mut Unstructured) -> Result<Vec<u8>> {
    let (header, rest) = sound().split_at(HEADER_BYTES);
    let envelope_bytes = usize::from(u16::from_le_bytes([header[14], header[15]]));
    let (envelope, pieces) = rest.split_at(envelope_bytes);
    let [mut header, mut envelope, mut pieces] = [header, envelope, pieces].map(<[u8]>::to_vec);
    for _ in 0..input.int_in_range(0..=3)? {
        match input.int_in_range(0..=3u8)? {
            0 => edit::bytes(input, &mut header)?,
            1 => edit::bytes(input, &mut envelope)?,
            _ => edit::bytes(input, &mut pieces)?,
        }
    }
    if let Some((checked, checksum)) = header.split_at_mut_checked(HEADER_BYTES - 8)
        && checksum.len() == 8
    {
        checksum.copy_from_slice(&xxh3_64(checked).to_le_bytes());
    }
    // Of magic, version and length, and of the payload.
    if let Some((checked, rest)) = envelope.split_at_mut_checked(14)
        && let Some((checksum, payload)) = rest.split_at_mut_checked(8)
    {
        checksum.copy_from_slice(&xxh3_64(&[checked, payload].concat()).to_le_bytes());
    }
    Ok([header, envelope, pieces].concat())
}

fn open(file: &[u8]) {
    let plain = PLAIN.concat();
    let mut source = OpeningSource::new(file, NativeCipher, secret());
    let mut read = Vec::new();
    let outcome = loop {
        match block_on(source.read()) {
            Ok(Some(bytes)) => read.extend(bytes),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    match outcome {
        Ok(()) => assert_eq!(read, plain),
        Err(error) => {
            use ErrorKind::{FileCorrupt, FileForeign, FileTooNew, FileTruncated, NotEncrypted, WrongKey};
            let is_typed = matches!(
                error.kind(),
                FileCorrupt | FileForeign | FileTooNew | FileTruncated | NotEncrypted | WrongKey
            );
            assert!(is_typed, "{error}");
            assert!(plain.starts_with(&read));
        }
    }
}
