//! Which kernels of a build run: the fastest on this processor, by a short measurement.
//!
//! WebAssembly does not tell what a processor has, nor what an engine makes of an instruction on it. Kernels that quantise
//! differently compute vectors that differ a little, so of several workers one measures and the others
//! [`use_named`].

#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
mod race;

use std::sync::OnceLock;

use super::{Kernels, Portable};
use crate::error::{Error, ErrorKind, Result};

#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
const BUILT: &[&dyn Kernels] = &[&Portable];
#[cfg(target_arch = "x86_64")]
const BUILT: &[&dyn Kernels] = &[&super::Sse2];
#[cfg(all(target_arch = "wasm32", not(feature = "relaxed-simd")))]
const BUILT: &[&dyn Kernels] = &[&super::Simd128];
#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
const BUILT: &[&dyn Kernels] = &[&super::RelaxedDot, &super::RelaxedPairs];

static CHOSEN: OnceLock<&dyn Kernels> = OnceLock::new();

/// The kernels of this build; without a choice the first of them run.
pub fn built() -> &'static [&'static dyn Kernels] {
    BUILT
}

/// The kernels that run.
pub fn detected() -> &'static dyn Kernels {
    *CHOSEN.get().unwrap_or(&BUILT[0])
}

/// What of this library runs: `"relaxed-simd"`, `"simd128"` or `"native"`; or `"portable"`, whichever it is, with the portable
/// kernels.
pub fn build() -> &'static str {
    match detected().name() {
        "portable" => "portable",
        _ if cfg!(not(target_arch = "wasm32")) => "native",
        _ if cfg!(feature = "relaxed-simd") => "relaxed-simd",
        _ => "simd128",
    }
}

/// From now on [`detected`] gives the kernels of this name, among which is `"portable"`: slow, and right on every processor.
/// The first choice stays.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] where this build has none of this name, and those of
/// [`self_test`](super::self_test) where they compute what they should not here.
pub fn use_named(name: &str) -> Result<()> {
    let portable: &dyn Kernels = &Portable;
    let Some(kernels) = BUILT.iter().copied().chain([portable]).find(|kernels| kernels.name() == name) else {
        let message = format!("this build has no kernels called {name:?}");
        return Err(Error::new(ErrorKind::InvalidArgument, message));
    };
    super::self_test(kernels)?;
    CHOSEN.get_or_init(|| kernels);
    Ok(())
}

/// From now on [`detected`] gives the fastest kernels of this build, of those that pass their self-test. The first choice
/// stays. Takes a few milliseconds where there are several; `now` is a clock in milliseconds.
pub fn choose(now: impl Fn() -> f64) {
    CHOSEN.get_or_init(|| fastest(now));
}

#[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
fn fastest(now: impl Fn() -> f64) -> &'static dyn Kernels {
    let pairs = BUILT[1];
    if super::self_test(pairs).is_ok() && race::pairs_win(now) { pairs } else { BUILT[0] }
}

#[cfg(not(all(target_arch = "wasm32", feature = "relaxed-simd")))]
fn fastest(_now: impl Fn() -> f64) -> &'static dyn Kernels {
    BUILT[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_choice_stays_and_unknown_kernels_are_refused() {
        let first = detected().name();
        choose(|| 0.0);
        use_named("portable").unwrap();
        assert_eq!(detected().name(), first);
        let error = use_named("abacus").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains("\"abacus\""), "{error}");
    }
}
