//! The form in which text with positions comes in: what a reader of PDF files knows, as plain data.

use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A document whose text is known by its places on pages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PositionedDocument {
    /// What it says its title is.
    pub title: String,
    /// Who made it.
    pub author: String,
    /// What it is about.
    pub subject: String,
    /// Words to find it by.
    pub keywords: String,
    /// The tag of its language.
    pub language: String,
    /// When it was made, such as `D:20240131120000+01'00'`.
    pub created: String,
    /// When it was last changed, in the same form.
    pub modified: String,
    /// What items name by their place.
    pub fonts: Vec<Font>,
    /// The bookmarks in order, with their depths from 1.
    pub outline: Vec<(String, u32)>,
    /// The pages that could be read, in order.
    pub pages: Vec<PositionedPage>,
    /// The numbers of those that could not be.
    pub unread: Vec<u32>,
}

/// A font: its name, whether it is bold and italic, and how far it reaches above and below (negative) the baseline, in parts
/// of its size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Font(pub String, pub bool, pub bool, pub f32, pub f32);

/// A page as it is shown, in points from its upper left corner.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PositionedPage {
    /// Its place in the document, from 1.
    pub number: u32,
    /// What is printed for its number; empty where that is not known.
    pub label: String,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// What is drawn, in the order of drawing.
    pub items: Vec<Item>,
    /// The parts of a tagged page in order.
    pub nodes: Vec<Node>,
}

/// A part of a tagged page: its role, such as `H1` or `TD`, and the place, from 1, of the part around it; 0 where there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Node(pub String, pub u32);

/// The item is written from right to left.
pub const RIGHT_TO_LEFT: u32 = 1;
/// The item is written from top to bottom.
pub const VERTICAL: u32 = 2;
/// The item belongs to the page's furniture, as the file itself says.
pub const ARTIFACT: u32 = 4;

/// A run of text in one font on one baseline. It is written as an array in the order of its fields, without zeros at its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// Its text, in the order of reading.
    pub text: String,
    /// Where its baseline begins.
    pub left: f32,
    /// Where its baseline begins, from the upper edge of the page.
    pub baseline: f32,
    /// Its length along the baseline.
    pub width: f32,
    /// The size of its font.
    pub size: f32,
    /// The place of its font in the document's.
    pub font: u32,
    /// The sum of [`RIGHT_TO_LEFT`], [`VERTICAL`] and [`ARTIFACT`].
    pub flags: u32,
    /// The angle of its baseline, in degrees clockwise.
    pub angle: i32,
    /// The place, from 1, of its part among the page's nodes; 0 where it has none.
    pub node: u32,
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rest = [i64::from(self.flags), i64::from(self.angle), i64::from(self.node)];
        let kept = rest.iter().rposition(|value| *value != 0).map_or(0, |last| last + 1);
        let mut array = serializer.serialize_seq(Some(6 + kept))?;
        array.serialize_element(&self.text)?;
        for number in [self.left, self.baseline, self.width, self.size] {
            array.serialize_element(&number)?;
        }
        array.serialize_element(&self.font)?;
        for value in &rest[..kept] {
            array.serialize_element(value)?;
        }
        array.end()
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemVisitor)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of a text, its place, length and size, and its font")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Item, A::Error> {
        let text = array.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let mut numbers = [0.0; 8];
        for number in &mut numbers {
            let Some(value) = array.next_element::<f64>()? else { break };
            *number = value;
        }
        while array.next_element::<IgnoredAny>()?.is_some() {}
        let [left, baseline, width, size, font, flags, angle, node] = numbers;
        // Casts from floating point saturate, and make 0 of what is no number.
        Ok(Item {
            text,
            left: left as f32,
            baseline: baseline as f32,
            width: width as f32,
            size: size as f32,
            font: font as u32,
            flags: flags as u32,
            angle: angle as i32,
            node: node as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_an_array_without_zeros_at_its_end() {
        let plain = Item { text: "a".into(), left: 1.5, size: 10.0, ..Item::default() };
        let tagged = Item { node: 3, ..plain.clone() };
        for (item, json) in
            [(plain, r#"["a",1.5,0.0,0.0,10.0,0]"#), (tagged, r#"["a",1.5,0.0,0.0,10.0,0,0,0,3]"#)]
        {
            assert_eq!(serde_json::to_string(&item).unwrap(), json);
            assert_eq!(serde_json::from_str::<Item>(json).unwrap(), item);
        }
        assert!(serde_json::from_str::<Item>("[]").is_err());
        assert!(serde_json::from_str::<Item>(r#"["a",null]"#).is_err());
    }
}
