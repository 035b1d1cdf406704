use super::*;

#[test]
fn show() {
    let Ok(path) = std::env::var("SHOW") else { return };
    let document: PositionedDocument = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let extracted = extract(document).unwrap();
    extracted.validate().unwrap();
    for block in &extracted.blocks {
        println!("{:?} {}", block.kind, block.span.slice(&extracted.text).unwrap());
    }
}
