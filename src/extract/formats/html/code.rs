//! What preformatted text is: code, prose with its own lines, or the numbers beside code.

use super::tags::{Name, Tag};
use super::tree::Tree;

/// The longest name of a programming language, in bytes.
const MAX_LANGUAGE: usize = 24;

/// How much of a text is looked at, in bytes and in nodes.
const MAX_SAMPLE: usize = 4_000;
const MAX_SAMPLE_NODES: usize = 500;

/// What preformatted text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preformatted {
    Code,
    /// Mails and the like: lines of words.
    Prose,
    LineNumbers,
}

/// Tells what a preformatted element holds.
pub(super) fn preformatted(tree: &Tree, node: usize) -> Preformatted {
    let mut sample = String::new();
    let mut is_marked = !language(tree, node).is_empty() || tree.tag(node) != Tag::Pre;
    for inside in (node..tree.end(node)).take(MAX_SAMPLE_NODES) {
        is_marked |= matches!(tree.tag(inside), Tag::Code | Tag::Samp | Tag::Kbd);
        for (text, _) in tree.pieces(inside) {
            sample.push_str(&text[..text.floor_char_boundary(MAX_SAMPLE.saturating_sub(sample.len()))]);
        }
        if sample.len() + char::MAX_LEN_UTF8 > MAX_SAMPLE {
            break;
        }
    }
    let words: Vec<_> = sample.split_whitespace().collect();
    let are_numbers = words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    if are_numbers && words.len() > 1 && words.first() == Some(&"1") && words.get(1) == Some(&"2") {
        return Preformatted::LineNumbers;
    }
    if !is_marked && is_prose(&sample) { Preformatted::Prose } else { Preformatted::Code }
}

/// Whether most lines are of words: few marks that programs are made of, and several words on each line.
fn is_prose(sample: &str) -> bool {
    let lines: Vec<_> = sample.lines().filter(|line| !line.trim().is_empty()).collect();
    let is_of_words = |line: &&&str| {
        let words = line.split_whitespace().count();
        let marks = line.chars().filter(|it| "{}[]();=<>\\|&*$#@_`~^+".contains(*it)).count();
        words >= 5 && marks * 12 <= line.len()
    };
    let of_words = lines.iter().filter(is_of_words).count();
    lines.len() >= 3 && of_words * 2 >= lines.len()
}

/// The language that the class of code, of what is in it or right around it, names.
pub(super) fn language(tree: &Tree, node: usize) -> String {
    let inside = (node..tree.end(node)).take(4);
    let around =
        std::iter::successors(Some(tree.parent(node)), |it| (*it > 0).then(|| tree.parent(*it))).take(2);
    let named =
        inside.chain(around).filter_map(|it| tree.attribute(it, Name::Class)).find_map(language_of_class);
    named.unwrap_or_default()
}

fn language_of_class(class: &str) -> Option<String> {
    let prefixes = ["language-", "lang-", "highlight-source-", "brush:", "sourceCode-"];
    let mut names = class.split_ascii_whitespace().peekable();
    if names.peek().is_some_and(|first| *first == "sourceCode") {
        names.next();
        return names.next().filter(|name| is_language(name)).map(str::to_owned);
    }
    names
        .find_map(|name| prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)))
        .map(|name| name.trim_matches([':', ';']).to_ascii_lowercase())
        .filter(|name| is_language(name))
}

fn is_language(name: &str) -> bool {
    let is_none = matches!(name, "none" | "plaintext" | "text" | "plain" | "txt" | "default");
    !is_none && !name.is_empty() && name.len() <= MAX_LANGUAGE && name.is_ascii()
}
