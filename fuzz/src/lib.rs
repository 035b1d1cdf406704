//! The bodies of the fuzz targets. They are also modules of `tests/fuzz_replay.rs`, which gives them every kept input.

pub mod convert;
mod edit;
pub mod filter;
pub mod kernels;
pub mod model_folder;
pub mod segment;
mod source;
pub mod words;
