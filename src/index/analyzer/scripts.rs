//! Scripts that are written without spaces, or whose words carry what other languages write apart.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// Letters and marks of scripts that are written without spaces between words. Their digits and punctuation are those of
/// other scripts.
pub(crate) fn is_unspaced(character: char) -> bool {
    is_han(character)
        || matches!(character,
            '\u{3041}'..='\u{309F}' // Hiragana
            | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' // Katakana, long vowel mark
            | '\u{0E01}'..='\u{0E3A}' | '\u{0E40}'..='\u{0E4E}' // Thai
            | '\u{0E81}'..='\u{0ECE}' | '\u{0EDC}'..='\u{0EDF}' // Lao
            | '\u{1000}'..='\u{103F}' | '\u{1050}'..='\u{108F}' | '\u{109A}'..='\u{109D}' // Myanmar
            | '\u{A9E0}'..='\u{A9EF}' | '\u{A9FA}'..='\u{A9FE}' | '\u{AA60}'..='\u{AA7F}' // Myanmar, extended
            | '\u{1780}'..='\u{17D3}' | '\u{17D7}' | '\u{17DC}'..='\u{17DD}') // Khmer
}

pub(super) fn is_han(character: char) -> bool {
    matches!(character,
        '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}'
        | '\u{3005}' | '\u{3007}') // iteration mark and zero
}

pub(super) fn is_hangul(character: char) -> bool {
    matches!(character, '\u{AC00}'..='\u{D7A3}')
}

/// Calls `take` with the overlapping pairs of a run's characters (each with its combining marks), by their bytes and
/// their places in the run; a run of one character is taken whole. With `singles`, each Han character is taken, too, so that
/// a query of one character finds it inside words. Returns the number of characters.
pub(super) fn pairs(run: &str, singles: bool, take: &mut dyn FnMut(Range<usize>, Range<u32>)) -> u32 {
    let mut previous: Option<usize> = None;
    let mut place = 0;
    for (start, character) in run.grapheme_indices(true) {
        let end = start + character.len();
        if let Some(previous) = previous {
            take(previous..end, place - 1..place + 1);
        }
        if character.len() == run.len() || (singles && character.starts_with(is_han)) {
            take(start..end, place..place + 1);
        }
        previous = Some(start);
        place += 1;
    }
    place
}

/// What follows a Korean noun without a space, of one and two syllables.
const PARTICLES: [&str; 26] = [
    "가", "과", "까지", "께", "나", "는", "도", "라", "로", "를", "만", "밖에", "보다", "부터", "에", "에게",
    "에서", "와", "으로", "은", "을", "의", "이", "이나", "처럼", "한테",
];

/// The parts of a Korean word: the overlapping pairs of its syllables, so that particles and compounds are no obstacle.
/// Its first syllable, too, where a particle follows; of a `passage` that of any short word, which may be one.
pub(super) fn hangul_parts(word: &str, is_passage: bool, take: &mut dyn FnMut(&str)) {
    if word.is_ascii() {
        return;
    }
    for run in word.split(|character| !is_hangul(character)) {
        const SYLLABLE: usize = 3; // bytes
        let count = run.len() / SYLLABLE;
        if run.len() < word.len() && count > 0 {
            take(run);
        }
        if count > 2 {
            (0..count - 1).for_each(|at| take(&run[at * SYLLABLE..(at + 2) * SYLLABLE]));
        }
        let may_be_noun = is_passage || PARTICLES.contains(&run.get(SYLLABLE..).unwrap_or_default());
        if (2..=3).contains(&count) && may_be_noun {
            take(&run[..SYLLABLE]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hangul(word: &str, singles: bool) -> Vec<String> {
        let mut parts = Vec::new();
        hangul_parts(word, singles, &mut |part| parts.push(part.to_owned()));
        parts
    }

    #[test]
    fn korean_words_have_pairs() {
        assert_eq!(hangul("서울에서", true), ["서울", "울에", "에서"]);
        assert_eq!(hangul("집에", true), ["집"]);
        assert_eq!(hangul("집에", false), ["집"]);
        assert_eq!(hangul("학교", false), Vec::<String>::new());
        assert_eq!(hangul("3월부터", false), ["월부터", "월부", "부터", "월"]);
        assert_eq!(hangul("roof", true), Vec::<String>::new());
    }
}
