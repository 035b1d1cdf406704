//! Vocabularies of every kind, sound and damaged, without what some texts do not need: these texts have the same vectors as before, and
//! any other text is still taken.

use arbitrary::{Result, Unstructured};
use ibid::encoder::bert::BertEmbedder;
use ibid::encoder::convert::{ConvertOptions, SourceFiles, convert};
use ibid::encoder::prune::{Alphabet, Needed, prune};
use ibid::error::ErrorKind;
use ibid::model::{Embedder, Embedding, Role, Tokenizer};
use ibid::task::Unattended;

use super::{source, tokenizer};

/// Prunes the model that `data` describes to the texts that it holds.
pub fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((json, needed, other)) = case(&mut input) else { return };
    let source = SourceFiles { tokenizer: json, ..source::encoder() };
    let Ok(files) = convert(source, ConvertOptions::default()) else { return };
    let Ok(whole) = BertEmbedder::load(files.clone()) else { return };
    // A text may be refused for a character that the vocabulary lacks, or because it grows out of proportion, behind what is embedded, too.
    let is_taken = |text: &String| {
        ["", source::QUERY_PREFIX].iter().all(|before| whole.count_tokens(&format!("{before}{text}")).is_ok())
    };
    if !needed.texts.iter().all(is_taken) {
        return;
    }
    let Some(expected) = embed_all(&whole, &needed.texts) else { return };
    match prune(&files, &needed) {
        Ok(pruned) => {
            assert!(pruned.rows <= pruned.rows_before);
            let model = BertEmbedder::load(pruned.files).expect("a folder that was just written is sound");
            let found = embed_all(&model, &needed.texts).expect("it was embedded before");
            assert!(found == expected, "{:?} has another vector", needed.texts);
            if whole.count_tokens(&other).is_ok() {
                let _ = model.count_tokens(&other);
            }
        }
        Err(error) => {
            let kinds = [ErrorKind::ModelInvalid, ErrorKind::ModelUnsupported];
            assert!(kinds.contains(&error.kind()), "{error:?}");
        }
    }
}

/// The file of a tokenizer, what of its vocabulary is needed, and a text that is not.
fn case(input: &mut Unstructured) -> Result<(Vec<u8>, Needed, String)> {
    let (json, text) = tokenizer::file(input)?;
    let mut texts = vec![text];
    if input.arbitrary()? {
        texts.push(input.arbitrary()?);
    }
    let languages: &[&str] = input.choose(&[&[][..], &["en"], &["de", "ja"]])?;
    let alphabet = (!languages.is_empty()).then(|| Alphabet::of(languages).expect("their letters are known"));
    Ok((json, Needed { texts, alphabet }, input.arbitrary()?))
}

/// The vectors of texts in both roles; `None` where one is refused.
fn embed_all(model: &BertEmbedder, texts: &[String]) -> Option<Vec<Embedding>> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let embed = |role| pollster::block_on(model.embed(&texts, role, &Unattended)).ok();
    Some([embed(Role::Query)?, embed(Role::Passage)?].concat())
}
