//! Any text: its numbers, dates and times.

use ibid::cite::numbers::{Comparison, quantities};
use ibid::language::Language;

/// Reads the numbers of `data`, whose first byte chooses the language.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let language = Language::ALL.get(usize::from(*first) % (Language::ALL.len() + 1)).copied();
    let found = quantities(&text, language);
    let mut end = 0;
    for quantity in &found {
        assert!(quantity.span.start >= end, "quantities are in order and apart");
        assert!(quantity.span.slice(&text).is_some_and(|it| !it.is_empty()));
        end = quantity.span.end;
        assert_eq!(quantity.compare(quantity), Comparison::Same, "{quantity:?}");
        assert!(quantity.noun.is_none_or(|noun| noun.slice(&text).is_some()));
        serde_json::to_string(quantity).expect("a quantity is JSON");
    }
    for (a, b) in found.iter().zip(found.iter().skip(1)) {
        // Neither way may fail.
        a.compare(b);
        b.compare(a);
    }
}
