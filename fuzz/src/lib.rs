//! The bodies of the fuzz targets. They are also modules of `tests/fuzz_replay.rs`, which gives them every kept input.

pub mod answer;
pub mod convert;
mod edit;
pub mod envelope;
pub mod filter;
#[cfg(feature = "documents")]
pub mod html;
pub mod kernels;
#[cfg(feature = "documents")]
pub mod layout;
#[cfg(feature = "documents")]
pub mod mail_and_data;
#[cfg(feature = "documents")]
pub mod markdown;
pub mod model_folder;
pub mod numbers;
#[cfg(feature = "documents")]
pub mod packages;
pub mod questions;
#[cfg(feature = "documents")]
mod read;
pub mod sealed_file;
pub mod segment;
mod source;
pub mod tokenizer;
pub mod transfer;
pub mod vocabulary;
pub mod words;
