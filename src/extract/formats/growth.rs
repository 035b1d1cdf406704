//! Growth of what is as large as its document.
//!
//! A list that grows to twice its length leaves up to half of its memory unused, and needs the old place beside the new one
//! while it moves. The memory of a WebAssembly module never shrinks, so what is large grows by an eighth only.

/// The length from which on less is added.
const LARGE: usize = 1 << 20;

/// Room for what is added without asking, such as marks between blocks.
const SPARE: usize = 256;

/// Adds a value to a list.
pub(super) fn push<T>(list: &mut Vec<T>, value: T) {
    if list.len() == list.capacity() && list.len() >= LARGE {
        list.reserve_exact(list.len() / 8);
    }
    list.push(value);
}

/// Adds to a text.
pub(super) fn push_str(text: &mut String, more: &str) {
    let needed = more.len() + SPARE;
    if text.capacity() - text.len() < needed && text.len() + more.len() >= LARGE {
        text.reserve_exact((text.len() / 8).max(needed));
    }
    text.push_str(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_large_has_little_room_that_it_does_not_need() {
        let (mut list, mut text) = (Vec::new(), String::new());
        for number in 0..3 * LARGE {
            push(&mut list, number as u8);
            push_str(&mut text, "ab");
        }
        assert!(list.iter().enumerate().all(|(at, value)| *value == at as u8));
        assert_eq!(text, "ab".repeat(3 * LARGE));
        assert!(list.capacity() <= list.len() / 8 * 9 + SPARE, "{}", list.capacity());
        assert!(text.capacity() <= text.len() / 8 * 9 + SPARE, "{}", text.capacity());
    }
}
