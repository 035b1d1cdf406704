//! Which language a text is in, by its function words: they make up a third of any text, whatever it is about
//! (Ingle, "A Language Identification Table", 1976; Grefenstette, "Comparing two language identification schemes",
//! 1995).

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::{Language, LanguageSet};

/// So many words from the beginning are looked at.
const MAX_WORDS: usize = 400;

/// Fewer words are too few to tell.
const MIN_WORDS: usize = 20;

/// Fewer words in plain Latin letters may be a list, which has no function words in any language.
const MIN_WORDS_OF_PROSE: usize = 60;

/// The share of words that speak for a language, at least. In the tests it is 0.16 to 0.4 in texts of a language, and
/// at most 0.06 in texts of languages that are not known.
const MIN_SHARE: f32 = 0.1;

/// The share of words with a letter that the language lacks, at most: names and quotations.
const MAX_FOREIGN_SHARE: f32 = 0.04;

impl Language {
    /// The language that a text is in, as far as its beginning tells; [`Language::None`] where it is none of those that are
    /// known, several, or in a script without spaces; `None` where the text is too short to tell.
    ///
    /// A word speaks for the languages that have it as a function word, and the less, the more of them there are.
    pub fn detect(text: &str) -> Option<Self> {
        let words = text.unicode_words().flat_map(|word| word.split(['\'', '’'])).take(MAX_WORDS);
        let mut plain = 0;
        let words: Vec<_> = words
            .map(|word| {
                plain += usize::from(word.is_ascii());
                Traces::new(word)
            })
            .collect();
        let count = words.len();
        if count < MIN_WORDS {
            return None;
        }
        let known = || Self::ALL.into_iter().filter(|language| *language != Self::None);
        let weights = known().map(|language| (language, weight(&words, language)));
        let (best, weight) = weights.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let foreign = words.iter().filter(|word| word.foreign.contains(best)).count();
        let is_sure = weight >= MIN_SHARE * count as f32
            && foreign as f32 <= MAX_FOREIGN_SHARE * count as f32
            && known().all(|other| other == best || outweighs(&words, best, other));
        if is_sure {
            return Some(best);
        }
        let may_be_list = plain == count && count < MIN_WORDS_OF_PROSE;
        (!may_be_list).then_some(Self::None)
    }

    /// Letters of related languages that texts in this one do not have.
    const fn foreign_letters(self) -> &'static str {
        match self {
            Self::Danish | Self::Norwegian => "äöüðþ", // Swedish, Icelandic
            Self::Swedish => "æøðþ",
            Self::Finnish => "õü",       // Estonian
            Self::French => "áíóúòìñãõ", // Catalan, Occitan
            Self::Italian => "áíúçñâêôãõ",
            Self::Portuguese => "ñèìòù",
            Self::Russian => "іїєґўјљњђћѓќъ", // Ukrainian, Belarusian, Serbian, Bulgarian
            Self::Spanish => "àèìòùçâêôãõ",
            _ => "",
        }
    }
}

/// What a word says about languages.
struct Traces {
    /// The languages that have it as a function word.
    function: LanguageSet,
    /// The languages that lack one of its letters.
    foreign: LanguageSet,
}

impl Traces {
    fn new(word: &str) -> Self {
        if word.is_ascii() {
            let function = match word.bytes().any(|byte| byte.is_ascii_uppercase()) {
                true => LanguageSet::with_function_word(&word.to_ascii_lowercase()),
                false => LanguageSet::with_function_word(word),
            };
            return Self { function, foreign: LanguageSet::default() };
        }
        let word: String = word.nfkc().flat_map(char::to_lowercase).collect();
        let function = LanguageSet::with_function_word(&word);
        let lacks_letter =
            |language: &Language| word.contains(|letter| language.foreign_letters().contains(letter));
        Self { function, foreign: Language::ALL.into_iter().filter(lacks_letter).collect() }
    }
}

/// How much speaks for a language: each of its function words, shared among the languages that have it.
fn weight(words: &[Traces], language: Language) -> f32 {
    let function = words.iter().filter(|word| word.function.contains(language));
    function.map(|word| 1.0 / word.function.len() as f32).sum()
}

/// Whether more than twice as many words speak for `best` alone as for `other` alone. Of languages as close as Danish
/// and Norwegian most function words speak for both.
fn outweighs(words: &[Traces], best: Language, other: Language) -> bool {
    let only = |one: Language, two: Language| {
        words.iter().filter(|word| word.function.contains(one) && !word.function.contains(two)).count()
    };
    only(best, other) > 2 * only(other, best)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first article of the Universal Declaration of Human Rights.
    const ARTICLES: [(Language, &str); 24] = [
        (
            Language::None,
            "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا بروح الإخاء. لكل إنسان حق التمتع بكافة الحقوق والحريات الواردة في هذا الإعلان، دون أي تمييز، كالتمييز بسبب العنصر أو اللون أو الجنس أو اللغة أو الدين أو الرأي السياسي",
        ),
        (
            Language::Danish,
            "Alle mennesker er født frie og lige i værdighed og rettigheder. De er udstyret med fornuft og samvittighed, og de bør handle mod hverandre i en broderskabets ånd.",
        ),
        (
            Language::Dutch,
            "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd met verstand en geweten, en behoren zich jegens elkander in een geest van broederschap te gedragen.",
        ),
        (
            Language::English,
            "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.",
        ),
        (
            Language::Finnish,
            "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on annettu järki ja omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä.",
        ),
        (
            Language::French,
            "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité.",
        ),
        (
            Language::German,
            "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.",
        ),
        (
            Language::None,
            "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική και συνείδηση, και οφείλουν να συμπεριφέρονται μεταξύ τους με πνεύμα αδελφοσύνης.",
        ),
        (
            Language::None,
            "Minden emberi lény szabadon születik és egyenlő méltósága és joga van. Az emberek, ésszel és lelkiismerettel bírván, egymással szemben testvéri szellemben kell hogy viseltessenek.",
        ),
        (
            Language::Italian,
            "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione e di coscienza e devono agire gli uni verso gli altri in spirito di fratellanza.",
        ),
        (
            Language::Norwegian,
            "Alle mennesker er født frie og med samme menneskeverd og menneskerettigheter. De er utstyrt med fornuft og samvittighet og bør handle mot hverandre i brorskapets ånd. Hvis noen ikke har rett til å leve, har heller ingen andre det.",
        ),
        (
            Language::Portuguese,
            "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e de consciência, devem agir uns para com os outros em espírito de fraternidade.",
        ),
        (
            Language::None,
            "Toate ființele umane se nasc libere și egale în demnitate și în drepturi. Ele sunt înzestrate cu rațiune și conștiință și trebuie să se comporte unele față de altele în spiritul fraternității.",
        ),
        (
            Language::Russian,
            "Все люди рождаются свободными и равными в своём достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.",
        ),
        (
            Language::Spanish,
            "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros.",
        ),
        (
            Language::Swedish,
            "Alla människor är födda fria och lika i värde och rättigheter. De har utrustats med förnuft och samvete och bör handla gentemot varandra i en anda av gemenskap.",
        ),
        (
            Language::None,
            "மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்கள் மதிப்பிலும், உரிமைகளிலும் சமமானவர்கள், அவர்கள் நியாயத்தையும் மனச்சாட்சியையும் இயற்பண்பாகப் பெற்றவர்கள். அவர்கள் ஒருவருடனொருவர் சகோதர உணர்வுப் பாங்கில் நடந்துகொள்ளல் வேண்டும்.",
        ),
        (
            Language::None,
            "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler. Herkes, ırk, renk, cinsiyet, dil, din veya herhangi diğer bir akide gibi fark gözetilmeksizin bu haklardan istifade eder.",
        ),
        (
            Language::None,
            "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni rozumem a svědomím a mají spolu jednat v duchu bratrství.",
        ),
        (
            Language::None,
            "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa.",
        ),
        (
            Language::None,
            "Tots els éssers humans neixen lliures i iguals en dignitat i en drets. Són dotats de raó i de consciència, i han de comportar-se fraternalment els uns amb els altres.",
        ),
        (
            Language::None,
            "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю і повинні діяти у відношенні один до одного в дусі братерства.",
        ),
        (
            Language::None,
            "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند. همه دارای عقل و وجدان هستند و باید نسبت به یکدیگر با روح برادری رفتار کنند.",
        ),
        (
            Language::None,
            "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられており、互いに同胞の精神をもって行動しなければならない。",
        ),
    ];

    #[test]
    fn a_paragraph_tells_its_language() {
        let wrong: Vec<_> = ARTICLES
            .iter()
            .map(|(language, text)| (Some(*language), Language::detect(text)))
            .filter(|(language, detected)| language != detected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn a_short_text_tells_nothing() {
        assert_eq!(Language::detect(""), None);
        assert_eq!(Language::detect("The roof of the house is in the care of the tenant"), None);
        assert_eq!(Language::detect("Die Mieter zahlen"), None);
    }

    #[test]
    fn a_list_tells_nothing_and_prose_of_another_language_is_none() {
        assert_eq!(Language::detect(&"roof lease window ".repeat(15)), None);
        assert_eq!(Language::detect(&"atap sewa jendela yang ".repeat(30)), Some(Language::None));
    }

    #[test]
    fn a_text_in_two_languages_is_in_neither() {
        let text = |language| ARTICLES.iter().find(|(own, _)| *own == language).unwrap().1;
        let both = [text(Language::French), text(Language::German)].join(" ");
        assert_eq!(Language::detect(&both), Some(Language::None));
    }
}
