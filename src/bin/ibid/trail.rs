//! `ibid trail`: whether an exported audit trail holds together.

use std::path::PathBuf;

use ibid::error::{Error, ErrorKind, Result};
use ibid::trail::{Check, check};

use crate::beir::read;
use crate::output::{print_json, print_text};

/// Check an exported audit trail: that each line has the SHA-256 of the line before it.
///
/// Fails where one has not. Compare the head that is printed with one that was written down when the trail was exported: the
/// last line has none after it.
#[derive(clap::Args)]
pub struct Arguments {
    /// The exported file, JSON Lines.
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { file, json } = arguments;
    let text = read(file)?;
    // Only these are line breaks: a record may hold others that programs take for one.
    let check = check(text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)));
    if *json {
        let value = serde_json::to_value(&check)
            .map_err(|error| Error::internal("a check cannot be written").with_source(error))?;
        print_json(&value)?;
    } else {
        print_text(&as_text(&check))?;
    }
    match check.broken.len() {
        0 => Ok(()),
        count => {
            let message = format!("{}: the trail is broken in {count} places", file.display());
            Err(Error::new(ErrorKind::MalformedDocument, message))
        }
    }
}

fn as_text(check: &Check) -> String {
    let Check { records, deleted, first, head, broken } = check;
    let mut text = format!("{records} records from number {first}, {deleted} deleted, head {head}\n");
    for it in broken {
        text.push_str(&format!("record {}: {}\n", it.number, it.message));
    }
    text
}
