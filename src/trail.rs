//! The audit trail: what was asked, found and answered, a line of JSON for each, chained by hashes.
//!
//! Each line has in `previous` the SHA-256 (FIPS 180-4) of the line before it, over its bytes in UTF-8 without the line
//! break, as 64 hexadecimal digits; the first has zeros. So a line that was changed, moved or left out does not fit the one
//! after it, and the last one does not fit the digest that the collection keeps. An exported trail can be checked with
//! `ibid trail`, or with any tool that hashes a line. What the chain cannot do is to convince those who do not trust who
//! keeps it: for that, write down the digest of the last line elsewhere.
//!
//! A record may be deleted. A line with its number and its digest stands in its place, so that the chain holds, and shows
//! that there was one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::hex::hex;

/// The SHA-256 of a line. As text 64 hexadecimal digits, in compact formats 32 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a line without its line break.
    pub fn of(line: &str) -> Self {
        Self(Sha256::digest(line.as_bytes()).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex(&self.0))
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let malformed = || Error::invalid_argument("a SHA-256 has 64 hexadecimal digits");
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(malformed());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = str::from_utf8(pair).map_err(|_| malformed())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| malformed())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return <[u8; 32]>::deserialize(deserializer).map(Self);
        }
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(|error: Error| serde::de::Error::custom(error.message()))
    }
}

/// Where a trail ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the last record; records are numbered from 1, and no number is ever used twice.
    pub last: u64,
    /// The digest of the last record's line; zeros where there was none.
    pub digest: Digest,
    /// The number of the last record of which nothing is left, not even that it was deleted.
    pub cleared: u64,
}

/// What stands in the place of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// The record: a JSON object in one line.
    Line(String),
    /// Nothing any more; the digest is that of the line that was there.
    Deleted {
        /// The record's number.
        number: u64,
        /// The digest that its line had.
        digest: Digest,
    },
}

/// What a line says of its own place.
#[derive(Deserialize)]
struct Link {
    number: u64,
    previous: Digest,
}

/// What stands in the place of a deleted record, as a line. With anything beside these it would look like a record.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tombstone {
    number: u64,
    deleted: Digest,
}

impl Entry {
    /// Reads a line of an exported trail; whether it is a record is told by [`check`].
    pub fn parse(line: &str) -> Self {
        match serde_json::from_str(line) {
            Ok(Tombstone { number, deleted }) => Self::Deleted { number, digest: deleted },
            Err(_) => Self::Line(line.to_owned()),
        }
    }

    /// The line of an exported trail.
    pub fn line(&self) -> String {
        match self {
            Self::Line(line) => line.clone(),
            Self::Deleted { number, digest } => format!(r#"{{"number":{number},"deleted":"{digest}"}}"#),
        }
    }

    /// The digest of the record's line, also where that was deleted.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Line(line) => Digest::of(line),
            Self::Deleted { digest, .. } => *digest,
        }
    }

    /// The number of the record, and of one that is still there the digest of the line before it; `None` where it is none.
    pub fn link(&self) -> Option<(u64, Option<Digest>)> {
        match self {
            Self::Line(line) => {
                let Link { number, previous } = serde_json::from_str(line).ok()?;
                Some((number, Some(previous)))
            }
            Self::Deleted { number, .. } => Some((*number, None)),
        }
        .filter(|(number, _)| (1..u64::MAX).contains(number))
    }
}

/// What a check of a trail says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// How many records are there.
    pub records: usize,
    /// How many were deleted and have left a line.
    pub deleted: usize,
    /// The number of the first line; 0 where there is none that can be read.
    pub first: u64,
    /// The digest of the last line; zeros where there is none.
    pub head: Digest,
    /// What does not fit, in order.
    pub broken: Vec<Break>,
}

/// A place where a trail does not hold together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Break {
    /// The number of the record that should be here.
    pub number: u64,
    /// What is wrong.
    pub message: String,
}

/// Checks a trail from its first line on: that numbers rise by one and each line has the digest of the one before. What went
/// before the first line is not known, unless that has the number 1.
#[derive(Debug, Default)]
pub struct Checker {
    check: Check,
    /// Whether a line has been read.
    has_begun: bool,
    /// The number of the last line.
    number: u64,
    /// Its digest, where that is known.
    digest: Option<Digest>,
}

impl Checker {
    /// Goes on with the next line.
    pub fn push(&mut self, entry: &Entry) {
        let is_first = !self.has_begun;
        match entry {
            Entry::Line(_) => self.check.records += 1,
            Entry::Deleted { .. } => self.check.deleted += 1,
        }
        let Some((number, previous)) = entry.link() else {
            self.fail(self.number + 1, "the line is no record");
            self.goes_on(self.number + 1, entry);
            return;
        };
        if is_first {
            self.digest = (number == 1).then(Digest::default);
        } else if number != self.number + 1 {
            self.fail(self.number + 1, format!("the record that follows has the number {number}"));
            self.digest = None;
        }
        if previous.zip(self.digest).is_some_and(|(previous, digest)| previous != digest) {
            self.fail(number, "it does not fit the line before it: one of the two was changed");
        }
        self.goes_on(number, entry);
    }

    fn goes_on(&mut self, number: u64, entry: &Entry) {
        self.begins(number);
        self.number = number;
        self.digest = Some(entry.digest());
    }

    /// Says that a record cannot be read at all.
    pub fn missing(&mut self, number: u64, why: &str) {
        self.fail(number, why);
        self.begins(number);
        self.number = number;
        self.digest = None;
    }

    fn begins(&mut self, number: u64) {
        if !self.has_begun {
            (self.has_begun, self.check.first) = (true, number);
        }
    }

    fn fail(&mut self, number: u64, message: impl Into<String>) {
        self.check.broken.push(Break { number, message: message.into() });
    }

    /// What the lines so far say together.
    pub fn finish(self) -> Check {
        Check { head: self.digest.unwrap_or_default(), ..self.check }
    }

    /// What the lines of a trail say that should end like this.
    pub fn finish_at(mut self, head: Head) -> Check {
        if !self.has_begun {
            self.number = head.cleared;
        }
        if self.number != head.last {
            self.fail(self.number + 1, format!("the trail ends before record {}", head.last));
        } else if self.digest.is_some_and(|digest| digest != head.digest) {
            self.fail(head.last, "it is not the line that was written last");
        }
        Check { head: head.digest, ..self.check }
    }
}

/// Checks the lines of an exported trail; empty ones do not count.
pub fn check<'l>(lines: impl IntoIterator<Item = &'l str>) -> Check {
    let mut checker = Checker::default();
    for line in lines.into_iter().filter(|line| !line.trim().is_empty()) {
        checker.push(&Entry::parse(line));
    }
    checker.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trail(questions: &[&str]) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for (number, question) in (1..).zip(questions) {
            let previous = lines.last().map(|line| Digest::of(line)).unwrap_or_default();
            let question = serde_json::to_string(question).unwrap();
            lines.push(format!(r#"{{"number":{number},"previous":"{previous}","question":{question}}}"#));
        }
        lines
    }

    fn checked(lines: &[String]) -> Check {
        check(lines.iter().map(String::as_str))
    }

    #[test]
    fn a_digest_is_the_standard_one_and_reads_as_it_is_written() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of("abc").to_string(), abc);
        assert_eq!(abc.parse::<Digest>().unwrap(), Digest::of("abc"));
        assert_eq!(serde_json::from_str::<Digest>(&format!("{abc:?}")).unwrap(), Digest::of("abc"));
        let bytes = postcard::to_stdvec(&Digest::of("abc")).unwrap();
        assert_eq!((bytes.len(), postcard::from_bytes::<Digest>(&bytes).unwrap()), (32, Digest::of("abc")));
        for wrong in ["", "ab", &abc[1..], &abc.replace('b', "ü"), &abc.replace("ba", "+a")] {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_untouched_trail_holds_and_tells_its_head() {
        let lines = trail(&["Who repairs the roof?", "What is the \"rent\"?", "屋根は?"]);
        let check = checked(&lines);
        assert_eq!((check.records, check.deleted, check.first), (3, 0, 1));
        assert_eq!((check.head, check.broken.len()), (Digest::of(&lines[2]), 0));
        assert_eq!(checked(&[]), Check::default());
        // A part of it holds, too.
        assert_eq!((checked(&lines[1..]).first, checked(&lines[1..]).broken.len()), (2, 0));
    }

    #[test]
    fn a_deleted_record_leaves_the_chain_whole() {
        let mut lines = trail(&["a", "b", "c"]);
        lines[1] = Entry::Deleted { number: 2, digest: Digest::of(&lines[1]) }.line();
        let check = checked(&lines);
        assert_eq!((check.records, check.deleted, check.broken.len()), (2, 1, 0));
        lines[1] = Entry::Deleted { number: 2, digest: Digest::of("another") }.line();
        assert_eq!(checked(&lines).broken[0].number, 3);
    }

    #[test]
    fn what_is_missing_moved_or_foreign_is_named() {
        let lines = trail(&["a", "b", "c", "d"]);
        let numbers = |lines: &[&str]| {
            check(lines.iter().copied()).broken.iter().map(|it| it.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(&[&lines[0], &lines[2], &lines[3]]), [2]);
        assert_eq!(numbers(&[&lines[0], &lines[2], &lines[1], &lines[3]]), [2, 4, 3]);
        assert_eq!(numbers(&[&lines[0], "no JSON", &lines[2]]), [2, 3]);
        assert_eq!(numbers(&[&lines[1].replace("\"number\":2", "\"number\":1")]), [1]);
    }

    #[test]
    fn what_only_looks_like_a_part_of_a_trail_is_found() {
        let lines = trail(&["a", "b", "c"]);
        let broken = |lines: &[String]| !checked(lines).broken.is_empty();
        // A record that claims to be what a deleted one left.
        let mut forged = lines.clone();
        let deleted = format!(r#""deleted":"{}","question":"#, Digest::of(&lines[1]));
        forged[1] = lines[1].replace(r#""question":"#, &deleted).replace("\"b\"", "\"forged\"");
        assert!(broken(&forged));
        // Records of no number.
        let zero = lines[0].replace(r#""number":1"#, r#""number":0"#);
        assert!(broken(&[&[zero.clone(), zero], &lines[..]].concat()));
        let last = format!(r#"{{"number":{},"previous":"{}"}}"#, u64::MAX, "0".repeat(64));
        assert!(broken(&[last.clone(), last]));
    }

    #[test]
    fn a_trail_that_was_cut_is_told_by_its_head() {
        let lines = trail(&["a", "b", "c"]);
        let head = Head { last: 3, digest: Digest::of(&lines[2]), cleared: 0 };
        let finished = |lines: &[String], head: Head| {
            let mut checker = Checker::default();
            lines.iter().for_each(|line| checker.push(&Entry::parse(line)));
            checker.finish_at(head).broken.iter().map(|it| it.number).collect::<Vec<_>>()
        };
        assert!(finished(&lines, head).is_empty());
        assert_eq!(finished(&lines[..2], head), [3]);
        let changed = [&lines[..2], &[lines[2].replace("\"c\"", "\"C\"")]].concat();
        assert_eq!(finished(&changed, head), [3]);
        assert!(finished(&[], Head { cleared: 3, ..head }).is_empty());
        assert_eq!(finished(&[], head), [1]);
    }

    proptest! {
        #[test]
        fn any_change_of_a_line_but_the_last_is_found(
            questions in prop::collection::vec(".{0,8}", 2..6), line in 0usize..4, at in 0usize..400, byte in 0x20u8..0x7f,
        ) {
            let questions: Vec<&str> = questions.iter().map(String::as_str).collect();
            let mut lines = trail(&questions);
            let line = line % (lines.len() - 1);
            let mut bytes = lines[line].clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(changed) = String::from_utf8(bytes) {
                prop_assume!(changed != lines[line]);
                lines[line] = changed;
                prop_assert!(!checked(&lines).broken.is_empty());
            }
        }
    }
}
