//! What is denied in a sentence.

use super::words::{Word, runs};
use crate::language::Language;

/// How many words after a negator are denied by it, and before it where the verb stands there.
const REACH: usize = 4;
const REACH_OF_LISTS: usize = 7;

/// Words after a negator that make it part of a limit where `than` follows: `no more than`.
const COMPARED: &[&str] = &[
    "more", "less", "later", "earlier", "fewer", "longer", "greater", "higher", "lower", "sooner", "mehr",
    "weniger", "später", "früher", "länger",
];

/// Words after a negator that make it part of a limit, or of an addition: `not before`, `not only`, `not counting`.
const LIMITS: &[&str] =
    &["only", "before", "after", "until", "least", "most", "nur", "vor", "counting", "including", "even"];

/// Words with which another predicate begins.
const AUXILIARIES: &[&str] =
    &["is", "are", "was", "were", "has", "have", "can", "must", "may", "will", "shall", "should"];

enum Negator {
    /// Denies what comes after it.
    Forward,
    /// Denies what stands on both sides of it.
    Around,
    /// Denies what comes after it where it begins a clause, and else the word before it.
    Nothing,
    /// Says that the next word is lacking.
    Without,
}

fn negator(word: &str, language: Language) -> Option<Negator> {
    Some(match word {
        "nothing" | "nichts" => Negator::Nothing,
        "without" | "ohne" => Negator::Without,
        "sans" if may_be_french(language) => Negator::Without,
        "not" | "never" | "cannot" | "nobody" | "none" | "neither" | "nor" | "no" | "isn't" | "aren't"
        | "don't" | "doesn't" | "didn't" | "won't" | "can't" | "mustn't" | "needn't" | "wasn't"
        | "weren't" | "shouldn't" | "hasn't" | "haven't" | "isn’t" | "aren’t" | "don’t" | "doesn’t"
        | "didn’t" | "won’t" | "can’t" | "mustn’t" | "needn’t" | "wasn’t" | "weren’t" | "hasn’t"
        | "haven’t" => Negator::Forward,
        "kein" | "keine" | "keinen" | "keiner" | "keinem" | "niemand" | "nie" | "niemals" | "weder" => {
            Negator::Forward
        }
        "nicht" => Negator::Around,
        "ne" | "pas" | "aucun" | "aucune" | "jamais" | "rien" if may_be_french(language) => Negator::Forward,
        _ if may_be_french(language) && (word.starts_with("n'") || word.starts_with("n’")) => {
            Negator::Forward
        }
        "sin" | "nunca" | "ningún" | "ninguna" if language == Language::Spanish => Negator::Forward,
        "non" | "senza" | "mai" if language == Language::Italian => Negator::Forward,
        "não" | "sem" if language == Language::Portuguese => Negator::Forward,
        "не" | "нет" | "без" | "никогда" => Negator::Forward,
        _ => return None,
    })
}

/// Whether a text is French, or too short to tell.
fn may_be_french(language: Language) -> bool {
    matches!(language, Language::French | Language::None)
}

/// Turns the polarity of words that are denied in `text`.
pub(super) fn mark_negated(text: &str, words: &mut [Word], language: Language) {
    let mut denied_until = 0;
    for (start, end) in spans_of_words(text) {
        let word = text[start..end].to_lowercase();
        // `free of charge`, `a list instead of a tuple`
        let is_followed_by = |next: &str| text[end..].trim_start().starts_with(next);
        let is_instead = match word.as_str() {
            "free" | "instead" => is_followed_by("of "),
            "rather" => is_followed_by("than "),
            "statt" | "anstatt" => language == Language::German,
            "lieu" => may_be_french(language) && text[..start].ends_with("au "),
            _ => false,
        };
        let kind = if is_instead { Some(Negator::Without) } else { negator(&word, language) };
        let Some(kind) = kind else { continue };
        // `ne … pas` and `aucun … ne` deny once.
        if may_be_french(language) && start < denied_until && !matches!(kind, Negator::Without) {
            continue;
        }
        denied_until = end + text[end..].find(is_end).unwrap_or(text.len() - end);
        let rest = &text[end..];
        let mut following =
            rest.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).map(str::to_lowercase);
        let (next, then) = (following.next().unwrap_or_default(), following.next().unwrap_or_default());
        let is_compared = COMPARED.contains(&next.as_str()) && matches!(then.as_str(), "than" | "als");
        let is_limit = is_compared || LIMITS.contains(&next.as_str());
        // `No. 17`
        let is_number = word == "no"
            && (rest.starts_with('.') || rest.trim_start().starts_with(|it: char| it.is_ascii_digit()));
        if is_limit || is_number {
            continue;
        }
        // `No music, drilling or noise is allowed`
        let lists = matches!(word.as_str(), "no" | "neither" | "kein" | "keine") && !rest.starts_with(',');
        let ends = |it: char| is_end(it) && !(lists && it == ',');
        let until = end
            + rest.find(ends).unwrap_or(rest.len()).min(if lists {
                rest.len()
            } else {
                other_predicate(rest)
            });
        let reach = if lists { REACH_OF_LISTS } else { REACH };
        let from = text[..start].rmatch_indices(is_end).next().map_or(0, |(at, end)| at + end.len());
        let from = [" und ", " aber ", " sondern "]
            .iter()
            .filter_map(|it| text[..start].rfind(it))
            .fold(from, usize::max);
        let after = words.iter().position(|it| it.span.start >= end);
        if matches!(kind, Negator::Without) {
            lack(text, words, end, until);
            continue;
        }
        let from_joint =
            [" and ", " or ", " but "].iter().filter_map(|it| Some(text[..start].rfind(it)? + it.len()));
        let from = if matches!(kind, Negator::Nothing) { from_joint.fold(from, usize::max) } else { from };
        if matches!(kind, Negator::Nothing) && !text[from..start].trim().is_empty() {
            let before = words.iter_mut().rev().filter(|it| (from..start).contains(&it.span.start));
            toggle(before, 1);
            continue;
        }
        if let Some(after) = after {
            toggle(words[after..].iter_mut().take_while(|it| it.span.start < until), reach);
        }
        if matches!(kind, Negator::Around) {
            toggle(
                words
                    .iter_mut()
                    .rev()
                    .skip_while(|it| it.span.start >= start)
                    .take_while(|it| it.span.start >= from),
                REACH,
            );
        }
    }
    mark_chinese(text, words);
    for mark in ["ません", "ない"] {
        for (at, _) in text.match_indices(mark) {
            toggle(words.iter_mut().rev().filter(|it| it.span.end <= at + 3).take(2), REACH);
        }
    }
}

/// Marks of Chinese that deny the rest of their clause, those that say that something is lacking, and what they are a part of
/// that denies nothing.
const CHINESE: &[char] = &['不', '没', '未', '无', '勿', '非'];
const CHINESE_LACKING: &[&str] = &["没有", "未经"];
const CHINESE_LIMITS: &[&str] = &[
    "不超过",
    "不得超过",
    "不少于",
    "不得少于",
    "不低于",
    "不得低于",
    "不高于",
    "不多于",
    "不仅",
    "不同",
    "不断",
    "不过",
    "不论",
    "不但",
    "无论",
    "非常",
    "未来",
    "无线",
    "不良",
    "不足",
    "不久",
    "不锈",
    "不动产",
    "不可抗",
    "无障碍",
    "无限",
    "非法",
    "未成年",
    "没收",
    "不适",
];

fn mark_chinese(text: &str, words: &mut [Word]) {
    for (at, mark) in text.match_indices(CHINESE) {
        let rest = &text[at..];
        if CHINESE_LIMITS.iter().any(|limit| rest.starts_with(limit)) {
            continue;
        }
        let end = at + mark.len();
        let until = end + text[end..].find(is_end).unwrap_or(text.len() - end);
        if let Some(lacking) = CHINESE_LACKING.iter().find(|it| rest.starts_with(**it)) {
            words
                .iter_mut()
                .filter(|it| it.span.start >= at + lacking.len() && it.span.start < until)
                .for_each(|word| word.is_lacking = true);
            continue;
        }
        let denied = words.iter_mut().filter(|it| it.span.start >= end && it.span.start < until);
        toggle(denied, REACH_OF_LISTS);
    }
}

/// Says of the next word that says something that it is lacking, and of what it has: `without the owner's consent`.
fn lack(text: &str, words: &mut [Word], from: usize, until: usize) {
    let inside = words.iter_mut().filter(|word| (from..until).contains(&word.span.start) && !word.is_light);
    for word in inside {
        word.is_lacking = true;
        let rest = &text[word.span.end..];
        let written = text.get(word.span.clone()).unwrap_or_default();
        let is_owner =
            ["'s ", "’s "].iter().any(|it| rest.starts_with(it) || written.ends_with(it.trim_end()));
        if !is_owner {
            break;
        }
    }
}

/// Where another predicate begins, after what is denied.
fn other_predicate(text: &str) -> usize {
    let mut heavy = 0;
    for (start, end) in spans_of_words(text) {
        let word = &text[start..end];
        if AUXILIARIES.contains(&word) {
            if heavy > 0 {
                return start;
            }
        } else if word.len() > 3 || !word.is_ascii() {
            heavy += 1;
        }
    }
    text.len()
}

fn toggle<'w>(words: impl Iterator<Item = &'w mut Word>, reach: usize) {
    for word in words.filter(|word| !word.is_light).take(reach) {
        word.is_negated = !word.is_negated;
    }
}

fn is_end(character: char) -> bool {
    matches!(character, ',' | ';' | ':' | '.' | '(' | ')' | '|' | '–' | '—' | '。' | '，' | '；' | '、')
}

fn spans_of_words(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let is_inside = |it: char| it.is_alphanumeric() || it == '\'' || it == '’';
    runs(text, is_inside).map(|run| (run.start, run.end))
}
