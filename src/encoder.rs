//! Encoders of the BERT family as embedders and pair scorers: their kernels, tokenizers, and model folders.

pub mod bert;
pub mod convert;
#[cfg(not(target_arch = "wasm32"))]
pub mod distil;
pub mod folder;
pub mod kernels;
#[cfg(not(target_arch = "wasm32"))]
pub mod prune;
mod quantize;
mod table;
pub mod tokenizer;
mod weights;
