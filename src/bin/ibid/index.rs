//! `ibid index`: an index of a folder that is kept.

use std::path::PathBuf;

use ibid::error::Result;

use crate::ingest::read_some;
use crate::kept_index::{Updated, open_or_renew, update};
use crate::model::ModelArgument;
use crate::output::print_text;
use crate::secret::IndexSecret;

/// Index a folder of documents and keep the index.
///
/// Run again, it embeds what is new or has changed and removes what is gone. `ibid ask INDEX` and `ibid search INDEX` use the
/// index as it is, `ibid export INDEX` makes a file of it.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder; every file below it that can be read is a document.
    folder: PathBuf,
    /// Where the index is kept, in a folder of its own.
    #[arg(long, value_name = "INDEX")]
    into: PathBuf,
    /// Make the index anew.
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    secret: IndexSecret,
    #[command(flatten)]
    model: ModelArgument,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<()> {
    let Arguments { folder, into, fresh, secret, model } = arguments;
    let documents = read_some(&folder)?;
    let collection = open_or_renew(&into, model.load()?, secret.read()?, fresh).await?;
    let Updated { documents, changed, removed } = update(&collection, documents).await?;
    print_text(&format!("{documents} documents, {changed} of them new or changed; {removed} removed\n"))
}
