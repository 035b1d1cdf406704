//! Dates and times of day, as they are written in running text.
//!
//! Only what can hardly be anything else: a year alone may be an amount, `10.2.15` a clause and `5 am` German.

use super::token::{Kind, Token};
use crate::calendar::{is_month, is_weekday};

/// How many of the tokens, from the first one on, are a date, a time of day, or one after the other; `None` where they
/// do not begin with any.
pub(super) fn date_at(tokens: &[Token<'_>]) -> Option<usize> {
    // Most tokens are words that begin no date.
    let may_begin = |token: &&Token<'_>| match token.kind {
        Kind::Number => true,
        Kind::Word => is_month(token.text) || is_weekday(token.text),
        Kind::Mark => false,
    };
    tokens.first().filter(may_begin)?;
    let mut reader = Reader { tokens, at: 0 };
    let found = reader.date_and_time().is_some() || reader.either(&[Reader::time, Reader::hour]).is_some();
    found.then_some(reader.at)
}

/// Reads tokens; what does not fit leaves it where it was.
struct Reader<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
}

type Rule<'t> = fn(&mut Reader<'t>) -> Option<()>;

impl<'t> Reader<'t> {
    fn date_and_time(&mut self) -> Option<()> {
        self.either(&[Self::numeric_date, Self::spaceless_date, Self::named_date])?;
        self.attempt(|it| {
            _ = it.word(|word| word == "t");
            it.time()
        });
        Some(())
    }

    /// `2024-05-31`, `31.05.2024`, `5/31/2024`, `5/31/24`
    fn numeric_date(&mut self) -> Option<()> {
        self.attempt(Self::weekday);
        let first = self.number()?;
        let separator = self.one_of(&["-", "/", "."])?;
        let second = self.glued().and_then(|it| it.number())?;
        self.one_of(&[separator])?;
        let third = self.glued().and_then(|it| it.number())?;
        let in_range = |number: &str, most: u32| number.len() <= 2 && (1..=most).contains(&value(number));
        let is_day_and_month = |day: &str, month: &str| in_range(day, 31) && in_range(month, 12);
        let is_short_year = separator == "/" && third.len() == 2;
        let begins_with_year = first.len() == 4 && is_day_and_month(third, second);
        let ends_with_year = (third.len() == 4 || is_short_year)
            && (is_day_and_month(first, second) || is_day_and_month(second, first));
        (begins_with_year || ends_with_year).then_some(())
    }

    /// `2024年5月31日`, `5月31日`, `2024년 5월 31일`
    fn spaceless_date(&mut self) -> Option<()> {
        let year = self.attempt(|it| it.number().and(it.one_of(&["年", "년"])));
        self.number().and(self.one_of(&["月", "월"]))?;
        let day = self.attempt(|it| it.number().and(it.one_of(&["日", "일"])));
        year.or(day).map(|_| ())
    }

    /// `31 May 2024`, `Friday, 31. Mai`, `31 de mayo de 2024`, `May 31st, 2024`, `May 2024`
    fn named_date(&mut self) -> Option<()> {
        self.attempt(Self::weekday);
        self.either(&[
            |it| {
                it.day()?;
                it.either(&[Self::joint, Self::nothing])?;
                it.month()?;
                it.attempt(Self::year);
                Some(())
            },
            |it| {
                it.month()?;
                it.day()?;
                it.attempt(Self::year);
                Some(())
            },
            |it| {
                it.month()?;
                it.year()
            },
        ])
    }

    /// `10:30`, `10:30:15`, `10:30 am`
    fn time(&mut self) -> Option<()> {
        self.number().filter(|hour| hour.len() <= 2 && value(hour) <= 24)?;
        self.colon_and_sixtieth()?;
        self.attempt(|it| {
            it.colon_and_sixtieth()?;
            it.attempt(|it| it.one_of(&[".", ","]).and(it.number()));
            Some(())
        });
        self.either(&[
            |it| it.word(|word| word == "z"),
            |it| it.word(is_half_of_day),
            Self::dotted_half_of_day,
            Self::nothing,
        ])
    }

    /// `5 p.m.`, `5pm`
    fn hour(&mut self) -> Option<()> {
        self.number().filter(|hour| hour.len() <= 2 && (1..=12).contains(&value(hour)))?;
        self.either(&[Self::dotted_half_of_day, |it| it.glued()?.word(is_half_of_day)])
    }

    fn colon_and_sixtieth(&mut self) -> Option<()> {
        self.one_of(&[":"])?;
        let sixtieth = self.glued().and_then(|it| it.number())?;
        (sixtieth.len() == 2 && value(sixtieth) < 60).then_some(())
    }

    fn dotted_half_of_day(&mut self) -> Option<()> {
        self.word(|word| word == "a" || word == "p")?;
        self.one_of(&["."])?;
        self.word(|word| word == "m")?;
        self.one_of(&["."]);
        Some(())
    }

    fn weekday(&mut self) -> Option<()> {
        self.word(is_weekday)?;
        self.one_of(&[",", "."]);
        Some(())
    }

    /// A number up to 31, perhaps with what makes it an ordinal.
    fn day(&mut self) -> Option<()> {
        self.number().filter(|day| day.len() <= 2 && (1..=31).contains(&value(day)))?;
        self.attempt(|it| it.glued()?.word(|word| matches!(word, "st" | "nd" | "rd" | "th" | "er" | "o")));
        self.one_of(&[".", "-", "/"]);
        Some(())
    }

    fn month(&mut self) -> Option<()> {
        self.word(is_month)?;
        self.one_of(&[".", "-", "/"]);
        Some(())
    }

    fn year(&mut self) -> Option<()> {
        self.one_of(&[","]);
        self.attempt(Self::joint);
        self.number().filter(|year| year.len() == 4).map(|_| ())
    }

    fn joint(&mut self) -> Option<()> {
        self.word(|word| matches!(word, "de" | "of" | "del"))
    }

    fn nothing(&mut self) -> Option<()> {
        Some(())
    }

    /// What `rule` gives; where that is nothing, as if it had not been tried.
    fn attempt<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.at;
        let found = rule(self);
        if found.is_none() {
            self.at = before;
        }
        found
    }

    /// The first of the rules that fits.
    fn either(&mut self, rules: &[Rule<'t>]) -> Option<()> {
        rules.iter().find_map(|rule| self.attempt(rule))
    }

    /// Itself, where no white space stands before the next token.
    fn glued(&mut self) -> Option<&mut Self> {
        let is_glued = self.tokens.get(self.at).is_some_and(|next| !next.is_spaced);
        is_glued.then_some(self)
    }

    fn token(&mut self, fits: impl Fn(&Token<'_>) -> bool) -> Option<&'t str> {
        let next = self.tokens.get(self.at).filter(|token| fits(token))?;
        self.at += 1;
        Some(next.text)
    }

    fn number(&mut self) -> Option<&'t str> {
        self.token(|token| token.kind == Kind::Number && token.text.len() <= 4)
    }

    fn word(&mut self, fits: impl Fn(&str) -> bool) -> Option<()> {
        self.token(|token| token.kind == Kind::Word && fits(token.text)).map(|_| ())
    }

    /// A mark or unit that stands right after what was read.
    fn one_of(&mut self, marks: &[&str]) -> Option<&'t str> {
        self.token(|token| !token.is_spaced && marks.contains(&token.text))
    }
}

fn is_half_of_day(word: &str) -> bool {
    word == "am" || word == "pm"
}

/// The value of up to four digits; 0 of digits that are not those of ASCII.
fn value(digits: &str) -> u32 {
    digits.parse().unwrap_or(0)
}
