//! Units of measure and of money, by the names that texts give them.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Serialize;

use super::Unit;
use super::scan::Token;

/// What is measured, and the base unit that values are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    /// Metres.
    Length,
    /// Square metres.
    Area,
    /// Litres.
    Volume,
    /// Kilograms.
    Mass,
    /// Seconds.
    Time,
    /// Months, of which years are twelve.
    Months,
    /// Degrees Celsius.
    Temperature,
    /// Kilometres per hour.
    Speed,
    /// Bytes.
    Data,
    /// Joules.
    Energy,
    /// Watts.
    Power,
    /// Bar.
    Pressure,
    /// Volts.
    Voltage,
    /// Amperes.
    Current,
}

use Dimension::{
    Area, Current, Data, Energy, Length, Mass, Months, Power, Pressure, Speed, Temperature, Time, Voltage,
    Volume,
};

/// Names of units in lower case, with how much each is in the base unit.
const MEASURES: &[(Dimension, f64, &str)] = &[
    (
        Length,
        1.0,
        "m metre metres meter meters metern mètre mètres metro metros metri метр метра метров 米 メートル",
    ),
    (
        Length,
        1e3,
        "km kilometre kilometres kilometer kilometers kilometern kilomètre kilomètres kilómetro kilómetros chilometri quilómetros км километров 公里 千米 キロ",
    ),
    (
        Length,
        1e-2,
        "cm centimetre centimetres centimeter centimeters zentimeter centimètres centímetros см 厘米",
    ),
    (
        Length,
        1e-3,
        "mm millimetre millimetres millimeter millimeters millimètre millimètres milímetros мм 毫米",
    ),
    (Length, 1e-6, "µm μm micrometres micrometers"),
    (Length, 1_609.344, "mi mile miles meile meilen millas"),
    (Length, 0.304_8, "ft foot feet fuß"),
    (Length, 0.025_4, "inch inches zoll"),
    (Length, 0.914_4, "yd yard yards"),
    (Area, 1.0, "m² qm sqm"),
    (Area, 1e4, "ha hectare hectares hektar"),
    (Area, 4_046.856, "acre acres"),
    (Area, 1e6, "km²"),
    (Area, 1e-6, "mm²"),
    (Volume, 1.0, "l litre litres liter liters litern litro litros litri л литр литра литров 升 リットル"),
    (Volume, 1e-3, "ml millilitre millilitres milliliter milliliters мл 毫升"),
    (Volume, 1e-2, "cl"),
    (Volume, 1e-1, "dl"),
    (Volume, 1e3, "m³ cbm"),
    (Volume, 3.785_41, "gallon gallons"),
    (Mass, 1.0, "kg kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes kilogramos кг 公斤 千克"),
    (Mass, 1e-3, "g gram grams gramm gramme grammes gramos г 克"),
    (Mass, 1e-6, "mg milligram milligrams milligramm мг 毫克"),
    (Mass, 1e-9, "µg μg mcg microgram micrograms"),
    (Mass, 1e3, "t tonne tonnes tonnen toneladas т 吨"),
    (Mass, 0.453_592_37, "lb lbs"),
    (Mass, 0.028_349_5, "oz ounce ounces"),
    (Time, 1.0, "s sec secs seconds sekunde sekunden seconde secondes segundo segundos secondi секунд 秒"),
    (Time, 1e-3, "ms millisecond milliseconds millisekunden"),
    (Time, 60.0, "min mins minute minutes minuten minuto minutos minuti минут минуты 分 分钟 分間"),
    (
        Time,
        3_600.0,
        "h hr hrs hour hours stunde stunden heure heures hora horas ora ore uur часа часов 小时 時間",
    ),
    (
        Time,
        86_400.0,
        "d day days tag tage tagen jour jours día días giorno giorni dia dias dag dagen день дня дней 天 日 日間",
    ),
    (
        Time,
        604_800.0,
        "week weeks woche wochen semaine semaines semana semanas settimana settimane weken vecka veckor неделя недели недель 周 週間 星期",
    ),
    (Time, 1_209_600.0, "fortnight fortnights"),
    (
        Months,
        1.0,
        "month months monat monate monaten mois mes meses mese mesi maand maanden månad månader месяц месяца месяцев 个月 か月 ヶ月 カ月",
    ),
    (
        Months,
        12.0,
        "year years yr yrs jahr jahre jahren année années ans año años anno anni ano anos jaar år год года лет 年 年間",
    ),
    (Months, 120.0, "decade decades jahrzehnt jahrzehnte"),
    (Temperature, 1.0, "°c ° celsius ℃"),
    (Speed, 1.0, "km/h kph kmh"),
    (Speed, 1.609_344, "mph"),
    (Speed, 3.6, "m/s"),
    (Data, 1.0, "byte bytes"),
    (Data, 1e3, "kb kilobyte kilobytes"),
    (Data, 1e6, "mb megabyte megabytes"),
    (Data, 1e9, "gb gigabyte gigabytes"),
    (Data, 1e12, "tb terabyte terabytes"),
    (Data, 1_024.0, "kib"),
    (Data, 1_048_576.0, "mib"),
    (Data, 1_073_741_824.0, "gib"),
    (Energy, 1.0, "j joule joules"),
    (Energy, 3_600.0, "wh"),
    (Energy, 3.6e6, "kwh"),
    (Energy, 4_184.0, "kcal"),
    (Power, 1.0, "w watt watts"),
    (Power, 1e3, "kw kilowatt kilowatts"),
    (Pressure, 1.0, "bar bars бар 巴 バール"),
    (Pressure, 1e-3, "mbar hpa"),
    (Pressure, 1e-2, "kpa"),
    (Pressure, 0.068_947_6, "psi"),
    (Voltage, 1.0, "v volt volts"),
    (Voltage, 1e-3, "mv"),
    (Current, 1.0, "a amp amps ampere"),
    (Current, 1e-3, "ma"),
];

/// Units that are compared by name: a row for each, of which the first is the name.
const NAMED: &[&str] = &[
    "working-day arbeitstag arbeitstage arbeitstagen werktag werktage werktagen",
    "mmol/l",
    "µg/l",
    "mg/l",
    "dbm",
    "k kelvin",
    "mph/s",
    "kb/s",
    "µs/cm",
    "db",
    "nm",
    "kω",
    "ω",
    "hz",
];

const CURRENCIES: &[(&str, &str)] = &[
    ("GBP", "£ gbp pound pounds sterling quid"),
    ("USD", "$ usd us$ dollar dollars"),
    ("EUR", "€ eur euro euros"),
    ("JPY", "¥ ￥ jpy yen 円"),
    ("CNY", "cny rmb yuan 元"),
    ("CHF", "chf franken"),
    ("DKK", "dkk"),
    ("SEK", "sek"),
    ("RUB", "₽ rub рублей рубля"),
    ("INR", "₹ inr"),
];

/// A unit, and the way to its base unit: a value has `offset` added, and is multiplied by `factor`.
pub(super) struct Known {
    pub unit: Unit,
    pub factor: f64,
    pub offset: f64,
}

static MEASURE_NAMES: LazyLock<HashMap<&str, (Dimension, f64)>> = LazyLock::new(|| {
    let names = |(dimension, factor, names): &'static (Dimension, f64, &str)| {
        names.split(' ').map(|name| (name, (*dimension, *factor)))
    };
    MEASURES.iter().flat_map(names).collect()
});

static NAMED_NAMES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let row = |row: &&'static str| {
        let row: &'static str = row;
        let first = row.split(' ').next().unwrap_or(row);
        row.split(' ').map(move |name| (name, first))
    };
    NAMED.iter().flat_map(row).collect()
});

static CURRENCY_NAMES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    CURRENCIES.iter().flat_map(|(code, names)| names.split(' ').map(move |name| (name, *code))).collect()
});

/// Whether a word names a unit.
pub(super) fn is_unit(word: &str) -> bool {
    let word = word.to_lowercase();
    MEASURE_NAMES.contains_key(word.as_str()) || NAMED_NAMES.contains_key(word.as_str())
}

/// The code of a currency, by its sign or name.
pub(super) fn currency(word: &str) -> Option<&'static str> {
    CURRENCY_NAMES.get(word.to_lowercase().as_str()).copied()
}

/// How much a word multiplies the number before it.
pub(super) fn multiplier(word: &str) -> Option<f64> {
    Some(match word {
        "hundred" => 1e2,
        "thousand" | "tsd" | "tausend" | "mille" | "mil" | "mila" | "тысяч" | "тыс" | "千" => 1e3,
        "万" | "萬" => 1e4,
        "million" | "millions" | "mio" | "millionen" | "mn" | "millones" | "milioni" | "milhões"
        | "миллионов" | "млн" => 1e6,
        "亿" | "億" => 1e8,
        "billion"
        | "billions"
        | "bn"
        | "milliarde"
        | "milliarden"
        | "mrd"
        | "milliards"
        | "миллиардов"
        | "млрд" => 1e9,
        _ => return None,
    })
}

/// The unit of time that a word names, as what something is counted by.
pub(super) fn period(word: &str) -> Option<&'static str> {
    Some(match word {
        "second" | "sekunde" => "second",
        "minute" => "minute",
        "hour" | "h" | "stunde" | "heure" | "hora" | "ora" => "hour",
        "day" | "tag" | "jour" | "día" | "giorno" | "dia" | "night" => "day",
        "week" | "woche" | "semaine" | "semana" | "settimana" => "week",
        "month" | "monat" | "mois" | "mes" | "mese" => "month",
        "year" | "jahr" | "an" | "année" | "año" | "anno" | "ano" | "annum" => "year",
        _ => return None,
    })
}

/// The unit that begins the tokens, with how many of them it is written in.
pub(super) fn unit(tokens: &[Token<'_>]) -> Option<(usize, Known)> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let is_glued = |at: usize| tokens.get(at).is_some_and(|token| !token.is_spaced);
    let named = |count, name: &str| {
        Some((count, Known { unit: Unit::Named(name.to_owned()), factor: 1.0, offset: 0.0 }))
    };
    let plain = |count, unit| Some((count, Known { unit, factor: 1.0, offset: 0.0 }));
    match (text(0), text(1)) {
        ("%" | "％" | "percent" | "prozent" | "vh" | "процентов" | "процента", _) => {
            return plain(1, Unit::Percent);
        }
        ("per", "cent") | ("pour", "cent") | ("por", "ciento" | "cento") | ("per", "cento") => {
            return plain(2, Unit::Percent);
        }
        ("times" | "mal", _) => return plain(1, Unit::Times),
        ("working" | "business", "day" | "days") => return named(2, "working-day"),
        ("calendar", "day" | "days" | "month" | "months" | "year" | "years") => {
            return measure(text(1)).map(|known| (2, known));
        }
        ("°f" | "℉" | "fahrenheit", _) => {
            let unit = Unit::Measure(Temperature);
            return Some((1, Known { unit, factor: 5.0 / 9.0, offset: -32.0 }));
        }
        (
            "full" | "further" | "whole" | "more" | "extra" | "additional" | "complete" | "consecutive"
            | "paid" | "volle" | "weitere",
            _,
        ) if tokens.len() > 1 => {
            let (count, known) = unit(&tokens[1..])?;
            let is_time = matches!(known.unit, Unit::Measure(Time | Months) | Unit::Named(_));
            return is_time.then_some((count + 1, known));
        }
        ("degrees" | "degree" | "grad", "celsius" | "c") => return measure("°c").map(|known| (2, known)),
        ("degrees" | "degree" | "grad", "fahrenheit" | "f") => {
            return unit(&tokens[1..]).map(|(_, known)| (2, known));
        }
        ("square", "metres" | "meters" | "metre" | "meter") => return measure("m²").map(|known| (2, known)),
        ("cubic", "metres" | "meters" | "metre" | "meter") => return measure("m³").map(|known| (2, known)),
        ("miles" | "mile", "per" | "an") if text(2) == "hour" => {
            return measure("mph").map(|known| (3, known));
        }
        ("kilometres" | "kilometers", "per" | "an") if text(2) == "hour" => {
            return measure("km/h").map(|known| (3, known));
        }
        ("p" | "pence", _) => {
            let unit = Unit::Money("GBP");
            return Some((1, Known { unit, factor: 0.01, offset: 0.0 }));
        }
        ("cents", _) => return named(1, "cent"),
        _ => {}
    }
    // `m²`, `mm³`
    if matches!(text(1), "²" | "³" | "2" | "3") && is_glued(1) {
        let power = if matches!(text(1), "²" | "2") { "²" } else { "³" };
        if let Some(known) = measure(&format!("{}{power}", text(0))) {
            return Some((2, known));
        }
    }
    // `mmol/L`, `km/h`; a period after the stroke is read apart.
    if text(1) == "/" && is_glued(1) && is_glued(2) {
        let name = format!("{}/{}", text(0), text(2));
        if let Some(known) = measure(&name) {
            return Some((3, known));
        }
        if period(text(2)).is_none() && (is_unit(text(0)) || NAMED_NAMES.contains_key(name.as_str())) {
            return named(3, &name);
        }
    }
    // `个月`, `分钟`, `週間`
    for count in [3, 2] {
        let joined: String = (0..count).map(text).collect();
        let are_glued = (1..count).all(is_glued);
        if are_glued
            && !joined.is_ascii()
            && let Some(known) = measure(&joined)
        {
            return Some((count, known));
        }
    }
    if let Some(code) = currency(text(0)) {
        return plain(1, Unit::Money(code));
    }
    if let Some(known) = measure(text(0)) {
        // `5 m` and `3 t` are measures, `5 a day` and `grade 5 A` are none, nor are `5 d` of one letter far away.
        let is_word = text(0).chars().count() > 1
            || matches!(text(0), "m" | "g" | "l" | "h" | "s" | "t" | "v" | "w" | "°")
            || !text(0).is_ascii();
        let is_capital = tokens[0].written.starts_with(char::is_uppercase);
        let fits = is_word || is_glued(0) || (is_capital && text(0) == "a");
        return fits.then_some((1, known));
    }
    let name = NAMED_NAMES.get(text(0))?;
    let fits = text(0) != "k" || tokens[0].written == "K";
    fits.then(|| named(1, name)).flatten()
}

fn measure(name: &str) -> Option<Known> {
    let (dimension, factor) = MEASURE_NAMES.get(name)?;
    Some(Known { unit: Unit::Measure(*dimension), factor: *factor, offset: 0.0 })
}
