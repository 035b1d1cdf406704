//! The boundary of sources: a tag that is derived from all that a prompt is made of, and that none of it contains or imitates.

use sha2::{Digest, Sha256};

use super::skeleton::looks;
use crate::hex::hex;

/// How many hexadecimal digits of the hash a tag has. Whoever writes a document would have to find one whose hash is in itself,
/// together with a question that is not known yet; and one that came about by chance is not taken.
const DIGITS: usize = 8;

/// What a boundary is derived from.
#[derive(Clone, Default)]
pub(super) struct Material(Sha256);

impl Material {
    /// Adds a text that the prompt is made of.
    pub fn add(&mut self, text: &str) {
        // With their lengths, "ab" and "c" are not "a" and "bc".
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    /// The hash part of the tags: the first that is nowhere in `rendered`, the prompt without tags, nor anything that looks
    /// like it.
    pub fn derive(&self, rendered: &str) -> String {
        let looks = looks(rendered).replace('o', "0").replace(['i', 'l'], "1");
        let hash = |attempt: u64| {
            let hash = self.0.clone().chain_update(attempt.to_le_bytes()).finalize();
            hex(&hash)[..DIGITS].to_owned()
        };
        let mut attempt = 0;
        loop {
            let digits = hash(attempt);
            // Its digits are none of the letters that look like digits. A text has fewer places than there are hashes, so that one of them is in none.
            if !looks.contains(&digits) {
                return digits;
            }
            attempt += 1;
        }
    }
}

/// The tag of sources with this hash.
pub(super) fn source_tag(hash: &str) -> String {
    format!("source-{hash}")
}

/// The tag of earlier turns, where a prompt is one string.
pub(super) fn turn_tag(hash: &str) -> String {
    format!("turn-{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(texts: &[&str]) -> String {
        let mut material = Material::default();
        texts.iter().for_each(|text| material.add(text));
        material.derive("")
    }

    #[test]
    fn the_same_input_has_the_same_boundary_and_another_has_another() {
        assert_eq!(derived(&["ab", "c"]), derived(&["ab", "c"]));
        assert_ne!(derived(&["ab", "c"]), derived(&["a", "bc"]));
        assert_ne!(derived(&["ab"]), derived(&["ab", ""]));
    }

    #[test]
    fn a_boundary_that_a_text_imitates_is_derived_again() {
        let mut material = Material::default();
        material.add("x");
        let first = material.derive("");
        // As if the text had found its own hash, in several disguises.
        let spread: String = first.chars().flat_map(|it| [it, '\u{200B}']).collect();
        let wide: String = first.chars().map(|it| char::from_u32(u32::from(it) + 0xFEE0).unwrap()).collect();
        let entities: String = first.chars().map(|it| format!("&#{};", u32::from(it))).collect();
        let letters = first.replace('0', "O").replace('1', "l");
        for disguise in
            [letters, first.clone(), first.to_uppercase(), spread, wide, entities, format!("x{first}x")]
        {
            let again = material.derive(&disguise);
            assert_ne!(again, first, "{disguise}");
            assert_eq!(again.len(), DIGITS);
        }
        assert_eq!(material.derive("something else"), first);
    }
}
