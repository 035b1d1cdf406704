//! How numbers are shown: the format codes of cells (ECMA-376 part 1, 18.8.30), as far as a reader depends on them.

/// The longest text that a format puts around a number, in characters.
const MAX_LITERAL_CHARS: usize = 20;

/// The most decimals of a number.
const MAX_DECIMALS: usize = 15;

/// Numbers with more digits than this before the point are written with an exponent.
const LARGE: f64 = 1e15;

/// The last day that a date can be, which is in the year 9999.
const LAST_DAY: f64 = 2_958_465.0;

#[derive(Default)]
pub(super) struct Formats {
    /// The formats of cells, by the number of their style.
    pub by_style: Vec<Format>,
    pub counts_from_1904: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Format {
    #[default]
    General,
    Number(Number),
    Date(Date),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Number {
    before: String,
    after: String,
    /// The fewest and the most decimals; none where as many are shown as there are.
    decimals: Option<(usize, usize)>,
    is_percent: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Date {
    has_year: bool,
    has_month: bool,
    has_day: bool,
    has_time: bool,
    has_seconds: bool,
    /// Whether hours go on beyond a day.
    is_elapsed: bool,
}

impl Formats {
    /// The number that is written as `value`, as a cell of a style shows it.
    pub fn show(&self, value: &str, style: Option<usize>) -> String {
        let Ok(number) = value.trim().parse::<f64>() else { return value.to_owned() };
        if !number.is_finite() {
            return value.to_owned();
        }
        match style.and_then(|style| self.by_style.get(style)) {
            Some(Format::Number(format)) => format.show(number),
            Some(Format::Date(format)) => {
                format.show(number, self.counts_from_1904).unwrap_or_else(|| general(number))
            }
            Some(Format::General) | None => general(number),
        }
    }
}

impl Format {
    /// The format that Excel has by a number.
    pub fn built_in(id: u32) -> Self {
        let code = match id {
            1 => "0",
            2 => "0.00",
            3 | 37 | 38 | 41 | 42 => "#,##0",
            4 | 39 | 40 | 43 | 44 => "#,##0.00",
            9 => "0%",
            10 => "0.00%",
            14..=16 | 27..=31 | 36 | 50..=54 | 57 | 58 => "yyyy-mm-dd",
            17 | 55 | 56 => "mmm-yy",
            18 | 20 | 32 | 34 => "h:mm",
            19 | 21 | 33 | 35 | 45 | 47 => "h:mm:ss",
            22 => "yyyy-mm-dd h:mm",
            46 => "[h]:mm:ss",
            _ => return Format::General,
        };
        Self::parse(code)
    }

    /// The format that a code stands for. Of its sections, for positive numbers, negative ones and so on, the first counts.
    pub fn parse(code: &str) -> Self {
        let mut parser = Parser::default();
        let mut marks = code.chars();
        while let Some(mark) = marks.next() {
            match mark {
                ';' => break,
                '"' => parser.literal(marks.by_ref().take_while(|mark| *mark != '"')),
                '\\' => parser.literal(marks.next()),
                '_' | '*' => {
                    marks.next();
                }
                '[' => parser.bracket(&marks.by_ref().take_while(|mark| *mark != ']').collect::<String>()),
                mark if marks.as_str().len() >= 6 && is_general(mark, marks.as_str()) => {
                    parser.has_digits = true;
                    parser.is_general = true;
                    marks.nth(5);
                }
                mark => parser.mark(mark, marks.as_str()),
            }
        }
        parser.format()
    }
}

fn is_general(mark: char, rest: &str) -> bool {
    mark.eq_ignore_ascii_case(&'g') && rest.get(..6).is_some_and(|rest| rest.eq_ignore_ascii_case("eneral"))
}

#[derive(Default)]
struct Parser {
    number: Number,
    date: Date,
    has_minutes: bool,
    has_digits: bool,
    is_general: bool,
    has_exponent: bool,
    is_after_point: bool,
    fewest: usize,
    most: usize,
}

impl Parser {
    fn literal(&mut self, text: impl IntoIterator<Item = char>) {
        let target = if self.has_digits { &mut self.number.after } else { &mut self.number.before };
        let room = MAX_LITERAL_CHARS.saturating_sub(target.chars().count());
        target.extend(text.into_iter().take(room));
    }

    /// What stands in brackets: a currency, hours that go on beyond a day, or a colour or condition, which do not matter.
    fn bracket(&mut self, inner: &str) {
        if let Some(currency) = inner.strip_prefix('$') {
            self.literal(currency.split('-').next().unwrap_or_default().chars());
        } else if !inner.is_empty() && inner.chars().all(|mark| "hHmMsS".contains(mark)) {
            self.date.is_elapsed = true;
            self.date.has_time = true;
        }
    }

    fn mark(&mut self, mark: char, rest: &str) {
        match mark {
            '0' | '#' | '?' => {
                self.has_digits = true;
                if self.is_after_point {
                    self.most += 1;
                    self.fewest += usize::from(mark == '0');
                }
            }
            '.' => self.is_after_point = true,
            '%' => {
                self.number.is_percent = true;
                self.literal(['%']);
            }
            // Powers of ten and fractions are shown as plain numbers.
            'E' | 'e' if self.has_digits && rest.starts_with(['+', '-']) => {
                (self.is_general, self.has_exponent) = (true, true);
            }
            '+' | '-' if self.has_exponent => {}
            '/' if self.has_digits => self.is_general = true,
            'y' | 'Y' | 'e' => self.date.has_year = true,
            'd' | 'D' => self.date.has_day = true,
            'h' | 'H' => self.date.has_time = true,
            's' | 'S' => self.date.has_seconds = true,
            'm' | 'M' => self.has_minutes = true,
            '@' => self.is_general = true,
            ',' => {}
            mark if !mark.is_alphanumeric() => self.literal([mark]),
            _ => {}
        }
    }

    fn format(mut self) -> Format {
        let date = &mut self.date;
        let has_time = date.has_time || date.has_seconds;
        // `m` is a minute beside hours or seconds, else a month; beside both a date and a time it is either.
        date.has_month = self.has_minutes && (!has_time || date.has_year || date.has_day);
        date.has_time = has_time;
        if date.has_year || date.has_month || date.has_day || date.has_time {
            return Format::Date(self.date);
        }
        if !self.has_digits {
            return Format::General;
        }
        let decimals = (self.fewest.min(MAX_DECIMALS), self.most.min(MAX_DECIMALS));
        self.number.decimals = (!self.is_general).then_some(decimals);
        if self.number == Number::default() { Format::General } else { Format::Number(self.number) }
    }
}

impl Number {
    fn show(&self, number: f64) -> String {
        let scaled = if self.is_percent { number * 100.0 } else { number };
        let digits = match self.decimals {
            Some((fewest, most)) if scaled.abs() < LARGE => fixed(scaled.abs(), fewest, most),
            _ => general(scaled.abs()),
        };
        let is_zero = digits.chars().all(|mark| matches!(mark, '0' | '.'));
        let sign = if number < 0.0 && !is_zero { "-" } else { "" };
        // A bracket or minus around numbers that are below zero is not of the first section.
        format!("{}{sign}{digits}{}", self.before.trim_start(), self.after.trim_end())
    }
}

/// `number` with so many decimals, of which those that need not be are left out where they are zero.
fn fixed(number: f64, fewest: usize, most: usize) -> String {
    // What the file says is decimal: half a unit is rounded up as it is written there.
    let exact = rounded(number);
    let mut text = format!("{:.most$}", exact + exact.abs() * f64::EPSILON);
    if let Some(point) = text.find('.') {
        let shortest = point + 1 + fewest;
        let end = text.trim_end_matches('0').len().max(shortest);
        text.truncate(end);
        text.truncate(text.trim_end_matches('.').len());
    }
    text
}

/// `number` with fifteen digits, which is what Excel keeps: the rest is noise of binary fractions.
fn rounded(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

/// `number` where no format says more.
fn general(number: f64) -> String {
    let number = rounded(number);
    let size = number.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if (1e-9..LARGE).contains(&size) {
        number.to_string()
    } else {
        format!("{number:E}")
    }
}

impl Date {
    /// The moment that so many days stand for; `None` before the first day and after the last.
    fn show(self, days: f64, counts_from_1904: bool) -> Option<String> {
        if !(0.0..=LAST_DAY).contains(&days) {
            return None;
        }
        let seconds = (days * 86_400.0).round() as i64;
        let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        if self.is_elapsed {
            return Some(clock(seconds, self.has_seconds));
        }
        let has_date = self.has_year || self.has_month || self.has_day;
        let mut text = String::new();
        if has_date {
            let (year, month, day) = calendar_day(day, counts_from_1904);
            text = format!("{year:04}-{month:02}");
            if self.has_day || !self.has_year {
                text.push_str(&format!("-{day:02}"));
            }
        }
        if self.has_time {
            text.push_str(if has_date { " " } else { "" });
            text.push_str(&clock(second, self.has_seconds));
        }
        Some(text)
    }
}

fn clock(seconds: i64, has_seconds: bool) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    if has_seconds {
        format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
    } else {
        format!("{hours:02}:{minutes:02}")
    }
}

/// Year, month and day of the day of a number. Excel counts from 1 January 1900, and counts a 29 February 1900, which was
/// not.
fn calendar_day(day: i64, counts_from_1904: bool) -> (i64, i64, i64) {
    // Days from 1 March of the year 0 in the Gregorian calendar.
    const DAYS_BEFORE_1900: i64 = 693_901;
    let day = match day {
        day if counts_from_1904 => day + 1462,
        60 => return (1900, 2, 29),
        day if day < 60 => day + 1,
        day => day,
    };
    let days = day + DAYS_BEFORE_1900 - 2;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: &str, value: &str) -> String {
        let formats = Formats { by_style: vec![Format::parse(code)], counts_from_1904: false };
        formats.show(value, Some(0))
    }

    #[test]
    fn numbers_are_shown_as_their_format_says() {
        for (code, value, expected) in [
            ("General", "0.30000000000000004", "0.3"),
            ("General", "1234567", "1234567"),
            ("General", "1e300", "1E300"),
            ("0", "2.5", "3"),
            ("0.00", "1.005", "1.01"),
            ("#,##0.00", "1234567.891", "1234567.89"),
            ("0%", "0.256", "26%"),
            ("0.0%", "0.256", "25.6%"),
            ("0.##", "1.5", "1.5"),
            ("0.##", "2", "2"),
            ("\"$\"#,##0.00_);[Red](\"$\"#,##0.00)", "-12.5", "$-12.50"),
            ("#,##0.00\\ [$€-407]", "12.5", "12.50 €"),
            ("0.00E+00", "12345", "12345"),
            ("# ?/?", "0.5", "0.5"),
            ("General\"°C\"", "21.5", "21.5°C"),
            ("@", "12", "12"),
            ("0", "-0.2", "0"),
        ] {
            assert_eq!(shown(code, value), expected, "{code} {value}");
        }
    }

    #[test]
    fn dates_and_times_are_in_iso_order() {
        for (code, value, expected) in [
            ("m/d/yyyy", "45352", "2024-03-01"),
            ("yyyy\"年\"m\"月\"d\"日\"", "45352", "2024-03-01"),
            ("dd.mm.yyyy hh:mm", "45352.5", "2024-03-01 12:00"),
            ("h:mm AM/PM", "0.75", "18:00"),
            ("[h]:mm:ss", "1.5", "36:00:00"),
            ("mmm-yy", "45352", "2024-03"),
            ("yyyy-mm-dd", "1", "1900-01-01"),
            ("yyyy-mm-dd", "60", "1900-02-29"),
            ("yyyy-mm-dd", "61", "1900-03-01"),
            ("yyyy-mm-dd", "2958465", "9999-12-31"),
            ("yyyy-mm-dd", "-1", "-1"),
            ("[$-409]d\\-mmm\\-yy;@", "45352", "2024-03-01"),
        ] {
            assert_eq!(shown(code, value), expected, "{code} {value}");
        }
        let formats = Formats { by_style: vec![Format::built_in(14)], counts_from_1904: true };
        assert_eq!(formats.show("0", Some(0)), "1904-01-01");
        assert_eq!(formats.show("43890", Some(0)), "2024-03-01");
    }
}
