//! Documents that real programs made, compared with the texts that they were made from.

use std::path::{Path, PathBuf};

use super::extract;
use crate::document::MediaType;
use crate::error::ErrorKind;
use crate::extract::formats::package::detect;

/// The share of characters, in order, that have to be right.
const ENOUGH: f64 = 0.98;

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents/office");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it != "txt") && path.with_extension("txt").exists())
        .collect();
    files.sort();
    files
}

/// The characters that count: neither white space nor what the builder puts between them.
fn characters(text: &str) -> Vec<char> {
    text.chars().filter(|mark| !mark.is_whitespace() && !"|-`".contains(*mark)).collect()
}

/// The harmonic mean of the shares of the longest common subsequence in both texts.
fn score(found: &[char], expected: &[char]) -> f64 {
    let mut above = vec![0usize; expected.len() + 1];
    for mark in found {
        let mut diagonal = 0;
        for (place, other) in expected.iter().enumerate() {
            let longest = if mark == other { diagonal + 1 } else { above[place].max(above[place + 1]) };
            diagonal = std::mem::replace(&mut above[place + 1], longest);
        }
    }
    2.0 * above[expected.len()] as f64 / (found.len() + expected.len()).max(1) as f64
}

#[test]
fn documents_of_real_programs_have_the_text_that_they_were_made_from() {
    let mut low = Vec::new();
    println!("| document | characters | F1 | blocks | sections |\n| --- | --- | --- | --- | --- |");
    for path in fixtures() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let extracted = extract(&std::fs::read(&path).unwrap()).unwrap();
        extracted.validate().unwrap();
        let truth = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        let (found, expected) = (characters(&extracted.text), characters(&truth));
        let score = score(&found, &expected);
        let (blocks, sections) = (extracted.blocks.len(), extracted.sections.len() - 1);
        println!("| {name} | {} | {score:.4} | {blocks} | {sections} |", expected.len());
        if score < ENOUGH {
            low.push(format!("{name}: {score:.4}\n{}", extracted.text));
        }
    }
    assert!(low.is_empty(), "{}", low.join("\n\n"));
}

#[test]
fn a_word_document_with_a_password_says_so() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents/office");
    let error = extract(&std::fs::read(folder.join("encrypted.docx")).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DocumentEncrypted);
    assert_eq!(error.message(), "it is an Office document that is protected by a password");
}

#[test]
fn documents_are_known_by_their_content() {
    for path in fixtures() {
        let by_name = MediaType::from_file_name(&path.to_string_lossy());
        assert_eq!(detect(&std::fs::read(&path).unwrap()), by_name, "{}", path.display());
    }
}

#[test]
fn the_text_of_each_origin_is_in_its_part() {
    for path in fixtures() {
        let extracted = extract(&std::fs::read(&path).unwrap()).unwrap();
        assert!(!extracted.origins.is_empty() && !extracted.parts.contains(&String::new()));
        for block in &extracted.blocks {
            let located = extracted.locate(block.span);
            assert!(located.len() < 60, "{}: {located:?}", path.display());
        }
    }
}

#[test]
fn headings_make_the_same_sections_in_all_word_processors() {
    for name in ["pandoc-en.docx", "writer-en.odt"] {
        let path = fixtures().into_iter().find(|path| path.ends_with(name)).unwrap();
        let extracted = extract(&std::fs::read(path).unwrap()).unwrap();
        let headings: Vec<_> =
            (1..extracted.sections.len() as u32).map(|it| extracted.section_path(it)).collect();
        let care = "Care of the pump";
        assert_eq!(
            headings,
            [vec![care], vec![care, "What you need"], vec![care, "How it is done"]],
            "{name}"
        );
    }
}
