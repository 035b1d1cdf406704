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
fn damaged_model_folders_load_or_are_refused() {
    replay("model_folder", fuzz::model_folder::run);
}

#[test]
fn damaged_sources_are_converted_or_refused() {
    replay("convert", fuzz::convert::run);
}
