//! Fingerprints of passages: equal where two texts are copies of each other.
//!
//! Copies have the same words and numbers in the same order. Case, white space, hyphens at the ends of lines,
//! punctuation and typography make no difference, and neither does another date or time of day, as far as it stands in
//! a text of words. All else does: one word more ("not"), another amount, another figure in a table.

mod dates;
mod token;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::analyzer::fold_text;
use dates::date_at;
use token::{Kind, Token, tokens};

/// How many letters a text needs for each of its dates and times, beside these, to be a copy of one with others: in a
/// timetable, or a line such as "Departure 10:30", they are what is said.
const LETTERS_PER_DATE: usize = 12;

/// How many letters there are for each mark, at least, in a text whose punctuation makes no difference: formulas and
/// most source code have fewer.
const LETTERS_PER_MARK: usize = 2;

/// A hash of what copies have in common. With 64 bits, two of a million passages that are not copies have one
/// fingerprint with a probability of one to 37 million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint([u8; 8]);

impl Fingerprint {
    /// The fingerprint of a text.
    pub fn of(text: &str) -> Self {
        Self(xxh3_64(essence(&fold_text(text)).as_bytes()).to_le_bytes())
    }

    /// The fingerprint of a chunk's text without the headings at its beginning, which are among those that it stands
    /// `under`: the same text below another heading is a copy.
    pub fn of_chunk(text: &str, under: &[String]) -> Self {
        Self::of(without_headings(text, under))
    }
}

/// A text in the form in which copies are equal.
fn essence(folded: &str) -> String {
    let tokens = tokens(folded);
    let mut is_date = vec![false; tokens.len()];
    let (mut dates, mut at) = (0, 0);
    while at < tokens.len() {
        let length = date_at(&tokens[at..]).unwrap_or(0);
        is_date[at..at + length].fill(true);
        dates += usize::from(length > 0);
        at += length.max(1);
    }
    let beside = || tokens.iter().zip(&is_date).filter(|(_, is_date)| !**is_date).map(|(token, _)| token);
    let letters: usize =
        beside().filter(|token| token.kind == Kind::Word).map(|token| token.text.chars().count()).sum();
    let marks = beside().filter(|token| token.kind == Kind::Mark).count();
    let without_dates = letters >= dates * LETTERS_PER_DATE;
    let with_marks = marks * LETTERS_PER_MARK > letters;

    let mut essence = String::with_capacity(folded.len());
    let mut after_number = false;
    for (at, token) in tokens.iter().enumerate() {
        let is_left_out = (without_dates && is_date[at])
            || (token.kind == Kind::Mark && !with_marks && !is_sign(&tokens, at));
        if is_left_out {
            continue;
        }
        // Without anything between them 1.5 would be 15.
        if token.kind == Kind::Number && after_number {
            essence.push(' ');
        }
        essence.push_str(token.text);
        after_number = token.kind == Kind::Number;
    }
    essence
}

/// Whether a mark changes what the number beside it says: percent, currencies, signs and comparisons.
fn is_sign(tokens: &[Token<'_>], at: usize) -> bool {
    let is_number = |token: Option<&Token<'_>>| token.is_some_and(|token| token.kind == Kind::Number);
    let (before, next) = (at.checked_sub(1).and_then(|at| tokens.get(at)), tokens.get(at + 1));
    match tokens[at].text {
        // Between numbers, after a word and before a space it is a dash.
        "-" | "−" => {
            let is_first = before.is_none_or(|before| tokens[at].is_spaced || before.kind == Kind::Mark);
            is_first && next.is_some_and(|next| next.kind == Kind::Number && !next.is_spaced)
        }
        "%" | "‰" | "+" | "<" | ">" | "=" | "≤" | "≥" | "±" | "×" | "÷" | "°" | "$" | "£" | "¥" | "¢" => {
            is_number(before) || is_number(next)
        }
        mark => {
            let is_currency = mark.starts_with(|mark| matches!(mark, '\u{20A0}'..='\u{20CF}'));
            is_currency && (is_number(before) || is_number(next))
        }
    }
}

/// What follows the headings with which a chunk begins. A text of nothing but headings stays whole.
fn without_headings<'t>(text: &'t str, headings: &[String]) -> &'t str {
    let essential = |line: &str| fold_text(line).chars().filter(|it| it.is_alphanumeric()).collect();
    let headings: Vec<String> = headings.iter().map(|heading| essential(heading)).collect();
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        let line: String = essential(line);
        // Also the line that underlines a heading.
        if !line.is_empty() && !headings.contains(&line) {
            break;
        }
        rest = after;
    }
    if rest.contains(char::is_alphanumeric) { rest } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn are_copies(a: &str, b: &str) -> bool {
        Fingerprint::of(a) == Fingerprint::of(b)
    }

    #[test]
    fn copies_differ_in_form_or_in_a_date() {
        let cases = [
            ("The tenant pays the rent.", "THE TENANT  pays\nthe rent"),
            ("The “tenant” – who pays – is happy…", "The \"tenant\" - who pays - is happy..."),
            ("The land-\nlord repairs the roof", "The landlord repairs the roof"),
            (
                "**The landlord** repairs the `roof` of the house.",
                "The landlord repairs the roof of the house.",
            ),
            ("Die Straße ist lang und gerade", "DIE STRASSE IST LANG UND GERADE"),
            ("ﬁne print of the ﬂat", "fine print of the flat"),
            (
                "The deposit of 12,500 EUR is held by the agent.",
                "The deposit of 12 500 EUR is held by the agent",
            ),
            ("Minutes of the meeting on 31 May 2024", "Minutes of the meeting on 1 June 2024"),
            ("Minutes of the meeting on 31 May 2024", "Minutes of the meeting on 2024-05-31"),
            ("Minutes of the meeting on May 31st, 2024", "Minutes of the meeting on 31.05.2024."),
            ("Minutes of the meeting on 31-May-2024", "Minutes of the meeting on 5/31/24"),
            ("Minutes of the meeting on Friday, 31 May", "Minutes of the meeting on Saturday, June 1"),
            ("The meeting begins at 10:30 am.", "The meeting begins at 9:15:00"),
            ("The meeting begins at 5 p.m.", "The meeting begins at 6pm"),
            ("Protokoll der Sitzung vom 3. März 2024", "Protokoll der Sitzung vom 12.11.2023"),
            ("Acta de la reunión del 31 de mayo de 2024", "Acta de la reunión del 1 de junio de 2024"),
            ("Procès-verbal du 1er janvier 2024", "Procès-verbal du 14 juillet 2023"),
            ("Протокол собрания от 31 мая 2024", "Протокол собрания от 01.06.2024"),
            ("会議の議事録は2024年5月31日に作成されました", "会議の議事録は2023年12月1日に作成されました"),
            ("Written in the log at 2024-05-31T10:30:00Z", "Written in the log at 2024-06-01T11:00:12.5Z"),
        ];
        for (a, b) in cases {
            assert!(are_copies(a, b), "{a:?} and {b:?} are copies");
        }
    }

    #[test]
    fn what_is_said_differently_is_no_copy() {
        let cases = [
            ("Keeping a dog is allowed.", "Keeping a dog is not allowed."),
            ("The tenant repairs the roof.", "The landlord repairs the roof."),
            ("The landlord sues the tenant", "The tenant sues the landlord"),
            ("The deposit is 12,500 EUR, due at once.", "The deposit is 13,500 EUR, due at once."),
            ("The interest is 1.5 % for each year.", "The interest is 15 % for each year."),
            ("The interest is 5 % for each year.", "The interest is 5 € for each year."),
            ("The interest is 5 ₹ for each year.", "The interest is 5 € for each year."),
            ("The temperature falls to -5 degrees", "The temperature falls to 5 degrees"),
            ("The tenants may leave within 30 days", "The tenants may leave within 60 days"),
            ("See clause 10.2.15 of the agreement", "See clause 10.2.16 of the agreement"),
            ("The revenue in the year of 2023 is large", "The revenue in the year of 2024 is large"),
            ("p. 12", "p. 13"),
            ("12", "13"),
            ("1 2", "12"),
            ("| 2023 | 4.5 | 7.1 |", "| 2023 | 4.5 | 7.2 |"),
            ("2024-05-31", "2024-06-01"),
            ("2024-05-31  100.00\n2024-06-01  200.00", "2024-05-30  100.00\n2024-06-02  200.00"),
            ("Departure 10:30", "Departure 11:30"),
            ("Opening hours: 9:00 to 17:00", "Opening hours: 9:00 to 18:00"),
            ("if (a && !b) { f(a); }", "if (a || !b) { f(a); }"),
            ("* * *", "---"),
            ("猫は黒い", "犬は黒い"),
            ("契約期間は5年です", "契約期間は6年です"),
        ];
        for (a, b) in cases {
            assert!(!are_copies(a, b), "{a:?} and {b:?} are no copies");
        }
    }

    #[test]
    fn headings_at_the_beginning_make_no_difference() {
        let under = |headings: &[&str], text: &str| {
            let headings: Vec<String> = headings.iter().map(|&it| it.to_owned()).collect();
            Fingerprint::of_chunk(text, &headings)
        };
        let bare = under(&[], "The roof leaks.");
        assert_eq!(under(&["Lease", "1. Roof"], "# Lease\n\n## 1. **Roof**\n\nThe roof leaks."), bare);
        assert_eq!(under(&["Roof"], "Roof\n====\nThe roof leaks."), bare);
        assert_ne!(under(&["Roof"], "# Door\n\nThe roof leaks."), bare);
        // Of a chunk of nothing else they are what it says.
        assert_ne!(under(&["Roof"], "# Roof\n"), under(&["Door"], "# Door\n"));
    }

    proptest! {
        #[test]
        fn any_text_has_a_fingerprint_that_case_and_space_do_not_change(
            text in "\\PC{0,60}|([0-9]{1,4}|[-./:,%€]| |may|june|friday|am|t|z|年|月|日|st|de){0,20}",
        ) {
            let spaced: String = text.split_inclusive(' ').map(|word| format!("{word} \n")).collect();
            prop_assert_eq!(Fingerprint::of(&format!(" {}", spaced)), Fingerprint::of(&format!(" {}", text)));
            if text.is_ascii() {
                prop_assert_eq!(Fingerprint::of(&text.to_uppercase()), Fingerprint::of(&text));
            }
        }
    }
}
