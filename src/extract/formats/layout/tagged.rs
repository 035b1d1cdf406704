//! What a tagged file says of the parts of its pages.

use super::positioned::Node;

/// How deep parts are looked at.
const MAX_DEPTH: usize = 64;

/// What a part is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing that matters.
    #[default]
    None,
    Paragraph,
    /// With its level; 0 where it is not said.
    Heading(u8),
    Item,
    Table,
    Row,
    /// A cell, and whether it names a row or column.
    Cell(bool),
    Caption,
    Note,
    Quotation,
    Code,
}

fn role_of(name: &str) -> Role {
    match name {
        "P" => Role::Paragraph,
        "H" | "Title" => Role::Heading(0),
        "H1" | "H2" | "H3" | "H4" | "H5" | "H6" => Role::Heading(name.as_bytes()[1] - b'0'),
        "LI" => Role::Item,
        "Table" => Role::Table,
        "TR" => Role::Row,
        "TH" => Role::Cell(true),
        "TD" => Role::Cell(false),
        "Caption" => Role::Caption,
        "Note" | "FENote" => Role::Note,
        "BlockQuote" => Role::Quotation,
        "Code" => Role::Code,
        _ => Role::None,
    }
}

/// The roles of a page's parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Roles {
    /// For each part its role and the part around it, from 1.
    parts: Vec<(Role, u32)>,
}

/// Where a cell is in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CellPlace {
    pub table: u32,
    pub row: u32,
    pub cell: u32,
    pub is_header: bool,
}

impl Roles {
    pub fn new(nodes: &[Node]) -> Self {
        let part = |(place, Node(name, parent)): (usize, &Node)| {
            // A part comes after the one around it, so that there is no loop.
            (role_of(name), if (*parent as usize) <= place { *parent } else { 0 })
        };
        Self { parts: nodes.iter().enumerate().map(part).collect() }
    }

    fn part(&self, node: u32) -> Option<(Role, u32)> {
        self.parts.get((node as usize).checked_sub(1)?).copied()
    }

    /// The part itself, and those around it.
    fn around(&self, node: u32) -> impl Iterator<Item = (u32, Role)> + '_ {
        let mut next = node;
        std::iter::from_fn(move || {
            let (role, parent) = self.part(next)?;
            let here = next;
            next = parent;
            Some((here, role))
        })
        .take(MAX_DEPTH)
    }

    /// The innermost part around `node` that is a block; 0 where there is none.
    pub fn block_of(&self, node: u32) -> u32 {
        let mut blocks = self.around(node).filter(|(_, role)| *role != Role::None);
        let Some((innermost, role)) = blocks.next() else { return 0 };
        // Code inside a paragraph is a part of that.
        let host = blocks.next().filter(|(_, host)| role == Role::Code && *host != Role::Quotation);
        host.map_or(innermost, |(host, _)| host)
    }

    /// What a part is.
    pub fn role(&self, node: u32) -> Role {
        self.part(node).map_or(Role::None, |(role, _)| role)
    }

    /// Whether a part is, or is in, one that `is` holds of.
    pub fn is_within(&self, node: u32, is: impl Fn(Role) -> bool) -> bool {
        self.around(node).any(|(_, role)| is(role))
    }

    /// The outermost list item around a part, and how many there are.
    pub fn item_of(&self, node: u32) -> Option<(u32, usize)> {
        let items: Vec<u32> =
            self.around(node).filter(|(_, role)| *role == Role::Item).map(|(node, _)| node).collect();
        items.first().map(|first| (*first, items.len()))
    }

    /// The cell that a part is in, of the outermost table.
    pub fn cell_of(&self, node: u32) -> Option<CellPlace> {
        let (mut found, mut row, mut cell) = (None, 0, None);
        for (node, role) in self.around(node) {
            match role {
                Role::Cell(is_header) => cell = Some((node, is_header)),
                Role::Row => row = node,
                Role::Table => {
                    found = cell.filter(|_| row > 0).map(|(cell, is_header)| CellPlace {
                        table: node,
                        row,
                        cell,
                        is_header,
                    });
                }
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_know_what_they_are_in() {
        let nodes = [("Table", 0), ("TR", 1), ("TH", 2), ("P", 3), ("Span", 4), ("P", 99)];
        let nodes: Vec<Node> = nodes.iter().map(|(name, parent)| Node((*name).into(), *parent)).collect();
        let roles = Roles::new(&nodes);
        assert_eq!(roles.block_of(5), 4);
        assert_eq!(roles.cell_of(4), Some(CellPlace { table: 1, row: 2, cell: 3, is_header: true }));
        assert_eq!((roles.block_of(6), roles.block_of(0), roles.block_of(77)), (6, 0, 0));
        assert_eq!(roles.cell_of(6), None);
    }
}
