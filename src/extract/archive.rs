//! ZIP archives as documents are packed in: entries by name, inflated within limits and checked.
//!
//! Only the directory at the end of the file is believed, as every program does that opens such documents. Names are keys
//! and nothing else: no file is ever written, so that a name with `..` reaches no further than another.

use miniz_oxide::inflate::decompress_to_vec_with_limit;
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

    /// The names of all entries, in small letters, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
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
        Err(error) if error.output.len() > size => {
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
