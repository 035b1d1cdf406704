//! Numbers, dates and times in running text, as values that can be compared.
//!
//! `12,500.00`, `12 500` and `12.500,00` are one value, as are `31 May 2024`, `2024-05-31` and `31.05.2024`, 3 % and 0.03, a
//! mile and 1.609 km. Where digits can be read in two ways (`1.145`), both readings are kept. Names that hold digits, such as
//! `E04` or `24/01`, are compared as they are written.

mod dates;
mod scan;
mod units;
mod words;

use serde::Serialize;

use crate::document::Span;
use crate::language::Language;

use scan::{Token, TokenKind, tokens};

pub(in crate::cite) use scan::ascii_digit_of;

pub use dates::Date;
pub use units::Dimension;

/// A number, date or time where a text holds it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quantity {
    /// Where it is, with its unit, in bytes of the text.
    pub span: Span,
    /// What it is.
    pub value: Value,
    /// Whether it is a limit, and of which kind.
    pub bound: Bound,
    /// Whether it is said to be about right only.
    pub is_about: bool,
    /// Whether it may be no number at all: `one` the pronoun, `a month`.
    pub is_soft: bool,
    /// The unit of time that it is counted by: `day` of `3 times a day`.
    pub per: Option<&'static str>,
    /// The word after it, in bytes of the text: what is counted where there is no unit.
    pub noun: Option<Span>,
}

/// The value of a [`Quantity`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Value {
    /// A number with its unit.
    Amount(Amount),
    /// A date, or a part of one; several where digits can be read in two ways.
    Date { readings: Vec<Date> },
    /// A time of day, in minutes since midnight.
    Time { minutes: u16 },
    /// A name with digits in it, in capitals.
    Name { name: String },
}

/// A number with its unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Amount {
    /// What it may be, in the base unit of its dimension; the likeliest comes first.
    pub readings: Vec<f64>,
    /// What is measured.
    pub unit: Unit,
    /// How much one of its unit is in the base unit.
    pub scale: f64,
    /// Half of what its last digit counts, in the base unit.
    pub step: f64,
}

/// What a number counts or measures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "of", rename_all = "camelCase")]
pub enum Unit {
    /// Nothing that is known.
    None,
    /// Hundredths.
    Percent,
    /// A place in an order.
    Ordinal,
    /// How often.
    Times,
    /// Money, by its code in ISO 4217.
    Money(&'static str),
    /// A measure that can be converted.
    Measure(Dimension),
    /// A measure that is compared by its name.
    Named(String),
}

/// Whether a number is a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// None, or not known.
    None,
    /// At least, more than, after.
    Lower,
    /// At most, less than, before.
    Upper,
}

/// How two quantities compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same value.
    Same,
    /// The same number of another unit.
    OtherUnit,
    /// The same value as a limit of the other kind.
    OtherBound,
    /// Another value of the same kind.
    Other,
    /// Values that cannot be compared.
    Incomparable,
}

/// How far apart values are that are said to be about the same, as a share.
const ABOUT: f64 = 0.06;

/// How far apart equal values may be after sums in floating point.
const ROUNDING: f64 = 1e-9;

/// The numbers, dates and times of a text in the order in which they stand. Of number words those of `language` are known,
/// and of an unknown language English and German.
pub fn quantities(text: &str, language: Option<Language>) -> Vec<Quantity> {
    let tokens = tokens(text);
    let mut reader = Reader { tokens: &tokens, at: 0, words: words::Words::of(language) };
    let mut found: Vec<Quantity> = Vec::new();
    while reader.at < tokens.len() {
        let before = reader.at;
        match reader.quantity() {
            Some(quantities) if reader.at > before => found.extend(quantities),
            _ => reader.at = before + 1,
        }
    }
    found
}

impl Quantity {
    /// How what a claim says compares to what a source says. A source may be more precise than the claim.
    pub fn compare(&self, source: &Quantity) -> Comparison {
        let compared = match (&self.value, &source.value) {
            // `three cats` are not `three months`.
            (Value::Amount(a), Value::Amount(b))
                if (a.unit == Unit::None && self.noun.is_some() && b.unit.is_measure())
                    || (b.unit == Unit::None && source.noun.is_some() && a.unit.is_measure()) =>
            {
                Comparison::Incomparable
            }
            (Value::Amount(claim), Value::Amount(source)) => {
                claim.compare(source, self.is_about || self.is_soft)
            }
            (Value::Date { readings: claim }, Value::Date { readings: source }) => {
                let pairs = || claim.iter().flat_map(|a| source.iter().map(move |b| (a, b)));
                if pairs().any(|(a, b)| a.is_within(*b)) {
                    Comparison::Same
                } else if pairs().any(|(a, b)| a.is_comparable(*b)) {
                    Comparison::Other
                } else {
                    Comparison::Incomparable
                }
            }
            (Value::Time { minutes: a }, Value::Time { minutes: b }) => {
                // 24:00 is midnight, and a clock of twelve hours may leave out which half.
                if a % 1440 == b % 1440 { Comparison::Same } else { Comparison::Other }
            }
            (Value::Name { name: a }, Value::Name { name: b }) => match a == b {
                true => Comparison::Same,
                false if is_of_one_pattern(a, b) => Comparison::Other,
                false => Comparison::Incomparable,
            },
            // A year may be written as a number of pages or people is.
            (Value::Amount(amount), Value::Date { readings }) => {
                same_if(readings.iter().any(|date| date.is_year(&amount.readings)))
            }
            (Value::Date { readings }, Value::Amount(amount)) => {
                same_if(readings.iter().any(|date| date.is_year(&amount.readings)))
            }
            (Value::Time { minutes }, Value::Amount(amount)) => same_if(is_hour(*minutes, amount)),
            (Value::Amount(amount), Value::Time { minutes }) => same_if(is_hour(*minutes, amount)),
            _ => Comparison::Incomparable,
        };
        if compared != Comparison::Same {
            return compared;
        }
        let are_opposite =
            matches!((self.bound, source.bound), (Bound::Lower, Bound::Upper) | (Bound::Upper, Bound::Lower));
        match (self.per, source.per) {
            (Some(a), Some(b)) if a != b => Comparison::OtherUnit,
            _ if are_opposite => Comparison::OtherBound,
            _ => Comparison::Same,
        }
    }
}

fn same_if(is_same: bool) -> Comparison {
    if is_same { Comparison::Same } else { Comparison::Incomparable }
}

fn is_hour(minutes: u16, amount: &Amount) -> bool {
    amount.unit == Unit::None && amount.readings.iter().any(|it| (it * 60.0 - f64::from(minutes)).abs() < 0.5)
}

/// Whether two names differ in their digits only: `E04` and `E07`.
fn is_of_one_pattern(a: &str, b: &str) -> bool {
    let letters = |name: &str| name.chars().filter(|it| !it.is_ascii_digit()).collect::<String>();
    letters(a) == letters(b)
}

impl Amount {
    fn compare(&self, source: &Amount, is_about: bool) -> Comparison {
        let number = |amount: &Amount| amount.readings.iter().map(|it| it / amount.scale).collect::<Vec<_>>();
        let same_number = || {
            let (a, b) = (number(self), number(source));
            a.iter().any(|a| b.iter().any(|b| is_near(*a, *b, ROUNDING * b.abs())))
        };
        if !self.unit.is_comparable(&source.unit) {
            return match same_number() && self.unit != Unit::None && source.unit != Unit::None {
                true if self.unit.is_measure() && source.unit.is_measure() => Comparison::OtherUnit,
                _ => Comparison::Incomparable,
            };
        }
        if (self.unit == Unit::None) != (source.unit == Unit::None)
            && self.unit != Unit::Percent
            && source.unit != Unit::Percent
        {
            // The unit stands elsewhere, as in the header of a table.
            return if same_number() { Comparison::Same } else { Comparison::Other };
        }
        // 3 % is 0.03, but a bare number beside a share is more often a count.
        let share = |amount: &Amount| if amount.unit == Unit::Percent { 0.01 } else { 1.0 };
        let (own, other) = match (&self.unit, &source.unit) {
            (Unit::Percent, Unit::None) | (Unit::None, Unit::Percent) => (share(self), share(source)),
            _ => (1.0, 1.0),
        };
        let is_converted = (self.scale - source.scale).abs() > ROUNDING * self.scale;
        let is_same = self.readings.iter().any(|a| {
            source.readings.iter().any(|b| {
                let (a, b) = (a * own, b * other);
                let slack = match (is_about, is_converted) {
                    (true, _) => ABOUT * b.abs(),
                    (_, true) => self.step.max(ROUNDING * b.abs()),
                    _ => ROUNDING * b.abs(),
                };
                is_near(a, b, slack)
            })
        });
        match (is_same, is_converted && same_number()) {
            (true, _) => Comparison::Same,
            (_, true) => Comparison::OtherUnit,
            _ if own == other => Comparison::Other,
            _ => match same_number() {
                // `31` in a column of shares.
                true => Comparison::Same,
                false => Comparison::Incomparable,
            },
        }
    }
}

fn is_near(a: f64, b: f64, slack: f64) -> bool {
    (a - b).abs() <= slack
}

impl Unit {
    fn is_measure(&self) -> bool {
        matches!(self, Unit::Money(_) | Unit::Measure(_) | Unit::Named(_) | Unit::Percent)
    }

    fn is_comparable(&self, source: &Unit) -> bool {
        self == source
            || *self == Unit::None
            || *source == Unit::None
            || matches!((self, source), (Unit::Times, Unit::Ordinal) | (Unit::Ordinal, Unit::Times))
    }
}

/// Reads quantities from tokens.
struct Reader<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    words: words::Words,
}

/// A number before its unit is known.
struct Bare {
    readings: Vec<f64>,
    /// Half of what the last digit counts.
    step: f64,
    unit: Unit,
    is_soft: bool,
}

impl<'t> Reader<'t> {
    /// What begins here: a quantity, or the two ends of a range.
    fn quantity(&mut self) -> Option<Vec<Quantity>> {
        let from = self.at;
        if let Some(date) = self.attempt(Self::date) {
            let value = Value::Date { readings: date };
            return Some(vec![self.finish(from, value, false, None)]);
        }
        if let Some(minutes) = self.attempt(Self::time) {
            return Some(vec![self.finish(from, Value::Time { minutes }, false, None)]);
        }
        if let Some(name) = self.attempt(Self::name) {
            return Some(vec![self.finish(from, Value::Name { name }, false, None)]);
        }
        let first = self.attempt(Self::amount)?;
        let first_end = self.at;
        let second = self.attempt(|it| {
            it.range_mark()?;
            let start = it.at;
            it.amount().map(|amount| (start, amount))
        });
        let Some((second_start, second)) = second else {
            let value = Value::Amount(first.0);
            return Some(vec![self.finish(from, value, first.1, first.2)]);
        };
        let mut low = first;
        if low.0.unit == Unit::None {
            let factor = second.0.scale / low.0.scale;
            low.0.readings.iter_mut().for_each(|it| *it *= factor);
            low.0 = Amount {
                unit: second.0.unit.clone(),
                scale: second.0.scale,
                step: low.0.step * factor,
                ..low.0
            };
        }
        let end = self.at;
        let mut ends = Vec::with_capacity(2);
        for (start, stop, (amount, is_soft, per)) in [(from, first_end, low), (second_start, end, second)] {
            self.at = stop;
            ends.push(self.finish(start, Value::Amount(amount), is_soft, per));
        }
        self.at = end;
        Some(ends)
    }

    /// The quantity of the tokens from `from` to here.
    fn finish(&self, from: usize, value: Value, is_soft: bool, per: Option<&'static str>) -> Quantity {
        let span = Span::new(self.tokens[from].span.start, self.tokens[self.at - 1].span.end);
        let noun = self
            .tokens
            .get(self.at)
            .filter(|next| next.kind == TokenKind::Word && !words::is_joint(&next.text));
        let is_moment = matches!(value, Value::Date { .. } | Value::Time { .. });
        let (bound, is_about) = words::bound(self.tokens, from, self.at, is_moment);
        Quantity {
            span,
            value,
            bound,
            is_about,
            is_soft,
            per,
            noun: noun.map(|token| Span::new(token.span.start, token.span.end)),
        }
    }

    /// A number with its unit, whether it is soft, and what it is counted by.
    fn amount(&mut self) -> Option<(Amount, bool, Option<&'static str>)> {
        let from = self.at;
        let currency = self.attempt(Self::currency);
        let Bare { readings, step, unit, is_soft } = self.bare()?;
        let mut amount = Amount { readings, unit, scale: 1.0, step };
        if let Some(factor) = self.attempt(Self::multiplier) {
            amount.readings.iter_mut().for_each(|it| *it *= factor);
            amount.step *= factor;
        }
        if let Some(code) = currency {
            amount.unit = Unit::Money(code);
        } else if amount.unit == Unit::None {
            self.attempt(|it| it.unit(&mut amount));
        }
        let is_measured = !matches!(amount.unit, Unit::None | Unit::Ordinal);
        let is_article = matches!(self.tokens[from].text.as_str(), "a" | "an");
        let per = self.attempt(Self::per);
        Some((amount, is_soft && (!is_measured || is_article), per))
    }

    fn bare(&mut self) -> Option<Bare> {
        let token = self.tokens.get(self.at)?;
        if let TokenKind::Number { readings, decimals } = &token.kind {
            self.at += 1;
            let step = 0.5 * 10f64.powi(-i32::try_from(*decimals).unwrap_or(0));
            let (mut readings, mut unit) = (readings.clone(), Unit::None);
            if let Some(fraction) = self.attempt(Self::fraction) {
                readings.iter_mut().for_each(|it| *it += fraction);
            } else if self.attempt(Self::ordinal_suffix).is_some() {
                unit = Unit::Ordinal;
            }
            return Some(Bare { readings, step, unit, is_soft: false });
        }
        if let Some(fraction) = self.attempt(Self::fraction) {
            return Some(Bare { readings: vec![fraction], step: 0.0, unit: Unit::None, is_soft: false });
        }
        let words::Read { value, tokens, unit, is_soft } = self.words.read(&self.tokens[self.at..])?;
        self.at += tokens;
        Some(Bare { readings: vec![value], step: 0.5, unit, is_soft })
    }

    /// `½`
    fn fraction(&mut self) -> Option<f64> {
        let value = match self.next()?.text.as_str() {
            "½" => 0.5,
            "¼" => 0.25,
            "¾" => 0.75,
            "⅓" => 1.0 / 3.0,
            "⅔" => 2.0 / 3.0,
            "⅛" => 0.125,
            _ => return None,
        };
        Some(value)
    }

    fn ordinal_suffix(&mut self) -> Option<()> {
        let token = self.next()?;
        let is_suffix =
            matches!(token.text.as_str(), "st" | "nd" | "rd" | "th" | "º" | "ª" | "ème" | "te" | "ten");
        (is_suffix && !token.is_spaced).then_some(())
    }

    fn currency(&mut self) -> Option<&'static str> {
        let token = self.next()?;
        units::currency(token.written)
    }

    /// `million`, `k`, `万`
    fn multiplier(&mut self) -> Option<f64> {
        let token = self.next()?;
        let factor = units::multiplier(&token.text)?;
        self.attempt(|it| (it.next()?.text == ".").then_some(())).filter(|()| token.text.len() <= 4);
        Some(factor)
    }

    /// The unit of `amount`, which is converted to the base unit.
    fn unit(&mut self, amount: &mut Amount) -> Option<()> {
        self.attempt(|it| (it.next()?.text == "-").then_some(()));
        let (count, unit) = units::unit(&self.tokens[self.at..])?;
        self.at += count;
        let units::Known { unit, factor, offset } = unit;
        amount.readings.iter_mut().for_each(|it| *it = (*it + offset) * factor);
        amount.step *= factor;
        amount.scale = factor;
        amount.unit = unit;
        Some(())
    }

    /// `per month`, `a day`, `/week`
    fn per(&mut self) -> Option<&'static str> {
        let token = self.next()?;
        match token.text.as_str() {
            "per" | "a" | "an" | "each" | "every" | "/" | "pro" | "im" | "par" | "al" | "por" | "je" => {}
            "for" => {
                self.next().filter(|it| matches!(it.text.as_str(), "each" | "every"))?;
            }
            _ => return None,
        }
        self.attempt(|it| (it.next()?.text == "calendar").then_some(()));
        units::period(&self.next()?.text)
    }

    fn range_mark(&mut self) -> Option<()> {
        let token = self.next()?;
        matches!(
            token.text.as_str(),
            "-" | "–" | "—" | "‑" | "−" | "to" | "bis" | "à" | "and" | "und" | "〜" | "～" | "至"
        )
        .then_some(())?;
        // Two numbers that are merely listed are both found anyway.
        Some(())
    }

    /// A name with digits in it.
    fn name(&mut self) -> Option<String> {
        match &self.next()?.kind {
            TokenKind::Name(name) => Some(name.clone()),
            _ => None,
        }
    }

    fn next(&mut self) -> Option<&'t Token<'t>> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
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
}

#[cfg(test)]
mod tests;
