//! The command line: results on standard output, errors with their code on standard error.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tiny-cls-encoder");

fn ibid(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ibid"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that fails early does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    folder
}

#[track_caller]
fn fails_with(output: Output, code: &str, named: &str) {
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(output.stdout.is_empty());
    assert!(message.starts_with(&format!("error[{code}]: ")) && message.contains(named), "{message}");
}

#[test]
fn a_converted_model_embeds_each_line_of_its_input() {
    let target = scratch("converted");
    let folder = target.to_str().unwrap();
    let converted = ibid(&["convert", SOURCE, folder, "--name", "tiny", "--pooling", "cls"], b"");
    assert!(converted.status.success(), "{}", String::from_utf8_lossy(&converted.stderr));
    let mut files: Vec<_> = fs::read_dir(&target).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["model.json", "tokenizer.json", "weights.safetensors"]);

    let long = "water and heat ".repeat(100);
    let input = format!("the tenant pays rent\n\n{long}\n");
    let rows = embedded(&["--model", folder, "--kind", "query"], &input);
    let seen: Vec<_> = rows.iter().map(|row| (row["tokens"].as_u64(), row["truncated"].as_bool())).collect();
    assert_eq!(seen, [(Some(7), Some(false)), (Some(2), Some(false)), (Some(64), Some(true))]);

    let numbers = ibid(&["embed", "--model", folder], b"the tenant pays rent\n").stdout;
    assert_eq!(String::from_utf8(numbers).unwrap().split_whitespace().count(), 48);
}

/// What `ibid embed --json` prints for each line of `input`.
#[track_caller]
fn embedded(arguments: &[&str], input: &str) -> Vec<Value> {
    let output = ibid(&[&["embed", "--json"], arguments].concat(), input.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn vector(row: &Value) -> Vec<f64> {
    row["embedding"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn a_hugging_face_folder_is_quantised_in_memory_or_used_as_reference() {
    let target = scratch("hugging-face");
    let (folder, input) = (target.to_str().unwrap(), "the tenant pays rent\n");
    assert!(ibid(&["convert", SOURCE, folder, "--name", "tiny"], b"").status.success());
    let converted = embedded(&["--model", folder], input);
    assert_eq!(embedded(&["--model", SOURCE], input), converted);

    let reference = embedded(&["--model", SOURCE, "--reference"], input);
    let pairs = vector(&reference[0]).into_iter().zip(vector(&converted[0]));
    let cosine: f64 = pairs.map(|(a, b)| a * b).sum();
    assert!(cosine > 0.99 && cosine < 0.999_999, "cosine {cosine}");

    let no_source = ibid(&["embed", "--model", folder, "--reference"], input.as_bytes());
    fails_with(no_source, "model-file-missing", "config.json");
}

#[test]
fn errors_have_their_code_and_leave_no_folder_behind() {
    fails_with(
        ibid(&["embed", "--model", "no/such/folder"], b"text\n"),
        "model-file-missing",
        "no/such/folder",
    );

    let target = scratch("refused");
    let folder = target.to_str().unwrap();
    let refused = ibid(&["convert", SOURCE, folder, "--name", "tiny", "--weights-sha256", "00ff"], b"");
    fails_with(refused, "model-file-corrupt", "model.safetensors");
    let empty = ibid(&["convert", "no/such/source", folder, "--name", "tiny"], b"");
    fails_with(empty, "model-file-missing", "config.json");
    assert!(!target.exists());
}

#[test]
fn input_that_is_not_utf8_is_an_error() {
    let target = scratch("latin-1");
    let folder = target.to_str().unwrap();
    assert!(ibid(&["convert", SOURCE, folder, "--name", "tiny"], b"").status.success());
    fails_with(ibid(&["embed", "--model", folder], b"caf\xe9\n"), "invalid-utf8", "standard input");
}
