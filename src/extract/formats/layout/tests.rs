use super::*;
use crate::extract::BlockKind;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    // The tests also run in a crate inside of the repository.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = "tests/fixtures/documents/pdf";
    [root.join(place), root.join("..").join(place)].into_iter().find(|path| path.is_dir()).unwrap()
}

fn recorded(path: &Path) -> PositionedDocument {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The text without notes, then the notes, both without white space and what only marks tables and lists.
fn comparable(text: &str) -> Vec<char> {
    let lines = text.lines().filter(|line| !line.starts_with("| ---")).map(|line| {
        let line = line.trim_start();
        line.strip_prefix("- ").unwrap_or(line)
    });
    lines.flat_map(str::chars).filter(|mark| !mark.is_whitespace() && *mark != '|').collect()
}

fn told_apart(extracted: &Extracted) -> String {
    let (mut body, mut notes) = (String::new(), String::new());
    for block in &extracted.blocks {
        let into = if block.kind == BlockKind::Note { &mut notes } else { &mut body };
        into.push_str(block.span.slice(&extracted.text).unwrap());
        into.push('\n');
    }
    body + &notes
}

/// The length of the longest text that both hold in this order, a column of 64 characters at a time (Hyyrö 2004).
fn common(a: &[char], b: &[char]) -> usize {
    use std::collections::HashMap;
    let words = a.len().div_ceil(64);
    let mut places: HashMap<char, Vec<u64>> = HashMap::new();
    for (at, character) in a.iter().enumerate() {
        places.entry(*character).or_insert_with(|| vec![0; words])[at / 64] |= 1 << (at % 64);
    }
    let mut row = vec![u64::MAX; words];
    for character in b {
        let Some(matches) = places.get(character) else { continue };
        let mut carry = false;
        for (state, matched) in row.iter_mut().zip(matches) {
            let hit = *state & matched;
            let (sum, first) = state.overflowing_add(hit);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            carry = first || second;
            *state = sum | (*state & !matched);
        }
    }
    let zeros: u32 = row.iter().map(|state| state.count_zeros()).sum();
    zeros as usize
}

fn f1(found: &str, expected: &str) -> f64 {
    let (found, expected) = (comparable(found), comparable(expected));
    2.0 * common(&expected, &found) as f64 / (found.len() + expected.len()) as f64
}

#[test]
fn show() {
    let Ok(path) = std::env::var("SHOW") else { return };
    let extracted = extract(recorded(Path::new(&path))).unwrap();
    extracted.validate().unwrap();
    for block in &extracted.blocks {
        println!("{:?} {}", block.kind, block.span.slice(&extracted.text).unwrap());
    }
}

#[test]
fn show_folder() {
    let Ok(path) = std::env::var("SHOW_FOLDER") else { return };
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let document = recorded(&path);
        let pages = document.pages.len();
        let started = std::time::Instant::now();
        let extracted = extract(document).unwrap();
        let time = started.elapsed().as_millis();
        extracted.validate().unwrap();
        let mut shown = String::new();
        for block in &extracted.blocks {
            shown += &format!(
                "{:?} {:?} {}\n",
                extracted.page_at(block.span.start),
                block.kind,
                block.span.slice(&extracted.text).unwrap()
            );
        }
        std::fs::write(path.with_extension("out"), &shown).unwrap();
        let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<Vec<_>>();
        let score = std::fs::read_to_string(path.with_extension("txt")).map(|expected| {
            let (found, expected) = (letters(&extracted.text), letters(&expected));
            let same = common(&expected, &found) as f64;
            (same / found.len() as f64, same / expected.len() as f64)
        });
        println!("{:<28} {pages} pages {time} ms {score:.4?}", path.file_stem().unwrap().to_string_lossy());
    }
}

#[test]
fn recorded_files_give_the_text_that_they_were_made_from() {
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    names.sort();
    let mut failed = Vec::new();
    println!("{:<28} {:>5} {:>9} {:>7}", "file", "pages", "chars", "F1");
    for path in &names {
        let document = recorded(path);
        let pages = document.pages.len();
        let extracted = extract(document).unwrap();
        extracted.validate().unwrap();
        let expected = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        let score = f1(&told_apart(&extracted), &expected);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        println!("{name:<28} {pages:>5} {:>9} {score:>7.4}", extracted.text.chars().count());
        if score < 0.95 {
            failed.push(name);
        }
    }
    assert!(names.len() >= 14 && failed.is_empty(), "{failed:?}");
}
