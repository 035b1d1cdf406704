//! ZIP archives as documents are packed in: entries by name, inflated within limits and checked.
//!
//! Only the directory at the end of the file is believed, as every program does that opens such documents. Names are keys
//! and nothing else: no file is ever written, so that a name with `..` reaches no further than another.

use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
use std::cell::Cell;
use std::collections::HashMap;

use crate::error::{Error, ErrorKind, Result};

/// The most entries of an archive.
const MAX_ENTRIES: u64 = 20_000;

/// The most bytes that all entries read of an archive may inflate to.
const MAX_INFLATED: u64 = 256 << 20;

/// How many times its packed size an entry may inflate to, where that is more than [`FREE_INFLATED`]. Documents stay below
/// 50; deflate itself reaches 1,032.
const MAX_RATIO: u64 = 200;

/// Up to how many bytes the ratio does not matter.
const FREE_INFLATED: u64 = 1 << 20;

const DIRECTORY_END: &[u8] = b"PK\x05\x06";
const DIRECTORY_END_LENGTH: usize = 22;
const WIDE_LOCATOR: &[u8] = b"PK\x06\x07";
const WIDE_END: &[u8] = b"PK\x06\x06";
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL_ENTRY: &[u8] = b"PK\x03\x04";
const WIDE_FIELD: u16 = 1;

/// A ZIP archive whose entries are read by name.
pub(crate) struct Archive<'b> {
    bytes: &'b [u8],
    entries: HashMap<String, Entry>,
    /// The bytes that were inflated so far.
    inflated: Cell<u64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    flags: u16,
    method: u16,
    checksum: u32,
    packed: u64,
    size: u64,
    offset: u64,
}

/// Where the directory is.
struct Directory {
    offset: u64,
    size: u64,
    entries: u64,
    /// How many bytes stand before the archive, which its offsets do not count.
    before: u64,
}

impl<'b> Archive<'b> {
    /// Reads the directory of an archive.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedDocument`] where there is none, or it is damaged; [`ErrorKind::DocumentTooLarge`] for more
    /// than [`MAX_ENTRIES`].
    pub fn open(bytes: &'b [u8]) -> Result<Self> {
        let directory = find_directory(bytes)?;
        if directory.entries > MAX_ENTRIES {
            let message =
                format!("its ZIP directory has {} entries, the limit is {MAX_ENTRIES}", directory.entries);
            return Err(Error::new(ErrorKind::DocumentTooLarge, message));
        }
        let mut entries = HashMap::new();
        let mut at = position(directory.offset, directory.before)?;
        for number in 1..=directory.entries {
            let (name, mut entry, next) = read_entry(bytes, at)
                .ok_or_else(|| malformed(format!("entry {number} of its ZIP directory is damaged")))?;
            entry.offset = entry.offset.saturating_add(directory.before);
            // Of two entries of one name the first counts, whatever order a program would write them out in.
            entries.entry(key(&name)).or_insert(entry);
            at = next;
        }
        Ok(Self { bytes, entries, inflated: Cell::new(0) })
    }

    /// Whether there is an entry of this name.
    pub fn has(&self, name: &str) -> bool {
        self.entries.contains_key(&key(name))
    }

    /// The content of an entry; `None` where there is none of this name.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedDocument`] where it is damaged or packed too well to be true, [`ErrorKind::DocumentEncrypted`],
    /// or [`ErrorKind::DocumentTooLarge`] where all that was read inflates to more than [`MAX_INFLATED`].
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(entry) = self.entries.get(&key(name)) else { return Ok(None) };
        self.inflate(entry).map(Some).map_err(|error| error.within(format!("entry {name:?}")))
    }

    /// The content of an entry that the document cannot do without.
    ///
    /// # Errors
    /// As [`Archive::read`], and [`ErrorKind::MalformedDocument`] where it is missing.
    pub fn require(&self, name: &str) -> Result<Vec<u8>> {
        self.read(name)?.ok_or_else(|| malformed(format!("its entry {name:?} is missing")))
    }

    fn inflate(&self, entry: &Entry) -> Result<Vec<u8>> {
        if entry.flags & 1 != 0 {
            return Err(Error::new(ErrorKind::DocumentEncrypted, "it is encrypted"));
        }
        let packed = self.packed(entry).ok_or_else(|| malformed("it reaches beyond the end of the file"))?;
        self.check_size(entry)?;
        let content = match entry.method {
            0 if entry.packed == entry.size => packed.to_vec(),
            0 => return Err(malformed("it is stored in another size than its directory says")),
            8 => inflated(packed, entry.size)?,
            method => {
                let message = format!("it is packed by method {method}, of which only 0 and 8 are read");
                return Err(malformed(message));
            }
        };
        if checksum(&content) != entry.checksum {
            return Err(malformed("its content does not have the checksum that its directory says"));
        }
        Ok(content)
    }

    /// The packed bytes of an entry. What its local header says of sizes is not believed: a data descriptor may follow.
    fn packed(&self, entry: &Entry) -> Option<&'b [u8]> {
        let header = usize::try_from(entry.offset).ok()?;
        let rest = self.bytes.get(header..)?;
        if !rest.starts_with(LOCAL_ENTRY) {
            return None;
        }
        let start = 30 + usize::from(u16_at(rest, 26)?) + usize::from(u16_at(rest, 28)?);
        rest.get(start..start.checked_add(usize::try_from(entry.packed).ok()?)?)
    }

    fn check_size(&self, entry: &Entry) -> Result<()> {
        let ratio = entry.size / entry.packed.max(1);
        if entry.size > FREE_INFLATED && ratio > MAX_RATIO {
            let message = format!(
                "{} bytes would inflate to {}, {ratio} times as many, the limit is {MAX_RATIO} times",
                entry.packed, entry.size
            );
            return Err(malformed(message));
        }
        let total = self.inflated.get().saturating_add(entry.size);
        if total > MAX_INFLATED {
            let message = format!("with it {total} bytes would be inflated, the limit is {MAX_INFLATED}");
            return Err(Error::new(ErrorKind::DocumentTooLarge, message));
        }
        self.inflated.set(total);
        Ok(())
    }
}

/// Inflates to exactly `size` bytes.
fn inflated(packed: &[u8], size: u64) -> Result<Vec<u8>> {
    let size = usize::try_from(size).map_err(|_| malformed("it is too large"))?;
    // One byte more, so that content which is too long is told from content which ends there.
    match decompress_to_vec_with_limit(packed, size + 1) {
        Ok(content) if content.len() == size => Ok(content),
        Ok(content) => {
            let found = content.len();
            Err(malformed(format!("it inflates to {found} bytes where its directory says {size}")))
        }
        Err(error) if error.status == TINFLStatus::HasMoreOutput => {
            Err(malformed(format!("it inflates to more than the {size} bytes that its directory says")))
        }
        Err(_) => Err(malformed("its packed content is damaged")),
    }
}

fn find_directory(bytes: &[u8]) -> Result<Directory> {
    let missing = || malformed("its ZIP directory is missing: it is cut short, or no archive");
    let latest = bytes.len().checked_sub(DIRECTORY_END_LENGTH).ok_or_else(missing)?;
    let earliest = latest.saturating_sub(usize::from(u16::MAX));
    let found = (earliest..=latest).rev().find_map(|at| directory_at(bytes, at));
    found.ok_or_else(missing)
}

/// The directory that the record at `at` closes, if one is there and the directory is where it says.
fn directory_at(bytes: &[u8], at: usize) -> Option<Directory> {
    if !bytes.get(at..)?.starts_with(DIRECTORY_END) {
        return None;
    }
    let mut directory = Directory {
        entries: u16_at(bytes, at + 10)?.into(),
        size: u32_at(bytes, at + 12)?.into(),
        offset: u32_at(bytes, at + 16)?.into(),
        before: 0,
    };
    let mut end = at as u64;
    let is_wide = directory.entries == u64::from(u16::MAX)
        || directory.offset == u64::from(u32::MAX)
        || directory.size == u64::from(u32::MAX);
    if is_wide && let Some((wide, wide_end)) = wide_directory(bytes, at) {
        (directory, end) = (wide, wide_end);
    }
    let start = end.checked_sub(directory.size)?;
    directory.before = start.checked_sub(directory.offset)?;
    let is_there =
        directory.entries == 0 || bytes.get(usize::try_from(start).ok()?..)?.starts_with(DIRECTORY_ENTRY);
    is_there.then_some(directory)
}

/// The directory as ZIP64 gives it, and where its record begins.
fn wide_directory(bytes: &[u8], end: usize) -> Option<(Directory, u64)> {
    let locator = end.checked_sub(20)?;
    if !bytes.get(locator..)?.starts_with(WIDE_LOCATOR) {
        return None;
    }
    let at = usize::try_from(u64_at(bytes, locator + 8)?).ok()?;
    if !bytes.get(at..)?.starts_with(WIDE_END) {
        return None;
    }
    let directory = Directory {
        entries: u64_at(bytes, at.checked_add(32)?)?,
        size: u64_at(bytes, at.checked_add(40)?)?,
        offset: u64_at(bytes, at.checked_add(48)?)?,
        before: 0,
    };
    Some((directory, at as u64))
}

/// The entry of the directory at `at`, with its name, and where the next one is.
fn read_entry(bytes: &[u8], at: usize) -> Option<(String, Entry, usize)> {
    let rest = bytes.get(at..)?;
    if !rest.starts_with(DIRECTORY_ENTRY) {
        return None;
    }
    let mut entry = Entry {
        flags: u16_at(rest, 8)?,
        method: u16_at(rest, 10)?,
        checksum: u32_at(rest, 16)?,
        packed: u32_at(rest, 20)?.into(),
        size: u32_at(rest, 24)?.into(),
        offset: u32_at(rest, 42)?.into(),
    };
    let lengths = [u16_at(rest, 28)?, u16_at(rest, 30)?, u16_at(rest, 32)?].map(usize::from);
    let name = rest.get(46..46 + lengths[0])?;
    let extra = rest.get(46 + lengths[0]..46 + lengths[0] + lengths[1])?;
    widen(&mut entry, extra);
    // Names in the code pages of old are of no document's own parts; what is ASCII in them is the same.
    let name = String::from_utf8_lossy(name).into_owned();
    Some((name, entry, at + 46 + lengths.iter().sum::<usize>()))
}

/// Takes the sizes and the offset that do not fit 32 bits from the extra fields.
fn widen(entry: &mut Entry, mut extra: &[u8]) {
    while let (Some(kind), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let Some(content) = extra.get(4..4 + usize::from(length)) else { return };
        if kind == WIDE_FIELD {
            let mut at = 0;
            for value in [&mut entry.size, &mut entry.packed, &mut entry.offset] {
                if *value == u64::from(u32::MAX)
                    && let Some(wide) = u64_at(content, at)
                {
                    *value = wide;
                    at += 8;
                }
            }
        }
        extra = &extra[4 + usize::from(length)..];
    }
}

fn position(offset: u64, before: u64) -> Result<usize> {
    let at = offset.checked_add(before).and_then(|at| usize::try_from(at).ok());
    at.ok_or_else(|| malformed("its ZIP directory is damaged"))
}

/// What an entry is found by: its path with `/`, without `.`, `..` and empty steps, in small letters, as the parts of
/// office documents are named without regard to case.
fn key(name: &str) -> String {
    resolve("", name).to_ascii_lowercase()
}

/// The path that `target` names, seen from the folder `folder`; `..` never leads out of the archive.
pub(crate) fn resolve(folder: &str, target: &str) -> String {
    let is_separator = |mark: char| mark == '/' || mark == '\\';
    let from = if target.starts_with(is_separator) { "" } else { folder };
    let mut steps: Vec<&str> = Vec::new();
    for step in from.split(is_separator).chain(target.split(is_separator)) {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The folder that the entry `name` is in.
pub(crate) fn folder(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn malformed(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::MalformedDocument, message)
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array_at(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array_at(bytes, at).map(u64::from_le_bytes)
}

/// The remainders of CRC-32 (ISO 3309), of each byte followed by none to three zero bytes: four bytes are taken at once.
const REMAINDERS: [[u32; 256]; 4] = {
    let mut tables = [[0u32; 256]; 4];
    let mut byte = 0;
    while byte < 256 {
        let mut remainder = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            remainder = if remainder & 1 == 1 { 0xEDB8_8320 ^ (remainder >> 1) } else { remainder >> 1 };
            bit += 1;
        }
        tables[0][byte] = remainder;
        byte += 1;
    }
    let mut zeros = 1;
    while zeros < 4 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[zeros - 1][byte];
            tables[zeros][byte] = (before >> 8) ^ tables[0][(before & 0xFF) as usize];
            byte += 1;
        }
        zeros += 1;
    }
    tables
};

/// The CRC-32 of `bytes`.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    let mut chunks = bytes.chunks_exact(4);
    let mut state = u32::MAX;
    for chunk in &mut chunks {
        let value = state ^ u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
        let [first, second, third, fourth] = value.to_le_bytes().map(usize::from);
        state = REMAINDERS[3][first] ^ REMAINDERS[2][second] ^ REMAINDERS[1][third] ^ REMAINDERS[0][fourth];
    }
    for byte in chunks.remainder() {
        state = (state >> 8) ^ REMAINDERS[0][usize::from(state as u8 ^ byte)];
    }
    !state
}

/// Archives for tests.
#[cfg(test)]
pub(crate) mod testing {
    use super::checksum;

    /// An entry as it is written, with what its headers say of it.
    #[derive(Clone)]
    pub(crate) struct Packed {
        pub name: String,
        pub content: Vec<u8>,
        pub method: u16,
        pub flags: u16,
        pub checksum: u32,
        pub size: u32,
    }

    impl Packed {
        pub(crate) fn stored(name: &str, content: &[u8]) -> Self {
            let (checksum, size) = (checksum(content), content.len() as u32);
            Self { name: name.to_owned(), content: content.to_vec(), method: 0, flags: 0, checksum, size }
        }

        pub(crate) fn deflated(name: &str, content: &[u8]) -> Self {
            let packed = miniz_oxide::deflate::compress_to_vec(content, 6);
            Self { content: packed, method: 8, ..Self::stored(name, content) }
        }
    }

    /// An archive of entries.
    pub(crate) fn archive(entries: &[Packed]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for entry in entries {
            let offset = bytes.len() as u32;
            let mut common = Vec::new();
            common.extend(20u16.to_le_bytes());
            common.extend(entry.flags.to_le_bytes());
            common.extend(entry.method.to_le_bytes());
            common.extend([0; 4]);
            common.extend(entry.checksum.to_le_bytes());
            common.extend((entry.content.len() as u32).to_le_bytes());
            common.extend(entry.size.to_le_bytes());
            common.extend((entry.name.len() as u16).to_le_bytes());
            common.extend([0; 2]);
            bytes.extend(b"PK\x03\x04");
            bytes.extend(&common);
            bytes.extend(entry.name.as_bytes());
            bytes.extend(&entry.content);
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(&common);
            directory.extend([0; 10]);
            directory.extend(offset.to_le_bytes());
            directory.extend(entry.name.as_bytes());
        }
        let (offset, size) = (bytes.len() as u32, directory.len() as u32);
        bytes.extend(directory);
        bytes.extend(end(entries.len() as u16, size, offset));
        bytes
    }

    /// The record that closes an archive.
    pub(crate) fn end(entries: u16, size: u32, offset: u32) -> Vec<u8> {
        let mut bytes = b"PK\x05\x06\0\0\0\0".to_vec();
        bytes.extend(entries.to_le_bytes());
        bytes.extend(entries.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend([0; 2]);
        bytes
    }

    /// An archive of texts by their names.
    pub(crate) fn of_texts(entries: &[(&str, &str)]) -> Vec<u8> {
        let packed: Vec<_> =
            entries.iter().map(|(name, text)| Packed::deflated(name, text.as_bytes())).collect();
        archive(&packed)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{Packed, archive, end, of_texts};
    use super::*;
    use proptest::prelude::*;

    fn error_of(entry: Packed) -> Error {
        let bytes = archive(&[entry]);
        Archive::open(&bytes).unwrap().read("a").unwrap_err()
    }

    #[test]
    fn entries_are_read_by_name_stored_or_deflated() {
        let long = "abc".repeat(1000);
        let bytes = archive(&[
            Packed::stored("stored.txt", b"one"),
            Packed::deflated("Folder/Deflated.txt", long.as_bytes()),
            Packed::stored("empty", b""),
            Packed::deflated("empty too", b""),
        ]);
        let archive = Archive::open(&bytes).unwrap();
        assert_eq!(archive.read("stored.txt").unwrap().unwrap(), b"one");
        assert_eq!(archive.read("folder/deflated.TXT").unwrap().unwrap(), long.as_bytes());
        assert_eq!(archive.read("empty").unwrap().unwrap(), b"");
        assert_eq!(archive.read("empty too").unwrap().unwrap(), b"");
        assert_eq!(archive.read("missing").unwrap(), None);
        let error = archive.require("missing").unwrap_err();
        assert_eq!(error.message(), "its entry \"missing\" is missing");
    }

    #[test]
    fn bytes_before_an_archive_and_a_comment_after_it_are_no_trouble() {
        let mut bytes = b"#!/bin/sh\n".to_vec();
        bytes.extend(of_texts(&[("a", "text")]));
        let comment = bytes.len() - 2;
        bytes[comment] = 7;
        bytes.extend(b"comment");
        assert_eq!(Archive::open(&bytes).unwrap().read("a").unwrap().unwrap(), b"text");
    }

    #[test]
    fn sizes_after_the_content_are_taken_from_the_directory() {
        let mut bytes = archive(&[Packed { flags: 8, ..Packed::deflated("a", b"text") }]);
        // As programs write it that do not know the sizes yet: zeros in the local header, a descriptor after the content.
        bytes[14..26].fill(0);
        assert_eq!(Archive::open(&bytes).unwrap().read("a").unwrap().unwrap(), b"text");
    }

    #[test]
    fn a_directory_of_zip64_is_read() {
        let content = b"text";
        let mut bytes = b"PK\x03\x04\x2d\0\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend(checksum(content).to_le_bytes());
        bytes.extend([0xFF; 8]);
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(b"atext");
        let directory = bytes.len() as u64;
        bytes.extend(b"PK\x01\x02\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
        bytes.extend(checksum(content).to_le_bytes());
        bytes.extend([0xFF; 8]);
        bytes.extend([1, 0, 28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
        bytes.extend(b"a");
        bytes.extend([1, 0, 24, 0]);
        bytes.extend(4u64.to_le_bytes());
        bytes.extend(4u64.to_le_bytes());
        bytes.extend(0u64.to_le_bytes());
        let wide = bytes.len() as u64;
        let size = wide - directory;
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44u64.to_le_bytes());
        bytes.extend([0x2D, 0, 0x2D, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for value in [1u64, 1, size, directory] {
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(wide.to_le_bytes());
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(end(u16::MAX, u32::MAX, u32::MAX));
        assert_eq!(Archive::open(&bytes).unwrap().read("a").unwrap().unwrap(), content);
    }

    #[test]
    fn names_that_lead_out_of_the_archive_are_names_like_others() {
        let names = ["../../etc/passwd", "/etc/shadow", "a\\b\\..\\c", "C:\\d", "./e//f"];
        let entries: Vec<_> = names.iter().map(|name| Packed::stored(name, name.as_bytes())).collect();
        let bytes = archive(&entries);
        let archive = Archive::open(&bytes).unwrap();
        for (name, path) in names.iter().zip(["etc/passwd", "etc/shadow", "a/c", "c:/d", "e/f"]) {
            assert_eq!(archive.read(path).unwrap().unwrap(), name.as_bytes());
        }
    }

    #[test]
    fn of_two_entries_of_one_name_the_first_counts() {
        let bytes = archive(&[Packed::stored("a", b"first"), Packed::stored("./A", b"second")]);
        assert_eq!(Archive::open(&bytes).unwrap().read("a").unwrap().unwrap(), b"first");
    }

    #[test]
    fn a_bomb_is_named_with_its_ratio() {
        let error = error_of(Packed::deflated("a", &vec![0; 20 << 20]));
        assert_eq!(error.kind(), ErrorKind::MalformedDocument);
        assert!(error.message().starts_with("entry \"a\": "), "{error}");
        assert!(error.message().contains("1029 times as many, the limit is 200 times"), "{error}");
    }

    #[test]
    fn a_bomb_that_says_it_is_small_ends_early() {
        let error = error_of(Packed { size: 10, ..Packed::deflated("a", &vec![0; 20 << 20]) });
        assert_eq!(
            error.message(),
            "entry \"a\": it inflates to more than the 10 bytes that its directory says"
        );
    }

    #[test]
    fn all_that_is_inflated_counts_together() {
        // 64 MiB that are packed too badly to be a bomb, read again and again.
        let mut state = 1u32;
        let content: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(1 << 18)
        .collect();
        let content = content.repeat(64 << 2);
        let bytes = archive(&[Packed::stored("a", &content)]);
        let archive = Archive::open(&bytes).unwrap();
        for _ in 0..4 {
            archive.read("a").unwrap();
        }
        assert_eq!(archive.read("a").unwrap_err().kind(), ErrorKind::DocumentTooLarge);
    }

    #[test]
    fn entries_that_are_encrypted_damaged_or_packed_otherwise_are_named() {
        let entry = Packed::deflated("a", b"text text text");
        let encrypted = error_of(Packed { flags: 1, ..entry.clone() });
        assert_eq!(encrypted.kind(), ErrorKind::DocumentEncrypted);
        assert_eq!(encrypted.message(), "entry \"a\": it is encrypted");
        let other = error_of(Packed { method: 12, ..entry.clone() });
        assert!(other.message().contains("method 12"), "{other}");
        let wrong = error_of(Packed { checksum: 1, ..entry.clone() });
        assert!(wrong.message().contains("checksum"), "{wrong}");
        let damaged = error_of(Packed { content: vec![0xFF; 9], ..entry.clone() });
        assert!(damaged.message().contains("damaged"), "{damaged}");
        let short = error_of(Packed { size: 100, ..entry });
        assert!(short.message().contains("14 bytes"), "{short}");
    }

    #[test]
    fn too_many_entries_are_counted_not_read() {
        // The size and the place of a directory, too, do not fit their fields where there are so many.
        let mut bytes = vec![0; 70_000 * 46];
        for entry in bytes.chunks_mut(46) {
            entry[..4].copy_from_slice(DIRECTORY_ENTRY);
        }
        let size = bytes.len() as u32;
        bytes.extend(end(60_000, size, 0));
        let error = Archive::open(&bytes).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::DocumentTooLarge);
        assert_eq!(error.message(), "its ZIP directory has 60000 entries, the limit is 20000");
    }

    #[test]
    fn checksums_are_those_of_iso_3309() {
        assert_eq!(checksum(b""), 0);
        assert_eq!(checksum(b"123456789"), 0xCBF4_3926);
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_archive_or_an_error(
            mut bytes in prop::collection::vec(any::<u8>(), 0..300),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        ) {
            let _ = Archive::open(&bytes);
            bytes = of_texts(&[("a", "some text"), ("b/c", "more text")]);
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(archive) = Archive::open(&bytes) {
                for name in ["a", "b/c"] {
                    let _ = archive.read(name);
                }
            }
        }
    }
}
