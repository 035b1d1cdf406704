//! What a page says of itself in its head.

use super::tags::{Name, Tag};
use super::tree::Tree;
use crate::document::{Metadata, MetadataValue};
use crate::extract::{Properties, one_line};

/// The longest value that is kept, in characters, and the most keywords.
const MAX_CHARS: usize = 1_000;
const MAX_KEYWORDS: usize = 100;

/// The longest description of a page for machines that is read, in bytes.
const MAX_LINKED_DATA: usize = 1 << 20;

/// What was found, the best source first.
#[derive(Default)]
struct Found {
    title: String,
    shared_title: String,
    heading: String,
    language: String,
    fields: Vec<(&'static str, usize, String)>,
}

impl Found {
    /// Notes a value of a field from the source of a rank, of which the lowest wins; values of one rank are all kept.
    fn note(&mut self, field: &'static str, rank: usize, value: &str) {
        let value = one_line(value, MAX_CHARS);
        let is_known = self.fields.iter().any(|it| it.0 == field && it.2 == value);
        if !value.is_empty() && !is_known && self.fields.len() < MAX_KEYWORDS {
            self.fields.push((field, rank, value));
        }
    }

    fn values(&self, field: &str) -> Vec<&str> {
        let of_field = || self.fields.iter().filter(|it| it.0 == field);
        let best = of_field().map(|it| it.1).min();
        of_field().filter(|it| Some(it.1) == best).map(|it| it.2.as_str()).collect()
    }
}

/// Names of fields in the head, with the field of ours and how good a source each is.
const NAMES: &[(&str, &str, usize)] = &[
    ("article:author", "author", 3),
    ("article:published_time", "date", 0),
    ("author", "author", 0),
    ("citation_author", "author", 1),
    ("citation_date", "date", 2),
    ("citation_publication_date", "date", 2),
    ("date", "date", 3),
    ("datepublished", "date", 1),
    ("dc.creator", "author", 2),
    ("dc.date", "date", 2),
    ("dc.date.issued", "date", 2),
    ("dc.description", "description", 2),
    ("dc.subject", "keywords", 2),
    ("dcterms.created", "date", 3),
    ("dcterms.creator", "author", 2),
    ("dcterms.date", "date", 2),
    ("dcterms.issued", "date", 2),
    ("description", "description", 0),
    ("keywords", "keywords", 0),
    ("news_keywords", "keywords", 1),
    ("og:description", "description", 1),
    ("parsely-author", "author", 2),
    ("parsely-pub-date", "date", 2),
    ("pubdate", "date", 2),
    ("publish-date", "date", 2),
    ("sailthru.date", "date", 3),
    ("twitter:description", "description", 2),
];

/// Reads what a page says of itself.
pub(super) fn properties(tree: &Tree) -> Properties {
    let mut found = Found::default();
    let mut times = Vec::new();
    let mut svg_end = 0;
    for node in 0..tree.len() {
        let tag = tree.tag(node);
        match tag {
            Tag::Svg => svg_end = svg_end.max(tree.end(node)),
            Tag::Title if found.title.is_empty() && node >= svg_end => {
                found.title = tree.text_of(node, MAX_CHARS)
            }
            Tag::H1 if found.heading.is_empty() => found.heading = tree.text_of(node, MAX_CHARS),
            Tag::Html => {
                let own = tree.attribute(node, Name::Lang).or_else(|| tree.attribute(node, Name::XmlLang));
                found.language = one_line(own.unwrap_or_default(), 40);
            }
            Tag::Body if found.language.is_empty() => {
                found.language = one_line(tree.attribute(node, Name::Lang).unwrap_or_default(), 40);
            }
            Tag::Meta => meta(tree, node, &mut found),
            Tag::Time => times.extend(time(tree, node)),
            Tag::Script if tree.has(node, Name::Type, "application/ld+json") => {
                linked_data(tree, node, &mut found)
            }
            _ => {}
        }
    }
    let announced = times.iter().find(|time| time.1).or(times.first().filter(|_| times.len() == 1));
    if let Some((value, _)) = announced {
        found.note("date", 4, value);
    }
    Properties { title: title(&found), language: found.language.clone(), metadata: metadata(&found) }
}

fn metadata(found: &Found) -> Metadata {
    let mut metadata = Metadata::new();
    let authors = found.values("author");
    let single = |field: &str| found.values(field).first().map(|it| (*it).to_owned());
    let fields = [
        ("author", (!authors.is_empty()).then(|| authors.join(", "))),
        ("date", single("date")),
        ("description", single("description")),
    ];
    for (field, value) in fields {
        if let Some(value) = value {
            metadata.insert(field.to_owned(), MetadataValue::String(value));
        }
    }
    let mut keywords: Vec<String> = Vec::new();
    for keyword in
        found.values("keywords").iter().flat_map(|it| it.split([',', ';', '\u{ff0c}'])).map(str::trim)
    {
        if !keyword.is_empty() && keywords.len() < MAX_KEYWORDS && !keywords.iter().any(|it| it == keyword) {
            keywords.push(keyword.to_owned());
        }
    }
    if !keywords.is_empty() {
        metadata.insert("keywords".to_owned(), MetadataValue::Strings(keywords));
    }
    metadata
}

fn meta(tree: &Tree, node: usize, found: &mut Found) {
    let Some(content) = tree.attribute(node, Name::Content) else { return };
    if tree.has(node, Name::HttpEquiv, "content-language") && found.language.is_empty() {
        found.language = one_line(content.split(',').next().unwrap_or_default(), 40);
    }
    for name in [Name::Named, Name::Property, Name::ItemProp] {
        let name = tree.attribute(node, name).unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "og:title" => found.shared_title = one_line(content, MAX_CHARS),
            "twitter:title" if found.shared_title.is_empty() => {
                found.shared_title = one_line(content, MAX_CHARS)
            }
            _ => {}
        }
        let known = NAMES.binary_search_by_key(&name.as_str(), |known| known.0);
        if let Some((_, field, rank)) = known.ok().and_then(|at| NAMES.get(at)) {
            let is_address = *field == "author" && content.contains("://");
            if !is_address {
                found.note(field, *rank, content);
            }
        }
    }
}

/// The date of an element, and whether it is said to be the page's own.
fn time(tree: &Tree, node: usize) -> Option<(String, bool)> {
    let value = one_line(tree.attribute(node, Name::DateTime)?, MAX_CHARS);
    let is_date = value.len() >= 4 && value.as_bytes().iter().take(4).all(u8::is_ascii_digit);
    let is_own =
        tree.attribute(node, Name::PubDate).is_some() || tree.has(node, Name::ItemProp, "datePublished");
    is_date.then_some((value, is_own))
}

/// Takes the author and the date of a page from its linked data (JSON-LD).
fn linked_data(tree: &Tree, node: usize, found: &mut Found) {
    let text: String = (node..tree.end(node)).flat_map(|it| tree.pieces(it)).map(|(text, _)| text).collect();
    if text.len() > MAX_LINKED_DATA {
        return;
    }
    let Ok(data) = serde_json::from_str::<serde_json::Value>(&text) else { return };
    let mut open = vec![&data];
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::Array(values) => open.extend(values.iter().rev()),
            serde_json::Value::Object(fields) => {
                if let Some(date) = fields.get("datePublished").and_then(|it| it.as_str()) {
                    found.note("date", 1, date);
                    fields.get("author").into_iter().for_each(|author| note_authors(author, found));
                }
                open.extend(fields.get("@graph"));
            }
            _ => {}
        }
    }
}

fn note_authors(author: &serde_json::Value, found: &mut Found) {
    let many = author.as_array().map_or_else(|| std::slice::from_ref(author), Vec::as_slice);
    for author in many {
        let name = author.as_str().or_else(|| author.get("name").and_then(|it| it.as_str()));
        if let Some(name) = name.filter(|name| !name.contains("://")) {
            found.note("author", 2, name);
        }
    }
}

/// The title: as the page shares it or as its heading says it, where that is its title without the name of the site.
fn title(found: &Found) -> String {
    let Found { title, shared_title, heading, .. } = found;
    if title.is_empty() {
        return [shared_title, heading].into_iter().find(|it| !it.is_empty()).cloned().unwrap_or_default();
    }
    let lower = title.to_lowercase();
    let is_in =
        |part: &str| !part.is_empty() && part.len() < title.len() && lower.contains(&part.to_lowercase());
    let is_most = |part: &str| lower.starts_with(&part.to_lowercase()) || part.len() * 2 > title.len();
    if is_in(shared_title) {
        return shared_title.clone();
    }
    if is_in(heading) && is_most(heading) && heading.len() * 4 >= title.len() {
        return heading.clone();
    }
    title.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order() {
        assert!(NAMES.is_sorted_by_key(|known| known.0));
    }
}
