//! Damaged Hugging Face folders: converting gives a typed error or a folder, and the folder is what it says it is.

use arbitrary::{Result, Unstructured};
use ibid::encoder::convert::{ConvertOptions, SourceFiles, convert};

use super::{edit, model_folder, source};

/// Converts the source that `data` describes.
pub fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((source, text)) = damaged(&mut input) else { return };
    match convert(source, ConvertOptions::default()) {
        Ok(files) => {
            files.verify().expect("a folder that was just written is sound");
            model_folder::load(files, &text);
        }
        Err(error) => model_folder::check(&error),
    }
}

/// A source after up to four changes, and a text for the model.
fn damaged(input: &mut Unstructured) -> Result<(SourceFiles, String)> {
    let mut source = source::source(input)?;
    for _ in 0..input.int_in_range(0..=4)? {
        let optional = [&mut source.modules, &mut source.pooling, &mut source.sentence, &mut source.prompts];
        match input.int_in_range(0..=6)? {
            0 => edit::json(input, &mut source.config)?,
            1 => edit::json(input, &mut source.tokenizer)?,
            at @ 2..=5 => {
                edit::json(input, optional.into_iter().nth(at - 2).expect("four").get_or_insert_default())?
            }
            _ => edit::weights(input, &mut source.weights)?,
        }
    }
    Ok((source, input.arbitrary()?))
}
