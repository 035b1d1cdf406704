//! The small words that show who does something: lists, by language.

use crate::language::Language;

/// What introduces a noun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    /// A preposition of those that say from where, to whom and by whom; the one that stands for those that say the same.
    Direction(&'static str),
    /// A preposition of those that say together with whom.
    Along,
    /// Any other preposition.
    Preposition(&'static str),
    /// An article of who does something.
    Nominative,
    /// An article of whom it is done to.
    Oblique,
}

impl Mark {
    /// Whether it is that of who does something in the passive.
    pub(super) fn is_agent(self) -> bool {
        matches!(self, Self::Direction(row) if has(AGENTS, row))
    }

    /// Whether two that trade marks trade what they do.
    pub(super) fn is_role_beside(self, other: Self) -> bool {
        let is_role = |it: Self| matches!(it, Self::Direction(_) | Self::Nominative | Self::Oblique);
        // Who something is sold to has a mark of its own in languages of any order.
        let is_marked = |it: Self| it == Self::Direction("an");
        is_role(self) && is_role(other)
            || self == Self::None && is_marked(other)
            || other == Self::None && is_marked(self)
    }

    /// Whether the other may introduce the same in other words.
    pub(super) fn may_replace(self, other: Self) -> bool {
        let is_firm = |it: Self| matches!(it, Self::Preposition(_) | Self::Along);
        let are_directions = matches!((self, other), (Self::Direction(_), Self::Direction(_)));
        self == other || !is_firm(self) && !is_firm(other) && !are_directions
    }
}

/// The languages whose small words are told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    English,
    Romance,
    German,
}

/// The small words of a language.
pub(super) struct Grammar {
    family: Family,
}

/// Words that tell the language of texts that are too short to tell it by more.
const OF_ENGLISH: &str = "the of and is was to";
const OF_ENGLISH_PERHAPS: &str = "in on at by for with from before after than will shall may can has";
const OF_GERMAN: &str = "der den dem das und vom zum zur im wird muss darf ist nicht einen einem für auf";
const OF_ROMANCE: &str = "le la les un une du des aux est el los las una del por il lo gli";

/// Prepositions that say from where, to whom and by whom; those of one row say the same.
const DIRECTIONS: &[&str] = &["from", "to", "by", "against"];
const DIRECTIONS_ROMANCE: &[&str] =
    &["de|d|du|del", "à|au|aux|al|a", "par|por", "contre|contra", "desde", "hasta"];
const DIRECTIONS_GERMAN: &[&str] = &["von|vom", "an", "gegen", "durch", "nach", "zu|zum|zur"];

/// Those of who does something in the passive.
const AGENTS: &str = "by par|por von|vom durch";

const PREPOSITIONS: &str = "of in on at for without under over above below before after during within through about into onto \
    upon between among amongst per via as than like near behind outside inside across along around beyond despite until since \
    toward towards regarding concerning throughout beside besides beneath opposite down up off past";
const PREPOSITIONS_ROMANCE: &str = "des en dans sur sous pour sans chez entre vers avant après pendant selon depuis dès derrière \
    devant sin para sobre según durante tras antes después";
const PREPOSITIONS_GERMAN: &str = "in im am ans ins auf aufs aus bei beim vor für um über unter während wegen zwischen gegenüber \
    seit bis laut ohne als wie neben hinter trotz statt innerhalb außerhalb";
const ALONG: &str = "with mit avec con";

const DETERMINERS: &str =
    "the a an this these those its their his her my our your each every any all no some such both";
const DETERMINERS_ROMANCE: &str = "le la les l un une ce cet cette ces son sa ses leur leurs chaque tout toute el los las una su \
    sus este esta";
const DETERMINERS_GERMAN: &str = "der die das den dem des ein eine einen einem einer eines dieser diese dieses diesen diesem jeder \
    jede jedes jeden jedem sein seine seinen seinem seiner ihr ihre ihren ihrem ihrer kein keine keinen keinem keiner alle allen";

const NOMINATIVES: &str = "der dieser jeder";
const OBLIQUES: &str =
    "den dem des einen einem eines diesen diesem jeden jedem seinen seinem ihren ihrem keinen keinem";

/// Words that begin another clause.
const CLAUSE_JOINTS: &str =
    "while whereas but because if when although though which who whom whose that unless where rather";
const CLAUSE_JOINTS_ROMANCE: &str = "que qui dont lorsque mais tandis quand si cuando pero aunque";
const CLAUSE_JOINTS_GERMAN: &str =
    "während wenn weil dass obwohl falls sofern aber sondern damit sobald bevor nachdem";

/// Words between two who do the same, or between two things that are done.
const JOINTS: &str = "and or nor et ou y o und oder sowie";

const BEING: &str = "is are was were be been being am gets got";
const BEING_ROMANCE: &str = "est sont été être fut était étaient sera es fue sido ser será";
const BEING_GERMAN: &str = "wird werden wurde wurden worden";

/// Verbs that only help others.
const AUXILIARIES: &str =
    "cannot may might must shall should will would can could need needs ought do does did has have had";
const AUXILIARIES_ROMANCE: &str =
    "ont avait avaient doit doivent peut peuvent va vont ha han había debe deben puede pueden";
const AUXILIARIES_GERMAN: &str = "darf dürfen durfte muss müssen musste soll sollen sollte kann können konnte will wollen hat haben \
    hatte hatten ist sind war waren";
const PRONOUNS_ROMANCE: &str = "se les lui il elle on ne";
const PRONOUNS_GERMAN: &str = "es sich er sie";

/// Words between a form of `to be` and a participle, beside those on `-ly`.
const ADVERBS: &str = "not also only then first later now still never always often already early sometimes usually again soon twice nicht auch nur pas aussi no";

const DEGREES: &str = "more less fewer mehr weniger plus moins más menos";

/// How words for people end, those for parties to contracts among them.
const PERSONS: &str = "er or ee ant ent ist ian lord man woman nurse owner eur euse rice aire geber nehmer mieter erin orin istin";

const SHORTEST_PERSON: usize = 5;

/// Words of order in time and place; what is before the other cannot be behind it.
const ORDER: &str = "before after above below behind avant après antes después";
const ORDER_GERMAN: &str = "vor nach";

/// Words between what somebody is and to whom.
const RELATING: &str = "of to for from on von de du";

/// Words by which two are the same to each other, where they stand behind what is said of one.
const MUTUAL: &str = "between zwischen entre parallel adjacent opposite similar equal identical close near together jointly \
    mutually einander";

/// Words of what each is or does to the other, or of what two do in two ways: the tenant rents a flat, and so does the
/// landlord.
const MUTUAL_DEEDS: &str = "meet meets met meeting marry marries married merge merges merged agree agrees agreed differ differs \
    differed equals equalled match matches matched border borders bordered bordering join joins joined resemble resembles \
    resembled adjoin adjoins adjoined overlap overlaps overlapped intersect intersects touch touches touched divorce divorced \
    rent rents rented renting lease leases leased leasing connect connects connected link links linked pair pairs paired \
    cousin cousins brother brothers sister sisters sibling siblings twin twins friend friends colleague colleagues partner \
    partners spouse relative relatives neighbour neighbours neighbor neighbors rival rivals competitor competitors contemporary \
    related grenzt grenzen voisin voisine correspond corresponds cooperate cooperates cooperated collaborate collaborated \
    correlate correlates compete competes competed exchange exchanged swap swapped share shares shared interact interacts \
    rencontre rencontré épouse épousé louer loue loué trifft treffen traf heiratet heiratete gleicht \
    teilt teilte";

/// Verbs that stand before who says something, too.
const SAYING: &str = "said says added adds explained explains noted notes stated states wrote writes asked asks announced announces \
    argued argues claimed claims reported warned warns told tells dit déclare déclaré explique sagt sagte erklärt erklärte dice dijo";

/// How participles of the passive end.
const PARTICIPLES: &str = "ed en wn ght ept ent elt eld old aid ade one ung";
const PARTICIPLES_ROMANCE: &str = "é ée és ées ado ada ados adas ido ida idos idas";

/// How nouns end that are made of verbs and adjectives.
const NOUN_ENDINGS: &str = "tion tions sion sions ment ments ness ity ities ance ances ence ences ship ships hood ism ung ungen heit \
    keit schaft";

impl Grammar {
    /// That of a text in a language; `None` where the order of its words is not read.
    pub(super) fn of(text: &str, language: Language) -> Option<Self> {
        let has_any = |list: &str| {
            let mut words = text.split(|it: char| !it.is_alphanumeric()).map(str::to_lowercase);
            words.any(|word| has(list, &word))
        };
        let family = match language {
            Language::German => Family::German,
            Language::French | Language::Spanish => Family::Romance,
            // What short texts are taken for may be wrong.
            Language::English | Language::None if has_any(OF_ENGLISH) => Family::English,
            Language::English | Language::None if has_any(OF_GERMAN) => Family::German,
            Language::English | Language::None if has_any(OF_ROMANCE) => Family::Romance,
            Language::English => Family::English,
            Language::None if has_any(OF_ENGLISH_PERHAPS) => Family::English,
            _ => return None,
        };
        Some(Self { family })
    }

    fn choose<T>(&self, english: T, romance: T, german: T) -> T {
        match self.family {
            Family::English => english,
            Family::Romance => romance,
            Family::German => german,
        }
    }

    /// The mark that a word is, if it is a preposition.
    pub(super) fn preposition(&self, word: &str) -> Option<Mark> {
        if has(ALONG, word) {
            return Some(Mark::Along);
        }
        let directions = self.choose(DIRECTIONS, DIRECTIONS_ROMANCE, DIRECTIONS_GERMAN);
        let others = self.choose(PREPOSITIONS, PREPOSITIONS_ROMANCE, PREPOSITIONS_GERMAN);
        let direction = directions.iter().find(|row| row.split('|').any(|it| it == word));
        let other = || others.split_ascii_whitespace().find(|it| *it == word);
        direction.map(|row| Mark::Direction(row)).or_else(|| other().map(Mark::Preposition))
    }

    pub(super) fn is_determiner(&self, word: &str) -> bool {
        has(self.choose(DETERMINERS, DETERMINERS_ROMANCE, DETERMINERS_GERMAN), word)
    }

    /// Whether articles show who does something, so that the order need not.
    pub(super) fn has_cases(&self) -> bool {
        self.family == Family::German
    }

    /// What the case of an article says.
    pub(super) fn case(&self, determiner: &str) -> Mark {
        match self.family {
            Family::German if has(NOMINATIVES, determiner) => Mark::Nominative,
            Family::German if has(OBLIQUES, determiner) => Mark::Oblique,
            _ => Mark::None,
        }
    }

    /// Whether the word after it is no verb.
    pub(super) fn begins_noun(&self, word: &str) -> bool {
        // `To pay`, `zu zahlen`, and `a payé`, which is no preposition in French
        let may_be_verbal = matches!((self.family, word), (_, "to" | "zu") | (Family::Romance, "a"));
        self.is_determiner(word) || word == "s" || !may_be_verbal && self.preposition(word).is_some()
    }

    /// Whether the word before it is no verb.
    pub(super) fn ends_noun(&self, word: &str) -> bool {
        matches!(word, "of" | "des" | "s") || self.is_being(word) || self.is_auxiliary(word)
    }

    fn is_auxiliary(&self, word: &str) -> bool {
        has(self.choose(AUXILIARIES, AUXILIARIES_ROMANCE, AUXILIARIES_GERMAN), word)
    }

    /// Whether the words before it are all of who does something.
    pub(super) fn ends_agent(&self, word: &str) -> bool {
        self.preposition(word).is_some() && !matches!(word, "of" | "de" | "du" | "des")
    }

    /// Whether something is compared with what follows, after words of which some may say by how much.
    pub(super) fn is_than(&self, word: &str, is_after_degree: impl FnOnce() -> bool) -> bool {
        word == self.choose("than", "que", "als") && (self.family != Family::Romance || is_after_degree())
    }

    /// Whether it is most likely a word for people.
    pub(super) fn is_person(&self, word: &str) -> bool {
        let one = word.strip_suffix('s').unwrap_or(word);
        one.chars().count() >= SHORTEST_PERSON && ends(PERSONS, one)
    }

    pub(super) fn is_degree(&self, word: &str) -> bool {
        has(DEGREES, word)
    }

    pub(super) fn is_order(&self, word: &str) -> bool {
        has(self.choose(ORDER, ORDER, ORDER_GERMAN), word)
    }

    /// Whether a word stands between what somebody is and to whom.
    pub(super) fn is_relating(&self, word: &str) -> bool {
        has(RELATING, word)
    }

    /// Whether it is a form of the verb that makes participles passive.
    pub(super) fn is_being(&self, word: &str) -> bool {
        has(self.choose(BEING, BEING_ROMANCE, BEING_GERMAN), word)
    }

    pub(super) fn is_adverb(&self, word: &str) -> bool {
        word.ends_with("ly") || has(ADVERBS, word)
    }

    pub(super) fn is_progressive(&self, word: &str) -> bool {
        self.family == Family::English && word.ends_with("ing")
    }

    pub(super) fn is_mutual(&self, word: &str) -> bool {
        has(MUTUAL, word)
    }

    pub(super) fn is_saying(&self, word: &str) -> bool {
        has(SAYING, word)
    }

    /// Whether a word does not say what somebody does to another.
    pub(super) fn is_no_verb(&self, word: &str) -> bool {
        self.is_mutual_deed(word) || self.is_adverb(word) || ends(NOUN_ENDINGS, word)
    }

    /// Whether a verb behind a noun may be passive.
    pub(super) fn may_be_participle(&self, word: &str) -> bool {
        match self.family {
            Family::English => ends(PARTICIPLES, word),
            Family::Romance => ends(PARTICIPLES_ROMANCE, word),
            Family::German => false,
        }
    }

    pub(super) fn is_mutual_deed(&self, word: &str) -> bool {
        has(MUTUAL_DEEDS, word) || self.is_mutual(word)
    }

    pub(super) fn is_joint(&self, word: &str) -> bool {
        has(JOINTS, word) || self.is_clause_joint(word)
    }

    pub(super) fn is_clause_joint(&self, word: &str) -> bool {
        has(self.choose(CLAUSE_JOINTS, CLAUSE_JOINTS_ROMANCE, CLAUSE_JOINTS_GERMAN), word)
    }

    /// Whether a word does nothing itself, and has nothing done to it.
    pub(super) fn is_small(&self, word: &str) -> bool {
        self.preposition(word).is_some()
            || self.is_determiner(word)
            || self.is_joint(word)
            || self.is_being(word)
            || self.is_auxiliary(word)
            || has(self.choose("", PRONOUNS_ROMANCE, PRONOUNS_GERMAN), word)
            || word.chars().count() == 1 && !word.contains(char::is_numeric)
    }
}

fn has(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|it| it == word)
}

fn ends(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|ending| word.ends_with(ending))
}
