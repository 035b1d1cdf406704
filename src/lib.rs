#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

// Test helpers name the crate as its users do, in unit tests too.
#[cfg(test)]
extern crate self as ibid;

mod bit_set;
pub mod calendar;
pub mod error;
mod hex;
pub mod language;
mod order;
#[cfg(any(test, all(target_arch = "wasm32", feature = "relaxed-simd")))]
mod race;
mod recent;

pub mod document;
pub mod task;

pub mod model;
pub mod store;

pub mod chunk;
pub mod cite;
pub mod codec;
pub mod evaluate;
pub mod evidence;
pub mod extract;
pub mod filter;
pub mod index;
pub mod prompt;
pub mod seal;
pub mod select;
pub mod sentences;
pub mod trail;
pub mod transfer;

pub mod generation;

pub mod collection;

pub mod encoder;

#[cfg(target_arch = "wasm32")]
mod wasm;

#[cfg(test)]
mod testing;
