#!/usr/bin/env node
/** The command of the package, which prepares models and files while a page is built; pages load nothing of it. */
import { VERSION } from "../version.js";
import { add } from "./add.js";
import { parseCommand, USAGE } from "./arguments.js";
import { assets } from "./assets.js";
import { EXIT_STATUS, Failure } from "./failure.js";
import { list } from "./list.js";
import { Report } from "./report.js";

async function run(typed: string[], signal: AbortSignal): Promise<string[]> {
  const command = parseCommand(typed, process.env);
  switch (command.run) {
    case "help":
      return [USAGE];
    case "version":
      return [VERSION];
    case "list":
      return list(command.json);
    case "assets":
      return assets(command.arguments);
    case "add":
      return add(command.arguments, signal, new Report(process.stderr));
  }
}

const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  // Once: the second one ends the process in any case.
  process.once(name, () =>
    interruption.abort(new Failure("interrupted", "interrupted; the same command goes on where it was")),
  );
}
run(process.argv.slice(2), interruption.signal).then(
  (lines) => console.log(lines.join("\n")),
  (error) => {
    const isExpected = error instanceof Failure;
    console.error(`error: ${isExpected ? error.message : (error?.stack ?? error)}`);
    process.exitCode = isExpected ? EXIT_STATUS[error.kind] : 1;
  },
);
