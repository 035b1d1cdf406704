//! The contract of stores, on the store in memory.

use std::rc::Rc;

use ibid::store::contract;
use ibid::store::memory::MemoryStore;

macro_rules! stamp {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let store = Rc::new(MemoryStore::new());
                pollster::block_on(contract::$name(|| store.clone()));
            }
        )*

        const STAMPED: &[&str] = &[$(stringify!($name)),*];
    };
}

ibid::store_contract!(stamp);

#[test]
fn every_function_of_the_contract_is_stamped() {
    let source = include_str!("../src/store/contract.rs");
    let names = source.lines().filter_map(|line| line.strip_prefix("pub async fn ")?.split_once('<'));
    assert_eq!(names.map(|(name, _)| name).collect::<Vec<_>>(), STAMPED);
}
