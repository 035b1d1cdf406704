//! The special tokens around a text or two: the post-processors of `tokenizer.json`, as
//! [its documentation](https://huggingface.co/docs/tokenizers/api/post-processors) has them.

use serde_json::Value;

use super::file::Part;
use crate::encoder::folder::{TOKENIZER_FILE, invalid};
use crate::error::{Error, Result};

/// A template with more tokens is not supported.
const MAX_ITEMS: usize = 1024;

/// What a post-processor does.
#[derive(Debug, Default)]
pub(super) struct PostProcessor {
    /// What is put around one text.
    pub(super) single: Vec<Item>,
    /// What is put around two.
    pub(super) pair: Vec<Item>,
    /// Whether tokens are cut out of the text without the spaces at their ends, and whether a space before the first was
    /// put in.
    pub(super) trim: Option<Trim>,
}

/// How spaces at the ends of tokens are left out of their spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trim {
    /// A single space of the first token stays, for it is not in the text.
    pub(super) prefix_space: bool,
}

/// A part of a sequence of tokens; the second number of each is the type of its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Special(u32, u32),
    First(u32),
    Second(u32),
}

impl PostProcessor {
    /// The file's post-processor.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) naming what is malformed or not supported.
    pub(super) fn read(part: Option<Part>) -> Result<Self> {
        let Some(part) = part else { return Ok(Self::default()) };
        let mut all = Self::default();
        for part in part.flattened("processors", |part| part.kind() == "Sequence")? {
            let step = Self::read_one(part)?;
            if !step.single.is_empty() && !all.single.is_empty() {
                let message =
                    "its post-processor of type Sequence adds special tokens twice, which is not supported";
                return Err(invalid(TOKENIZER_FILE, message));
            }
            if !step.single.is_empty() {
                (all.single, all.pair) = (step.single, step.pair);
            }
            all.trim = all.trim.or(step.trim);
        }
        Ok(all)
    }

    fn read_one(part: Part) -> Result<Self> {
        use Item::{First, Second, Special};
        match part.kind() {
            "TemplateProcessing" => Self::read_template(part),
            "BertProcessing" => {
                let (cls, sep) = (special(part, "cls")?, special(part, "sep")?);
                Ok(Self {
                    single: vec![Special(cls, 0), First(0), Special(sep, 0)],
                    pair: vec![Special(cls, 0), First(0), Special(sep, 0), Second(1), Special(sep, 1)],
                    trim: None,
                })
            }
            "RobertaProcessing" => {
                let (cls, sep) = (Special(special(part, "cls")?, 0), Special(special(part, "sep")?, 0));
                Ok(Self {
                    single: vec![cls, First(0), sep],
                    pair: vec![cls, First(0), sep, sep, Second(0), sep],
                    trim: Trim::read(part)?,
                })
            }
            "ByteLevel" => Ok(Self { trim: Trim::read(part)?, ..Self::default() }),
            _ => Err(part.unsupported()),
        }
    }

    fn read_template(part: Part) -> Result<Self> {
        let single = items(part, "single")?;
        let pair = items(part, "pair")?;
        let count = |items: &[Item], is: fn(&Item) -> bool| items.iter().filter(|item| is(item)).count();
        let (first, second) =
            (|item: &Item| matches!(item, Item::First(_)), |item: &Item| matches!(item, Item::Second(_)));
        if count(&single, first) != 1 || count(&single, second) != 0 {
            return Err(malformed("for one text does not hold it once"));
        }
        if count(&pair, first) == 0 || count(&pair, second) == 0 {
            return Err(malformed("for two texts does not hold both"));
        }
        Ok(Self { single, pair, trim: None })
    }

    /// The special tokens before and after one text.
    pub(super) fn around(&self) -> (Vec<u32>, Vec<u32>) {
        let mut sides = self.single.split(|item| matches!(item, Item::First(_))).map(|side| {
            side.iter()
                .filter_map(|item| if let Item::Special(id, _) = item { Some(*id) } else { None })
                .collect()
        });
        (sides.next().unwrap_or_default(), sides.next().unwrap_or_default())
    }
}

impl Trim {
    fn read(part: Part) -> Result<Option<Self>> {
        let prefix_space = part.flag("add_prefix_space")?;
        Ok(part.flag("trim_offsets")?.then_some(Self { prefix_space }))
    }
}

/// The id in a field like `["[CLS]", 101]`.
fn special(part: Part, name: &str) -> Result<u32> {
    match part.field(name).as_array().map(Vec::as_slice) {
        Some([Value::String(_), id]) => number(id).ok_or_else(|| part.malformed(name)),
        _ => Err(part.malformed(name)),
    }
}

/// The items of a template.
fn items(part: Part, name: &str) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for item in part.field(name).as_array().ok_or_else(|| part.malformed(name))? {
        let (kind, fields) =
            item.as_object().and_then(|item| item.iter().next()).ok_or_else(|| part.malformed(name))?;
        let id = fields["id"].as_str().ok_or_else(|| part.malformed(name))?;
        let kind_of_tokens = number(&fields["type_id"]).ok_or_else(|| part.malformed(name))?;
        match (kind.as_str(), id) {
            ("Sequence", "A") => items.push(Item::First(kind_of_tokens)),
            ("Sequence", "B") => items.push(Item::Second(kind_of_tokens)),
            ("SpecialToken", id) => {
                items.extend(special_ids(part, id)?.into_iter().map(|id| Item::Special(id, kind_of_tokens)));
            }
            _ => return Err(part.malformed(name)),
        }
        if items.len() > MAX_ITEMS {
            return Err(malformed(&format!("has more than {MAX_ITEMS} tokens")));
        }
    }
    Ok(items)
}

/// The ids of a special token of a template; it may stand for several.
fn special_ids(part: Part, name: &str) -> Result<Vec<u32>> {
    let ids = part.field("special_tokens").get(name).and_then(|token| token["ids"].as_array());
    let ids =
        ids.ok_or_else(|| malformed(&format!("has a special token {name:?} that it does not explain")))?;
    ids.iter().map(|id| number(id).ok_or_else(|| part.malformed("special_tokens"))).collect()
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn malformed(what: &str) -> Error {
    invalid(TOKENIZER_FILE, format!("the template of its post-processor {what}"))
}
