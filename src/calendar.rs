//! The names of months and weekdays in the languages that the lexical index knows, for those who look for dates in
//! running text.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Months as they stand in dates, a row for each (Russian in the genitive, Finnish also in the partitive), in lower case,
/// with those abbreviations that are no words of their own.
const MONTHS: [&str; 12] = [
    "january jan januar jän jänner janvier janv enero ene gennaio gen janeiro januari tammikuu tammikuuta января",
    "february feb februar février févr febrero febbraio fevereiro fev februari helmikuu helmikuuta февраля",
    "march mar märz maerz mrz mars marzo março maart mrt marts maaliskuu maaliskuuta марта",
    "april apr avril avr abril abr aprile huhtikuu huhtikuuta апреля",
    "may mai mayo maggio mag maio mei maj toukokuu toukokuuta мая",
    "june jun juni juin junio giugno giu junho kesäkuu kesäkuuta июня",
    "july jul juli juillet juil julio luglio lug julho heinäkuu heinäkuuta июля",
    "august aug août agosto augustus augusti elokuu elokuuta августа",
    "september sep sept septembre septiembre setiembre settembre setembro syyskuu syyskuuta сентября",
    "october oct oktober okt octobre octubre ottobre ott outubro lokakuu lokakuuta октября",
    "november nov novembre noviembre novembro marraskuu marraskuuta ноября",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro desember joulukuu joulukuuta декабря",
];

/// Weekdays, a row for each, in lower case.
const WEEKDAYS: [&str; 7] = [
    "monday mon montag lundi lunes lunedì segunda maandag mandag måndag maanantai maanantaina понедельник",
    "tuesday tue dienstag mardi martes martedì terça dinsdag tirsdag tisdag tiistai tiistaina вторник",
    "wednesday wed mittwoch mercredi miércoles mercoledì quarta woensdag onsdag keskiviikko keskiviikkona среда",
    "thursday thu donnerstag jeudi jueves giovedì quinta donderdag torsdag torstai torstaina четверг",
    "friday fri freitag vendredi viernes venerdì sexta vrijdag fredag perjantai perjantaina пятница",
    "saturday samstag sonnabend samedi sábado sabato zaterdag lørdag lördag lauantai lauantaina суббота",
    "sunday sonntag dimanche domingo domenica zondag søndag söndag sunnuntai sunnuntaina воскресенье",
];

static MONTH_NUMBERS: LazyLock<HashMap<&str, u8>> = LazyLock::new(|| numbers(&MONTHS));
static WEEKDAY_NUMBERS: LazyLock<HashMap<&str, u8>> = LazyLock::new(|| numbers(&WEEKDAYS));

/// The number of the row, from 1 on, that each word is in.
fn numbers(rows: &[&'static str]) -> HashMap<&'static str, u8> {
    let numbered = (1..).zip(rows);
    numbered.flat_map(|(number, row)| row.split(' ').map(move |word| (word, number))).collect()
}

/// Whether a word in lower case names a month. Some also mean something else, such as "may": only what stands beside
/// it tells.
pub fn is_month(word: &str) -> bool {
    MONTH_NUMBERS.contains_key(word)
}

/// Whether a word in lower case names a day of the week.
pub fn is_weekday(word: &str) -> bool {
    WEEKDAY_NUMBERS.contains_key(word)
}

/// The number of the month that a word in lower case names, 1 for January.
pub fn month_number(word: &str) -> Option<u8> {
    MONTH_NUMBERS.get(word).copied()
}

/// The number of the weekday that a word in lower case names, 1 for Monday.
pub fn weekday_number(word: &str) -> Option<u8> {
    WEEKDAY_NUMBERS.get(word).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_every_language() {
        for month in ["may", "mai", "mayo", "maggio", "maio", "mei", "maj", "toukokuuta", "мая"] {
            assert!(is_month(month), "{month}");
        }
        for day in ["friday", "freitag", "vendredi", "viernes", "venerdì", "vrijdag", "fredag", "пятница"]
        {
            assert!(is_weekday(day), "{day}");
        }
        assert!(!is_month("friday") && !is_weekday("may") && !is_month("May"));
    }

    #[test]
    fn a_name_tells_its_number() {
        for (name, number) in [("january", 1), ("märz", 3), ("août", 8), ("декабря", 12)] {
            assert_eq!(month_number(name), Some(number), "{name}");
        }
        for (name, number) in [("montag", 1), ("domingo", 7)] {
            assert_eq!(weekday_number(name), Some(number), "{name}");
        }
        assert_eq!((month_number("friday"), weekday_number("may")), (None, None));
    }
}
