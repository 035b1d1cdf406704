//! `WasmVerifier`: an answer that is held against its sources while it is written.

use wasm_bindgen::prelude::*;

use super::decode;
use super::encode::{error_to_js, to_js};
use super::types::{VerifySources, sentence_verdicts};
use crate::cite::{Passages, SentenceVerdict, Verifier};
use crate::collection::check_length;
use crate::error::Result;

/// Holds an answer against its sources while it comes.
#[wasm_bindgen]
pub struct WasmVerifier {
    passages: Passages,
    verifier: Verifier,
}

#[wasm_bindgen]
impl WasmVerifier {
    /// For an answer that cites these sources.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "VerifySources")] sources: JsValue,
    ) -> Result<WasmVerifier, JsValue> {
        let sources: VerifySources =
            decode::from_js("sources", sources).map_err(|error| error_to_js(&error))?;
        let passages = sources.passages();
        Ok(Self { verifier: passages.verifier(), passages })
    }

    /// Goes on with the answer. Gives the verdicts about sentences that no further piece can change.
    #[wasm_bindgen(unchecked_return_type = "SentenceVerdict[]")]
    pub fn push(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "string")] piece: JsValue,
    ) -> Result<JsValue, JsValue> {
        let push = |piece: &JsValue, verifier: &mut Verifier| {
            let piece = decode::string("text", piece)?;
            check_length(verifier.pushed().len() + piece.len())?;
            Ok(verifier.push(&piece))
        };
        let verdicts = push(&piece, &mut self.verifier).map_err(|error| error_to_js(&error))?;
        self.reply(verdicts)
    }

    /// The verdicts about the sentences so far that further pieces may still change.
    #[wasm_bindgen(unchecked_return_type = "SentenceVerdict[]")]
    pub fn draft(&mut self) -> Result<JsValue, JsValue> {
        let verdicts = self.verifier.draft();
        self.reply(verdicts)
    }

    /// Ends the answer: the verdicts about the rest of its sentences. The next piece begins another answer.
    #[wasm_bindgen(unchecked_return_type = "SentenceVerdict[]")]
    pub fn finish(&mut self) -> Result<JsValue, JsValue> {
        let answer = self.verifier.pushed().to_owned();
        let verdicts = self.verifier.finish();
        to_js(&sentence_verdicts(verdicts, &answer, &self.passages))
    }

    fn reply(&self, verdicts: Vec<SentenceVerdict>) -> Result<JsValue, JsValue> {
        to_js(&sentence_verdicts(verdicts, self.verifier.pushed(), &self.passages))
    }
}
