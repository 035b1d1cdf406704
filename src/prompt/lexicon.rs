//! The words by which a follow-up question is known, in the languages that it is known in: of each kind a list, in small letters,
//! with spaces between words.

use crate::language::Language;

/// Words of a question's language.
pub(super) struct Lexicon {
    pub language: Language,
    /// Words that begin what goes on from something.
    pub openings: &'static str,
    /// The same in several words. Where a question begins so, the rest is no question of its own.
    pub phrases: &'static str,
    /// Words that stand before what a place or a time is, which alone is no question.
    pub prepositions: &'static str,
    /// Words that refer to something that was named.
    pub pronouns: &'static str,
    /// Those of them that have the noun they refer to beside them, mostly the subject.
    pub possessives: &'static str,
    /// Words that refer to something that was named where they end a clause, and are articles elsewhere.
    pub last: &'static str,
    /// Words that begin a clause.
    pub conjunctions: &'static str,
    /// Words after which a pronoun that stands for nothing is explained: "is it allowed to …".
    pub explaining: &'static str,
    /// Words without content beside the function words of the language.
    pub empty: &'static str,
}

pub(super) const ENGLISH: Lexicon = Lexicon {
    language: Language::English,
    openings: "and or but also so then otherwise only even more",
    phrases: "what about, how about, what if, what else, who else, where else, why not, how so, how come, \
        same for, the same for, and what about, and how about, is that, anything else, tell me more, \
        more about that, go on, such as, for example, for instance",
    prepositions: "in for with without after before on at from since until by under during between within",
    pronouns: "it they them he she him her this these those itself themselves himself herself former latter \
        aforementioned hers theirs thereof therefor",
    possessives: "its their his her",
    last: "that there then one ones so same others another both either neither",
    conjunctions: "if when because while although unless until since whether before after and or but that who \
        which",
    explaining: "to that if for when",
    empty: "about else also too exactly please really actually more just only ok okay yes well much many \
        long far often old big high apply applies mean means happen happens say says said get there \
        here now then so same one ones other others am being were may might must shall him his her he \
        she them those who whom let's tell know again ever even still yet both another each don't \
        doesn't didn't isn't it's that's what's who's i'm can't won't mine yours than thanks difference \
        example instance",
};

pub(super) const GERMAN: Lexicon = Lexicon {
    language: Language::German,
    openings: "und oder aber auch also dann sonst ansonsten nur sogar mehr",
    phrases: "was ist mit, wie ist es mit, wie sieht es mit, wie sieht's mit, wie steht es mit, wie steht es \
        um, und wie, was wenn, was sonst, wer sonst, wo sonst, warum nicht, wieso nicht, wie das, das \
        gleiche für, dasselbe für, zum beispiel, und was ist mit, und wenn",
    prepositions: "in im für mit ohne nach vor bei beim ab seit bis auf an am aus von vom unter während zwischen \
        innerhalb wegen gegen",
    pronouns: "er sie es ihn ihm ihnen dies dieser diese dieses diesem diesen jener jene jenes deren dessen \
        denen derselbe dieselbe dasselbe letztere letzterer letzteres erstere ersterer ersteres dort \
        dafür damit davon daran darauf darin dabei dazu dagegen darüber darunter danach davor dadurch \
        daraus dahin daher hierfür hiervon hierzu solche solcher solches",
    possessives: "sein seine seiner seinem seinen seines ihr ihre ihrer ihrem ihren ihres",
    last: "das der die den dem da so beide beides andere anderen gleiche",
    conjunctions: "wenn falls weil dass obwohl nachdem bevor bis während ob damit sobald und oder aber sofern da",
    explaining: "zu dass wenn ob gibt",
    empty: "wer wen wem wessen wo wohin woher wann warum wieso weshalb welche welcher welches welchen \
        welchem wieviel viel viele lange hoch oft weit groß alt genau bitte denn eigentlich etwa mal \
        etwas mich mir du dir dich uns unser unsere mein meine meinen meiner euch sonst hier dort jetzt \
        nun doch gar schon gilt gelten heißt bedeutet passiert geht gibt hat hatte hätte wäre waren bin \
        bist seid wirst werde würde können könnte darf dürfen muss müssen soll sollen sollte will \
        wollen ja nein danke okay ok andere anderen beide beides gleiche sagt wurden worden mehr \
        unterschied beispiel",
};

/// Words before "that" which it is the subject of.
pub(super) const AUXILIARIES: &str = "does did do is was are can could will would should has may";

/// Whether a word is in a list.
pub(super) fn has(list: &str, word: &str) -> bool {
    list.split(' ').any(|it| it == word)
}

impl Lexicon {
    /// Whether a word says nothing of what a question is about.
    pub fn is_function_word(&self, word: &str) -> bool {
        self.own().into_iter().chain([self.conjunctions]).any(|list| has(list, word))
            || self.language.function_words().contains(&word)
    }

    /// Lists of words that speak for the language.
    pub fn own(&self) -> [&'static str; 5] {
        [self.pronouns, self.possessives, self.empty, self.openings, self.prepositions]
    }
}
