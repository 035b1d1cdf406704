//! Number words, and words that make a number a limit.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::scan::{Token, TokenKind};
use super::{Bound, Unit};
use crate::language::Language;

/// The number words of each language that are written alone: the value, then its forms.
const CARDINALS: &[(Language, &str)] = &[
    (
        Language::French,
        "1 un une|2 deux|3 trois|4 quatre|5 cinq|6 six|7 sept|8 huit|9 neuf|10 dix|11 onze|12 douze|13 treize|14 quatorze|15 quinze|16 seize|20 vingt|30 trente|40 quarante|50 cinquante|60 soixante|100 cent",
    ),
    (
        Language::Spanish,
        "1 un una uno|2 dos|3 tres|4 cuatro|5 cinco|6 seis|7 siete|8 ocho|9 nueve|10 diez|11 once|12 doce|15 quince|20 veinte|30 treinta|40 cuarenta|50 cincuenta|60 sesenta|100 cien",
    ),
    (
        Language::Italian,
        "1 un una uno|2 due|3 tre|4 quattro|5 cinque|6 sei|7 sette|8 otto|9 nove|10 dieci|11 undici|12 dodici|15 quindici|20 venti|30 trenta|40 quaranta|50 cinquanta|60 sessanta|100 cento",
    ),
    (
        Language::Portuguese,
        "1 um uma|2 dois duas|3 três|4 quatro|5 cinco|6 seis|7 sete|8 oito|9 nove|10 dez|11 onze|12 doze|15 quinze|20 vinte|30 trinta|40 quarenta|50 cinquenta|60 sessenta|100 cem",
    ),
    (
        Language::Dutch,
        "1 een één|2 twee|3 drie|4 vier|5 vijf|6 zes|7 zeven|8 acht|9 negen|10 tien|11 elf|12 twaalf|14 veertien|15 vijftien|20 twintig|30 dertig|40 veertig|50 vijftig|60 zestig|100 honderd",
    ),
    (
        Language::Swedish,
        "1 en ett|2 två|3 tre|4 fyra|5 fem|6 sex|7 sju|8 åtta|9 nio|10 tio|11 elva|12 tolv|14 fjorton|15 femton|20 tjugo|30 trettio|40 fyrtio|50 femtio|60 sextio|100 hundra",
    ),
    (
        Language::Danish,
        "1 en et|2 to|3 tre|4 fire|5 fem|6 seks|7 syv|8 otte|9 ni|10 ti|11 elleve|12 tolv|14 fjorten|20 tyve|30 tredive|40 fyrre|50 halvtreds|60 tres|100 hundrede",
    ),
    (
        Language::Norwegian,
        "1 en ett|2 to|3 tre|4 fire|5 fem|6 seks|7 sju|8 åtte|9 ni|10 ti|11 elleve|12 tolv|14 fjorten|20 tjue|30 tretti|40 førti|50 femti|60 seksti|100 hundre",
    ),
    (
        Language::Finnish,
        "1 yksi|2 kaksi|3 kolme|4 neljä|5 viisi|6 kuusi|7 seitsemän|8 kahdeksan|9 yhdeksän|10 kymmenen|20 kaksikymmentä|100 sata",
    ),
    (
        Language::Russian,
        "1 один одна одно|2 два две двух|3 три трёх трех|4 четыре четырёх|5 пять пяти|6 шесть шести|7 семь семи|8 восемь восьми|9 девять девяти|10 десять десяти|11 одиннадцать|12 двенадцать двенадцати|15 пятнадцать|20 двадцать двадцати|30 тридцать тридцати|40 сорок|50 пятьдесят|60 шестьдесят|100 сто",
    ),
];

const ENGLISH: &str = "0 zero|1 one|2 two|3 three|4 four|5 five|6 six|7 seven|8 eight|9 nine|10 ten|11 eleven|12 twelve|13 thirteen|14 fourteen|15 fifteen|16 sixteen|17 seventeen|18 eighteen|19 nineteen|20 twenty|30 thirty|40 forty|50 fifty|60 sixty|70 seventy|80 eighty|90 ninety|12 dozen";

const ENGLISH_ORDINALS: &str = "1 first|2 second|3 third|4 fourth|5 fifth|6 sixth|7 seventh|8 eighth|9 ninth|10 tenth|11 eleventh|12 twelfth|13 thirteenth|14 fourteenth|15 fifteenth|20 twentieth|25 twenty-fifth";

const GERMAN: &str = "0 null|1 ein eine einen einem einer eines eins|2 zwei zwo|3 drei|4 vier|5 fünf|6 sechs|7 sieben|8 acht|9 neun|10 zehn|11 elf|12 zwölf|16 sechzehn|17 siebzehn|20 zwanzig|30 dreißig dreissig|40 vierzig|50 fünfzig|60 sechzig|70 siebzig|80 achtzig|90 neunzig|12 dutzend";

const GERMAN_ORDINALS: &str = "1 erste ersten erster erstes|2 zweite zweiten zweiter|3 dritte dritten dritter|4 vierte vierten vierter|5 fünfte fünften|6 sechste sechsten|7 siebte siebten|8 achte achten|9 neunte neunten|10 zehnte zehnten|12 zwölfte zwölften";

fn table(list: &'static str) -> HashMap<&'static str, f64> {
    let entry = |entry: &'static str| {
        let mut words = entry.split(' ');
        let value: f64 = words.next().and_then(|it| it.parse().ok()).unwrap_or(0.0);
        words.map(move |word| (word, value))
    };
    list.split('|').flat_map(entry).collect()
}

static TABLES: LazyLock<HashMap<Language, HashMap<&'static str, f64>>> =
    LazyLock::new(|| CARDINALS.iter().map(|(language, list)| (*language, table(list))).collect());
static ENGLISH_TABLE: LazyLock<HashMap<&str, f64>> = LazyLock::new(|| table(ENGLISH));
static ENGLISH_ORDINAL_TABLE: LazyLock<HashMap<&str, f64>> = LazyLock::new(|| table(ENGLISH_ORDINALS));
static GERMAN_TABLE: LazyLock<HashMap<&str, f64>> = LazyLock::new(|| table(GERMAN));
static GERMAN_ORDINAL_TABLE: LazyLock<HashMap<&str, f64>> = LazyLock::new(|| table(GERMAN_ORDINALS));

/// The number words of a language.
#[derive(Clone, Copy)]
pub(super) struct Words {
    language: Option<Language>,
}

/// A number in words.
pub(super) struct Read {
    pub value: f64,
    /// How many tokens it is written in.
    pub tokens: usize,
    pub unit: Unit,
    /// Whether the word may be an article or a pronoun.
    pub is_soft: bool,
}

impl Words {
    pub(super) fn of(language: Option<Language>) -> Self {
        Self { language: language.filter(|it| *it != Language::None) }
    }

    /// The number in words that begins the tokens.
    pub(super) fn read(self, tokens: &[Token<'_>]) -> Option<Read> {
        let first = tokens.first()?;
        if let Some(read) = chinese(tokens) {
            return Some(read);
        }
        if first.kind != TokenKind::Word {
            return None;
        }
        let is = |language| self.language == Some(language);
        let read = match self.language {
            None => english(tokens).or_else(|| german(first)),
            Some(Language::English) => english(tokens),
            Some(Language::German) => german(first),
            Some(language) => TABLES.get(&language)?.get(first.text.as_str()).map(|value| Read {
                value: *value,
                tokens: 1,
                unit: Unit::None,
                is_soft: *value < 1.5,
            }),
        };
        read.filter(|read| {
            !(is(Language::French) && read.value == 100.0 && tokens.len() > 1 && tokens[1].text == "pour")
        })
    }
}

/// `twenty-one`, `two hundred and fifty`, `first`, `twice`, `a month`
fn english(tokens: &[Token<'_>]) -> Option<Read> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let special = |value, unit, is_soft| Some(Read { value, tokens: 1, unit, is_soft });
    match text(0) {
        "twice" => return special(2.0, Unit::Times, false),
        "thrice" => return special(3.0, Unit::Times, false),
        // `once a year` counts, `once it was opened` does not.
        "once" if matches!(text(1), "a" | "an" | "per" | "every" | "each" | "in" | "or") => {
            return special(1.0, Unit::Times, true);
        }
        "once" => return special(1.0, Unit::None, true),
        "half" => return special(0.5, Unit::None, true),
        "a" | "an" if super::units::period(text(1)).is_some() => return special(1.0, Unit::None, true),
        "both" => return special(2.0, Unit::None, true),
        _ => {}
    }
    if let Some(value) = ENGLISH_ORDINAL_TABLE.get(text(0)) {
        return special(*value, Unit::Ordinal, matches!(text(0), "second" | "first"));
    }
    let (mut value, mut whole, mut at) = (0.0, 0.0, 0);
    let mut last = f64::INFINITY;
    loop {
        let word = text(at);
        if let Some(number) = ENGLISH_TABLE.get(word) {
            let fits = value % 100.0 == 0.0 || (last >= 20.0 && last % 10.0 == 0.0 && *number < 10.0);
            if at > 0 && !fits {
                break;
            }
            value += number;
            last = *number;
            at += 1;
        } else if word == "hundred" && at > 0 {
            value *= 100.0;
            last = 100.0;
            at += 1;
        } else if word == "thousand" && at > 0 {
            whole += value * 1e3;
            value = 0.0;
            last = 1e3;
            at += 1;
        } else if (word == "-"
            && at > 0
            && last >= 20.0
            && ENGLISH_TABLE.get(text(at + 1)).is_some_and(|it| *it < 10.0))
            || (word == "and"
                && last >= 100.0
                && at > 0
                && last.is_finite()
                && ENGLISH_TABLE.contains_key(text(at + 1)))
        {
            at += 1;
        } else {
            break;
        }
    }
    if at == 0 {
        return None;
    }
    let value = whole + value;
    // `twenty-first`
    if text(at) == "-"
        && last >= 20.0
        && let Some(unit) = ENGLISH_ORDINAL_TABLE.get(text(at + 1))
    {
        return Some(Read { value: value + unit, tokens: at + 2, unit: Unit::Ordinal, is_soft: false });
    }
    Some(Read { value, tokens: at, unit: Unit::None, is_soft: at == 1 && text(0) == "one" })
}

/// `einundzwanzig`, `zweihundertfünfzig`, `dritte`, `zweimal`
fn german(token: &Token<'_>) -> Option<Read> {
    let word = token.text.as_str();
    if let Some(value) = GERMAN_ORDINAL_TABLE.get(word) {
        return Some(Read { value: *value, tokens: 1, unit: Unit::Ordinal, is_soft: word == "achten" });
    }
    if let Some(value) = word.strip_suffix("mal").and_then(german_value) {
        return Some(Read { value, tokens: 1, unit: Unit::Times, is_soft: value < 1.5 });
    }
    match word {
        "anderthalb" | "eineinhalb" => {
            return Some(Read { value: 1.5, tokens: 1, unit: Unit::None, is_soft: false });
        }
        "halb" | "halbe" | "hälfte" => {
            return Some(Read { value: 0.5, tokens: 1, unit: Unit::None, is_soft: true });
        }
        _ => {}
    }
    let value = german_value(word)?;
    Some(Read { value, tokens: 1, unit: Unit::None, is_soft: value == 1.0 })
}

fn german_value(word: &str) -> Option<f64> {
    if let Some(value) = GERMAN_TABLE.get(word) {
        return Some(*value);
    }
    let factor = |word: &str| if word.is_empty() { Some(1.0) } else { german_value(word) };
    let rest = |word: &str| {
        if word.is_empty() { Some(0.0) } else { german_value(word.strip_prefix("und").unwrap_or(word)) }
    };
    for (name, size) in [("tausend", 1e3), ("hundert", 1e2)] {
        if let Some((before, after)) = word.split_once(name) {
            return Some(factor(before)? * size + rest(after)?);
        }
    }
    if let Some((units, tens)) = word.split_once("und") {
        let (units, tens) = (GERMAN_TABLE.get(units)?, GERMAN_TABLE.get(tens)?);
        return (*units < 10.0 && *tens >= 20.0).then_some(units + tens);
    }
    let units = word.strip_suffix("zehn").and_then(|it| GERMAN_TABLE.get(it))?;
    (*units > 2.0 && *units < 10.0).then_some(units + 10.0)
}

/// Chinese numerals before what they count.
fn chinese(tokens: &[Token<'_>]) -> Option<Read> {
    let digit = |text: &str| {
        "〇一二三四五六七八九".chars().position(|it| text.chars().eq([it])).or((text == "两").then_some(2))
    };
    let (mut value, mut at, mut current) = (0.0, 0, None);
    while let Some(token) = tokens.get(at).filter(|token| at == 0 || !token.is_spaced) {
        if let Some(digit) = digit(&token.text) {
            current = Some(current.unwrap_or(0.0) * 10.0 + digit as f64);
        } else if let Some(size) =
            [("十", 10.0), ("百", 100.0), ("千", 1000.0)].iter().find(|it| it.0 == token.text)
        {
            value += current.take().unwrap_or(1.0) * size.1;
        } else {
            break;
        }
        at += 1;
    }
    if at == 0 {
        return None;
    }
    value += current.unwrap_or(0.0);
    let counts = |text: &str| {
        matches!(
            text,
            "个" | "か"
                | "ヶ"
                | "カ"
                | "年"
                | "月"
                | "日"
                | "天"
                | "周"
                | "週"
                | "人"
                | "名"
                | "分"
                | "小"
                | "時"
                | "台"
                | "号"
                | "番"
                | "つ"
                | "次"
                | "回"
                | "本"
                | "条"
                | "項"
        )
    };
    let next = tokens.get(at).is_some_and(|next| !next.is_spaced && counts(&next.text));
    let is_calendar = tokens.get(at).is_some_and(|next| matches!(next.text.as_str(), "月" | "日" | "号"));
    let is_soft = value == 1.0 && !is_calendar;
    (next || at > 1).then_some(Read { value, tokens: at, unit: Unit::None, is_soft })
}

/// How far before a number the words stand that make it a limit.
const REACH: usize = 4;

/// What kind of limit the number of the tokens from `from` up to `to` is, and whether it is said to be about right only.
/// `is_moment`: whether it is a date or a time.
pub(super) fn bound(tokens: &[Token<'_>], from: usize, to: usize, is_moment: bool) -> (Bound, bool) {
    let start = from.saturating_sub(REACH);
    let before: Vec<&str> = tokens[start..from].iter().map(|token| token.text.as_str()).collect();
    // What stands before a mark or another number is not about this one.
    let cut = tokens[start..from].iter().rposition(|token| {
        matches!(token.kind, TokenKind::Number { .. } | TokenKind::Name(_))
            || matches!(token.text.as_str(), ";" | "," | "." | ":" | "(" | "|" | "and" | "und")
    });
    let before = &before[cut.map_or(0, |cut| cut + 1)..];
    let after: Vec<&str> = tokens[to..].iter().take(3).map(|token| token.text.as_str()).collect();
    let is_about = before.iter().rev().take(2).any(|word| {
        matches!(
            *word,
            "about"
                | "around"
                | "approximately"
                | "roughly"
                | "nearly"
                | "almost"
                | "circa"
                | "ca"
                | "etwa"
                | "rund"
                | "ungefähr"
                | "fast"
                | "knapp"
                | "environ"
                | "aproximadamente"
                | "约"
                | "約"
                | "около"
                | "~"
                | "≈"
        )
    });
    let limit = after_limit(&after).unwrap_or_else(|| before_limit(before, is_moment));
    (limit, is_about)
}

fn after_limit(after: &[&str]) -> Option<Bound> {
    let more = |word: &str| {
        matches!(
            word,
            "more"
                | "higher"
                | "above"
                | "over"
                | "longer"
                | "later"
                | "mehr"
                | "höher"
                | "older"
                | "plus"
                | "más"
        )
    };
    let less = |word: &str| {
        matches!(
            word,
            "less"
                | "fewer"
                | "lower"
                | "below"
                | "under"
                | "earlier"
                | "shorter"
                | "weniger"
                | "younger"
                | "menos"
        )
    };
    match after {
        ["or" | "and" | "oder" | "und" | "o" | "ou", word, ..] if more(word) => Some(Bound::Lower),
        ["or" | "and" | "oder" | "und" | "o" | "ou", word, ..] if less(word) => Some(Bound::Upper),
        ["at", "the", "latest"] | ["at", "most", ..] => Some(Bound::Upper),
        ["at", "the", "earliest"] | ["at", "least", ..] => Some(Bound::Lower),
        _ => None,
    }
}

fn before_limit(before: &[&str], is_moment: bool) -> Bound {
    let negated = |at: usize| before[..at].iter().any(|word| is_negator(word));
    let flip = |bound, at: usize| match (bound, negated(at)) {
        (Bound::Lower, true) => Bound::Upper,
        (Bound::Upper, true) => Bound::Lower,
        (bound, _) => bound,
    };
    // The other end of `from November to March`.
    if is_moment && matches!(before.last(), Some(&("to" | "au" | "à" | "al"))) {
        return Bound::None;
    }
    for at in (0..before.len()).rev() {
        let next = before.get(at + 1).copied().unwrap_or_default();
        match (before[at], next) {
            ("at" | "the", "least")
            | ("minimum" | "mindestens" | "wenigstens" | "least" | "minimal" | "至少" | "mínimo", _) => {
                return Bound::Lower;
            }
            ("at" | "the", "most")
            | (
                "maximum" | "höchstens" | "maximal" | "most" | "within" | "innerhalb" | "binnen" | "最多"
                | "máximo",
                _,
            )
            | ("up", "to")
            | ("bis", "zu") => return Bound::Upper,
            ("more" | "longer" | "greater" | "higher" | "later", "than")
            | ("over" | "above" | "exceeding" | "exceeds" | "exceed" | "über" | "mehr", _) => {
                return flip(Bound::Lower, at);
            }
            ("less" | "fewer" | "lower" | "shorter" | "earlier" | "sooner", "than")
            | ("under" | "below" | "unter" | "weniger", _) => {
                return flip(Bound::Upper, at);
            }
            ("before" | "until" | "till" | "by" | "bis" | "vor" | "avant" | "before", _) if is_moment => {
                return flip(Bound::Upper, at);
            }
            ("after" | "from" | "since" | "nach" | "ab" | "seit" | "après", _) if is_moment => {
                return flip(Bound::Lower, at);
            }
            _ => {}
        }
    }
    Bound::None
}

fn is_negator(word: &str) -> bool {
    matches!(word, "not" | "no" | "never" | "cannot" | "nicht" | "kein" | "keine" | "t" | "nor")
}

/// Whether a word after a number is none that is counted.
pub(super) fn is_joint(word: &str) -> bool {
    const JOINTS: &str = "a an the and or of in on at to for is are was were be by from with as has have had may must can per if when which who that than not und oder von im am zu ist sind war wird werden et ou de en est sont y o e di da è at least most";
    word.chars().count() < 2 || JOINTS.split(' ').any(|joint| joint == word)
}
