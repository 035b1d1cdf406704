//! Any texts in any languages and any query: what is found by words, where, and what is suggested.

use std::ops::Range;

use arbitrary::{Result, Unstructured};
use ibid::document::{Chunk, MediaType, Metadata, Span, utf16_len};
use ibid::index::{
    DocumentRecord, Fingerprint, Index, MatchKind, Mode, Postings, Ranked, RowId, Search, SearchQuery,
    Segment, SegmentBuilder, TextMatcher, Widening, WordMatch, merge, suggest,
};
use ibid::language::Language;
use ibid::sentences::{SentenceWord, sentences, shares};
use ibid::task::Unattended;
use pollster::block_on;

/// Indexes and searches the texts that `data` describes.
pub fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    // Too few bytes end the run early; nothing is wrong then.
    if let Ok(case) = Case::read(&mut input) {
        case.check();
    }
}

struct Case {
    passages: Vec<Passage>,
    query: String,
    /// The most suggestions.
    limit: usize,
}

struct Passage {
    language: Option<Language>,
    title: String,
    text: String,
}

impl Case {
    fn read(input: &mut Unstructured) -> Result<Self> {
        let query = text(input)?;
        let limit = input.int_in_range(0..=9)?;
        let passages =
            (0..input.int_in_range(1..=3)?).map(|_| Passage::read(input)).collect::<Result<_>>()?;
        Ok(Self { passages, query, limit })
    }

    fn check(&self) {
        self.passages.iter().for_each(Passage::check);
        // The first document is in a segment of its own.
        let mut index = Index::default();
        for (id, numbers) in [(1, 0..1), (2, 1..self.passages.len())] {
            index.insert_segment(id, segment(&self.passages, numbers), []).expect("no segment has the id");
        }
        self.search_in_each_way(&index);
        let removed = index.documents().next().expect("there is a document").1.id.clone();
        for remove in [false, true] {
            if remove {
                index.remove_document(&removed);
            }
            let merged = block_on(merge(index.segments(), &Unattended)).expect("nothing aborts it");
            let mut other = index.clone();
            other.replace_segments(3, &merged).expect("nothing has changed");
            for widening in widenings() {
                assert_eq!(self.ranking(&index, widening), self.ranking(&other, widening));
            }
            let suggested = [&index, &other].map(|it| suggest(it.segments(), &self.query, self.limit));
            assert_eq!(suggested[0], suggested[1]);
        }
    }

    fn search_in_each_way(&self, index: &Index) {
        for widening in widenings() {
            let query =
                SearchQuery { mode: Mode::Lexical, widening, ..SearchQuery::new(&self.query, None, 9) };
            let mut search = Search::new(index, query).expect("the query is valid");
            search.score_words();
            for phrase in 0..search.phrases() {
                let frequency = |row: &RowId| {
                    let Passage { language, text, .. } = self.passage(index, *row);
                    (*row, search.matcher().phrase_frequency(phrase, *language, text))
                };
                let found: Vec<_> = search.rows_with_all(phrase).iter().map(frequency).collect();
                search.add_phrase(phrase, &found);
            }
            let (ranked, _) = search.rank();
            ranked.iter().for_each(|hit| self.check_hit(index, &search, hit));
        }
        let suggested = suggest(index.segments(), &self.query, self.limit);
        assert!(suggested.completions.len() <= self.limit);
        assert!(suggested.completions.iter().all(|text| !text.is_empty()));
        assert!(suggested.correction.is_none_or(|text| text != self.query));
        self.learn_texts(index);
    }

    fn passage(&self, index: &Index, row: RowId) -> &Passage {
        let id = &index.document(index.document_of(row)).id;
        &self.passages[id.parse::<usize>().expect("documents are numbered")]
    }

    fn check_hit(&self, index: &Index, search: &Search<'_, '_>, hit: &Ranked) {
        let Passage { language, title, text } = self.passage(index, hit.row);
        let matcher = search.matcher();
        let found = [title, text].map(|text| matches(&matcher, *language, text));
        let terms = search.explain_words(hit);
        assert!(found.iter().any(|found| !found.is_empty()), "{terms:?} are not in {title:?}, {text:?}");
        let sum: f32 = terms.iter().map(|term| term.score).sum();
        assert!(hit.score > 0.0 && (sum - hit.score).abs() <= 1e-5 * hit.score, "{sum} is not {}", hit.score);
        let occurrences = [title, text].into_iter().flat_map(|text| matcher.occurrences(*language, text));
        let occurrences: Vec<_> = occurrences.map(|found| (found.word, found.kind)).collect();
        if let Some(words) = search.word_signal(*language, &occurrences) {
            assert!(words.count > 0 && (0.0..=1.000_001).contains(&words.share), "{words:?}");
        }

        let sentences = sentences(text);
        let words: Vec<_> = found[1]
            .iter()
            .map(|WordMatch { span, word, .. }| SentenceWord {
                span: Span::new(span.start, span.end),
                word: *word,
                weight: 1.0,
            })
            .collect();
        let shares = shares(&sentences, &words, words.len() as f32);
        assert_eq!(shares.len(), sentences.len());
        assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
    }

    /// Looks for words in texts that no word was looked for in.
    fn learn_texts(&self, index: &Index) {
        let query = SearchQuery { mode: Mode::Dense, ..SearchQuery::new(&self.query, Some(&[1.0]), 9) };
        let mut search = Search::new(index, query).expect("the query is valid");
        let rows: Vec<_> = self.passages.iter().map(|it| (it.language, it.text.as_str())).collect();
        search.learn_texts(&rows);
        rows.iter().for_each(|(language, text)| _ = matches(&search.matcher(), *language, text));
    }

    fn ranking(&self, index: &Index, widening: Widening) -> Vec<(String, u32)> {
        let query = SearchQuery { mode: Mode::Lexical, widening, ..SearchQuery::new(&self.query, None, 9) };
        let found = index.search(&query).expect("the query is valid");
        let id = |row| index.document(index.document_of(row)).id.clone();
        found.iter().map(|hit| (id(hit.row), hit.score.to_bits())).collect()
    }
}

impl Passage {
    fn read(input: &mut Unstructured) -> Result<Self> {
        let language = if input.ratio(1, 4)? { None } else { Some(*input.choose(&Language::ALL)?) };
        let title = if input.ratio(1, 4)? { text(input)? } else { String::new() };
        Ok(Self { language, title, text: text(input)? })
    }

    fn check(&self) {
        Language::detect(&self.text);
        let mut end = 0;
        for sentence in sentences(&self.text) {
            let (start, next) = (sentence.span.start as usize, sentence.span.end as usize);
            assert!(
                start < next && self.text[end..start].trim().is_empty(),
                "nothing is lost between sentences"
            );
            let said = sentence.span.slice(&self.text).expect("a sentence is in the text");
            assert_eq!(said, said.trim());
            Fingerprint::of(said);
            end = next;
        }
        assert!(self.text[end..].trim().is_empty());
        Fingerprint::of_chunk(&self.text, std::slice::from_ref(&self.title));
        self.check_quotation();
    }

    /// A text in quotation marks finds itself.
    fn check_quotation(&self) {
        let query = format!("\"{}\"", self.text);
        let mut index = Index::default();
        index.insert_segment(1, segment(std::slice::from_ref(self), 0..1), []).expect("the index is empty");
        let query = SearchQuery { mode: Mode::Lexical, ..SearchQuery::new(&query, None, 1) };
        let mut search = Search::new(&index, query).expect("the query is valid");
        search.score_words();
        // Where marks inside the text end the quotation early, there are several phrases, or none.
        for phrase in 0..search.phrases() {
            let frequency = search.matcher().phrase_frequency(phrase, self.language, &self.text);
            assert!(frequency > 0, "{:?} quotes itself", self.text);
            assert_eq!(search.rows_with_all(phrase).len(), 1);
        }
    }
}

fn widenings() -> impl Iterator<Item = Widening> {
    (0..8).map(|bits| Widening { typos: bits & 1 > 0, compounds: bits & 2 > 0, prefix: bits & 4 > 0 })
}

/// The words of a query in a text, checked: in order, apart, and where they are said to be.
fn matches(matcher: &TextMatcher<'_>, language: Option<Language>, text: &str) -> Vec<WordMatch> {
    let found = matcher.matches(language, text);
    let mut end = 0;
    for WordMatch { span, word, kind } in &found {
        assert!(end <= span.start && span.start < span.end, "matches are in order and apart");
        let written = text.get(span.clone()).expect("a match is between characters");
        let term = matcher.term(*word);
        if *kind == MatchKind::Exact && written.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let beginning = term.len().min(written.len());
            assert!(written[..beginning].eq_ignore_ascii_case(term), "{written:?} is not {term:?}");
        }
        end = span.end;
    }
    found
}

/// A segment of some of the passages, which are documents of one chunk, named by their numbers. What is stored of its
/// postings is checked.
fn segment(passages: &[Passage], numbers: Range<usize>) -> Segment {
    let mut builder = SegmentBuilder::default();
    for number in numbers {
        let Passage { language, title, text } = &passages[number];
        let (bytes, utf16) = (text.len(), utf16_len(text));
        let chunk = Chunk {
            span: Span::new(0, bytes),
            span_utf16: Span::new(0, utf16),
            section: vec![title.clone()],
            tokens: 1,
            ..Chunk::default()
        };
        let record = DocumentRecord {
            id: number.to_string(),
            title: title.clone(),
            media_type: MediaType::Plain,
            metadata: Metadata::new(),
            language: *language,
            content_hash: [0; 16],
            text_part: [0; 16],
            has_outline: false,
            is_estimated: false,
            text_bytes: bytes as u64,
            text_utf16: utf16 as u64,
        };
        builder.push(record, &[chunk], text).expect("the chunk fits");
    }
    let segment = builder.build();
    let postings = segment.postings().expect("it is new");
    let stored = postings.encode().expect("what is sound can be encoded");
    assert_eq!(&Postings::decode("postings", &stored).expect("it was just stored"), postings);
    segment
}

/// A text of what matters to the analysis, and of anything else.
fn text(input: &mut Unstructured) -> Result<String> {
    let mut text = String::new();
    for _ in 0..input.int_in_range(0..=24)? {
        match input.int_in_range(0..=7)? {
            0 => text.push(input.arbitrary()?),
            1 => text.push_str(input.arbitrary()?),
            2 => {
                let piece = *input.choose(PIECES)?;
                text.push_str(&piece.repeat(input.int_in_range(2..=40)?));
            }
            3 => {
                let marks = *input.choose(MARKS)?;
                text.push_str(marks);
            }
            _ => {
                text.push_str(input.choose(PIECES)?);
                if input.arbitrary()? {
                    text.push(' ');
                }
            }
        }
    }
    Ok(text)
}

/// Words of many kinds, of which some are forms, parts or misspellings of others.
const PIECES: &[&str] = &[
    "roof",
    "roofs",
    "Roof",
    "ROOFS",
    "rooof",
    "the",
    "The",
    "IT",
    "A",
    "who",
    "don't",
    "tenant's",
    "rooftile",
    "tile",
    "Dach",
    "Dächer",
    "Daecher",
    "DÄCHER",
    "Miete",
    "Mietvertrag",
    "Vertrag",
    "Verträge",
    "Straße",
    "STRASSE",
    "der",
    "l'avocat",
    "avocats",
    "qu'",
    "école",
    "ECOLE",
    "château",
    "habitação",
    "habitaciones",
    "dell'avvocato",
    "lägenhet",
    "lejlighed",
    "talossa",
    "жильё",
    "жилье",
    "договоры",
    "ΟΔΟΣ",
    "οδός",
    "İstanbul",
    "ISTANBUL",
    "ſs",
    "ﬁne",
    "ǅ",
    "ＦＵＬＬ",
    "東京都",
    "東",
    "京",
    "ラーメン",
    "ﾗｰﾒﾝ",
    "が",
    "か\u{3099}",
    "ที่ดิน",
    "မြန်မာ",
    "서울에서",
    "서울",
    "\u{1112}\u{1161}\u{11AB}",
    "हिन्दी",
    "צה\"ל",
    "שָׁלוֹם",
    "كِتَاب",
    "e\u{301}",
    "\u{301}",
    "\u{308}\u{323}",
    "\u{AD}",
    "\u{200D}",
    "\u{FEFF}",
    "\u{E0100}",
    "1",
    "12",
    "1,000",
    "12.500,00",
    "12\u{A0}500",
    "1'000",
    "31.05.2024",
    "10:30",
    "v6.2.8",
    "٣٫٥",
    "½",
    "²",
    "AB-1234/56",
    "AB123456",
    "C++",
    "C",
    "C#",
    ".NET",
    "NET",
    "R&D",
    "e-mail",
    "email",
    "node.js",
    "getUserById",
    "user",
    "parseHTMLResponse",
    "snake_case",
    "https://a.example/b?c=d",
    "Wi-Fi",
    "WiFi",
    "🙂",
    "𝐱",
    "# Title",
    "- ",
    "| a | b |",
    "Dr. ",
    "etc.",
    "1. ",
    "May 5, 2024",
    "5 °C",
    "$5",
    "- [ ] ",
    "```",
];

/// What stands between words.
const MARKS: &[&str] = &[
    " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u{A0}", "\u{2028}", ".", ". ", ", ", "-", "-\n", "\u{2010}",
    "/", "_", ":", "&", "'", "\u{2019}", "\"", "\" \"", "“", "”", "„", "«", "»", "「", "」", "+", "#", "(",
    ")", "…", "!", "?", "。",
];
