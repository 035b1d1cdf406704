//! Fields, of which only the results are shown, and not those of tables of contents.

/// The longest instruction of a field that is kept; its first word is what matters.
const MAX_INSTRUCTION_BYTES: usize = 200;

/// How deep fields are told apart; those deeper are a part of the one around them.
const MAX_FIELDS: usize = 64;

/// The fields that are open.
#[derive(Default)]
pub(super) struct Fields {
    open: Vec<Field>,
    /// How many fields are open inside the last of them.
    deeper: usize,
}

#[derive(Default)]
struct Field {
    instruction: String,
    has_result: bool,
    is_contents: bool,
}

impl Fields {
    /// Takes a mark of a field: its beginning, where its result begins, or its end.
    pub fn mark(&mut self, kind: &str) {
        match kind {
            "begin" if self.open.len() == MAX_FIELDS => self.deeper += 1,
            "end" if self.deeper > 0 => self.deeper -= 1,
            _ if self.deeper > 0 => {}
            "begin" => self.open.push(Field::default()),
            "separate" => {
                if let Some(field) = self.open.last_mut() {
                    field.has_result = true;
                    field.is_contents = is_contents(&field.instruction);
                }
            }
            "end" => {
                self.open.pop();
            }
            _ => {}
        }
    }

    /// Takes a piece of the instruction of the field that is open.
    pub fn instruct(&mut self, text: &str) {
        let has_room = |field: &&mut Field| field.instruction.len() < MAX_INSTRUCTION_BYTES;
        if let Some(field) = self.open.last_mut().filter(has_room) {
            field.instruction.push_str(text);
        }
    }

    /// Whether what comes now is shown.
    pub fn are_shown(&self) -> bool {
        self.open.iter().all(|field| field.has_result && !field.is_contents)
    }

    /// A paragraph has ended, and instructions with it: one that was not closed is not to swallow the document.
    pub fn end_instructions(&mut self) {
        self.open.retain(|field| field.has_result);
    }

    /// A heading begins, which no contents hold: those that did not end are not to swallow the document.
    pub fn end_contents(&mut self) {
        self.open.retain(|field| !field.is_contents);
    }
}

/// Whether the instruction of a field makes a table of contents.
pub(super) fn is_contents(instruction: &str) -> bool {
    instruction.split_whitespace().next().is_some_and(|name| name.eq_ignore_ascii_case("TOC"))
}
