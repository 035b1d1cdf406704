//! Every input that fuzzing found or that is worth keeping, through the body of its fuzz target.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::Path;

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

fn replay(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzz").join(target);
    let mut inputs: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", folder.display());
    for path in inputs {
        // Shown where the test fails.
        println!("{}", path.display());
        run(&fs::read(path).unwrap());
    }
}

#[test]
fn kernels_agree_on_every_kept_input() {
    replay("kernels", fuzz::kernels::run);
}

#[test]
fn filters_of_any_json_answer_as_brute_force_or_are_refused() {
    replay("filter", fuzz::filter::run);
}

#[test]
fn damaged_model_folders_load_or_are_refused() {
    replay("model_folder", fuzz::model_folder::run);
}

#[test]
fn any_tokenizer_file_is_read_or_refused() {
    replay("tokenizer", fuzz::tokenizer::run);
}

#[test]
fn any_vocabulary_is_pruned_without_a_change_of_the_texts_inside_or_refused() {
    replay("vocabulary", fuzz::vocabulary::run);
}

#[test]
fn damaged_sources_are_converted_or_refused() {
    replay("convert", fuzz::convert::run);
}

#[test]
fn damaged_parts_are_refused_or_searched_and_merged() {
    replay("segment", fuzz::segment::run);
}

#[test]
fn any_file_of_a_collection_is_imported_whole_or_refused() {
    replay("transfer", fuzz::transfer::run);
}

#[test]
fn any_text_is_searched_quoted_and_suggested_from() {
    replay("words", fuzz::words::run);
}

#[test]
fn any_answer_in_any_pieces_is_verified() {
    replay("answer", fuzz::answer::run);
}

#[test]
fn any_text_has_numbers_that_equal_themselves() {
    replay("numbers", fuzz::numbers::run);
}

#[test]
fn any_file_of_questions_is_read_or_refused() {
    replay("questions", fuzz::questions::run);
}

#[test]
fn any_envelope_is_read_or_refused() {
    replay("envelope", fuzz::envelope::run);
}

#[test]
fn any_encrypted_file_is_opened_or_refused() {
    replay("sealed_file", fuzz::sealed_file::run);
}

#[cfg(feature = "documents")]
#[test]
fn any_page_is_read_or_refused() {
    replay("html", fuzz::html::run);
}

#[cfg(feature = "documents")]
#[test]
fn any_package_is_read_or_refused() {
    replay("packages", fuzz::packages::run);
}

#[cfg(feature = "documents")]
#[test]
fn any_markdown_is_read() {
    replay("markdown", fuzz::markdown::run);
}

#[cfg(feature = "documents")]
#[test]
fn text_at_any_places_is_laid_out_or_refused() {
    replay("layout", fuzz::layout::run);
}

#[cfg(feature = "documents")]
#[test]
fn any_mail_table_or_json_is_read_or_refused() {
    replay("mail_and_data", fuzz::mail_and_data::run);
}

#[test]
fn parts_with_any_byte_changed_under_a_right_checksum_are_refused_or_searched_and_merged() {
    let sound = fuzz::segment::Parts::sound();
    sound.exercise(&[]);
    for (part, value) in sound.values.iter().enumerate() {
        let payload = value[26..].to_vec();
        for at in 0..payload.len() {
            for other in [0, 1, 2, 0x7F, 0x80, 0xFF, payload[at] ^ 1, payload[at].wrapping_add(1)] {
                let mut damaged = payload.clone();
                damaged[at] = other;
                let mut parts = sound.clone();
                parts.values[part] = fuzz::segment::sealed(value, &damaged);
                parts.exercise(&[0]);
            }
            let mut parts = sound.clone();
            parts.values[part] = fuzz::segment::sealed(value, &payload[..at]);
            parts.exercise(&[]);
        }
    }
}
