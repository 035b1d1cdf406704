//! Follow-up questions: what is searched for where a question refers to what was asked before.
//!
//! No model rewrites the question. One that does not stand alone is searched together with the question it goes on from: words of
//! both are looked for, and the meaning of both is embedded. Whether it stands alone is told by its words: pronouns and
//! other references with nothing in the question that they could refer to, openings such as "and in …" or "what about …", and
//! questions without content words of their own. English and German are known that well; in other languages short
//! questions go on from the one before.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::lexicon::{AUXILIARIES, ENGLISH, GERMAN, Lexicon, has};
use super::message::{Asker, Turn};
use crate::index::is_unspaced;
use crate::language::{Language, LanguageSet};

/// How many questions before are searched with a question at most.
const MAX_QUESTIONS: usize = 3;

/// How much of a question before is searched, in characters.
const MAX_CHARACTERS: usize = 400;

/// With this many content words a question stands alone although it begins with "and".
const ENOUGH_WORDS: usize = 4;

/// With this many content words before a pronoun it refers to one of them; a possessive, with one fewer.
const ANTECEDENTS: usize = 3;

/// The most words of a question in another language that does not stand alone.
const SHORT_WORDS: usize = 4;

/// The most characters of such a question in a script without spaces.
const SHORT_CHARACTERS: usize = 6;

/// What is searched for `question` after `turns`: it, to the byte, where it stands alone, or it behind the questions that it goes
/// on from.
pub fn searched<'q>(question: &'q str, turns: &[Turn]) -> Cow<'q, str> {
    let asked: Vec<&str> = turns
        .iter()
        .filter(|turn| turn.role == Asker::User)
        .map(|turn| turn.content.trim())
        .filter(|content| !content.is_empty())
        .collect();
    if asked.is_empty() || stands_alone(question) {
        return Cow::Borrowed(question);
    }
    let mut parts = vec![question];
    for earlier in asked.into_iter().rev().take(MAX_QUESTIONS) {
        parts.push(shortened(earlier));
        if stands_alone(earlier) {
            break;
        }
    }
    parts.reverse();
    Cow::Owned(parts.join(" "))
}

/// The first words of a text.
fn shortened(text: &str) -> &str {
    let Some((end, _)) = text.char_indices().nth(MAX_CHARACTERS) else { return text };
    let words = text.split_word_bound_indices().map(|(at, _)| at).take_while(|at| *at <= end);
    // A single word is cut as it comes.
    match words.last() {
        Some(at) if at > 0 => text[..at].trim_end(),
        _ => &text[..end],
    }
}

/// A word of a question.
struct Word {
    /// In small letters.
    text: String,
    is_capital: bool,
    /// Whether a clause begins with it that is not the first.
    begins_clause: bool,
    is_content: bool,
}

/// Whether a question says what it is about.
fn stands_alone(question: &str) -> bool {
    let lexicon = match language(question) {
        Some(Language::English) => &ENGLISH,
        Some(Language::German) => &GERMAN,
        Some(_) => return !is_short(question),
        // A list of words, or the name of something.
        None => return !question.contains(is_unspaced) || !is_short(question),
    };
    let words = words(question, lexicon);
    let content = words.iter().filter(|word| word.is_content).count();
    if content == 0 {
        return false;
    }
    let begins = |phrase: &str| {
        let mut own = words.iter();
        phrase.split(' ').all(|part| own.next().is_some_and(|word| word.text == part))
    };
    let has_phrase = lexicon.phrases.split(", ").any(begins);
    let is_of = |list: &str| words.first().is_some_and(|first| has(list, &first.text));
    let goes_on = has_phrase || is_of(lexicon.openings);
    let is_place = is_of(lexicon.prepositions) && content <= 2 && words.len() <= SHORT_WORDS;
    !(goes_on && content < ENOUGH_WORDS || is_place || refers(&words, lexicon))
}

/// Whether a word refers to something that is not in the question.
fn refers(words: &[Word], lexicon: &Lexicon) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let is_of = |list: &str| has(list, &word.text);
        let next = words.get(at + 1);
        let ends_clause = next.is_none_or(|next| next.begins_clause);
        let is_possessive = is_of(lexicon.possessives) && next.is_some_and(|next| next.is_content);
        let is_pronoun = is_of(lexicon.pronouns) || is_possessive;
        // "Sie" and "Ihr" are the person who is spoken to.
        let is_polite = lexicon.language == Language::German && word.is_capital && at > 0;
        let is_last = is_of(lexicon.last) && at > 0 && (ends_clause || stands_for_noun(words, at, lexicon));
        if is_polite || !(is_pronoun || is_last) {
            return false;
        }
        let before = &words[..at];
        let clause = before.iter().rposition(|word| word.begins_clause).unwrap_or(0);
        let clause = if word.begins_clause { at } else { clause };
        let in_clause_before = before[..clause].iter().any(|word| word.is_content);
        let count = before.iter().filter(|word| word.is_content).count();
        let needed = if is_possessive { ANTECEDENTS - 1 } else { ANTECEDENTS };
        !(in_clause_before || count >= needed || is_explained(words, at, lexicon))
    })
}

/// Whether "that" or "das" at a place, with words behind it, is no article or conjunction: "does that apply", "ist das erlaubt".
fn stands_for_noun(words: &[Word], at: usize, lexicon: &Lexicon) -> bool {
    let next = words[at + 1..].iter().take_while(|word| !word.begins_clause);
    match words[at].text.as_str() {
        "that" if lexicon.language == Language::English => has(AUXILIARIES, &words[at - 1].text),
        // Nouns have capital letters, where anything has.
        "das" if words.iter().any(|word| word.is_capital) => !next.take(2).any(|word| word.is_capital),
        "das" => next.take(1).all(|word| !word.is_content),
        _ => false,
    }
}

/// Whether the pronoun at a place stands for what comes behind it: "is it legal to keep a dog".
fn is_explained(words: &[Word], at: usize, lexicon: &Lexicon) -> bool {
    if !matches!(words[at].text.as_str(), "it" | "es") {
        return false;
    }
    let content = |from: usize| words[from..].iter().filter(|word| word.is_content).count();
    if at > 0 && words[at - 1].text == "gibt" {
        return content(at + 1) > 0;
    }
    let behind = words[at + 1..].iter().position(|word| has(lexicon.explaining, &word.text));
    let Some(place) = behind.map(|behind| at + 1 + behind) else { return false };
    // "How long does it take to …", but "does it apply to …".
    let needed = match words[place - 1].text.as_str() {
        "take" | "cost" => 1,
        "apply" | "relate" | "refer" | "belong" | "extend" => return false,
        _ => 2,
    };
    // German has its infinitive at the end: "ist es erlaubt, einen Hund zu halten".
    content(place) >= needed || lexicon.language == Language::German && content(at + 1) > 2
}

fn words(question: &str, lexicon: &Lexicon) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut after_mark = false;
    for piece in question.split_word_bounds() {
        if !piece.contains(char::is_alphanumeric) {
            after_mark |= piece.contains([',', ';', ':', '.', '?', '!', '–', '—', '(']);
            continue;
        }
        let text = folded(piece);
        let is_conjunction = has(lexicon.conjunctions, &text);
        let begins_clause = !words.is_empty() && (after_mark || is_conjunction);
        let is_capital = piece.starts_with(char::is_uppercase);
        let is_content = !lexicon.is_function_word(&text);
        words.push(Word { text, is_capital, begins_clause, is_content });
        after_mark = false;
    }
    // "Who decides that?"
    if let Some(last) = words.last_mut() {
        last.begins_clause = false;
    }
    words
}

fn folded(word: &str) -> String {
    word.nfkc().flat_map(char::to_lowercase).map(|it| if it == '’' { '\'' } else { it }).collect()
}

/// The language that most function words of a question are of, English or German before others; [`Language::None`] for one that
/// is not known, `None` where there is none of a known one.
fn language(question: &str) -> Option<Language> {
    let words: Vec<String> = question.unicode_words().map(folded).collect();
    let count = |language: Language| {
        let own = [&ENGLISH, &GERMAN].into_iter().find(|lexicon| lexicon.language == language);
        let is_own = |word: &&String| {
            LanguageSet::with_function_word(word).contains(language)
                || own.is_some_and(|lexicon| lexicon.own().iter().any(|list| has(list, word)))
        };
        words.iter().filter(is_own).count()
    };
    let first = [Language::English, Language::German];
    let others = Language::ALL.into_iter().filter(|it| *it != Language::None && !first.contains(it));
    let counted: Vec<(Language, usize)> = first.into_iter().chain(others).map(|it| (it, count(it))).collect();
    let most = counted.iter().map(|(_, count)| *count).max().unwrap_or(0);
    if most > 0 {
        return counted.into_iter().find(|(_, count)| *count == most).map(|(language, _)| language);
    }
    let is_latin = question.chars().filter(|it| it.is_alphabetic()).all(|it| it < '\u{250}');
    (!is_latin && !question.contains(is_unspaced)).then_some(Language::None)
}

/// Whether a question in another language is so short that it hardly says what it is about.
fn is_short(question: &str) -> bool {
    let letters = question.chars().filter(|it| it.is_alphanumeric()).count();
    if question.contains(is_unspaced) {
        return letters <= SHORT_CHARACTERS;
    }
    question.unicode_words().count() <= SHORT_WORDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn turns(questions: &[&str]) -> Vec<Turn> {
        let turn = |role, content: &str| Turn { role, content: content.to_owned() };
        questions
            .iter()
            .flat_map(|question| [turn(Asker::User, question), turn(Asker::Assistant, "So it is [1].")])
            .collect()
    }

    #[test]
    fn a_question_that_refers_is_searched_with_what_it_refers_to() {
        let mut alone = Vec::new();
        let before = "How high may a rent deposit be?";
        for question in [
            "And in Germany?",
            "What about the Netherlands?",
            "Who pays it back?",
            "Why?",
            "Since when?",
            "How long does it take?",
            "When do they have to return it?",
            "Does that also apply to offices?",
            "And for offices?",
            "In Germany?",
            "Is that so?",
            "What does this clause mean?",
            "Who keeps their money?",
            "How about garages?",
            "And who pays interest?",
            "Why is that?",
            "Can she sue him?",
            "What is its height?",
            "or two years?",
            "WHO PAYS IT?",
            "Tell me more",
            "Is it taxed?",
            "Und in Österreich?",
            "Was ist mit Garagen?",
            "Wer zahlt sie zurück?",
            "Warum?",
            "Gilt das auch für Büros?",
            "Seit wann?",
            "Wie lange dauert es?",
            "Wie hoch ist sie?",
            "Was kostet das?",
            "Wann muss er sie zurückzahlen?",
            "Wer haftet dafür?",
            "Und wenn er nicht zahlt?",
            "Bei Büros?",
            "Was passiert dann mit dessen Möbeln?",
            "Aber warum nicht?",
            "Ist es verzinst?",
            "Who decides that?",
            "Only for adults?",
            "More details please",
            "Does it also apply to offices and shops?",
            "Muss ich das zahlen?",
            "Ist das erlaubt?",
            "et en Allemagne ?",
            "¿y en España?",
            "А в Германии?",
            "那德国呢？",
            "e in Germania?",
            "En in Nederland?",
        ] {
            if searched(question, &turns(&[before])) != format!("{before} {question}") {
                alone.push(question);
            }
        }
        assert!(alone.is_empty(), "taken to stand alone: {alone:#?}");
    }

    #[test]
    fn a_question_that_stands_alone_stays_as_it_is() {
        for question in [
            "Who repairs the roof?",
            "How high may a rent deposit be in Germany?",
            "If the roof leaks, who repairs it?",
            "Is it legal to keep a dog in a rented flat?",
            "Does the tenant who broke a window have to pay for it?",
            "Do tenants pay rent when they leave early?",
            "Does the company pay its employees?",
            "roof repair",
            "Kaution",
            "  What is a lease?  ",
            "And who has to repair the roof of a rented house?",
            "Is there a notice period for garages?",
            "What happens to the deposit after a tenant dies?",
            "deposit",
            "BGB § 551",
            "Wie hoch darf die Kaution sein?",
            "Wer repariert das Dach?",
            "Ist es erlaubt, einen Hund zu halten?",
            "Gibt es eine Frist für die Kündigung?",
            "Wenn das Dach undicht ist, wer repariert es?",
            "Können Sie die Miete erhöhen?",
            "Was ist ein Mietvertrag?",
            "Darf der Vermieter die Wohnung betreten?",
            "Zahlt die Firma ihre Angestellten?",
            "Welche Unterlagen muss der Mieter dem Vermieter geben?",
            "Quelle est la durée du préavis pour un appartement meublé ?",
            "租房押金最多可以收多少个月的租金？",
            "Кто должен ремонтировать крышу дома?",
        ] {
            let found = searched(question, &turns(&["What is a lease?"]));
            assert!(matches!(found, Cow::Borrowed(same) if same == question), "{question}: {found}");
        }
    }

    #[test]
    fn a_chain_of_questions_goes_back_to_one_that_stands_alone() {
        let asked = ["What is a boat?", "Who repairs the roof?", "And the windows?"];
        assert_eq!(searched("Why?", &turns(&asked)), "Who repairs the roof? And the windows? Why?");
        assert_eq!(searched("Why?", &turns(&["Why?"; 9])), "Why? Why? Why? Why?");
        assert_eq!(searched("Why?", &turns(&[" ", ""])), "Why?");
        assert_eq!(searched("Why?", &turns(&[])), "Why?");
        let long = searched("Why?", &turns(&[&"roof repairs ".repeat(100)])).into_owned();
        assert!(
            long.len() < MAX_CHARACTERS + 10 && long.starts_with("roof repairs") && long.ends_with(" Why?")
        );
    }

    proptest! {
        #[test]
        fn any_question_ends_what_is_searched(question in "\\PC{0,40}", before in prop::collection::vec("\\PC{0,30}", 0..4)) {
            let before: Vec<&str> = before.iter().map(String::as_str).collect();
            let found = searched(&question, &turns(&before));
            prop_assert!(found.ends_with(&question));
            prop_assert_eq!(&found, &searched(&question, &turns(&before)));
        }
    }
}
