//! The command line of `ibid`: prepares models and runs the library without a browser.
//!
//! Results go to standard output, everything else to standard error. The exit code is 0, or 1 with
//! `error[code]: message` on standard error, or 2 for a wrong command line.

mod answers;
mod ask;
mod beir;
mod cache;
mod cached_scorer;
mod calibrate;
mod chunk;
mod chunking;
mod convert;
mod distil;
mod embed;
mod evaluate;
mod evidence;
mod extract;
mod index;
mod ingest;
mod kept;
mod kept_index;
mod logistic;
mod model;
mod output;
mod progress;
mod search;
mod secret;
mod secure;
mod trail;
mod transfer;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pollster::block_on;

/// Retrieval on your own device: prepare models, embed, index and ask.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Convert(convert::Arguments),
    Distil(distil::Arguments),
    Extract(extract::Arguments),
    Chunk(chunk::Arguments),
    Embed(embed::Arguments),
    Index(index::Arguments),
    Search(search::Arguments),
    Ask(ask::Arguments),
    Answers(answers::Arguments),
    Evaluate(evaluate::Arguments),
    Evidence(evidence::Arguments),
    Calibrate(calibrate::Arguments),
    Verify(verify::Arguments),
    Trail(trail::Arguments),
    Export(transfer::ExportArguments),
    Import(transfer::ImportArguments),
    Encrypt(secure::EncryptArguments),
    Decrypt(secure::DecryptArguments),
    ChangePassphrase(secure::ChangeArguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Convert(arguments) => convert::run(arguments),
        Command::Distil(arguments) => block_on(distil::run(arguments)),
        Command::Extract(arguments) => extract::run(arguments),
        Command::Chunk(arguments) => block_on(chunk::run(arguments)),
        Command::Embed(arguments) => embed::run(arguments),
        Command::Index(arguments) => block_on(index::run(arguments)),
        Command::Search(arguments) => block_on(search::run(arguments)),
        Command::Ask(arguments) => block_on(ask::run(arguments)),
        Command::Answers(arguments) => block_on(answers::run(arguments)),
        Command::Evaluate(arguments) => block_on(evaluate::run(arguments)),
        Command::Evidence(arguments) => block_on(evidence::run(arguments)),
        Command::Calibrate(arguments) => block_on(calibrate::run(arguments)),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Trail(arguments) => trail::run(&arguments),
        Command::Export(arguments) => block_on(transfer::export(arguments)),
        Command::Import(arguments) => block_on(transfer::import(arguments)),
        Command::Encrypt(arguments) => block_on(secure::encrypt(arguments)),
        Command::Decrypt(arguments) => block_on(secure::decrypt(arguments)),
        Command::ChangePassphrase(arguments) => block_on(secure::change_passphrase(arguments)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error[{}]: {error}", error.kind().code());
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn no_two_arguments_of_a_command_go_by_one_name() {
        Arguments::command().debug_assert();
    }
}
