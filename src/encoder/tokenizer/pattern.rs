//! The simple patterns that tokenizer files search for: strings, and regular expressions of a few kinds.
//!
//! A regular expression here is a choice (`|`) of sequences of single characters, escapes such as `\s` and `\n`, and
//! classes such as `[a-z]`, of which the last may be repeated by `+` or `{n,}`. As nothing follows what is repeated, no
//! step ever has to be taken back.

use super::categories;

/// What is repeated at least more often is not supported: it is searched for anew from each place.
const MOST_REPETITIONS: usize = 64;

/// A pattern that never matches an empty text.
#[derive(Debug)]
pub(super) struct Pattern {
    choices: Vec<Sequence>,
}

#[derive(Debug)]
struct Sequence {
    atoms: Vec<Atom>,
    /// How often, at least, the last is repeated, beyond its one place in `atoms`; `None` where it is not.
    more: Option<usize>,
}

/// What matches one character.
#[derive(Clone, Debug)]
enum Atom {
    Is(char),
    Any,
    WhiteSpace,
    Digit,
    Word,
    Range(char, char),
    OneOf(Vec<Atom>),
    Not(Box<Atom>),
}

impl Atom {
    fn matches(&self, c: char) -> bool {
        match self {
            Self::Is(own) => *own == c,
            Self::Any => c != '\n',
            Self::WhiteSpace => c.is_whitespace(),
            Self::Digit => categories::is_decimal(c),
            Self::Word => categories::is_word(c),
            Self::Range(first, last) => (*first..=*last).contains(&c),
            Self::OneOf(atoms) => atoms.iter().any(|atom| atom.matches(c)),
            Self::Not(atom) => !atom.matches(c),
        }
    }
}

impl Pattern {
    /// What matches `text` only; `None` for an empty one.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let atoms: Vec<_> = text.chars().map(Atom::Is).collect();
        (!atoms.is_empty()).then(|| Self { choices: vec![Sequence { atoms, more: None }] })
    }

    /// A regular expression; `None` for one of another kind than the module's description says.
    pub(super) fn of_expression(expression: &str) -> Option<Self> {
        let mut rest = expression.chars().peekable();
        let mut choices = Vec::new();
        loop {
            let sequence = sequence(&mut rest)?;
            choices.push(sequence);
            match rest.next() {
                None => return Some(Self { choices }),
                Some('|') => {}
                Some(_) => return None,
            }
        }
    }

    /// The first match in `text`.
    pub(super) fn find(&self, text: &str) -> Option<(usize, usize)> {
        text.char_indices().find_map(|(at, _)| Some((at, at + self.at_start(&text[at..])?)))
    }

    /// Whether a match may hold `c`.
    pub(super) fn may_hold(&self, c: char) -> bool {
        self.choices.iter().flat_map(|sequence| &sequence.atoms).any(|atom| atom.matches(c))
    }

    /// The length of the match at the beginning of `text`.
    fn at_start(&self, text: &str) -> Option<usize> {
        self.choices.iter().find_map(|sequence| sequence.at_start(text))
    }
}

impl Sequence {
    fn at_start(&self, text: &str) -> Option<usize> {
        let mut rest = text.chars();
        for atom in &self.atoms {
            rest.next().filter(|c| atom.matches(*c))?;
        }
        if let (Some(least), Some(last)) = (self.more, self.atoms.last()) {
            let mut more = 0;
            let mut ahead = rest.clone();
            while ahead.next().is_some_and(|c| last.matches(c)) {
                rest = ahead.clone();
                more += 1;
            }
            if more < least {
                return None;
            }
        }
        Some(text.len() - rest.as_str().len())
    }
}

type Characters<'e> = std::iter::Peekable<std::str::Chars<'e>>;

/// A sequence up to `|` or the end.
fn sequence(rest: &mut Characters) -> Option<Sequence> {
    let mut atoms = Vec::new();
    let mut more = None;
    while let Some(next) = rest.peek().filter(|c| **c != '|') {
        match next {
            '+' | '{' => {
                more = Some(repetition(rest)?);
                // Nothing may follow, and there must be something to repeat.
                if atoms.is_empty() || rest.peek().is_some_and(|c| *c != '|') {
                    return None;
                }
            }
            _ => atoms.push(atom(rest)?),
        }
    }
    (!atoms.is_empty()).then_some(Sequence { atoms, more })
}

/// `+` or `{n,}`: how often beyond once, at least.
fn repetition(rest: &mut Characters) -> Option<usize> {
    if rest.next()? == '+' {
        return Some(0);
    }
    let mut least: usize = 0;
    let mut digits = 0;
    while let Some(digit) = rest.next_if(char::is_ascii_digit) {
        least = least.checked_mul(10)?.checked_add(digit.to_digit(10)? as usize)?;
        digits += 1;
    }
    let open = rest.next()? == ',' && rest.next()? == '}';
    (open && digits > 0 && (1..=MOST_REPETITIONS).contains(&least)).then(|| least - 1)
}

fn atom(rest: &mut Characters) -> Option<Atom> {
    match rest.next()? {
        '\\' => escape(rest),
        '[' => class(rest),
        '.' => Some(Atom::Any),
        '(' | ')' | ']' | '{' | '}' | '*' | '+' | '?' | '^' | '$' => None,
        c => Some(Atom::Is(c)),
    }
}

fn escape(rest: &mut Characters) -> Option<Atom> {
    let atom = match rest.next()? {
        's' => Atom::WhiteSpace,
        'S' => Atom::Not(Box::new(Atom::WhiteSpace)),
        'd' => Atom::Digit,
        'D' => Atom::Not(Box::new(Atom::Digit)),
        'w' => Atom::Word,
        'W' => Atom::Not(Box::new(Atom::Word)),
        'n' => Atom::Is('\n'),
        'r' => Atom::Is('\r'),
        't' => Atom::Is('\t'),
        // Of these, some engines make the edges of words.
        '<' | '>' | '`' | '\'' => return None,
        c if c.is_ascii_punctuation() || c == ' ' => Atom::Is(c),
        _ => return None,
    };
    Some(atom)
}

/// What stands between `[` and `]`.
fn class(rest: &mut Characters) -> Option<Atom> {
    let negated = rest.next_if_eq(&'^').is_some();
    let mut atoms = Vec::new();
    loop {
        let atom = match rest.next()? {
            ']' if atoms.is_empty() => return None,
            ']' => break,
            // Classes inside classes, and operations on them.
            '[' | '&' | '~' => return None,
            '\\' => escape(rest)?,
            c => Atom::Is(c),
        };
        atoms.push(match (atom, rest.next_if_eq(&'-')) {
            (atom, None) => atom,
            (Atom::Is(first), Some(_)) => range(first, rest)?,
            _ => return None,
        });
    }
    let atom = Atom::OneOf(atoms);
    Some(if negated { Atom::Not(Box::new(atom)) } else { atom })
}

fn range(first: char, rest: &mut Characters) -> Option<Atom> {
    let last = match rest.next()? {
        '\\' => escape(rest)?,
        '[' | ']' | '-' => return None,
        c => Atom::Is(c),
    };
    match last {
        Atom::Is(last) if first <= last => Some(Atom::Range(first, last)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_of_real_files_are_found_where_they_match() {
        type Case = (&'static str, &'static str, Option<(usize, usize)>);
        let cases: &[Case] = &[
            (" {2,}", "a  b", Some((1, 3))),
            (" {2,}", "a b", None),
            (r"\s+", "ab \n c", Some((2, 5))),
            (r"\n|\r", "a\rb", Some((1, 2))),
            ("``|''", "a''b", Some((1, 3))),
            (r"[^\S\n]+", "a\n\t b", Some((2, 4))),
            ("[a-c]x{3,}", "axxbxxx!", Some((3, 7))),
            (r"\.", "a.b", Some((1, 2))),
            ("▁+", "a▁▁", Some((1, 7))),
        ];
        for (expression, text, expected) in cases {
            assert_eq!(Pattern::of_expression(expression).unwrap().find(text), *expected, "{expression}");
        }
    }

    #[test]
    fn what_would_need_more_than_one_pass_is_refused() {
        for expression in [
            "",
            "a|",
            "a*",
            "a?",
            "(a)",
            "a+b",
            "^a",
            "a$",
            r"\p{L}+",
            r"\b",
            " {2}",
            " {2,3}",
            " {0,}",
            "+",
            "a++",
            "[a",
            "[]",
            "a+?",
            "[[:alpha:]]",
            "[a&&b]",
            "(?i)a",
            " {99999999999999999999,}",
            " {65,}",
            "[b-a]",
            r"[\s-a]",
        ] {
            assert!(Pattern::of_expression(expression).is_none(), "{expression}");
        }
    }
}
