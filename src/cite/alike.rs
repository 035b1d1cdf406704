//! Words that mean nearly the same, words that exclude each other, and words that say nothing by themselves.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::index::is_unspaced;
use crate::language::Language;

/// Words of one meaning, a row for each; the first stands for all. In lower case, in the forms that texts have.
const SAME: &[&str] = &[
    "allowed allow allows permitted permit permits permission may zulässig erlaubt gestattet darf dürfen zugelassen permis permise autorisé autorisée autorisés autorisées admis admise permission 允许",
    "must shall obliged required requires require needs need muss müssen notwendig erforderlich nötig obligatoire",
    "pay pays paid paying payable payment",
    "cost costs price prices fee fees charge charges charged",
    "begin begins began beginning begun start starts started starting commence commences launch launches launched onset",
    "end ends ended ending finish finishes finished expire expires expired expiry terminate terminates terminated cancel cancels cancelled",
    "tell tells told inform informs informed notify notifies notified notification report reports reported",
    "give gives given giving provide provides provided supply supplies supplied grant grants granted award awards awarded",
    "keep keeps kept retain retains retained hold holds held store stored stores",
    "buy buys bought purchase purchases purchased",
    "help helps helped assist assists assistance",
    "show shows shown display displays exhibit exhibits exhibited",
    "use uses used using usage",
    "get gets got receive receives received obtain obtains",
    "maximum most ceiling cap limit limits limited",
    "minimum least",
    "yearly annual annually",
    "fix fixes fixed repair repairs repaired mend",
    "change changes changed alter alters altered alteration amend amends amended amendment",
    "return returns returned",
    "erase erased erases erasing delete deletes deleted deletion wipe wiped",
    "car cars vehicle vehicles",
    "telephone phone telephones phones",
    "photograph photographs photo photos pictures picture",
    "employee employees staff workforce personnel employ employs employed",
    "carry carried transport transported",
    "leave leaves left depart departs departs departure",
    "replace replaces replaced replacement replacing substitute substituted",
    "big large great",
    "biggest largest greatest",
    "reply replies answer answers answered respond responds response",
    "written writing",
    "sixteen-plus",
    "rise rises rose risen rising increase increases increased increasing grow grows grew grown growth growing climb climbs climbed raise raises raised",
    "fall falls fell fallen falling decrease decreases decreased decreasing decline declines declined declining drop drops dropped dropping shrink shrinks shrank shrunk slip slips slipped reduce reduces reduced reduction cut cuts",
    "home homes house houses household households dwelling dwellings",
    "occur occurs occurred happen happens happened",
    "exceed exceeds exceeded exceeding",
    "found founded founder founders establish establishes established foundation",
    "make makes made produce produces produced manufacture manufactures manufactured manufacturer",
    "build builds built construct constructs constructed construction erect erected",
    "die dies died dying death deaths dead",
    "say says said state states stated declare declares declared",
    "reject rejects rejected refuse refuses refused dismiss dismisses dismissed",
    "accept accepts accepted approve approves approved approval",
    "resign resigns resigned resignation quit",
    "deliver delivers delivered delivery submit submits submitted",
    "postpone postpones postponed delay delays delayed defer defers deferred",
    "extend extends extended prolong prolongs prolonged continue continues continued",
    "ship ships vessel vessels",
    "film films movie movies",
    "script screenplay",
    "lawyer lawyers attorney attorneys solicitor solicitors",
    "doctor doctors physician physicians",
    "medicine medicines drug drugs medication medications",
    "illness illnesses disease diseases",
    "firm firms company companies",
    "lead leads led leading head heads headed chair chairs chaired",
    "sell sells sold selling sale sales",
    "enlarge enlarged expand expands expanded expansion",
    "participate participates participated participant participants enrol enrolled enroll participation",
    "examine examines examined inspect inspects inspected inspection check checks checked",
    "request requests requested ask asks asked",
    "decide decides decided decision ruling judgment judgement",
    "agreement agreements contract contracts",
    "whole entire complete total",
    "quick quickly fast faster rapid rapidly swiftly quicker",
    "small little tiny",
    "high height tall",
    "long length",
    "wide width",
    "deep depth",
    "heavy weigh weighs weighed weight",
    "bike bikes bicycle bicycles cycle",
    "plane planes aircraft aeroplane airplane",
    "damage damages damaged harm harms harmed",
    "visit visits visitor visitors visited",
    "entry admission entrance",
    "direct directs directed director",
    "publish publishes published publication appear appears appeared",
    "live lives lived living reside resides resident residents inhabit inhabitant inhabitants",
    "choose chooses chose chosen select selects selected selection",
    "send sends sent dispatch dispatched transmit",
    "attempt attempts attempted try tries tried",
    "win wins won winning winner",
    "teach teaches taught teacher teaching",
    "speak speaks spoke spoken speech",
    "write writes wrote author authors authored",
    "lose loses lost loss",
    "choose chooses chose chosen",
    "sign signs signed signature",
    "fund funds funded funding finance financed finances",
    "locate located location lies situated",
    "join joins joined joining",
    "require requirement requirements",
    "conduct conducted conducts carried",
    "consent agree agrees agreed approval",
    "beginnen beginnt begann begonnen beginn starten startet start anfangen anfang",
    "enden endet endete ende auslaufen ablauf",
    "zahlen zahlt zahlte zahlung bezahlen bezahlt entrichten gezahlt vergütet vergütung",
    "steigen steigt stieg gestiegen anstieg wachsen wächst wuchs gewachsen wachstum zunehmen zunahme zulegen erhöhen erhöht erhöhte erhöhung",
    "sinken sinkt sank gesunken fallen fiel gefallen rückgang abnehmen verringern verringert reduzieren reduziert senken gesenkt senkte",
    "mitarbeiter mitarbeitende beschäftigte beschäftigten angestellte arbeitnehmer personal",
    "firma unternehmen gesellschaft betrieb",
    "kosten kostet preis gebühr gebühren entgelt",
    "auto autos wagen fahrzeug fahrzeuge pkw",
    "arzt ärztin ärzte mediziner",
    "medikament medikamente arznei arzneimittel mittel präparat",
    "einnehmen einnahme eingenommen genommen nehmen nimmt einzunehmen",
    "bekommen bekommt bekam erhalten erhält erhielt",
    "wählen wählt gewählt wahl wiederwahl wiedergewählt",
    "kündigen kündigt gekündigt kündigung",
    "mitteilen mitgeteilt melden gemeldet meldung erklären erklärt anzeigen angezeigt",
    "rauchen geraucht raucht",
    "heizen geheizt heizperiode heizung",
    "öffnen öffnet geöffnet eröffnet eröffnung",
    "schließen schließt geschlossen schließung",
    "leiten leitet geleitet leitung leiter",
    "commencer commence commencé début débute débuter démarrer démarre engagé",
    "finir finit fin terminer termine terminé terminée achever s'achève",
    "augmenter augmente augmenté augmentation hausse croître croissance accroître progressé allonger",
    "baisser baisse baissé diminuer diminue diminué diminution réduire réduit réduisent réduction recul",
    "payer paie payé payée paiement verser versé versée versement",
    "salaire rémunération salaires",
    "employé employés salarié salariés",
    "entreprise entreprises société sociétés",
    "recevoir reçoit bénéficie bénéficier obtient obtenir",
    "rembourser remboursé remboursés rembourse remboursement",
    "diriger dirige dirigé dirigée directeur directrice",
    "montrer montre montré révèle constater constaté constate observé observer",
    "conseillé conseiller recommander recommandé recommandent",
    "增长 上升 增加 提高",
    "下降 减少 降低",
    "开始 起自",
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
    ("unchanged", "change"),
    ("unaltered", "change"),
    ("unaffected", "affected"),
    ("unavailable", "available"),
    ("unsuitable", "suitable"),
    ("unsafe", "safe"),
    ("inadmissible", "allowed"),
    ("invalid", "valid"),
    ("ineligible", "eligible"),
    ("unrelated", "related"),
    ("undisclosed", "disclosed"),
    ("bans", "allowed"),
    ("prohibit", "allowed"),
    ("forbid", "allowed"),
    ("unzulässig", "allowed"),
    ("unerlaubt", "allowed"),
    ("verbietet", "allowed"),
    ("interdit", "allowed"),
    ("interdite", "allowed"),
    ("interdits", "allowed"),
    ("interdites", "allowed"),
    ("禁止", "允许"),
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
    "warm kalt",
];

/// Words of two kinds of which each excludes those of the other.
const OPPOSITE: &[(&str, &str)] = &[
    (
        "rise rises rose risen rising increase increases increased increasing grow grows grew grown growing climb climbs climbed raise raises raised accelerate accelerates accelerated gain gains gained up",
        "fall falls fell fallen falling decrease decreases decreased decreasing decline declines declined declining drop drops dropped dropping shrink shrinks shrank shrunk slip slips slipped reduce reduces reduced cut cuts slow slows slowed weaken weakens weakened lost down",
    ),
    (
        "accept accepts accepted approve approves approved allow allowed allows grant granted uphold upheld",
        "reject rejects rejected refuse refuses refused dismiss dismissed dismisses withdraw withdrawn deny denied",
    ),
    ("quick quickly quicker fast faster fastest rapid rapidly", "slow slower slowly slowest"),
    ("enabled enable enables", "disabled disable disables"),
    ("included includes include", "excluded excludes exclude"),
    ("full", "empty"),
    ("schneller schnell", "langsamer langsam"),
    ("rapide rapidement", "lent lente lentement"),
    ("cheap cheaper cheapest", "dear dearer dearest expensive"),
    (
        "strengthen strengthened stronger strong improve improved",
        "weaken weakened weaker weak worsen worsened",
    ),
    ("win won wins", "lose lost loses"),
    ("add added adds", "remove removed removes"),
    ("opened open opens", "closed close closes shut"),
    ("widen widened widens", "narrow narrowed narrows"),
    (
        "common commonly frequent frequently often häufig häufige fréquent fréquents 常见",
        "rare rarely seldom uncommon selten seltene rare rares 罕见",
    ),
    (
        "steigen steigt stieg gestiegen anstieg wachsen wächst wuchs gewachsen zulegen zulegte legte erhöhen erhöht erhöhte zunahm nahm",
        "sinken sinkt sank gesunken rückgang zurück verringern verringert verringerte reduzieren reduziert senken gesenkt senkte abnahm",
    ),
    ("eröffnet öffnet geöffnet", "geschlossen schließt"),
    (
        "augmente augmenté augmentation augmenter hausse croît progressé",
        "baisse baissé diminue diminué diminution réduit réduisent réduire recul",
    ),
    ("增长 上升 增加 提高", "下降 减少 降低"),
    ("accepté acceptée approuvé approuvée", "rejeté rejetée refusé refusée"),
    ("angenommen genehmigt", "abgelehnt zurückgewiesen"),
];

/// Words of which those of one kind turn what follows them into the opposite of those of the others: rows of kinds.
const RELATIONS: &[&str] = &[
    "before|after",
    "above|below",
    "over|under",
    "more|fewer less",
    "all every|some|no",
    "most|few",
    "vor|nach",
    "über|unter",
    "mehr|weniger",
    "alle|einige manche|keine",
    "avant|après",
    "plus|moins",
    "tous|certains|aucun",
    "toutes|certaines|aucune",
];

/// Words of English that Lucene's list of stop words leaves out.
const LIGHT: &str = "about after again all also am any been being both can could did do does doing done during each either every few from further had has have having he her here hers him his how i its itself just may me might more most must my need nor now off once only other our out over own per same shall she should so some still such than them themselves these those though through too under until up upon very was we were what when where whether which while who whom whose why will within would you your yours one us mr mrs ms miss dr col according respectively roughly approximately around thus therefore however whereas someone somebody anyone anybody else ago already still yet well together instead amount amounts amounted since because although unless namely say says said whole case across himself herself roughly currently overall between during within among despite besides regarding concerning including via toward towards beyond behind along against except unlike became become becomes";

/// Words of German and French that stop words leave out.
const LIGHT_GERMAN: &str = "beträgt betragen betrug liegt lag gilt gelten galt gibt geben soll sollen sollte wird werden wurde wurden kann können insgesamt jeweils sowie jedoch dagegen rund etwa etwas jede jeder jedes jeden eines muss müssen steht stehen besteht bestehen kommen kommt gehört gehören wer beim";
const LIGHT_FRENCH: &str = "est sont était étaient a ont été être avoir peut peuvent doit doivent chaque selon afin ainsi aussi auprès entre s'élève élève fait faire c'est il elle on qui que dont lorsque fois lieu donne";

/// Characters of Chinese that say nothing by themselves; what is made of one of them and another says little.
const LIGHT_CHINESE: &str = "的了是在和与及于为从到也就都而或被把对以其这那此该各将会要应需可能不没未勿非无请着过得之我你他她它们个很所有由向往自至起";

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

/// The rows that a word is in, each with what excludes all others there.
static ROWS: LazyLock<HashMap<&str, Vec<(usize, usize)>>> = LazyLock::new(|| {
    let mut rows: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
    for (row, words) in EXCLUSIVE.iter().enumerate() {
        for (kind, word) in words.split(' ').enumerate() {
            rows.entry(word).or_default().push((row, kind));
        }
    }
    for (row, (one, other)) in (EXCLUSIVE.len()..).zip(OPPOSITE) {
        for (kind, words) in [one, other].into_iter().enumerate() {
            words.split(' ').for_each(|word| rows.entry(word).or_default().push((row, kind)));
        }
    }
    rows
});

/// The row and the kind of each word of [`RELATIONS`].
static RELATION_ROWS: LazyLock<HashMap<&str, (usize, usize)>> = LazyLock::new(|| {
    let mut rows = HashMap::new();
    for (row, kinds) in RELATIONS.iter().enumerate() {
        for (kind, words) in kinds.split('|').enumerate() {
            rows.extend(words.split(' ').map(|word| (word, (row, kind))));
        }
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
    let is_chinese = || term.chars().all(is_unspaced) && term.contains(|it| LIGHT_CHINESE.contains(it));
    match language {
        Language::English => LIGHT_WORDS.contains(term),
        Language::German => LIGHT_GERMAN.split(' ').any(|light| light == term),
        Language::French => LIGHT_FRENCH.split(' ').any(|light| light == term),
        Language::None => LIGHT_WORDS.contains(term) || is_chinese(),
        _ => is_chinese(),
    }
}

/// Whether two words in small letters exclude each other.
pub(super) fn excludes(a: &str, b: &str) -> bool {
    let rows = |word: &str| ROWS.get(word).map_or(&[][..], Vec::as_slice);
    let differ = |(row, kind): &(usize, usize)| rows(b).iter().any(|(other, of)| other == row && of != kind);
    a != b && rows(a).iter().any(differ)
}

/// Whether two words in small letters turn what follows them into opposites: `before` and `after`.
pub(super) fn turns(a: &str, b: &str) -> bool {
    let rows = RELATION_ROWS.get(a).zip(RELATION_ROWS.get(b));
    rows.is_some_and(|((row, kind), (other, of))| row == other && kind != of)
}

/// Whether two words in small letters turn what follows them in the same way: `less` and `fewer`.
pub(super) fn turns_alike(a: &str, b: &str) -> bool {
    a == b || RELATION_ROWS.get(a).is_some_and(|row| RELATION_ROWS.get(b) == Some(row))
}

/// What words of one root end with, once their inflections are cut off.
const ENDINGS: &str = "e y i s t d l n er or ed en al at ion ation ment anc enc ant ent iv abl ibl bl il ity ness ly ur age ist ic ism ung ungs lich ig bar keit heit schaft nis isch eur euse teur aire if ement issement eren ier";

/// Whether two stems are most likely of one root: `liabl` and `liabil`.
pub(super) fn is_of_one_root(a: &str, b: &str) -> bool {
    let is_ending = |rest: &str| rest.is_empty() || ENDINGS.split(' ').any(|ending| ending == rest);
    let common: usize =
        a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(it, _)| it.len_utf8()).sum();
    common >= ROOT
        && common * 5 >= a.len().max(b.len()) * 3
        && is_ending(&a[common..])
        && is_ending(&b[common..])
}

/// The least bytes of a root, and of a part of a compound.
pub(super) const ROOT: usize = 4;
pub(super) const PART: usize = 5;

/// Whether a word in small letters is one of those that [`turns`] is about.
pub(super) fn is_relation(word: &str) -> bool {
    RELATION_ROWS.contains_key(word)
}

/// Whether a word in small letters excludes any other.
pub(super) fn is_exclusive(word: &str) -> bool {
    ROWS.contains_key(word)
}
