use super::*;
use proptest::prelude::*;

/// The one quantity of a text.
fn only(text: &str) -> Quantity {
    let mut found = quantities(text, None);
    assert_eq!(found.len(), 1, "{text:?} has {found:#?}");
    found.remove(0)
}

fn compare(claim: &str, source: &str) -> Comparison {
    only(claim).compare(&only(source))
}

#[track_caller]
fn assert_same(groups: &[&[&str]]) {
    for group in groups {
        for a in *group {
            for b in *group {
                assert_eq!(compare(a, b), Comparison::Same, "{a:?} and {b:?}");
            }
        }
    }
}

#[test]
fn one_value_is_written_in_many_ways() {
    assert_same(&[
        &[
            "12,500.00",
            "12 500",
            "12.500,00",
            "12'500",
            "12\u{A0}500",
            "１２５００",
            "12500",
            "12,500",
            "١٢٥٠٠",
        ],
        &["twenty-one", "21", "einundzwanzig"],
        &["two hundred and fifty", "250", "zweihundertfünfzig"],
        &["1.8 million", "1,800,000", "1,8 Millionen", "1.8 Mio."],
        &["3½", "3.5", "3,5"],
        &["18.6万", "186,000"],
        &["3 %", "3 per cent", "drei Prozent", "3%"],
        &["3rd", "third", "dritte"],
        &["twice", "two times", "zweimal"],
        &["£1,145", "1145 pounds", "GBP 1,145.00"],
        &["45p", "£0.45"],
        &["−7 °C", "-7 °C", "-7°C"],
        &["six months", "6 months", "sechs Monate", "六个月", "6か月"],
        &["ten working days", "10 business days", "zehn Werktage"],
        &["100 km/h", "100 kilometres per hour"],
        &["10 minutes", "10 min", "600 seconds"],
    ]);
}

#[test]
fn dates_and_times_are_values() {
    assert_same(&[
        &[
            "31 May 2024",
            "2024-05-31",
            "31.05.2024",
            "31. Mai 2024",
            "May 31st, 2024",
            "31/05/2024",
            "2024年5月31日",
            "31 de mayo de 2024",
            "5/31/2024",
        ],
        &["Tuesday", "on Tuesdays", "dienstags"],
        &["22:30", "10.30 pm", "22.30 Uhr", "10:30 p.m."],
        &["noon", "12:00", "12 pm"],
        &["in May 2024", "Mai 2024"],
    ]);
    assert_eq!(compare("2024", "31 May 2024"), Comparison::Same, "a source may be more precise");
    assert_eq!(compare("31 May 2024", "2024"), Comparison::Other);
    assert_eq!(compare("4 May 2024", "4 May"), Comparison::Same);
    assert_eq!(compare("4 May", "4 June"), Comparison::Other);
    assert_eq!(compare("Tuesday", "Wednesday"), Comparison::Other);
    assert_eq!(compare("Friday, 24 January", "24 January"), Comparison::Same);
}

#[test]
fn units_are_converted_within_a_dimension() {
    for (claim, source) in [
        ("31 km", "19.3 miles"),
        ("19 miles", "31 km"),
        ("68 °F", "20 °C"),
        ("3 GB", "3,000 MB"),
        ("90 minutes", "1.5 hours"),
        ("2 weeks", "14 days"),
        ("11 lb", "5 kg"),
        ("18 months", "1.5 years"),
        ("3 %", "0.03"),
        ("about 20,000", "19,600"),
    ] {
        assert_eq!(compare(claim, source), Comparison::Same, "{claim:?} and {source:?}");
    }
    for (claim, source) in [
        ("10 days", "10 weeks"),
        ("10 days", "10 working days"),
        ("£5", "€5"),
        ("10 mph", "10 km/h"),
        ("5 mg", "5 g"),
        ("£30 a week", "£30 a month"),
    ] {
        assert_eq!(compare(claim, source), Comparison::OtherUnit, "{claim:?} and {source:?}");
    }
    for (claim, source) in [("31 km", "19.9 miles"), ("5 %", "4 %"), ("E04", "E07"), ("£35", "£36")] {
        assert_eq!(compare(claim, source), Comparison::Other, "{claim:?} and {source:?}");
    }
    assert_eq!(compare("5 km", "20 minutes"), Comparison::Incomparable);
}

#[test]
fn limits_are_told_apart() {
    for (claim, source, expected) in [
        ("at least 36 hours", "no less than 36 hours", Comparison::Same),
        ("at most 36 hours", "at least 36 hours", Comparison::OtherBound),
        ("no more than 5 keys", "up to 5 keys", Comparison::Same),
        ("before 1 May", "after 1 May", Comparison::OtherBound),
        ("not before 1 May", "after 1 May", Comparison::Same),
        ("6 or more", "below 6", Comparison::OtherBound),
        ("36 hours", "at least 36 hours", Comparison::Same),
    ] {
        assert_eq!(compare(claim, source), expected, "{claim:?} and {source:?}");
    }
}

#[test]
fn ranges_have_two_ends_with_one_unit() {
    for text in [
        "30 to 60 minutes",
        "30–60 minutes",
        "30-60 minutes",
        "between 30 and 60 minutes",
        "30 bis 60 Minuten",
    ] {
        let found = quantities(text, None);
        assert_eq!(found.len(), 2, "{text:?} has {found:#?}");
        assert_eq!(found[0].compare(&only("30 minutes")), Comparison::Same, "{text:?}");
        assert_eq!(found[1].compare(&only("one hour")), Comparison::Same, "{text:?}");
    }
}

#[test]
fn what_only_looks_like_a_number_is_none() {
    for text in ["no more", "he may march", "the tenant", "seven-league"] {
        let hard: Vec<_> = quantities(text, None).into_iter().filter(|it| !it.is_soft).collect();
        assert_eq!(hard.len(), usize::from(text.starts_with("seven")), "{text:?} has {hard:#?}");
    }
    for name in ["01632 960 118", "2.6.1", "7710-221", "SBH-REN-014", "R290", "24/01"] {
        let found = quantities(name, None);
        assert!(found.iter().any(|it| matches!(it.value, Value::Name { .. })), "{name:?} has {found:#?}");
    }
    assert!(only("one").is_soft && !only("one day").is_soft);
}

proptest! {
    #[test]
    fn any_text_has_quantities_in_order_that_equal_themselves(
        text in "\\PC{0,60}|[0-9.,/:' -]{0,30}|([0-9]{1,4}[ .,/-]?|May|Mai|one|two|hundred|zwei|und|km|%|£|°C|am|pm|年|月|日|½|at least|[ ,]){0,20}",
    ) {
        let mut end = 0;
        for quantity in quantities(&text, None) {
            prop_assert!(quantity.span.slice(&text).is_some_and(|it| !it.is_empty()), "{quantity:?}");
            prop_assert!(quantity.span.start >= end, "{quantity:?}");
            end = quantity.span.end;
            prop_assert_eq!(quantity.compare(&quantity), Comparison::Same);
        }
    }
}
