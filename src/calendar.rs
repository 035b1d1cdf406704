//! The names of months and weekdays in the languages that the lexical index knows, for those who look for dates in
//! running text.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Months as they stand in dates (Russian in the genitive, Finnish also in the partitive), in lower case, with those
/// abbreviations that are no words of their own.
const MONTHS: &str = "\
    january february march april may june july august september october november december \
    jan feb mar apr jun jul aug sep sept oct nov dec \
    januar februar märz maerz mai juni juli oktober dezember jän jänner mrz okt dez \
    janvier février mars avril juin juillet août septembre octobre novembre décembre janv févr avr juil déc \
    enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre ene abr dic \
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre gen mag giu lug ott \
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro fev \
    januari februari maart mei augustus mrt \
    marts maj desember augusti \
    tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu \
    tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta \
    marraskuuta joulukuuta \
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря";

/// Weekdays, in lower case.
const WEEKDAYS: &str = "\
    monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri \
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag \
    lundi mardi mercredi jeudi vendredi samedi dimanche \
    lunes martes miércoles jueves viernes sábado domingo \
    lunedì martedì mercoledì giovedì venerdì sabato domenica \
    segunda terça quarta quinta sexta \
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag \
    mandag tirsdag onsdag torsdag fredag lørdag søndag måndag tisdag lördag söndag \
    maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai \
    maanantaina tiistaina keskiviikkona torstaina perjantaina lauantaina sunnuntaina \
    понедельник вторник среда четверг пятница суббота воскресенье";

static MONTH_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| MONTHS.split_whitespace().collect());
static WEEKDAY_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| WEEKDAYS.split_whitespace().collect());

/// Whether a word in lower case names a month. Some also mean something else, such as "may": only what stands beside
/// it tells.
pub fn is_month(word: &str) -> bool {
    MONTH_NAMES.contains(word)
}

/// Whether a word in lower case names a day of the week.
pub fn is_weekday(word: &str) -> bool {
    WEEKDAY_NAMES.contains(word)
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
}
