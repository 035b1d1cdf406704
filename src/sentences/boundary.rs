//! Which of the boundaries that UAX #29 finds end a sentence.

use super::FILLER;
use crate::calendar::{is_month, is_weekday};

/// Abbreviations that end no sentence, in lower case, without the last full stop.
const ABBREVIATIONS: &[&str] = &[
    "al", "approx", "bspw", "bzw", "ca", "cf", "dr", "dra", "etw", "evtl", "ggf", "gem", "hr", "incl",
    "inkl", "lic", "mag", "mio", "mme", "mlle", "mrd", "mr", "mrs", "ms", "mx", "messrs", "phd", "prof",
    "resp", "rev", "sog", "sra", "sr", "st", "str", "vgl", "viz", "vs", "zzgl",
];

/// Words that are abbreviations where a number follows.
const BEFORE_NUMBERS: &[&str] = &[
    "abb", "abs", "app", "art", "bd", "cap", "ch", "chap", "cl", "col", "eq", "ex", "fig", "figs", "kap",
    "no", "nos", "nr", "núm", "p", "pag", "par", "para", "pos", "pp", "r", "rn", "rz", "s", "sec", "sect",
    "tab", "tel", "vol", "z", "ziff", "стр", "ст",
];

/// Whether a sentence ends between `before`, which reaches back to where the sentence begins, and `after`.
pub(super) fn is_boundary(before: &str, after: &str) -> bool {
    let said = before.trim_end_matches(is_space);
    let core = said.trim_end_matches(is_closing);
    let Some(last) = core.chars().next_back() else { return after.is_empty() };
    let is_spaced = said.len() < before.len();
    match last {
        _ if after.is_empty() => true,
        '。' | '！' | '？' | '｡' => true,
        // A note's number after the full stop, or something like `yes!no`.
        _ if !is_spaced => false,
        _ if goes_on(after) => false,
        '.' => !is_abbreviated(core, after),
        // There was only the end of a line.
        ',' | ';' | ':' | '-' | '–' | '—' | '/' | '&' => false,
        _ => !last.is_alphanumeric(),
    }
}

/// White space, and what stands for more of it where that is looked for.
fn is_space(character: char) -> bool {
    character.is_whitespace() || character == FILLER
}

/// Quotation marks and brackets before the beginning of a sentence.
pub(super) fn is_opening(character: char) -> bool {
    matches!(character, '“' | '„' | '«' | '「' | '『' | '（' | '(' | '[' | '{')
}

/// Quotation marks and brackets after the end of a sentence.
fn is_closing(character: char) -> bool {
    matches!(
        character,
        '"' | '\'' | '”' | '’' | '“' | '»' | '«' | '」' | '』' | '）' | ')' | ']' | '}' | '*' | '_'
    )
}

/// Whether a text begins within a sentence: with a small letter.
fn goes_on(text: &str) -> bool {
    text.trim_start_matches(|character: char| !character.is_alphanumeric()).starts_with(char::is_lowercase)
}

/// Words of German before a number in an order.
const ARTICLES: &[&str] =
    &["das", "dem", "den", "der", "des", "die", "am", "beim", "im", "vom", "zum", "zur", "jedes", "jeder"];

/// Whether an article stands before the number that ends `said`.
fn follows_article(said: &str, number: &str) -> bool {
    let before = said.trim_end_matches('.').strip_suffix(number).unwrap_or_default();
    before.split_whitespace().next_back().is_some_and(|word| ARTICLES.contains(&word.to_lowercase().as_str()))
}

/// Whether the full stop at the end of `said` does not end a sentence.
fn is_abbreviated(said: &str, after: &str) -> bool {
    let word = said.trim_end_matches('.');
    if word.len() + 1 < said.len() {
        return false; // dots
    }
    let is_alone = !word.trim().contains(char::is_whitespace);
    let word =
        word.rsplit(|character: char| character.is_whitespace() || "([„“\"".contains(character)).next();
    let word = word.unwrap_or_default().to_lowercase();
    let follower = after.trim_start();
    let next: String =
        follower.chars().take_while(|it| it.is_alphanumeric()).collect::<String>().to_lowercase();
    let is_short_number = (1..=3).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter = |part: &str| part.chars().count() == 1 && part.starts_with(char::is_alphabetic);
    let is_numbered = next.starts_with(|it: char| it.is_numeric()) || follower.starts_with('§');
    match word.as_str() {
        "p.m" | "a.m" => is_weekday(&next) || is_month(&next),
        // The pronoun, unless it is the number of a section.
        "i" => is_alone,
        // `1.` before an item; `3. Mai`
        // `das 16. Lebensjahr`
        _ if is_short_number => is_alone || is_month(&next) || follows_article(said, &word),
        // Initials, `z. B.`, `e.g.`
        _ if word.split('.').all(is_letter) => true,
        word => ABBREVIATIONS.contains(&word) || (is_numbered && BEFORE_NUMBERS.contains(&word)),
    }
}
