//! Dates and date-times as instants, as ISO 8601 and SQL databases write them.

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instant {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted.
    seconds: i64,
    /// After these seconds.
    nanoseconds: u32,
}

impl Instant {
    /// Reads `YYYY-MM-DD`, alone or with a time: `T` or a space, `HH:MM`, perhaps `:SS`, a fraction of up to nine digits,
    /// and a zone. Zones are `Z`, `UTC`, `±HH`, `±HHMM`, `±HH:MM` and `±HH:MM:SS`, a space before them or not; without one
    /// a time is in UTC. Years outside of 0000 to 9999 have a sign and six digits, as in ECMAScript. `None` for any other
    /// text, and for what no calendar or clock shows.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // Most strings are no dates.
        if text.len() < "YYYY-MM-DD".len() || text.len() > "+YYYYYY-MM-DDTHH:MM:SS.fffffffff +HH:MM:SS".len()
        {
            return None;
        }
        let mut cursor = Cursor(text.as_bytes());
        let midnight = cursor.date()? * 86_400;
        let mut instant = Self { seconds: midnight, nanoseconds: 0 };
        if cursor.take("T") || cursor.take(" ") {
            let (seconds, nanoseconds) = cursor.time()?;
            instant = Self { seconds: midnight + seconds - cursor.offset()?, nanoseconds };
        }
        cursor.0.is_empty().then_some(instant)
    }
}

/// What is left to read.
struct Cursor<'t>(&'t [u8]);

impl Cursor<'_> {
    /// A date as days since 1970-01-01.
    fn date(&mut self) -> Option<i64> {
        let year = self.year()?;
        self.require("-")?;
        let month = self.number(2, 1..=12)?;
        self.require("-")?;
        let day = self.number(2, 1..=days_of_month(year, month))?;
        Some(days_since_1970(year, month, day))
    }

    fn year(&mut self) -> Option<i64> {
        if self.take("+") {
            self.number(6, 0..=999_999)
        } else if self.take("-") {
            // The year 0 has no sign.
            self.number(6, 1..=999_999).map(|year| -year)
        } else {
            self.number(4, 0..=9_999)
        }
    }

    /// A time as seconds since midnight, and nanoseconds.
    fn time(&mut self) -> Option<(i64, u32)> {
        let minutes = self.number(2, 0..=23)? * 60 + self.sixtieths()?;
        if !self.0.starts_with(b":") {
            return Some((minutes * 60, 0));
        }
        let seconds = self.sixtieths()?;
        let nanoseconds = if self.take(".") { self.fraction()? } else { 0 };
        Some((minutes * 60 + seconds, nanoseconds))
    }

    /// One to nine digits as nanoseconds.
    fn fraction(&mut self) -> Option<u32> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let missing = 9usize.checked_sub(digits).filter(|_| digits > 0)?;
        let fraction = self.number(digits, 0..=999_999_999)?;
        u32::try_from(fraction * 10i64.pow(missing as u32)).ok()
    }

    /// The distance of a zone from UTC in seconds; 0 where nothing is left.
    fn offset(&mut self) -> Option<i64> {
        if self.0.is_empty() {
            return Some(0);
        }
        self.take(" ");
        if self.take("Z") || self.take("UTC") {
            return Some(0);
        }
        let sign = if self.take("-") { -1 } else { self.require("+").map(|()| 1)? };
        let hours = self.number(2, 0..=23)?;
        let (minutes, seconds) = match self.0 {
            [] => (0, 0),
            [b':', ..] => (self.sixtieths()?, if self.0.is_empty() { 0 } else { self.sixtieths()? }),
            _ => (self.number(2, 0..=59)?, 0),
        };
        Some(sign * (hours * 3_600 + minutes * 60 + seconds))
    }

    /// What follows a colon, of an hour or of a minute.
    fn sixtieths(&mut self) -> Option<i64> {
        self.require(":")?;
        self.number(2, 0..=59)
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(digits)?;
        let mut number = 0;
        for byte in digits {
            number = number * 10 + i64::from(byte.is_ascii_digit().then(|| byte - b'0')?);
        }
        self.0 = rest;
        range.contains(&number).then_some(number)
    }

    fn require(&mut self, text: &str) -> Option<()> {
        self.take(text).then_some(())
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.0.strip_prefix(text.as_bytes());
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, which is extended to years before it was introduced. Years
/// begin in March here, so that the leap day is their last: <https://howardhinnant.github.io/date_algorithms.html>.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // From 0000-03-01 to 1970-01-01.
    const EPOCH: i64 = 719_468;
    year * 365 + leap_days + day_of_year - EPOCH
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> i64 {
        Instant::parse(text).unwrap_or_else(|| panic!("{text} is a date")).seconds
    }

    #[test]
    fn every_day_follows_the_one_before_it() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        // 0000-01-01, counted in eras of 400 years of 146,097 days from 2000-01-01, which is day 10,957.
        let mut expected = 10_957 - 5 * 146_097;
        for year in 0..=9_999 {
            let leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
            for (month, length) in (1..).zip(lengths) {
                let length = if leap && month == 2 { 29 } else { length };
                for day in 1..=length {
                    let date = format!("{year:04}-{month:02}-{day:02}");
                    assert_eq!(seconds(&date), expected * 86_400, "{date}");
                    expected += 1;
                }
                let beyond = format!("{year:04}-{month:02}-{:02}", length + 1);
                assert_eq!(Instant::parse(&beyond), None, "{beyond}");
            }
        }
    }

    #[test]
    fn instants_are_those_of_other_libraries() {
        // `date --utc --date=… +%s` of GNU coreutils.
        let known = [
            ("1970-01-01", 0),
            ("2024-02-29", 1_709_164_800),
            ("2024-02-29T12:34", 1_709_210_040),
            ("2024-02-29T12:34:56", 1_709_210_096),
            ("2024-02-29T12:34:56Z", 1_709_210_096),
            ("2024-02-29T12:34:56+05:30", 1_709_190_296),
            ("2024-02-29T12:34:56-08:00", 1_709_238_896),
            ("1900-03-01", -2_203_891_200),
            ("0001-01-01", -62_135_596_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            // `Date.parse` of ECMAScript.
            ("+010000-01-01T00:00:00.000Z", 253_402_300_800),
            ("-000001-12-31", -62_167_305_600),
            ("-271821-04-20T00:00:00.000Z", -8_640_000_000_000),
        ];
        for (text, expected) in known {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn fractions_and_zones_name_the_same_instant() {
        let same =
            ["2024-05-31T09:30:00.5Z", "2024-05-31T09:30:00.500", "2024-05-31T11:30:00.500000000+02:00"];
        for text in same {
            assert_eq!(Instant::parse(text), Instant::parse(same[0]), "{text}");
        }
        let ascending = [
            "2023-12-31T23:59:59.999999999Z",
            "2024-01-01",
            "2024-01-01T00:00:00.000000001Z",
            "2024-01-01T00:00:00-00:01",
        ];
        assert!(ascending.is_sorted_by_key(|text| Instant::parse(text).expect(text)));
        assert!(Instant::parse(ascending[0]) < Instant::parse(ascending[1]));
    }

    #[test]
    fn dates_as_sql_databases_write_them_name_the_same_instant() {
        let same = [
            "2025-02-03T12:45:46Z",
            "2025-02-03 12:45:46",
            "2025-02-03 12:45:46.000",
            "2025-02-03 12:45:46 UTC",
            "2025-02-03 12:45:46UTC",
            "2025-02-03 12:45:46Z",
            "2025-02-03 12:45:46 Z",
            "2025-02-03 12:45:46+00",
            "2025-02-03 12:45:46 +0000",
            "2025-02-03 12:45:46.0000000 +00:00",
            "2025-02-03 07:45:46-05",
            "2025-02-03 18:15:46 +0530",
            "2025-02-03 18:15:46+05:30",
            // A local mean time: New York until 1883.
            "2025-02-03 07:49:44-04:56:02",
            "2025-02-03T12:45:46+0000",
            "2025-02-03T12:45:46 UTC",
        ];
        for text in same {
            assert_eq!(Instant::parse(text), Instant::parse(same[0]), "{text}");
        }
        assert_eq!(Instant::parse("2025-02-03 12:45"), Instant::parse("2025-02-03T12:45:00Z"));
        assert_eq!(Instant::parse("2025-02-03 12:45:46.5+01"), Instant::parse("2025-02-03T11:45:46.500Z"));
        assert_eq!(Instant::parse("2025-02-03 00:00:00"), Instant::parse("2025-02-03"));
        let longest = "+012025-02-03 12:45:46.123456789 +00:00:00";
        assert_eq!(Instant::parse(longest), Instant::parse("+012025-02-03T12:45:46.123456789Z"));
    }

    #[test]
    fn what_is_no_date_is_a_string() {
        let others = [
            "",
            "lease",
            "2024",
            "2024-05",
            "20240531",
            "2024-5-31",
            "2024-05-31 ",
            " 2024-05-31",
            "2024-05-31T",
            "2024-05-31T9:30",
            "2024-05-31T09",
            "2024-05-31  09:30",
            "2024-05-31 9:30",
            "2024-05-31 09:30 ",
            "2024-05-31 UTC",
            "2024-05-31 +00:00",
            "2024-02-30 09:30:00",
            "2024-05-31T24:00",
            "2024-05-31T09:60",
            "2024-05-31T09:30:60",
            "2024-05-31T09:30:00.",
            "2024-05-31T09:30:00.Z",
            "2024-05-31T09:30:00.1234567890",
            "2024-05-31T09:30:00z",
            "2024-05-31T09:30:00 ",
            "2024-05-31T09:30:00  Z",
            "2024-05-31T09:30:00 utc",
            "2024-05-31T09:30:00 CET",
            "2024-05-31T09:30:00+2",
            "2024-05-31T09:30:00+020",
            "2024-05-31T09:30:00+02:0",
            "2024-05-31T09:30:00+0200:00",
            "2024-05-31T09:30:00+02:00:60",
            "2024-05-31T09:30:00+02:00:00:00",
            "2024-05-31T09:30:00 UTC+02:00",
            "2024-05-31T09:30:00+24:00",
            "2024-05-31T09:30:00+02:60",
            "2024-05-31T09:30:00Z+02:00",
            "2024-05-31Z",
            "2024-00-31",
            "2024-13-31",
            "2024-05-00",
            "-000000-01-01",
            "+2024-05-31",
            "12024-05-31",
            "２０２４-05-31",
            "2024\u{2010}05\u{2010}31",
        ];
        for text in others {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }
}
