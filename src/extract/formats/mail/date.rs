//! Dates of mails.

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Zones by name, with their hours from UTC, as older mails have them.
const ZONES: &[(&str, i32)] =
    &[("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5), ("MST", -7), ("MDT", -6), ("PST", -8), ("PDT", -7)];

/// A date such as `Fri, 02 Jan 2026 03:04:05 +0100 (CET)` as ISO 8601 has it; `None` where it is none.
pub(super) fn iso_8601(date: &str) -> Option<String> {
    let date = date.split('(').next()?.trim();
    let date = date.split_once(',').map_or(date, |(_, date)| date);
    let mut words = date.split_whitespace().peekable();
    // Some mails have no comma behind the day of the week.
    words.next_if(|word| word.starts_with(|first: char| first.is_alphabetic()));
    let day: u32 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = words.next()?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|name| month.get(..3) == Some(name))? + 1;
    let year: u32 = words.next()?.parse().ok()?;
    let year = match year {
        0..50 => year + 2000,
        50..1000 => year + 1900,
        _ if year <= 9999 => year,
        _ => return None,
    };
    let mut time = words.next()?.split(':').map(|number| number.parse::<u32>().ok());
    let (hour, minute) = (time.next()??, time.next()??);
    let second = time.next().unwrap_or(Some(0))?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let zone = zone(words.next().unwrap_or("UTC"));
    let second = second.min(59);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"))
}

fn zone(name: &str) -> String {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(known) = ZONES.iter().find(|(zone, _)| zone.eq_ignore_ascii_case(name)) {
        return format!("-{:02}:00", known.1.abs());
    }
    match name.split_at_checked(1) {
        Some((sign @ ("+" | "-"), digits)) if digits.len() == 4 && is_digits(digits) => {
            let (hours, minutes) = digits.split_at(2);
            if digits == "0000" { "Z".to_owned() } else { format!("{sign}{hours}:{minutes}") }
        }
        _ => "Z".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_all_times_are_read() {
        for (date, expected) in [
            ("Fri, 02 Jan 2026 03:04:05 +0100", Some("2026-01-02T03:04:05+01:00")),
            ("2 January 2026 03:04 -0530 (IST)", Some("2026-01-02T03:04:00-05:30")),
            ("Fri, 2 Jan 99 03:04:05 GMT", Some("1999-01-02T03:04:05Z")),
            ("Fri 2 Jan 2026 03:04:60 EST", Some("2026-01-02T03:04:59-05:00")),
            ("Fri, 2 Jan 2026 03:04:05", Some("2026-01-02T03:04:05Z")),
            ("Fri, 32 Jan 2026 03:04:05", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(iso_8601(date).as_deref(), expected, "{date:?}");
        }
    }
}
