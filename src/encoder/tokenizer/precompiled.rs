//! The map from characters to their normal form that SentencePiece compiles into its models.
//!
//! Its layout is that of [SentencePiece's normalizer](https://github.com/google/sentencepiece/blob/master/src/normalizer.cc):
//! the length in bytes of a double array of [darts-clone](https://github.com/s-yata/darts-clone), the array, and the
//! normal forms, each ended by a zero byte, to which the array's values point.

use unicode_segmentation::UnicodeSegmentation;

use super::aligned::{Aligned, Change};

/// Clusters of as many bytes or more are only looked up character by character.
const LONGEST_CLUSTER: usize = 6;

/// The map.
pub(super) struct Precompiled {
    units: Vec<u32>,
    forms: String,
    /// ASCII characters that stay as they are, whatever stands beside them, if that is ASCII too.
    plain: [bool; 128],
}

impl Precompiled {
    /// Reads the map from the bytes that base64 holds; `None` where they are malformed.
    pub(super) fn from_base64(encoded: &str) -> Option<Self> {
        let bytes = decode_base64(encoded)?;
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (units, forms) = rest.split_at_checked(u32::from_le_bytes(*length) as usize / 4 * 4)?;
        let units: Vec<_> = units
            .chunks_exact(4)
            .map(|unit| u32::from_le_bytes([unit[0], unit[1], unit[2], unit[3]]))
            .collect();
        if units.is_empty() {
            return None;
        }
        let forms = String::from_utf8(forms.to_vec()).ok()?;
        let mut map = Self { units, forms, plain: [false; 128] };
        // A carriage return and a line feed are one cluster.
        map.plain = std::array::from_fn(|byte| {
            let c = char::from(byte as u8);
            c != '\r' && map.form(c.encode_utf8(&mut [0; 4])).is_none()
        });
        Some(map)
    }

    /// Normalises `text`. As in the reference implementation, a cluster of characters that is shorter than six bytes
    /// becomes what the shortest beginning of it that is in the map becomes; where there is none, and for longer ones,
    /// characters are looked up one by one.
    pub(super) fn apply(&self, text: &mut Aligned, changes: &mut Vec<Change>) {
        changes.clear();
        // Characters at the beginning that become nothing.
        let mut removed = 0;
        let mut changed = false;
        for (clean, part) in self.parts(text.text()) {
            if clean {
                changes.extend(part.chars().map(|c| (c, 0)));
                continue;
            }
            for cluster in part.graphemes(true) {
                let whole = (cluster.len() < LONGEST_CLUSTER).then(|| self.form(cluster)).flatten();
                if let Some(form) = whole {
                    changed = true;
                    replace(changes, &mut removed, cluster.chars().count(), form);
                    continue;
                }
                for c in cluster.chars() {
                    match self.form(c.encode_utf8(&mut [0; 4])) {
                        Some(form) => {
                            changed = true;
                            replace(changes, &mut removed, 1, form);
                        }
                        None => changes.push((c, 0)),
                    }
                }
            }
        }
        if changed {
            text.transform(changes, removed);
        }
    }

    /// What a character becomes on its own, if it is in the map.
    pub(super) fn form_of(&self, c: char) -> Option<&str> {
        self.form(c.encode_utf8(&mut [0; 4]))
    }

    /// `text` in parts, with whether each surely stays as it is. No cluster spans two parts: between two characters of
    /// ASCII but a carriage return and a line feed there is always a boundary.
    fn parts<'t>(&self, text: &'t str) -> impl Iterator<Item = (bool, &'t str)> {
        let plain = |at: &usize| self.plain.get(usize::from(text.as_bytes()[*at])).copied().unwrap_or(false);
        let mut start = 0;
        std::iter::from_fn(move || {
            let rest = (start < text.len()).then_some(start)?;
            let end = (rest..text.len()).find(|at| !plain(at)).unwrap_or(text.len());
            // The last plain character may be the base of a mark.
            let end = if end < text.len() { end.saturating_sub(1).max(rest) } else { end };
            if end > rest {
                start = end;
                return Some((true, &text[rest..end]));
            }
            let end = (rest + 2..text.len()).find(|at| plain(&(at - 1)) && plain(at)).unwrap_or(text.len());
            start = end;
            Some((false, &text[rest..end]))
        })
    }

    /// The normal form of the shortest beginning of `key` that is in the map.
    fn form(&self, key: &str) -> Option<&str> {
        let offset = |unit: u32| (unit >> 10) << ((unit & 0x200) >> 6);
        let mut at = offset(self.units[0]);
        for byte in key.bytes().take_while(|byte| *byte != 0) {
            at ^= u32::from(byte);
            let unit = *self.units.get(at as usize)?;
            if unit & 0x8000_00FF != u32::from(byte) {
                return None;
            }
            at ^= offset(unit);
            if unit & 0x100 != 0 {
                let value = self.units.get(at as usize)? & 0x7FFF_FFFF;
                let form = self.forms.get(value as usize..)?;
                return Some(form.split_once('\0').map_or(form, |(form, _)| form));
            }
        }
        None
    }
}

/// Puts `form` in the place of the next `count` characters.
fn replace(changes: &mut Vec<Change>, removed: &mut usize, count: usize, form: &str) {
    let start = changes.len();
    changes.extend(form.chars().map(|c| (c, 0)));
    let new = changes.len() - start;
    if new > count {
        changes[start + count..].iter_mut().for_each(|(_, change)| *change = 1);
    } else if new < count {
        match changes.last_mut() {
            Some((_, change)) => *change -= (count - new) as i32,
            // Where the reference forgets them, and takes each origin for the one before.
            None => *removed += count,
        }
    }
}

/// The bytes of standard base64; white space is skipped.
fn decode_base64(encoded: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for c in encoded.trim_end_matches('=').bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (bits == 0).then_some(bytes)
}
