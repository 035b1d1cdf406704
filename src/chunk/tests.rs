use super::*;
use crate::document::{Document, MediaType};
use crate::error::{ErrorKind, Result};
use crate::extract::{Extracted, extract};
use crate::task::Unattended;
use tokenizers::Pieces;

#[path = "../../tests/support/tokenizers.rs"]
pub(crate) mod tokenizers;

/// In these texts each word has at most four letters and each word and each mark is one token.
fn chunks_of(
    media_type: MediaType,
    source: &str,
    tokens: usize,
    overlap: usize,
) -> Vec<(String, String, u32)> {
    chunks_by(media_type, source, &ChunkOptions::filled(tokens, overlap))
}

/// The same with a target; `options.max` are tokens of text.
fn chunks_by(media_type: MediaType, source: &str, options: &ChunkOptions) -> Vec<(String, String, u32)> {
    let extracted = extract(&Document::new("notes", "", media_type, source)).unwrap();
    let tokenizer = Pieces::default();
    let mut window = TokenWindow::new(&extracted.text, &tokenizer);
    let mut found = Vec::new();
    for run in runs(&extracted.blocks) {
        let blocks = &extracted.blocks[run];
        let mut packer = Packer::new(blocks, Limits::new(options.max, options), &mut window).unwrap();
        while let Some(packed) = packer.next().unwrap() {
            let text = packed.span.slice(&extracted.text).unwrap();
            let path = extracted.section_path(packed.section).join(" > ");
            found.push((path, text.to_owned(), packed.tokens));
        }
    }
    found
}

fn assert_chunks(
    media_type: MediaType,
    source: &str,
    tokens: usize,
    overlap: usize,
    expected: &[(&str, &str, u32)],
) {
    let found = chunks_of(media_type, source, tokens, overlap);
    let found: Vec<_> =
        found.iter().map(|(path, text, tokens)| (path.as_str(), text.as_str(), *tokens)).collect();
    assert_eq!(found, expected, "{source:?}");
}

#[test]
fn whole_paragraphs_are_packed_as_long_as_they_fit() {
    let source = "a b c.\n\nd e f.\n\ng h i.";
    assert_chunks(MediaType::Plain, source, 12, 0, &[("", source, 12)]);
    assert_chunks(MediaType::Plain, source, 11, 0, &[("", "a b c.\n\nd e f.", 8), ("", "g h i.", 4)]);
    assert_chunks(MediaType::Plain, source, 7, 0, &[("", "a b c.", 4), ("", "d e f.", 4), ("", "g h i.", 4)]);
}

#[test]
fn sections_are_never_mixed() {
    assert_chunks(
        MediaType::Markdown,
        "a\n\n# B\n\nc\n\n## D\n\ne\n",
        100,
        0,
        &[("", "a", 1), ("B", "# B\n\nc", 3), ("B > D", "## D\n\ne", 4)],
    );
}

#[test]
fn a_heading_without_text_goes_with_the_next_section() {
    assert_chunks(
        MediaType::Markdown,
        "# A\n\n## B\n\nc\n\n## D\n\n## E\n\nf\n\n# G",
        100,
        0,
        &[("A > B", "# A\n\n## B\n\nc", 6), ("A > E", "## D\n\n## E\n\nf", 7), ("G", "# G", 2)],
    );
}

#[test]
fn a_heading_is_never_left_at_the_end_of_a_chunk() {
    // The quoted heading opens no section; the limit of 8 falls after it.
    assert_chunks(
        MediaType::Markdown,
        "a b c d e\n\n> # H\n\ni j k l",
        8,
        0,
        &[("", "a b c d e", 5), ("", "> # H\n\ni j k l", 7)],
    );
    // The paragraph after the heading is too large for any chunk: its first words stay with the heading.
    assert_chunks(
        MediaType::Markdown,
        "# H\n\na b c d e f g h i j k l m n o p",
        8,
        0,
        &[("H", "# H\n\na b c d e f", 8), ("H", "g h i j k l", 6), ("H", "m n o p", 4)],
    );
}

#[test]
fn a_large_paragraph_is_cut_between_sentences() {
    assert_chunks(
        MediaType::Plain,
        "A b cc. D e\nff. G h ii. J k ll. M nn.",
        9,
        0,
        &[("", "A b cc. D e\nff.", 8), ("", "G h ii.", 4), ("", "J k ll. M nn.", 7)],
    );
}

#[test]
fn code_is_cut_between_lines_and_so_is_prose_without_sentences() {
    let code = "```\na b. C\nd e f\ng h. I\n```";
    let expected = [("", "```\na b. C\nd e f", 10), ("", "g h. I\n```", 7)];
    assert_chunks(MediaType::Markdown, code, 13, 0, &expected);
    let verse = "a b c\nd e f\ng h i\nj k l\nm n o";
    let expected = [("", "a b c\nd e f", 6), ("", "g h i", 3), ("", "j k l\nm n o", 6)];
    assert_chunks(MediaType::Plain, verse, 8, 0, &expected);
}

#[test]
fn a_sentence_that_is_too_long_is_cut_between_words_and_a_word_between_graphemes() {
    assert_chunks(
        MediaType::Plain,
        "a b c d e f g h i j k l m n o",
        8,
        0,
        &[("", "a b c d e f g h", 8), ("", "i j k l m n o", 7)],
    );
    // 18 bytes in a family: five tokens on its own.
    assert_chunks(MediaType::Plain, "👩‍👧‍👦👩‍👧‍👦", 6, 0, &[("", "👩‍👧‍👦", 5), ("", "👩‍👧‍👦", 5)]);
}

#[test]
fn the_rest_of_a_block_is_not_left_tiny() {
    assert_chunks(MediaType::Plain, "a b c d e f g h i", 8, 0, &[("", "a b c d e", 5), ("", "f g h i", 4)]);
}

#[test]
fn a_small_paragraph_is_filled_up_from_a_large_one() {
    assert_chunks(
        MediaType::Plain,
        "a.\n\nB c d. E f g. H i j. K l m.",
        10,
        0,
        &[("", "a.\n\nB c d. E f g.", 10), ("", "H i j. K l m.", 8)],
    );
}

#[test]
fn whole_sentences_are_repeated_within_the_overlap_and_the_section() {
    let source = "# A\n\nB cc. D ee. F gg. H ii. J kk. L mm.\n\n# N\n\nO pp.";
    let expected = |overlapping: [&'static str; 2]| {
        [("A", overlapping[0], 11), ("A", overlapping[1], 12), ("N", "# N\n\nO pp.", 5)]
    };
    assert_chunks(
        MediaType::Markdown,
        source,
        12,
        4,
        &expected(["# A\n\nB cc. D ee. F gg.", "F gg. H ii. J kk. L mm."]),
    );
}

#[test]
fn nothing_is_repeated_where_no_sentence_is_short_enough_or_where_it_would_cut_a_block() {
    let texts = |overlap| -> Vec<String> {
        chunks_of(MediaType::Plain, "A b. C d.\n\nE f g h i j k.", 9, overlap)
            .into_iter()
            .map(|(_, text, _)| text)
            .collect()
    };
    assert_eq!(texts(0), ["A b. C d.", "E f g h i j k."]);
    assert_eq!(texts(2), texts(0));
    assert_eq!(texts(4), texts(0));
}

#[test]
fn a_word_that_is_one_token_is_cut_by_its_bytes() {
    let tokenizer = Pieces { longest_word: 100 };
    let text = "x".repeat(10_000);
    let extracted = extract(&Document::new("notes", "", MediaType::Plain, text.as_str())).unwrap();
    let options = ChunkOptions::filled(32, 8);
    let chunks = pollster::block_on(chunk(&extracted, "", &options, 2, &tokenizer, &Unattended)).unwrap();
    assert!(chunks.iter().all(|chunk| chunk.span.len() <= 30 * MAX_BYTES_PER_TOKEN && chunk.tokens <= 30));
    assert_eq!(chunks.iter().map(|chunk| chunk.span.len()).sum::<usize>(), 10_000);
}

#[test]
fn options_out_of_range_are_refused_with_the_range() {
    let options = |target, max, overlap| ChunkOptions { target, max, overlap };
    let cases = [
        (options(31, 31, 0), "max is 31, legal are 32 to 512, the model's limit"),
        (options(513, 513, 0), "max is 513, legal are 32 to 512, the model's limit"),
        (options(31, 64, 0), "target is 31, legal are 32 to 64, which is max"),
        (options(65, 64, 0), "target is 65, legal are 32 to 64, which is max"),
        (options(64, 128, 33), "overlap is 33, legal are 0 to 32, half of target"),
    ];
    for (options, message) in cases {
        let error = options.validate(512).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::InvalidArgument, message));
    }
    for options in [options(32, 32, 0), options(32, 512, 16), options(512, 512, 256), ChunkOptions::default()]
    {
        options.validate(512).unwrap();
    }
    assert_eq!(options(32, 32, 0).header_limit(30).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn what_is_not_given_of_the_options_makes_room_for_what_is() {
    let default = ChunkOptions::default();
    assert_eq!(ChunkOptions::given(None, None, None), default);
    assert_eq!(ChunkOptions::given(None, Some(40), None), ChunkOptions { target: 40, max: 40, overlap: 20 });
    assert_eq!(
        ChunkOptions::given(Some(48), None, None),
        ChunkOptions { target: 48, overlap: 24, ..default }
    );
    assert_eq!(
        ChunkOptions::given(Some(64), Some(512), Some(7)),
        ChunkOptions { target: 64, max: 512, overlap: 7 }
    );
    assert_eq!(ChunkOptions::for_model(64).max, 64);
    ChunkOptions::for_model(64).validate(64).unwrap();
}

/// The texts of chunks with a target.
fn targeted(media_type: MediaType, source: &str, target: usize, max: usize, overlap: usize) -> Vec<String> {
    let chunks = chunks_by(media_type, source, &ChunkOptions { target, max, overlap });
    chunks.into_iter().map(|(_, text, _)| text).collect()
}

#[test]
fn a_chunk_ends_with_the_block_that_reaches_the_target() {
    let source = "a b c.\n\nd e f.\n\ng h i.\n\nj k l m n o p q r.\n\ns t.";
    let expected = ["a b c.\n\nd e f.", "g h i.\n\nj k l m n o p q r.", "s t."];
    assert_eq!(targeted(MediaType::Plain, source, 5, 16, 0), expected);
    assert_eq!(targeted(MediaType::Plain, source, 8, 16, 0), expected);
    assert_eq!(targeted(MediaType::Plain, source, 16, 16, 0).len(), 2);
    // The second paragraph would reach the target, but does not fit.
    assert_eq!(targeted(MediaType::Plain, "a b c.\n\nd e f g h i.", 5, 8, 0), ["a b c.", "d e f g h i."]);
}

#[test]
fn a_block_that_fits_is_not_cut_for_the_target() {
    let code = "```\na b\nc d\ne f\ng h\n```\n\ni.";
    assert_eq!(targeted(MediaType::Markdown, code, 6, 24, 0), ["```\na b\nc d\ne f\ng h\n```", "i."]);
    let prose = "A bb. C dd. E ff. G hh. I jj.";
    assert_eq!(targeted(MediaType::Plain, prose, 4, 15, 0), [prose]);
}

#[test]
fn a_block_that_does_not_fit_is_cut_where_the_target_is_reached() {
    let prose = "A bb. C dd. E ff. G hh. I jj. K ll.";
    assert_eq!(targeted(MediaType::Plain, prose, 5, 12, 0), ["A bb. C dd.", "E ff. G hh.", "I jj. K ll."]);
    // A rest of less than half a target is not left alone.
    let expected = ["A bb. C dd. E ff.", "G hh. I jj. K ll."];
    assert_eq!(targeted(MediaType::Plain, prose, 7, 12, 0), expected);
    // What is repeated counts.
    let expected = ["A bb. C dd. E ff.", "E ff. G hh. I jj. K ll."];
    assert_eq!(targeted(MediaType::Plain, prose, 8, 12, 3), expected);
    let lines = "a b c\nd e f\ng h i\nj k l\nm n o";
    assert_eq!(targeted(MediaType::Plain, lines, 5, 8, 0), ["a b c\nd e f", "g h i\nj k l", "m n o"]);
}

#[test]
fn no_target_leaves_a_heading_at_the_end_of_a_chunk() {
    let source = "a b c d\n\n> # H\n\ni j k l\n\nm n";
    assert_eq!(targeted(MediaType::Markdown, source, 6, 12, 0), ["a b c d\n\n> # H\n\ni j k l", "m n"]);
    assert_eq!(targeted(MediaType::Markdown, source, 6, 9, 0), ["a b c d", "> # H\n\ni j k l", "m n"]);
}

/// A task that keeps what it is told and aborts once half of the text is done.
#[derive(Default)]
struct Halfway {
    reports: std::cell::RefCell<Vec<Progress>>,
}

impl Task for Halfway {
    fn report(&self, progress: Progress) {
        self.reports.borrow_mut().push(progress);
    }

    fn is_aborted(&self) -> bool {
        self.reports.borrow().iter().any(|progress| progress.done * 2 > progress.total)
    }

    async fn pause(&self) {}
}

#[test]
fn a_task_learns_of_progress_and_can_abort() -> Result<()> {
    let text = "Some words in a sentence. ".repeat(20_000);
    let extracted = extract(&Document::new("notes", "", MediaType::Plain, text))?;
    let task = Halfway::default();
    let options = ChunkOptions::default();
    let error =
        pollster::block_on(chunk(&extracted, "", &options, 2, &Pieces::default(), &task)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Aborted);
    let reports = task.reports.borrow();
    assert!((12..24).contains(&reports.len()), "{reports:?}");
    assert!(reports.is_sorted_by_key(|progress| progress.done));
    assert!(reports.iter().all(|progress| progress.phase == Phase::Chunking && progress.total == 520_000));
    Ok(())
}

/// The text of each chunk in its frame.
fn framed(source: &str, max_tokens: usize) -> Vec<String> {
    let extracted = extract(&Document::new("notes", "", MediaType::Markdown, source)).unwrap();
    framed_chunks(&extracted, max_tokens)
}

fn framed_chunks(extracted: &Extracted, max_tokens: usize) -> Vec<String> {
    let options = ChunkOptions::filled(max_tokens, 0);
    let tokenizer = Pieces::default();
    let chunks = pollster::block_on(chunk(extracted, "", &options, 0, &tokenizer, &Unattended)).unwrap();
    let text = |chunk: &Chunk| {
        let framed = chunk.frame.around(chunk.span.slice(&extracted.text).unwrap());
        assert!(tokenizer.count_tokens(&framed).unwrap() <= max_tokens, "{framed:?}");
        framed.into_owned()
    };
    chunks.iter().map(text).collect()
}

#[test]
fn each_part_of_a_table_names_its_columns() {
    let rows: String = (0..8).map(|row| format!("| v{row} | {row} |\n")).collect();
    let source = format!("| name | bar |\n| --- | --- |\n{rows}");
    let parts = framed(&source, 48);
    assert!(parts.len() > 1);
    for part in &parts {
        assert!(part.starts_with("| name | bar |\n| --- | --- |\n| v"), "{part:?}");
    }
    for row in 0..8 {
        assert_eq!(parts.iter().filter(|part| part.contains(&format!("| v{row} |"))).count(), 1);
    }
}

#[test]
fn each_part_of_code_is_fenced() {
    let lines: String = (0..12).map(|line| format!("a = {line}\n")).collect();
    for part in framed(&format!("```toml\n{lines}```\n"), 32) {
        assert!(part.starts_with("```toml\n") && part.ends_with("\n```"), "{part:?}");
        assert_eq!(part.matches("```").count(), 2, "{part:?}");
    }
}

#[test]
fn each_part_of_a_list_keeps_what_introduces_it() {
    let items: String = (0..12).map(|item| format!("- it {item}\n")).collect();
    for part in framed(&format!("You need:\n\n{items}"), 32) {
        assert!(part.starts_with("You need:\n"), "{part:?}");
    }
}

#[test]
fn what_is_too_long_to_be_repeated_is_not() {
    let columns = |mark: &str| format!("|{}\n", format!(" {mark} |").repeat(30));
    let source = format!("{}{}{}", columns("name"), columns("---"), columns("x").repeat(4));
    let parts = framed(&source, 64);
    assert!(parts[1..].iter().all(|part| !part.contains("name")), "{parts:?}");
}
