//! A `tokenizer.json` with a part of its vocabulary: which pieces stay whatever is needed, and new numbers for all that do.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Alphabet;
use crate::bit_set::BitSet;
use crate::encoder::folder::{TOKENIZER_FILE, invalid, parse_json};
use crate::error::{Error, ErrorKind, Result};

/// The file, and what of it is used often.
pub(super) struct TokenizerFile {
    json: Value,
    kind: Kind,
    /// The ids of the vocabulary, each with its piece.
    pieces: BTreeMap<u32, String>,
    /// The ids of added tokens that are not in the vocabulary come next, in the order of the list.
    added: Vec<u32>,
    /// Ids that the post-processor names.
    named: BTreeSet<u32>,
}

/// How pieces are written down.
enum Kind {
    /// A list of pieces with scores.
    Unigram,
    /// An object of pieces and ids: WordPiece or WordLevel. The prefix marks pieces that continue a word.
    Ids { prefix: String },
}

/// New ids for those that stay.
pub(super) struct Renumbering {
    /// The new id of each old one.
    new_ids: BTreeMap<u32, u32>,
    /// The old id of each new one.
    pub(super) rows: Vec<u32>,
}

impl Renumbering {
    pub(super) fn new_id(&self, old: u32) -> Option<u32> {
        self.new_ids.get(&old).copied()
    }
}

impl TokenizerFile {
    /// Reads a file that [`SubwordTokenizer`](crate::encoder::tokenizer::SubwordTokenizer) accepts.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnsupported`] for a model that merges pairs, [`ErrorKind::ModelInvalid`] where something is malformed, or two
    /// pieces have one id.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let json = parse_json(TOKENIZER_FILE, bytes)?;
        let model = &json["model"];
        // Files of old do not name the type.
        if model["type"].as_str().map_or(!model["merges"].is_null(), |kind| kind == "BPE") {
            let message = format!("{TOKENIZER_FILE}: a vocabulary of merged pairs (BPE) cannot be pruned");
            return Err(Error::new(ErrorKind::ModelUnsupported, message));
        }
        let mut pieces = BTreeMap::new();
        let (kind, size) = match &model["vocab"] {
            Value::Array(list) => {
                let piece = |entry: &Value| entry[0].as_str().map(str::to_owned);
                for (id, entry) in (0..).zip(list) {
                    pieces.insert(id, piece(entry).ok_or_else(|| malformed("vocab"))?);
                }
                (Kind::Unigram, list.len())
            }
            Value::Object(map) => {
                for (piece, id) in map {
                    let id = id
                        .as_u64()
                        .and_then(|id| u32::try_from(id).ok())
                        .ok_or_else(|| malformed("vocab"))?;
                    if pieces.insert(id, piece.clone()).is_some() {
                        return Err(invalid(TOKENIZER_FILE, format!("two pieces have the id {id}")));
                    }
                }
                let prefix = model["continuing_subword_prefix"].as_str().unwrap_or_default().to_owned();
                (Kind::Ids { prefix }, map.len())
            }
            _ => return Err(malformed("vocab")),
        };
        let mut file = Self { json, kind, pieces, added: Vec::new(), named: BTreeSet::new() };
        file.added = file.added_ids(size as u32);
        named_ids(&mut file.json["post_processor"], &mut |id| {
            file.named.insert(id);
            Ok(id)
        })?;
        Ok(file)
    }

    /// The ids of the added tokens that are not in the vocabulary, as the tokenizer numbers them.
    fn added_ids(&self, size: u32) -> Vec<u32> {
        let known: BTreeSet<&str> = self.pieces.values().map(String::as_str).collect();
        let new: BTreeSet<&str> = self.added_contents().filter(|content| !known.contains(content)).collect();
        (size..).take(new.len()).collect()
    }

    fn added_contents(&self) -> impl Iterator<Item = &str> {
        let tokens = self.json["added_tokens"].as_array().into_iter().flatten();
        tokens.filter_map(|token| token["content"].as_str()).filter(|content| !content.is_empty())
    }

    /// Adds the pieces that stay whatever else is needed: added tokens, what stands for the unknown, single characters and single bytes,
    /// and of Unigram the least likely piece.
    pub(super) fn pieces_without_which_none_can_be_told(&self, kept: &mut BitSet) {
        let added: BTreeSet<&str> = self.added_contents().collect();
        let unknown = self.json["model"]["unk_token"].as_str();
        let stays = |piece: &str| {
            added.contains(piece)
                || unknown == Some(piece)
                || is_byte(piece)
                || self.own(piece).chars().count() <= 1
        };
        kept.extend(self.pieces.iter().filter(|(_, piece)| stays(piece)).map(|(id, _)| *id));
        if let (Kind::Unigram, Some(list)) = (&self.kind, self.json["model"]["vocab"].as_array()) {
            let score = |place: usize| list[place][1].as_f64().unwrap_or(f64::INFINITY);
            let least = (0..list.len()).min_by(|a, b| score(*a).total_cmp(&score(*b)));
            let unknown = self.json["model"]["unk_id"].as_u64();
            kept.extend(least.map(|place| place as u32).into_iter().chain(unknown.map(|id| id as u32)));
        }
    }

    /// Adds the pieces that are written in an alphabet.
    pub(super) fn pieces_written_in(&self, alphabet: &Alphabet, kept: &mut BitSet) {
        kept.extend(
            self.pieces.iter().filter(|(_, piece)| alphabet.writes(self.own(piece))).map(|(id, _)| *id),
        );
    }

    /// A piece without what only says that it continues a word.
    fn own<'p>(&self, piece: &'p str) -> &'p str {
        match &self.kind {
            Kind::Unigram => piece,
            Kind::Ids { prefix } => piece.strip_prefix(prefix.as_str()).unwrap_or(piece),
        }
    }

    /// New ids, in the order of the old ones: of pieces first, then of added tokens, then of what only the post-processor names.
    pub(super) fn renumbering(&self, kept: &BitSet) -> Result<Renumbering> {
        let stays = |id: &&u32| kept.contains(**id) || self.named.contains(*id);
        let pieces = self.pieces.keys().filter(stays);
        let mut rows: Vec<u32> = pieces.chain(&self.added).copied().collect();
        let taken: BTreeSet<u32> = rows.iter().copied().collect();
        if taken.len() < rows.len() {
            return Err(invalid(TOKENIZER_FILE, "an added token has the id of a piece"));
        }
        rows.extend(self.named.difference(&taken));
        let new_ids = rows.iter().copied().zip(0..).collect();
        Ok(Renumbering { new_ids, rows })
    }

    /// The file with the pieces that stay, under their new ids.
    pub(super) fn renumbered(mut self, renumbering: &Renumbering) -> Result<Vec<u8>> {
        let new_id =
            |id: u32| renumbering.new_id(id).ok_or_else(|| Error::internal(format!("the id {id} is gone")));
        match &mut self.json["model"]["vocab"] {
            Value::Array(list) => {
                let mut ids = 0..;
                list.retain(|_| ids.next().is_some_and(|id| renumbering.new_id(id).is_some()));
                let unknown = self.json["model"]["unk_id"].as_u64().ok_or_else(|| malformed("unk_id"))?;
                self.json["model"]["unk_id"] = new_id(unknown as u32)?.into();
            }
            vocabulary => {
                let stay =
                    self.pieces.iter().filter_map(|(old, piece)| Some((piece, renumbering.new_id(*old)?)));
                *vocabulary =
                    Value::Object(stay.map(|(piece, id)| (piece.clone(), id.into())).collect::<Map<_, _>>());
            }
        }
        named_ids(&mut self.json["post_processor"], &mut |id| new_id(id))?;
        let by_content: BTreeMap<&str, u32> =
            self.pieces.iter().map(|(id, piece)| (piece.as_str(), *id)).collect();
        let mut next = self.added.iter();
        let mut new = BTreeMap::new();
        for token in self.json["added_tokens"].as_array_mut().into_iter().flatten() {
            let Some(content) = token["content"].as_str().filter(|content| !content.is_empty()) else {
                continue;
            };
            let old = match by_content.get(content) {
                Some(id) => *id,
                None => {
                    *new.entry(content.to_owned()).or_insert_with(|| next.next().copied().unwrap_or(u32::MAX))
                }
            };
            // Readers go by the content; the number is for people and other programs.
            token["id"] = new_id(old)?.into();
        }
        serde_json::to_vec(&self.json)
            .map_err(|error| Error::internal("the tokenizer cannot be written").with_source(error))
    }
}

/// Calls `change` with each id that a post-processor names, and puts its result there.
fn named_ids(processor: &mut Value, change: &mut impl FnMut(u32) -> Result<u32>) -> Result<()> {
    let parts = processor.get_mut("processors").and_then(Value::as_array_mut);
    for part in parts.into_iter().flatten() {
        named_ids(part, change)?;
    }
    let Some(fields) = processor.as_object_mut() else { return Ok(()) };
    let ends = ["cls", "sep"].map(|name| fields.get(name).map(|value| (name, value.clone())));
    for (name, mut end) in ends.into_iter().flatten() {
        change_id(end.get_mut(1).ok_or_else(|| malformed("post_processor"))?, change)?;
        fields.insert(name.to_owned(), end);
    }
    let special = fields.get_mut("special_tokens").and_then(Value::as_object_mut);
    for token in special.into_iter().flat_map(Map::values_mut) {
        for id in token.get_mut("ids").and_then(Value::as_array_mut).into_iter().flatten() {
            change_id(id, change)?;
        }
    }
    Ok(())
}

fn change_id(id: &mut Value, change: &mut impl FnMut(u32) -> Result<u32>) -> Result<()> {
    let old = id.as_u64().and_then(|id| u32::try_from(id).ok()).ok_or_else(|| malformed("post_processor"))?;
    *id = change(old)?.into();
    Ok(())
}

/// Whether a piece stands for a single byte, such as `<0x0A>`.
fn is_byte(piece: &str) -> bool {
    let digits = piece.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
    digits.is_some_and(|digits| digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

fn malformed(field: &str) -> Error {
    invalid(TOKENIZER_FILE, format!("the field {field} is malformed"))
}
