//! Where the terms and keys of a lexicon are. Most that a query looks for are not there, so both are found by one hash.

use std::sync::OnceLock;

use xxhash_rust::xxh3::xxh3_64;

/// A hash table of forms that are kept elsewhere, made when one is first looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(OnceLock<Table>);

impl PartialEq for Places {
    fn eq(&self, _: &Self) -> bool {
        true // it follows from the forms
    }
}

impl Places {
    /// The numbers of the forms that may be `wanted`, of `count` forms that `form` gives by their numbers; hardly any of
    /// them is another.
    pub(super) fn of<'f>(
        &self,
        wanted: &str,
        count: usize,
        form: impl Fn(usize) -> &'f str,
    ) -> impl Iterator<Item = usize> {
        let table = self.0.get_or_init(|| Table::new((0..count).map(form)));
        let hash = xxh3_64(wanted.as_bytes());
        let mark = table.mark(hash);
        table
            .from(hash)
            .map(|at| table.entries[at])
            .take_while(|entry| *entry != 0)
            .filter(move |entry| entry & !table.numbers == mark)
            .map(|entry| (entry & table.numbers) as usize - 1)
    }
}

/// At least twice as many entries as forms. A form is at its hash or, where others are there, after them: by its number,
/// counted from 1, below bits of its hash that tell it from most others without a look at its letters.
#[derive(Clone, Debug)]
struct Table {
    entries: Vec<u32>,
    /// The bits of an entry that are its number.
    numbers: u32,
}

impl Table {
    fn new<'f>(forms: impl ExactSizeIterator<Item = &'f str>) -> Self {
        let length = (forms.len() * 2).next_power_of_two();
        // Forms are numbered in 32 bits, as they are where they are kept.
        let numbers = u32::try_from(length - 1).unwrap_or(u32::MAX);
        let mut table = Self { entries: vec![0; length], numbers };
        for (number, form) in (1..).zip(forms) {
            let hash = xxh3_64(form.as_bytes());
            let free = table.from(hash).find(|at| table.entries[*at] == 0).expect("half of them are free");
            table.entries[free] = table.mark(hash) | number;
        }
        table
    }

    /// The bits of a hash that are kept beside a number.
    fn mark(&self, hash: u64) -> u32 {
        (hash >> 32) as u32 & !self.numbers
    }

    /// The entries from that of a hash on, around the end of the table.
    fn from(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let last = self.entries.len() - 1;
        let first = hash as usize;
        (0..=last).map(move |step| first.wrapping_add(step) & last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_form_is_found_as_often_as_it_is_there(
            forms in prop::collection::vec("[ab]{0,3}", 0..60), wanted in "[ab]{0,3}",
        ) {
            let places = Places::default();
            let found = places.of(&wanted, forms.len(), |number| &forms[number]);
            let mut found: Vec<_> = found.filter(|number| forms[*number] == wanted).collect();
            found.sort_unstable();
            let expected = (0..forms.len()).filter(|number| forms[*number] == wanted);
            prop_assert_eq!(found, expected.collect::<Vec<_>>());
        }
    }
}
