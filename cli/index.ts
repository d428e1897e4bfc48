/** The `bulkhead` command: each subcommand has a file of its own. */
import { Command } from "commander";
import process from "node:process";
import { checkCommand } from "./check.ts";
import { reviewCommand } from "./review.ts";
import { verifyCommand } from "./verify.ts";
import { explainCommand } from "./explain.ts";
import { proveCommand } from "./prove.ts";

const program = new Command("bulkhead")
  .description("Tenants of a multi-tenant AI assistant: their files, and what follows from them.")
  .addCommand(checkCommand())
  .addCommand(verifyCommand())
  .addCommand(explainCommand())
  .addCommand(reviewCommand())
  .addCommand(proveCommand())
  .showHelpAfterError("(bulkhead --help lists the commands)");

await program.parseAsync(process.argv);
