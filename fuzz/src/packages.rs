//! ZIP archives of any parts through every format that is packed in one.
//!
//! An input is the archive itself, or a list of its parts as text, so that kept inputs can be read: a line of `=== NAME`
//! (stored), `+++ NAME` (deflated) or `!!! NAME` (with a wrong checksum), and the part's content until the next such line.

use ibid::document::MediaType;
use miniz_oxide::deflate::compress_to_vec;

use super::read;

const FORMATS: [MediaType; 5] =
    [MediaType::Docx, MediaType::Pptx, MediaType::Xlsx, MediaType::Odt, MediaType::Epub];

/// Reads the archive that `data` is, or describes.
pub fn run(data: &[u8]) {
    let parts = parts(data);
    let packed;
    let bytes = if parts.is_empty() {
        data
    } else {
        packed = archive(&parts);
        &packed
    };
    for format in FORMATS {
        if let Some(extracted) = read::file(bytes, &format) {
            read::check_nothing_is_lost(&extracted);
        }
    }
}

struct Part<'d> {
    name: &'d [u8],
    content: Vec<u8>,
    mark: u8,
}

fn parts(data: &[u8]) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        match line {
            [mark @ (b'=' | b'+' | b'!'), b, c, b' ', name @ ..] if mark == b && mark == c => {
                let name = name.strip_suffix(b"\n").unwrap_or(name);
                parts.push(Part { name, content: Vec::new(), mark: *mark });
            }
            line => match parts.last_mut() {
                Some(part) => part.content.extend(line),
                // The archive itself.
                None => return parts,
            },
        }
    }
    parts
}

fn archive(parts: &[Part<'_>]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for Part { name, content, mark } in parts {
        let offset = bytes.len() as u32;
        let packed = if *mark == b'+' { &compress_to_vec(content, 1) } else { content };
        let mut common = vec![20, 0, 0, 0, if *mark == b'+' { 8 } else { 0 }, 0, 0, 0, 0, 0];
        common.extend((checksum(content) ^ u32::from(*mark == b'!')).to_le_bytes());
        common.extend((packed.len() as u32).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0; 2]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(*name);
        bytes.extend(packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(*name);
    }
    let (offset, size, count) = (bytes.len() as u32, directory.len() as u32, parts.len() as u16);
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    bytes.extend(size.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

/// CRC-32 (ISO 3309), bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |remainder: u32| (remainder >> 1) ^ (0xEDB8_8320 & (remainder & 1).wrapping_neg());
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}
