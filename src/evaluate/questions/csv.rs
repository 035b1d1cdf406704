//! Questions as a table: a row for each question and document, or passage, that answers it.

use super::beir::parse_grade;
use super::passage::{Passage, Wanted};
use super::table::{Row, rows};
use super::{At, HashMap, Question, Questions, wrong};
use crate::error::{Error, Result};

/// The columns and what they are called in headers, in lower case and without what joins words.
const COLUMNS: [(Column, &[&str]); 6] = [
    (Column::Question, &["question", "query", "text"]),
    (Column::Id, &["id", "questionid", "queryid", "qid"]),
    (Column::Document, &["document", "documentid", "docid", "corpusid", "doc"]),
    (Column::Quote, &["quote", "passage", "answer"]),
    (Column::Grade, &["grade", "relevance", "score"]),
    (Column::Answerable, &["answerable"]),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Column {
    Question,
    Id,
    Document,
    Quote,
    Grade,
    Answerable,
}

impl Column {
    const fn name(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Id => "id",
            Self::Document => "document",
            Self::Quote => "quote",
            Self::Grade => "grade",
            Self::Answerable => "answerable",
        }
    }
}

impl Questions {
    /// Reads a table whose first row names its columns: `question`, and some of `id`, `document`, `quote`, `grade` (a whole number,
    /// by default 1) and `answerable` (`true` or `false`, by default true). Rows of one id, or where there is none of one
    /// question, are joined; other columns are passed over.
    ///
    /// Fields are separated by commas, semicolons or tabs, whichever the first row has, and quoted as in RFC 4180.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) naming the line and the column.
    pub fn from_csv(text: &str) -> Result<Self> {
        let rows = rows(text)?;
        let Some((header, rows)) = rows.split_first() else {
            return Err(Error::invalid_argument("there is no question"));
        };
        let columns = columns(header)?;
        let mut questions: Vec<(At, Question)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for row in rows {
            if row.fields.len() != header.fields.len() {
                let (there, named) = (row.fields.len(), header.fields.len());
                return Err(wrong(
                    row.at,
                    "row",
                    format_args!("{there} fields, where the header has {named}"),
                ));
            }
            let cells = Cells { columns: &columns, row };
            let key = cells.get(Column::Id).or_else(|| cells.get(Column::Question)).unwrap_or_default();
            let place = *places.entry(key.to_owned()).or_insert(questions.len());
            if place == questions.len() {
                questions.push((row.at, cells.begin(place + 1)?));
            }
            cells.join(&mut questions[place].1)?;
        }
        let whole = |(at, question): (At, Question)| (at, question.with_documents_of_passages());
        Self::checked(questions.into_iter().map(whole).collect())
    }
}

/// The place of each column that the header names.
fn columns(header: &Row) -> Result<HashMap<Column, usize>> {
    let mut columns = HashMap::new();
    for (place, name) in header.fields.iter().enumerate() {
        let plain = name.trim().to_lowercase().replace(['-', '_', ' '], "");
        let known = COLUMNS.iter().find(|(_, names)| names.contains(&plain.as_str()));
        if let Some((column, _)) = known
            && columns.insert(*column, place).is_some()
        {
            return Err(wrong(header.at, name, "there is another column that means the same"));
        }
    }
    if !columns.contains_key(&Column::Question) {
        return Err(wrong(header.at, "question", "the first row names no such column"));
    }
    Ok(columns)
}

/// The cells of a row by their columns.
struct Cells<'r> {
    columns: &'r HashMap<Column, usize>,
    row: &'r Row,
}

impl<'r> Cells<'r> {
    /// What is in a column, if anything.
    fn get(&self, column: Column) -> Option<&'r str> {
        let cell = self.row.fields.get(*self.columns.get(&column)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    fn wrong(&self, column: Column, why: impl std::fmt::Display) -> Error {
        wrong(self.row.at, column.name(), why)
    }

    /// A question that nothing answers yet.
    fn begin(&self, number: usize) -> Result<Question> {
        let text = self.get(Column::Question).ok_or_else(|| self.wrong(Column::Question, "it is empty"))?;
        let id = self.get(Column::Id).map_or_else(|| number.to_string(), str::to_owned);
        Ok(Question { id, text: text.to_owned(), answerable: self.answerable()?, ..Question::default() })
    }

    /// Adds what the row says to a question.
    fn join(&self, question: &mut Question) -> Result<()> {
        if self.get(Column::Question).is_some_and(|text| text != question.text) {
            let why = format_args!("{:?} has asked {:?} before", question.id, question.text);
            return Err(self.wrong(Column::Question, why));
        }
        if self.answerable()? != question.answerable {
            return Err(self.wrong(Column::Answerable, "another row of the question says otherwise"));
        }
        let grade = self.grade()?;
        let Some(document) = self.get(Column::Document) else {
            let unsaid =
                [Column::Quote, Column::Grade].into_iter().find(|column| self.get(*column).is_some());
            return unsaid
                .map_or(Ok(()), |column| Err(self.wrong(column, "it is not said of which document")));
        };
        let best = question.documents.entry(document.to_owned()).or_insert(grade);
        *best = grade.max(*best);
        if let Some(quote) = self.get(Column::Quote).filter(|_| grade > 0) {
            let wanted = Wanted::Quote { text: quote.to_owned(), occurrence: None };
            question.passages.push(Passage { document: document.to_owned(), wanted });
        }
        Ok(())
    }

    fn grade(&self) -> Result<u32> {
        let Some(cell) = self.get(Column::Grade) else { return Ok(1) };
        parse_grade(cell)
            .ok_or_else(|| self.wrong(Column::Grade, format_args!("{cell:?} is no whole number")))
    }

    fn answerable(&self) -> Result<bool> {
        match self.get(Column::Answerable).map(str::to_lowercase).as_deref() {
            None | Some("true" | "yes" | "1") => Ok(true),
            Some("false" | "no" | "0") => Ok(false),
            Some(_) => Err(self.wrong(Column::Answerable, "expected true or false")),
        }
    }
}
