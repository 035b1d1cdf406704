use super::*;
use proptest::prelude::*;

const LEASE: &str = "# Lease\n\n3.1 The rent is **£1,145 per calendar month**, payable in advance on the first day of each month.\n\n\
    5.3 One cat may be kept. Any other animal requires the Landlord’s written consent.\n\n\
    5.5 Smoking and vaping are forbidden inside the Premises. They are permitted in the courtyard.\n\n\
    7.1 The Landlord may enter to inspect after giving at least thirty-six hours’ notice in writing.";
const HANDBOOK: &str = "# Handbook\n\nYou have 27 days of annual leave a year, plus public holidays. The leave year runs from 1 April to \
    31 March. Ignatius Pell, the finance director, chairs the panel.\n\n| Item | Kingdom | Europe |\n|---|---|---|\n| Breakfast | £9 | €11 |\n| Evening meal | £28 | €34 |\n";

fn sources() -> Vec<Source<'static>> {
    vec![Source { title: "Lease", text: LEASE }, Source { title: "Handbook", text: HANDBOOK }]
}

#[track_caller]
fn assert_verdict(answer: &str, expected: Verdict) -> SentenceVerdict {
    let mut found = verify(answer, &sources());
    assert_eq!(found.len(), 1, "{found:#?}");
    let found = found.remove(0);
    assert_eq!(found.verdict, expected, "{found:#?}");
    assert_eq!(
        found.score >= SUPPORTED,
        matches!(expected, Verdict::Supported | Verdict::Misattributed | Verdict::Uncited),
        "{found:#?}"
    );
    found
}

#[test]
fn what_a_cited_source_says_is_supported() {
    for answer in [
        "The rent is £1,145 per month, payable in advance [1].",
        "Smoking is not allowed inside the premises [1].",
        "Employees have 27 days of annual leave [2].",
        "The landlord must give at least 36 hours' written notice before entering to inspect [1].",
        "The finance director is Ignatius Pell [2].",
        "An evening meal in Europe may cost €34 [2].",
    ] {
        let found = assert_verdict(answer, Verdict::Supported);
        assert_eq!(found.sources, found.cited);
    }
}

#[test]
fn what_a_source_says_otherwise_is_contradicted() {
    for (answer, kind, claimed, held) in [
        (
            "The rent is £1,245 per month, payable in advance [1].",
            ConflictKind::Number,
            "£1,245 per month",
            "£1,145 per calendar month",
        ),
        ("Smoking is allowed inside the premises [1].", ConflictKind::Negation, "allowed", "forbidden"),
        (
            "The landlord must give at least 36 days' written notice before entering to inspect [1].",
            ConflictKind::Unit,
            "36 days",
            "thirty-six hours",
        ),
        ("The leave year runs from 1 May to 31 March [2].", ConflictKind::Date, "1 May", "1 April"),
        (
            "The finance director, Bronagh Pell, chairs the panel [2].",
            ConflictKind::Name,
            "Bronagh",
            "Ignatius",
        ),
    ] {
        let found = assert_verdict(answer, Verdict::Contradicted);
        let difference = &found.differences[0];
        assert_eq!(
            (difference.kind, difference.claimed.as_str(), difference.found.as_str()),
            (kind, claimed, held)
        );
        assert!(found.reason.contains(held), "{}", found.reason);
    }
}

#[test]
fn a_wrong_mark_is_repaired_and_a_missing_one_suggested() {
    let found =
        assert_verdict("The rent is £1,145 per month, payable in advance [2].", Verdict::Misattributed);
    assert_eq!(found.suggested, [1]);
    let found = assert_verdict("You have 27 days of annual leave a year.", Verdict::Uncited);
    assert_eq!(found.suggested, [2]);
    let found = assert_verdict("The garden is mown by a goat on Sundays [1].", Verdict::NotFound);
    assert!(found.sources.is_empty());
    let found =
        assert_verdict("The rent is £1,145 per month, payable in advance [7].", Verdict::Misattributed);
    assert!(found.reason.starts_with("There is no source 7"), "{}", found.reason);
}

#[test]
fn altered_quotations_are_shown() {
    assert_verdict("It says: “One cat may be kept” [1].", Verdict::Supported);
    let found = assert_verdict(
        "It says: “Any other animal requires the Agent's written consent” [1].",
        Verdict::QuoteAltered,
    );
    assert!(found.reason.contains("“agent” for “landlord”"), "{}", found.reason);
}

#[track_caller]
fn assert_against(source: &str, claim: &str, expected: Verdict) -> SentenceVerdict {
    let found = verify(&format!("{claim} [1]"), &[Source { title: "", text: source }]).remove(0);
    assert_eq!(found.verdict, expected, "{found:#?}");
    found
}

/// Asserts that one claim is supported and the other contradicted, and returns the verdict about that.
#[track_caller]
fn assert_told_apart(source: &str, right: &str, wrong: &str) -> SentenceVerdict {
    assert_against(source, right, Verdict::Supported);
    assert_against(source, wrong, Verdict::Contradicted)
}

#[test]
fn values_that_stand_beside_the_wrong_words_contradict() {
    for (source, right, swapped) in [
        (
            "The warranty covers the motor for five years and all other parts for two years.",
            "The motor is under warranty for five years, the other parts for two.",
            "The motor is under warranty for two years, the other parts for five.",
        ),
        (
            "The tower at Brenk is 61 metres high, that at Holm 38 metres.",
            "The tower at Holm has a height of 38 metres.",
            "The tower at Holm has a height of 61 metres.",
        ),
        (
            "It stars Imelda Ross as a lighthouse keeper and Gabriel Anand as her estranged son.",
            "Imelda Ross plays the lighthouse keeper, and Gabriel Anand plays the son.",
            "Gabriel Anand plays the lighthouse keeper, and Imelda Ross plays the son.",
        ),
        (
            "A green light means that all is well, an amber light that maintenance is due, and a red light that there is a fault.",
            "A red light shows a fault.",
            "A green light shows a fault.",
        ),
        (
            "The company cut its dividend from 32 cents to 20 cents per share.",
            "The dividend was reduced to 20 cents a share.",
            "The dividend was reduced to 32 cents a share.",
        ),
        ("七月最热，一月最冷。", "一月最冷，七月最热。", "一月最热，七月最冷。"),
    ] {
        assert_told_apart(source, right, swapped);
    }
}

#[test]
fn what_stands_before_all_values_is_about_each() {
    let source = "The Aldra rises at 1,940 metres in the Sorrel Hills and flows 312 kilometres south to the Gulf of Merrin.";
    assert_against(source, "The Aldra flows for 312 kilometres to the Gulf of Merrin.", Verdict::Supported);
}

#[test]
fn opposites_contradict_and_two_denials_do_not() {
    for (source, right, wrong) in [
        (
            "Take the tablets after the meal with a glass of water.",
            "The tablets are taken with water after the meal.",
            "The tablets are taken with water before the meal.",
        ),
        (
            "Unemployment declined to 5.1 % in the northern districts.",
            "In the northern districts unemployment fell to 5.1 %.",
            "In the northern districts unemployment rose to 5.1 %.",
        ),
        (
            "Damage by flood is covered only if the insured has taken out the supplement for natural hazards.",
            "Flood damage is not covered without the supplement for natural hazards.",
            "Flood damage is covered without the supplement for natural hazards.",
        ),
        (
            "The function load returns a list instead of a tuple.",
            "The function load returns a list and not a tuple.",
            "The function load returns a tuple and not a list.",
        ),
        (
            "Les travaux bruyants ne sont pas autorisés le dimanche.",
            "Le dimanche, les travaux bruyants ne sont pas permis.",
            "Le dimanche, les travaux bruyants sont permis.",
        ),
        (
            "Der Mieter darf ohne Zustimmung des Vermieters keine Hunde halten.",
            "Ohne Zustimmung des Vermieters sind Hunde nicht erlaubt.",
            "Ohne Zustimmung des Vermieters sind Hunde erlaubt.",
        ),
        ("请勿将底座浸入水中。", "底座不能浸入水中。", "底座可以浸入水中。"),
    ] {
        assert_told_apart(source, right, wrong);
    }
}

#[test]
fn who_does_it_to_whom_contradicts_where_it_is_swapped() {
    for (source, right, swapped) in [
        (
            "The Supplier shall indemnify the Customer against all claims of third parties.",
            "The Customer is indemnified by the Supplier against all claims of third parties.",
            "The Customer shall indemnify the Supplier against all claims of third parties.",
        ),
        (
            "Acme Corp acquired Bolt Ltd in 2019.",
            "In 2019 Bolt Ltd was acquired by Acme Corp.",
            "Acme Corp was acquired by Bolt Ltd in 2019.",
        ),
        (
            "The lender may assign the loan to the insurer at any time.",
            "At any time, the lender may assign the loan to the insurer.",
            "The insurer may assign the loan to the lender at any time.",
        ),
        (
            "Warfarin increases the effect of aspirin.",
            "The effect of aspirin is increased by warfarin.",
            "Aspirin increases the effect of warfarin.",
        ),
        (
            "The goods are shipped from the buyer to the seller.",
            "The goods are shipped to the seller from the buyer.",
            "The goods are shipped from the seller to the buyer.",
        ),
        (
            "The audit took place before the merger.",
            "Before the merger, the audit took place.",
            "The merger took place before the audit.",
        ),
        (
            "The lighthouse is taller than the church.",
            "The church is shorter than the lighthouse.",
            "The church is taller than the lighthouse.",
        ),
        (
            "Revenue from licences exceeded revenue from services.",
            "Revenue from services was exceeded by revenue from licences.",
            "Revenue from services exceeded revenue from licences.",
        ),
        (
            "Der Vermieter muss den Mieter schriftlich informieren.",
            "Den Mieter muss der Vermieter schriftlich informieren.",
            "Der Mieter muss den Vermieter schriftlich informieren.",
        ),
        (
            "Le bailleur informe le locataire par écrit.",
            "Le locataire est informé par écrit par le bailleur.",
            "Le locataire informe le bailleur par écrit.",
        ),
        ("张敏推荐了王磊。", "王磊被张敏推荐。", "王磊推荐了张敏。"),
    ] {
        let verdict = assert_told_apart(source, right, swapped);
        assert_eq!(verdict.differences[0].kind, ConflictKind::Role, "{verdict:#?}");
    }
}

#[test]
fn what_is_mutual_or_said_of_both_is_not_swapped() {
    for (source, claim) in [
        ("Northwind merged with Southgate in 2004.", "Southgate merged with Northwind in 2004."),
        ("Kemp met Bauer in Vienna.", "Bauer met Kemp in Vienna."),
        ("Highway 12 runs parallel to the canal.", "The canal runs parallel to Highway 12."),
        ("“The rent is due”, said the director.", "The director said that the rent is due."),
        ("During the winter the ferry runs on weekends.", "On weekends the ferry runs during the winter."),
        ("The tenant paid the rent by cheque.", "The tenant paid by cheque."),
        (
            "The landlord sent more than 5 letters to the tenant.",
            "The tenant was sent more than 5 letters by the landlord.",
        ),
        ("Der Hausmeister öffnet die Tür.", "Die Tür öffnet der Hausmeister."),
        ("Директор подписал договор с банком.", "Договор с банком подписал директор."),
        ("昨天张敏在北京开会。", "在北京张敏昨天开会。"),
        (
            "Goods are shipped from the buyer to the seller. Goods are shipped from the seller to the buyer.",
            "Goods are shipped from the seller to the buyer.",
        ),
        (
            "Each party may inspect the books of the other. The buyer may inspect the books of the seller. The seller may \
             inspect the books of the buyer.",
            "The seller may inspect the books of the buyer.",
        ),
    ] {
        assert_against(source, claim, Verdict::Supported);
    }
}

#[test]
fn a_comparison_turned_round_excuses_no_other_difference() {
    let source = "The left tower is taller than the church.";
    let (right, wrong) =
        ("The church is shorter than the left tower.", "The church is shorter than the right tower.");
    assert_told_apart(source, right, wrong);
}

#[test]
fn texts_without_ends_of_sentences_are_no_sentences() {
    let words = |first: &str, second: &str| {
        format!("{first} pays {second} ") + &"for the gulls of pier nine ".repeat(4_000)
    };
    let found =
        verify(&(words("Kemp", "Bauer") + "[1]."), &[Source { title: "", text: &words("Bauer", "Kemp") }]);
    assert!(found[0].differences.is_empty(), "{:?}", found[0].differences);
}

#[test]
fn what_somebody_else_does_is_not_supported() {
    let source = "The landlord repairs the roof. The tenant repairs the taps.";
    assert_against(source, "The roof is repaired by the landlord.", Verdict::Supported);
    let verdict = assert_against(source, "The tenant repairs the roof.", Verdict::Partly);
    assert!(verdict.reason.contains("“tenant”"), "{}", verdict.reason);
}

#[test]
fn one_name_that_differs_contradicts() {
    for (source, right, wrong, found) in [
        (
            "The museum was founded in 1887 by the shipowner Elias Brandvold.",
            "Elias Brandvold, a shipowner, founded the museum.",
            "Jonas Brandvold, a shipowner, founded the museum.",
            "Elias",
        ),
        (
            "Der Verein hat seinen Sitz in Gmünd.",
            "Sitz des Vereins ist Gmünd.",
            "Sitz des Vereins ist Zwettl.",
            "Gmünd",
        ),
        (
            "临川大学成立于1952年，现任校长是陈立文。",
            "临川大学的校长是陈立文。",
            "临川大学的校长是王立文。",
            "陈立",
        ),
    ] {
        let verdict = assert_told_apart(source, right, wrong);
        assert_eq!(verdict.differences[0].found, found);
    }
}

#[test]
fn words_of_one_root_and_parts_of_compounds_are_found() {
    for (source, claim) in [
        ("Each party is liable up to €2.5 million.", "Liability is limited to €2.5 million for each party."),
        (
            "Der Mieter kann mit einer Frist von drei Monaten kündigen.",
            "Für den Mieter gilt eine Kündigungsfrist von drei Monaten.",
        ),
    ] {
        assert_against(source, claim, Verdict::Supported);
    }
}

#[test]
fn marks_of_several_bytes_before_a_denial_are_no_trouble() {
    let source =
        "They are massive – collections of mass – so strong that nothing escapes、无 not。ohne – nichts";
    verify("Nothing – not even “light” – escapes、不 [1].", &[Source { title: "", text: source }]);
}

const ANSWERS: [&str; 3] = [
    "# Rent\n\nThe rent is £1,145 per month [1]. It is payable in\nadvance [1].\n\n- One cat may be kept [2]\n- No. 5 says e.g. Nothing\n\n| Item | Limit |\n|---|---|\n| Breakfast | £9 [2] |\n\n```\na[1]\n```\nSmoking is allowed inside【1】. Done (1)\n\nSources:\n[1] Lease. Really.\n",
    "Die Miete beträgt 1.145 £.¹ 屋顶由房东修理[1]。租金。[2]\n\n> “One dog may be kept” [1]\n1. You have 27 days [^2]\n\n[^2]: Handbook\nThe rest follows: \n- annual leave\n---\nSources say nothing.",
    "A\n# B\n\n\nsources\n\nLong enough a line to be wrapped by somebody's editor\nand it goes on [1].\r\n\r\n* x\n*y* **z** [2]\n|a|\n|-|\n|b [1]|\n",
];

#[test]
fn an_answer_in_pieces_has_the_verdicts_of_the_whole() {
    let sources = sources();
    for answer in ANSWERS {
        let whole = verify(answer, &sources);
        let mut verifier = Verifier::new(&sources);
        for (split, _) in answer.char_indices() {
            let mut pieces = verifier.push(&answer[..split]);
            pieces.extend(verifier.push(&answer[split..]));
            pieces.extend(verifier.finish());
            assert_eq!(pieces, whole, "cut at {split} of {answer:?}");
        }
        let mut pieces = Vec::new();
        for character in answer.chars() {
            pieces.extend(verifier.push(&character.to_string()));
        }
        pieces.extend(verifier.finish());
        assert_eq!(pieces, whole, "character by character");
    }
}

proptest! {
    #[test]
    fn any_answer_in_any_pieces_has_the_verdicts_of_the_whole(
        pieces in prop::collection::vec("[a-zA-Z0-9 .,:;£%]{0,12}|[-#*`|>\\n \\[\\]()0-9]{0,6}|\\n\\n|- |```\n|\\[1\\]|\\[2\\]|Sources:\n|\\|-\\|\n", 0..24),
    ) {
        let sources = sources();
        let mut verifier = Verifier::new(&sources);
        let whole = verifier.verify(&pieces.concat());
        let mut given: Vec<SentenceVerdict> = pieces.iter().flat_map(|piece| verifier.push(piece)).collect();
        given.extend(verifier.finish());
        prop_assert_eq!(given, whole);
    }
}
