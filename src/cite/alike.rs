//! Words that mean nearly the same, words that exclude each other, and words that say nothing by themselves.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::language::Language;

/// Words of one meaning, a row for each; the first stands for all. In lower case, in the forms that texts have.
const SAME: &[&str] = &[
    "allowed allow allows permitted permit permits may zulässig erlaubt gestattet",
    "must shall obliged required requires require needs need muss müssen",
    "pay pays paid paying payable payment",
    "cost costs price prices fee fees charge charges charged",
    "begin begins began beginning begun start starts started starting commence commences",
    "end ends ended ending finish finishes finished expire expires expired expiry terminate terminates",
    "tell tells told inform informs informed notify notifies notified report reports reported",
    "give gives given giving provide provides provided supply supplies supplied",
    "keep keeps kept retain retains retained hold holds held store stored stores",
    "buy buys bought purchase purchases purchased",
    "help helps helped assist assists assistance",
    "show shows shown display displays",
    "use uses used using",
    "get gets got receive receives received obtain obtains",
    "maximum most ceiling cap limit limits limited",
    "minimum least",
    "yearly annual annually",
    "fix fixes fixed repair repairs repaired mend",
    "change changes changed alter alters altered alteration",
    "return returns returned",
    "erase erased erases delete deletes deleted deletion",
    "car cars vehicle vehicles",
    "telephone phone telephones phones",
    "photograph photographs photo photos pictures picture",
    "employee employees staff",
    "carry carried transport transported",
    "leave leaves left depart departs departs",
    "replace replaces replaced replacement",
    "big large great",
    "biggest largest greatest",
    "reply replies answer answers answered respond responds",
    "written writing",
    "sixteen-plus",
];

/// Words that deny another: the word and what it denies.
const DENIALS: &[(&str, &str)] = &[
    ("forbidden", "allowed"),
    ("forbids", "allowed"),
    ("prohibited", "allowed"),
    ("prohibits", "allowed"),
    ("banned", "allowed"),
    ("verboten", "allowed"),
    ("untersagt", "allowed"),
    ("disallowed", "allowed"),
    ("excluded", "covered"),
    ("excludes", "covered"),
    ("uncovered", "covered"),
    ("unpaid", "pay"),
    ("unable", "able"),
    ("impossible", "possible"),
    ("unlimited", "maximum"),
    ("unnecessary", "must"),
    ("optional", "must"),
];

/// Words of which one excludes the others, a row for each.
const EXCLUSIVE: &[&str] = &[
    "red blue green yellow amber black white brown grey gray orange purple pink",
    "spring summer autumn winter",
    "daily weekly monthly quarterly annually yearly fortnightly",
    "north south east west northern southern eastern western",
    "left right",
    "upper lower",
    "full half",
    "inside outside",
    "indoor outdoor",
    "indoors outdoors",
    "minimum maximum",
    "higher lower",
    "increase decrease",
    "increased decreased",
    "rise fall",
    "rose fell",
    "raise reduce",
    "raised reduced",
    "largest smallest",
    "longest shortest",
    "highest lowest",
    "oldest newest",
    "cheapest dearest",
    "all none some",
    "always never sometimes",
    "everyone nobody",
    "surplus deficit",
    "profit loss",
    "credit debit",
    "accepted refused rejected",
    "approved rejected",
    "boys girls",
    "adults children",
    "open closed shut",
    "hot cold",
    "warm cold",
    "wet dry",
    "single double",
    "morning afternoon evening",
    "temporary permanent",
    "sound damaged",
    "heavier lighter",
    "oral written",
    "clockwise anticlockwise",
    "compulsory voluntary",
    "top bottom",
    "front rear back",
    "included excluded",
    "immer nie",
    "oberen unteren",
    "obere untere",
    "links rechts",
    "sommer winter herbst frühling",
    "mindestens höchstens",
    "steigt sinkt",
    "warm kalt",
];

/// Words of English that Lucene's list of stop words leaves out.
const LIGHT: &str = "about after again all also am any been being both can could did do does doing done during each either every few from further had has have having he her here hers him his how i its itself just may me might more most must my need nor now off once only other our out over own per same shall she should so some still such than them themselves these those though through too under until up upon very was we were what when where whether which while who whom whose why will within would you your yours one us mr mrs ms miss dr col";

static SAME_WORDS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let row = |row: &&'static str| {
        let row: &'static str = row;
        let first = row.split(' ').next().unwrap_or(row);
        row.split(' ').map(move |word| (word, first))
    };
    SAME.iter().flat_map(row).collect()
});

static DENIED: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| DENIALS.iter().copied().collect());

static LIGHT_WORDS: LazyLock<std::collections::HashSet<&str>> = LazyLock::new(|| LIGHT.split(' ').collect());

static ROWS: LazyLock<HashMap<&str, Vec<usize>>> = LazyLock::new(|| {
    let mut rows: HashMap<&str, Vec<usize>> = HashMap::new();
    for (row, words) in EXCLUSIVE.iter().enumerate() {
        words.split(' ').for_each(|word| rows.entry(word).or_default().push(row));
    }
    rows
});

/// The word that stands for a term in folded case and all that mean the same, and whether the term denies it.
pub(super) fn plain(term: &str) -> (&str, bool) {
    match DENIED.get(term) {
        Some(denied) => (denied, true),
        None => (SAME_WORDS.get(term).copied().unwrap_or(term), false),
    }
}

/// Whether a term says nothing by itself, beside the function words that the index knows.
pub(super) fn is_light(term: &str, language: Language) -> bool {
    matches!(language, Language::English | Language::None) && LIGHT_WORDS.contains(term)
}

/// Whether two words in small letters exclude each other.
pub(super) fn excludes(a: &str, b: &str) -> bool {
    let rows = |word: &str| ROWS.get(word).map_or(&[][..], Vec::as_slice);
    a != b && rows(a).iter().any(|row| rows(b).contains(row))
}

/// Whether a word in small letters excludes any other.
pub(super) fn is_exclusive(word: &str) -> bool {
    ROWS.contains_key(word)
}
