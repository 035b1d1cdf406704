use super::*;
use std::collections::HashMap;

fn words(text: &str) -> HashMap<String, usize> {
    let mut words = HashMap::new();
    let is_word = |it: &&str| !it.is_empty();
    for word in text.split(|it: char| !it.is_alphanumeric()).filter(is_word) {
        *words.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    words
}

fn token_f1(found: &str, expected: &str) -> (f64, f64, f64) {
    let (found, expected) = (words(found), words(expected));
    let both: usize = found.iter().map(|(word, count)| (*count).min(*expected.get(word).unwrap_or(&0))).sum();
    let precision = both as f64 / found.values().sum::<usize>().max(1) as f64;
    let recall = both as f64 / expected.values().sum::<usize>().max(1) as f64;
    (precision, recall, 2.0 * precision * recall / (precision + recall).max(1e-9))
}

#[test]
fn the_main_text_of_pages_is_found() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/documents/html");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "html"))
        .collect();
    names.sort();
    assert!(names.len() >= 15);
    let mut scores = Vec::new();
    for path in &names {
        let source = std::fs::read_to_string(path).unwrap();
        let expected = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        let extracted = extract(&source).unwrap();
        extracted.validate().unwrap();
        let (precision, recall, f1) = token_f1(&extracted.text, &expected);
        println!(
            "{:<20} precision {precision:.3} recall {recall:.3} F1 {f1:.3}",
            path.file_stem().unwrap().display()
        );
        if let Ok(folder) = std::env::var("HTML_TEXTS") {
            std::fs::write(format!("{folder}/{}.txt", path.file_stem().unwrap().display()), &extracted.text)
                .unwrap();
        }
        scores.push(f1);
    }
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    println!("{:<20} F1 {mean:.3}", "mean");
    assert!(mean >= 0.93 && scores.iter().all(|score| *score >= 0.85));
}
