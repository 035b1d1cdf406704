//! Chunking of real, hostile and random texts: what holds for every document holds for these.

use ibid::chunk::ChunkOptions;
use ibid::document::{Chunk, MediaType};
use ibid::error::ErrorKind;
use ibid::extract::is_blank;
use ibid::model::Tokenizer;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::time::Instant;

use support::invariants::{Setting, check, chunks_of};
use support::tokenizers::Pieces;
use support::wordpiece::WordPiece;

mod support {
    pub mod invariants;
    pub mod tokenizers;
    pub mod wordpiece;
}

fn setting(tokenizer: &dyn Tokenizer, max_tokens: usize, overlap: usize) -> Setting<'_> {
    Setting { title: "A title", options: ChunkOptions::filled(max_tokens, overlap), overhead: 2, tokenizer }
}

fn with_target(tokenizer: &dyn Tokenizer, target: usize, max: usize, overlap: usize) -> Setting<'_> {
    let options = ChunkOptions { target, max, overlap };
    Setting { title: "A title", options, overhead: 2, tokenizer }
}

/// A folder of the shared evaluation data, which lies beside the repository and is no part of it.
fn evaluation_data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/eval").join(name)
}

#[test]
fn every_chapter_of_a_book_is_chunked_whole() {
    let folder = evaluation_data("rust_book").join("src");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return eprintln!("skipped: {} is not there", folder.display());
    };
    let chapters: Vec<String> =
        entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    assert!(chapters.len() > 100);
    let pieces = Pieces::default();
    let mut chunks = Vec::new();
    for chapter in &chapters {
        check(chapter, MediaType::Plain, &setting(&pieces, 64, 16));
        chunks.extend(check(chapter, MediaType::Markdown, &setting(&pieces, 256, 32)));
        check(chapter, MediaType::Markdown, &with_target(&pieces, 96, 256, 16));
    }
    assert_chunks_are_well_filled(&chunks);
}

/// Structure may leave a chunk small, but not most of them.
fn assert_chunks_are_well_filled(chunks: &[Chunk]) {
    let tokens: usize = chunks.iter().map(|chunk| chunk.tokens as usize).sum();
    let mean = tokens / chunks.len();
    println!("{} chunks of {mean} tokens in the mean", chunks.len());
    assert!(mean > 100, "{mean} tokens in the mean of {} chunks", chunks.len());
}

/// Strings that break programs; the "Big List of Naughty Strings" is added where it is at hand.
const NAUGHTY: &[&str] = &[
    "\u{feff}",
    " \u{a0}\u{2028}\u{3000}\u{200b}",
    "\0",
    "a\0b\u{1}\u{8}c\u{7f}",
    "\u{1b}[31mred\u{1b}[0m",
    "Z\u{351}\u{36b}\u{343}a\u{36f}\u{335}lgo",
    "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪🇩\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}",
    "\u{202e}gnirts\u{202c} \u{2066}isolate\u{2069}",
    "ﷺ 각각 각각 ﬁ ſ İ ǅ",
    "\u{fffd}\u{ffff}\u{10ffff}\u{e000}",
    "---\r\n---",
    "```",
    "[a]: <",
    "<!--",
    "| |\n|-|",
    "# ",
    "===\n---",
    "[CLS] [SEP] [PAD]",
];

#[test]
fn naughty_strings_are_texts_like_any_other() {
    let mut strings: Vec<String> = NAUGHTY.iter().map(|&text| text.to_owned()).collect();
    let path = evaluation_data("naughty_strings").join("blns.json");
    match std::fs::read(&path) {
        Ok(json) => strings.extend(serde_json::from_slice::<Vec<String>>(&json).unwrap()),
        Err(_) => eprintln!("{} is not there: only the strings in this file are tested", path.display()),
    }
    let wordpiece = WordPiece::tiny();
    for text in strings.iter().chain([&strings.join("\n"), &strings.join("\n\n")]) {
        for media_type in [MediaType::Plain, MediaType::Markdown] {
            let setting = setting(&wordpiece, 32, 8);
            if text.chars().all(is_blank) {
                let error = chunks_of(text, media_type, &setting).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::EmptyDocument, "{text:?}");
            } else {
                check(text, media_type, &setting);
            }
        }
    }
}

#[test]
fn hostile_texts_come_to_an_end() {
    let megabytes = |count: usize, unit: &str| unit.repeat((count << 20) / unit.len());
    let cases = [
        (
            "20 MB of prose",
            MediaType::Plain,
            megabytes(20, "The tenant repairs the roof. Or so they say!\n\n"),
        ),
        ("100,000 lines", MediaType::Plain, "a line of a log without any full stop\n".repeat(100_000)),
        ("100,000 headings", MediaType::Markdown, "# heading\n".repeat(100_000)),
        ("100,000 sections", MediaType::Markdown, "# heading\ntext\n\n".repeat(100_000)),
        ("100,000 items", MediaType::Markdown, "- item\n".repeat(100_000)),
        ("a line of 5 MB", MediaType::Markdown, megabytes(5, "words without an end ")),
        ("5 MB without a space", MediaType::Plain, megabytes(5, "x")),
        ("5 MB without a space or a known word", MediaType::Plain, megabytes(5, "言葉")),
        ("1 MB of combining marks", MediaType::Plain, format!("a{}", megabytes(1, "\u{301}"))),
        ("5 MB of spaces in code", MediaType::Markdown, format!("```\na.{}b\n```", megabytes(5, " "))),
        ("1 MB of full stops and spaces", MediaType::Plain, megabytes(1, &format!("a.{}", " ".repeat(4000)))),
        (
            "1 MB of full stops and brackets",
            MediaType::Plain,
            megabytes(1, &format!("a.{}", "(".repeat(4000))),
        ),
    ];
    for (name, media_type, text) in cases {
        for tokenizer in [Pieces::default(), Pieces { longest_word: 100 }] {
            for setting in [setting(&tokenizer, 256, 32), with_target(&tokenizer, 96, 256, 0)] {
                let start = Instant::now();
                let (_, chunks) = chunks_of(&text, media_type.clone(), &setting).unwrap();
                println!("{name}: {} chunks in {:?}", chunks.len(), start.elapsed());
                assert!(chunks.windows(2).all(|pair| pair[0].span.end < pair[1].span.end));
            }
        }
    }
}

#[test]
fn headings_that_are_too_long_for_one_chunk_keep_their_own_sections() {
    let source = "# <!--\r\nAa. **Aa. Aaaaa. <!--\r\n---\r\n.";
    check_random(source, MediaType::Markdown, "", (ChunkOptions::filled(32, 0), 6, 6));
}

const ANY_TEXT: &str = r"(\PC|\s|[\x00-\x1f]|[a-z]{1,9} |[a-z]{1,5}\. |\r\n|\n\n|👩‍👧‍👦|e\x{301}|言葉。|[\x{200b}\x{feff}\x{200d}]){1,200}";
const MARKDOWN: &str = r"((#{1,3} |> |- |1\. |\||    |`{1,3}|\*\*|<!--|-->|\[\^?a\]:? |---|:-)|[a-z]{1,9} |[A-Z][a-z]{1,7}\. |é👍 |\r\n|\n\n?){1,200}";

/// Legal options, so small that a short text has many chunks, the model's overhead, and the longest word that is a token.
fn settings() -> impl Strategy<Value = (ChunkOptions, usize, usize)> {
    let options = (32usize..64, 0usize..=32, 0usize..=16).prop_map(|(target, more, overlap)| ChunkOptions {
        target,
        max: target + more,
        overlap,
    });
    (options, 0usize..24, prop_oneof![Just(6usize), Just(100), Just(usize::MAX)])
}

fn check_random(
    source: &str,
    media_type: MediaType,
    title: &str,
    (options, overhead, longest_word): (ChunkOptions, usize, usize),
) {
    check(source, media_type, &Setting { title, options, overhead, tokenizer: &Pieces { longest_word } });
}

proptest! {
    // A found failure becomes a named test here, not an entry in a file of seeds.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invariants_hold_for_any_text(source in ANY_TEXT, title in r"\PC{0,20}", settings in settings()) {
        check_random(&format!("{source}."), MediaType::Plain, &title, settings);
    }

    #[test]
    fn invariants_hold_for_any_markdown(source in MARKDOWN, title in "[a-z ]{0,60}", settings in settings()) {
        check_random(&format!("{source}."), MediaType::Markdown, &title, settings);
    }

    #[test]
    fn invariants_hold_with_a_real_tokenizer(source in ANY_TEXT, markdown in MARKDOWN) {
        let wordpiece = WordPiece::tiny();
        check(&format!("{source}\n\n{markdown}."), MediaType::Markdown, &setting(&wordpiece, 32, 16));
    }
}
