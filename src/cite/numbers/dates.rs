//! Dates and times of day.

use serde::Serialize;

use super::Reader;
use super::scan::TokenKind;
use crate::calendar::{month_number, weekday_number};
use crate::index::days;

/// A date, or what is known of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Date {
    pub year: Option<u16>,
    /// 1 for January.
    pub month: Option<u8>,
    pub day: Option<u8>,
    /// 1 for Monday; only where there is nothing else.
    pub weekday: Option<u8>,
}

impl Date {
    /// Whether all that a claim says of a date is what a source says, as far as that goes.
    pub(super) fn is_within(self, source: Date) -> bool {
        let agrees = |a: Option<u16>, b: Option<u16>| a.is_none() || a == b;
        let wide = |it: Option<u8>| it.map(u16::from);
        let has_common = self.month.is_some() && source.month.is_some();
        // Texts leave out the year that is plain from what stands around.
        let year = agrees(self.year, source.year) || (source.year.is_none() && has_common);
        let weekday = agrees(wide(self.weekday), wide(source.weekday));
        year && weekday
            && agrees(wide(self.month), wide(source.month))
            && agrees(wide(self.day), wide(source.day))
    }

    /// Whether the same parts are known of both.
    pub(super) fn is_comparable(self, source: Date) -> bool {
        let both = |a: bool, b: bool| a && b;
        both(self.month.is_some(), source.month.is_some())
            || both(self.weekday.is_some(), source.weekday.is_some())
            || (self.year.is_some() && source.year.is_some())
    }

    pub(super) fn is_year(self, readings: &[f64]) -> bool {
        let alone = self.month.is_none() && self.weekday.is_none();
        alone && self.year.is_some_and(|year| readings.iter().any(|it| (it - f64::from(year)).abs() < 0.5))
    }
}

/// Words of months that are words of their own in small letters, or in other languages.
fn is_ambiguous(word: &str) -> bool {
    matches!(
        word,
        "may"
            | "march"
            | "mar"
            | "mag"
            | "dic"
            | "dez"
            | "gen"
            | "lug"
            | "jan"
            | "set"
            | "dec"
            | "mars"
            | "mai"
            | "mei"
    )
}

impl Reader<'_> {
    /// A date from here on, in each way in which it can be read.
    pub(super) fn date(&mut self) -> Option<Vec<Date>> {
        let weekday = self.attempt(Self::weekday);
        let date = self.attempt(Self::numeric_date).or_else(|| {
            let named = self
                .attempt(Self::spaceless_date)
                .or_else(|| self.attempt(Self::day_and_month))
                .or_else(|| self.attempt(Self::month_and_day))
                .or_else(|| self.attempt(Self::year))?;
            Some(vec![named])
        });
        match (weekday, date) {
            (_, Some(date)) => Some(date),
            (Some(weekday), None) => Some(vec![Date { weekday: Some(weekday), ..Date::default() }]),
            (None, None) => None,
        }
    }

    fn weekday(&mut self) -> Option<u8> {
        let token = self.next()?;
        let is_word = token.kind == TokenKind::Word && token.text.chars().count() > 2;
        // `Tuesdays`, `montags`
        let word =
            token.text.strip_suffix('s').filter(|it| weekday_number(it).is_some()).unwrap_or(&token.text);
        let number = weekday_number(word).filter(|_| is_word)?;
        let is_short =
            matches!(word, "mon" | "sun" | "segunda" | "terça" | "quarta" | "quinta" | "sexta" | "mars");
        let is_name = token.written.starts_with(char::is_uppercase) && word != "segunda";
        (!is_short || is_name).then_some(())?;
        self.attempt(|it| matches!(it.next()?.text.as_str(), "," | ".").then_some(()));
        Some(number)
    }

    /// `2024-05-31`, `31.05.2024`, `5/31/2024`
    fn numeric_date(&mut self) -> Option<Vec<Date>> {
        let token = self.next()?;
        let groups: Vec<&str> = token.groups.iter().map(String::as_str).collect();
        let mark = *token.marks.first()?;
        let is_date = token.marks.len() == 2 && token.marks[1] == mark && matches!(mark, '-' | '/' | '.');
        let found: Vec<Date> = days(&groups, mark)
            .into_iter()
            .map(|(year, month, day)| Date {
                year: Some(year),
                month: Some(month),
                day: Some(day),
                weekday: None,
            })
            .collect();
        (is_date && !found.is_empty()).then_some(found)
    }

    /// `2024年5月31日`, `5月31日`, `2024年`
    fn spaceless_date(&mut self) -> Option<Date> {
        let year = self.attempt(|it| {
            let year = it.whole(1000..=2999)?;
            matches!(it.next()?.text.as_str(), "年" | "년").then_some(year)
        });
        let month = self.attempt(|it| {
            let month = it.whole(1..=12)?;
            matches!(it.next()?.text.as_str(), "月" | "월").then_some(u8::try_from(month).ok()?)
        });
        let day = self.attempt(|it| {
            let day = it.whole(1..=31)?;
            matches!(it.next()?.text.as_str(), "日" | "일" | "号").then_some(u8::try_from(day).ok()?)
        });
        let is_date = year.is_some() || month.is_some();
        is_date.then_some(Date { year, month, day, ..Date::default() })
    }

    /// `31 May 2024`, `31. Mai`, `31 de mayo de 2024`, `the 31st of May`
    fn day_and_month(&mut self) -> Option<Date> {
        let day = self.day()?;
        self.attempt(Self::joint);
        let month = self.month(true)?;
        let year = self.attempt(|it| {
            it.attempt(|it| (it.next()?.text == ",").then_some(()));
            it.attempt(Self::joint);
            it.whole_year()
        });
        Some(Date { year, month: Some(month), day: Some(day), weekday: None })
    }

    /// `May 31st, 2024`, `May 2024`, `in May`
    fn month_and_day(&mut self) -> Option<Date> {
        let is_led = self.at.checked_sub(1).is_some_and(|before| {
            matches!(
                self.tokens[before].text.as_str(),
                "in" | "of"
                    | "since"
                    | "until"
                    | "from"
                    | "between"
                    | "and"
                    | "to"
                    | "by"
                    | "im"
                    | "ab"
                    | "bis"
                    | "seit"
                    | "last"
                    | "before"
                    | "after"
                    | "each"
                    | "every"
                    | "during"
            )
        });
        let month = self.month(is_led)?;
        let whole = self.attempt(|it| {
            let day = it.day()?;
            let year = it.attempt(|it| {
                it.attempt(|it| (it.next()?.text == ",").then_some(()));
                it.whole_year()
            });
            Some(Date { year, month: Some(month), day: Some(day), weekday: None })
        });
        if whole.is_some() {
            return whole;
        }
        let year = self.attempt(|it| {
            it.attempt(Self::joint);
            it.whole_year()
        });
        let token = &self.tokens[self.at - 1];
        let is_clear = is_led || year.is_some() || !is_ambiguous(&token.text);
        is_clear.then_some(Date { year, month: Some(month), day: None, weekday: None })
    }

    /// A number of four digits that is most likely a year.
    fn year(&mut self) -> Option<Date> {
        let year = self.whole_year().filter(|year| (1700..=2099).contains(year))?;
        let next = self.tokens.get(self.at).map_or("", |it| it.text.as_str());
        let is_counted = super::units::is_unit(next) || super::units::currency(next).is_some() || next == "%";
        let before = self.at.checked_sub(2).map_or("", |before| self.tokens[before].text.as_str());
        (!is_counted && super::units::currency(before).is_none())
            .then_some(Date { year: Some(year), ..Date::default() })
    }

    /// `22:30`, `10.30 pm`, `5 p.m.`, `noon`
    pub(super) fn time(&mut self) -> Option<u16> {
        if let Some(minutes) = self.attempt(|it| match it.next()?.text.as_str() {
            "noon" | "midday" | "mittags" => Some(720),
            "midnight" | "mitternacht" => Some(0),
            _ => None,
        }) {
            return Some(minutes);
        }
        let token = self.next()?;
        if !matches!(token.kind, TokenKind::Number { .. } | TokenKind::Name(_)) {
            return None;
        }
        let groups: Vec<u16> = token.groups.iter().filter_map(|group| group.parse().ok()).collect();
        let (hour, minute, is_marked) = match (groups.as_slice(), token.marks.as_slice()) {
            ([hour], []) => {
                let minute = self.attempt(|it| {
                    (it.next()?.text == ":").then_some(())?;
                    let next = it.next()?;
                    let is_minute = next.groups.len() == 1 && next.groups[0].len() == 2 && !next.is_spaced;
                    next.groups.first()?.parse::<u16>().ok().filter(|minute| is_minute && *minute < 60)
                });
                (*hour, minute.unwrap_or(0), minute.is_some())
            }
            ([hour, minute], ['.']) if token.groups[1].len() == 2 => (*hour, *minute, false),
            _ => return None,
        };
        let half = self.attempt(Self::half_of_day);
        let is_hour =
            self.attempt(|it| matches!(it.next()?.text.as_str(), "uhr" | "o'clock" | "h").then_some(()));
        let is_hour = is_hour.is_some();
        let fits = hour <= 24 && minute < 60;
        let is_time = is_marked || half.is_some() || is_hour;
        if !fits || !is_time {
            return None;
        }
        Some(match half {
            Some(false) if hour == 12 => minute,
            Some(true) if hour < 12 => (hour + 12) * 60 + minute,
            _ => hour * 60 + minute,
        })
    }

    /// Whether it is after noon.
    fn half_of_day(&mut self) -> Option<bool> {
        let first = self.next()?.text.as_str();
        let is_late = match first {
            "am" if self.tokens[self.at - 1].is_spaced && !self.tokens[self.at - 1].written.contains('M') => {
                // German `am`
                let next = self.tokens.get(self.at).map(|it| it.written);
                if next.is_some_and(|next| next.starts_with(char::is_uppercase)) {
                    return None;
                }
                false
            }
            "am" => false,
            "pm" => true,
            "a" | "p" => {
                (self.next()?.text == ".").then_some(())?;
                (self.next()?.text == "m").then_some(())?;
                self.attempt(|it| (it.next()?.text == ".").then_some(()));
                first == "p"
            }
            _ => return None,
        };
        Some(is_late)
    }

    fn day(&mut self) -> Option<u8> {
        let day = self.whole(1..=31)?;
        self.attempt(|it| {
            let token = it.next()?;
            let is_suffix = matches!(token.text.as_str(), "st" | "nd" | "rd" | "th" | "er" | "o" | "º" | ".");
            (is_suffix && !token.is_spaced).then_some(())
        });
        u8::try_from(day).ok()
    }

    fn month(&mut self, is_led: bool) -> Option<u8> {
        let token = self.next()?;
        let month = month_number(&token.text).filter(|_| token.kind == TokenKind::Word)?;
        let is_name = token.written.starts_with(char::is_uppercase);
        if !is_name && is_ambiguous(&token.text) && !is_led {
            return None;
        }
        if token.text.chars().count() <= 4 {
            self.attempt(|it| {
                let dot = it.next()?;
                let goes_on =
                    it.tokens.get(it.at).is_some_and(|next| matches!(next.kind, TokenKind::Number { .. }));
                (dot.text == "." && goes_on).then_some(())
            });
        }
        Some(month)
    }

    fn whole_year(&mut self) -> Option<u16> {
        let token = self.tokens.get(self.at)?;
        let is_year = token.groups.len() == 1 && token.groups[0].len() == 4;
        is_year.then(|| self.whole(1000..=2999)).flatten()
    }

    /// A number of digits only.
    fn whole(&mut self, range: std::ops::RangeInclusive<u16>) -> Option<u16> {
        let token = self.next()?;
        let is_plain =
            token.groups.len() == 1 && matches!(token.kind, TokenKind::Number { .. } | TokenKind::Name(_));
        let value: u16 = token.groups.first().filter(|_| is_plain)?.parse().ok()?;
        range.contains(&value).then_some(value)
    }

    fn joint(&mut self) -> Option<()> {
        matches!(self.next()?.text.as_str(), "de" | "of" | "del").then_some(())
    }
}
