//! `ibid extract`: what is read of files.

use std::path::{Path, PathBuf};

use ibid::document::{Block, Document, MediaType, MetadataElement, MetadataValue, Utf16Index};
use ibid::error::Result;
use ibid::extract::{Charsets, Extracted, plain_text, take_text_in};
use serde_json::{Value, json};

use crate::ingest::document_of_file;
use crate::output::{print_json, print_text};

/// Print the text of documents, as it is searched and quoted.
#[derive(clap::Args)]
pub struct Arguments {
    /// Files of any format but PDF, which takes a browser.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON object per file: file, type, title, language, metadata, pages, parts; then one per block: kind, section,
    /// page, start and end in UTF-16 code units, start_byte, end_byte, lead (what is before it where it is read alone).
    #[arg(long)]
    outline: bool,
    /// Print Markdown without its markup.
    #[arg(long, conflicts_with = "outline")]
    plain: bool,
    /// What texts are in that are not UTF-8 and do not say so, such as windows-1252.
    #[arg(long)]
    charset: Option<String>,
    /// The media type of files that do not show what they are, rather than by their names.
    #[arg(long = "type")]
    media_type: Option<String>,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<()> {
    for (number, file) in arguments.files.iter().enumerate() {
        let folder = file.parent().unwrap_or(file);
        let mut document = document_of_file(folder, file, arguments.media_type.as_deref())?;
        let charsets = Charsets { fallback: arguments.charset.as_deref(), ..Charsets::default() };
        let extracted = take_text_in(&mut document, &charsets)?;
        if arguments.outline {
            print_outline(file, &document, &extracted)?;
            continue;
        }
        let head = match arguments.files.len() {
            1 => String::new(),
            _ => format!("{}==> {} <==\n", if number > 0 { "\n" } else { "" }, file.display()),
        };
        let is_plain = arguments.plain && document.media_type == MediaType::Markdown;
        let text = if is_plain { plain_text(&extracted.text) } else { extracted.text };
        let end = if text.ends_with('\n') { "" } else { "\n" };
        print_text(&format!("{head}{text}{end}"))?;
    }
    Ok(())
}

fn print_outline(file: &Path, document: &Document, extracted: &Extracted) -> Result<()> {
    let properties = &extracted.properties;
    let metadata = properties.metadata.iter().map(|(name, value)| (name.clone(), metadata_json(value)));
    print_json(&json!({
        "file": file.to_string_lossy(),
        "type": document.media_type.name(),
        "title": properties.title,
        "language": properties.language,
        "metadata": metadata.collect::<serde_json::Map<_, _>>(),
        "pages": extracted.pages.len(),
        "parts": extracted.parts,
    }))?;
    let mut utf16 = Utf16Index::new(&extracted.text);
    for block in &extracted.blocks {
        print_json(&block_json(block, extracted, &mut utf16))?;
    }
    Ok(())
}

fn block_json(block: &Block, extracted: &Extracted, utf16: &mut Utf16Index<'_>) -> Value {
    let span = utf16.span(block.span);
    json!({
        "kind": block.kind,
        "section": extracted.section_path(block.section),
        "page": extracted.page_at(block.span.start),
        "start": span.start,
        "end": span.end,
        "start_byte": block.span.start,
        "end_byte": block.span.end,
        "lead": block.lead.slice(&extracted.text),
    })
}

fn metadata_json(value: &MetadataValue) -> Value {
    let element = |element: &MetadataElement| match element {
        MetadataElement::Boolean(value) => json!(value),
        MetadataElement::Number(value) => json!(value),
        MetadataElement::String(value) => json!(value),
        MetadataElement::Null => Value::Null,
    };
    match value {
        MetadataValue::Boolean(value) => json!(value),
        MetadataValue::Number(value) => json!(value),
        MetadataValue::String(value) => json!(value),
        MetadataValue::Strings(values) => json!(values),
        MetadataValue::Null => Value::Null,
        MetadataValue::Array(values) => values.iter().map(element).collect(),
    }
}
