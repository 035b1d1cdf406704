#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod error;

pub mod document;
pub mod task;

pub mod model;
pub mod store;
