//! Which chunks say the same: copies by their fingerprints, and near copies by the texts of hits.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Read, ReadHit};
use crate::index::{Fingerprint, Index, RowId};
use crate::sentences::Sentence;

/// How often hits are chosen anew at most, after near copies or damaged texts were found among those that were read.
pub(super) const ROUNDS: usize = 4;

/// The most hits, the best ones, that are compared with each other.
const COMPARED_HITS: usize = 128;

/// How much of a text, in hundredths of its letters, a near copy of it has at least.
const LEAST_SHARE: usize = 80;

/// What a chunk says; equal for copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Said {
    /// What every chunk with this fingerprint says.
    Text(Fingerprint),
    /// Whatever it is, as if nobody else said it.
    Row(RowId),
}

/// What is known of copies during a search.
pub(super) struct Copies {
    are_hits: bool,
    /// The fingerprints of near copies, each with that of the better chunk that has all they say.
    near: HashMap<Fingerprint, Fingerprint>,
    /// Rows whose texts cannot be read: a copy is shown in their place.
    damaged: HashSet<RowId>,
}

impl Copies {
    /// With `are_hits` every chunk stands for itself.
    pub fn new(are_hits: bool) -> Self {
        Self { are_hits, near: HashMap::new(), damaged: HashSet::new() }
    }

    pub fn said(&self, index: &Index, row: RowId) -> Said {
        if self.are_hits || self.damaged.contains(&row) {
            return Said::Row(row);
        }
        let own = index.fingerprint(row);
        Said::Text(self.near.get(&own).copied().unwrap_or(own))
    }

    /// Looks at the texts of what was chosen, best first. Returns whether there is something new, so that others are to be
    /// chosen: a near copy of a better hit, or a damaged text that has copies.
    pub fn learn(&mut self, index: &Index, read: &[Read]) -> bool {
        if self.are_hits {
            return false;
        }
        let known = self.near.len() + self.damaged.len();
        let mut better: Vec<(Fingerprint, Outline)> = Vec::new();
        for (chosen, hit) in read.iter().take(COMPARED_HITS) {
            let row = chosen.candidate.row();
            let Ok(ReadHit { hit, sentences }) = hit else {
                self.damaged.extend((!chosen.copies.is_empty()).then_some(row));
                continue;
            };
            let fingerprint = index.fingerprint(row);
            let outline = Outline::of(&hit.text, sentences);
            match better.iter().find(|(_, other)| other.has_all_of(&outline)) {
                Some((other, _)) => {
                    self.near.values_mut().filter(|it| **it == fingerprint).for_each(|it| *it = *other);
                    self.near.insert(fingerprint, *other);
                }
                None => better.push((fingerprint, outline)),
            }
        }
        self.near.len() + self.damaged.len() > known
    }
}

/// A text as the sentences in it.
struct Outline {
    /// How often each occurs.
    sentences: BTreeMap<Fingerprint, usize>,
    letters: usize,
}

impl Outline {
    /// The outline of a text with these sentences.
    fn of(text: &str, sentences: &[Sentence]) -> Self {
        let mut outline = Self { sentences: BTreeMap::new(), letters: 0 };
        for sentence in sentences.iter().filter(|sentence| sentence.is_statement) {
            let said = sentence.span.slice(text).unwrap_or_default();
            outline.letters += said.chars().filter(|it| it.is_alphanumeric()).count();
            *outline.sentences.entry(Fingerprint::of(said)).or_default() += 1;
        }
        outline
    }

    /// Whether another text has nothing to add, and is most of this one: what was cut elsewhere, or lacks a sentence. A
    /// sentence that differs in a single word is another.
    fn has_all_of(&self, other: &Self) -> bool {
        other.letters > 0
            && other.letters * 100 >= self.letters * LEAST_SHARE
            && other
                .sentences
                .iter()
                .all(|(it, count)| self.sentences.get(it).is_some_and(|own| own >= count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Outline {
        Outline::of(text, &crate::sentences::sentences(text))
    }

    #[test]
    fn a_near_copy_adds_no_sentence() {
        let text = "The landlord repairs the roof. The tenant may keep a dog. The rent is due in May.";
        let cases = [
            ("The tenant may keep a dog. The landlord repairs the roof! The rent is due in May", true),
            (
                "# Lease\n\nThe landlord repairs\nthe roof. The tenant may keep a dog. The rent is due in May.",
                true,
            ),
            ("The landlord repairs the roof. The tenant may keep a dog.", false),
            ("The landlord repairs the roof. The tenant may not keep a dog. The rent is due in May.", false),
            (
                "The landlord repairs the roof. The tenant may keep a dog. The rent is due in May. Not so.",
                false,
            ),
            ("The landlord repairs the roof. The tenant may keep a dog. The rent is due in May. A.", false),
            ("", false),
        ];
        for (other, expected) in cases {
            assert_eq!(outline(text).has_all_of(&outline(other)), expected, "{other:?}");
        }
        // The other way round, the longer one says more.
        let longer = format!("{text} A dog is no cat.");
        assert!(outline(&longer).has_all_of(&outline(text)));
        assert!(!outline(text).has_all_of(&outline(&longer)));
    }
}
