/**
 * What a container image holds, without a container: the files that its Dockerfile copies into the base, and the command that it runs.
 * The context of each build is kept in the account's folder under the image's digest.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { unzipSync } from "fflate";
import { z } from "zod";
import { AwsError } from "../contract.ts";

/** An image, ready to be started. */
export interface ImageTree {
  /** Stands for the image's root folder. */
  readonly root: string;
  /** Absolute path of the module that `node` is started with. */
  readonly entry: string;
  readonly variables: Readonly<Record<string, string>>;
}

const FOLDER = "images";
const Command = z.tuple([z.literal("node"), z.string().regex(/^[\w./-]+\.js$/)]);

const hexOf = (digest: string): string => digest.replace("sha256:", "");

export function keepContext(accountFolder: string, digest: string, zip: Uint8Array): void {
  const folder = join(accountFolder, FOLDER);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${hexOf(digest)}.zip`), zip);
}

/** @throws AwsError if there is no such image, or its Dockerfile does what is not served */
export function imageTree(accountFolder: string, digest: string): ImageTree {
  const zip = join(accountFolder, FOLDER, `${hexOf(digest)}.zip`);
  if (!existsSync(zip)) throw new AwsError("ResourceNotFoundException", `There is no image ${digest}.`, 404);
  const files = unzipSync(readFileSync(zip));
  const root = join(accountFolder, FOLDER, hexOf(digest));
  const { copies, workdir, command, variables } = readDockerfile(textOf(files["Dockerfile"]));
  for (const { from, to } of copies) {
    const content = files[from];
    if (!content) throw notServed(`COPY ${from}, which the context does not have`);
    const path = join(root, to);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  // In the image no package.json is above it: a `.js` file is CommonJS there.
  writeFileSync(join(root, "package.json"), '{ "type": "commonjs" }\n');
  return { root, entry: join(root, posix.join(workdir, command)), variables };
}

const textOf = (content: Uint8Array | undefined): string => Buffer.from(content ?? []).toString("utf8");

/** As much of a Dockerfile as an image of one bundled file needs; anything else is refused by name. */
export function readDockerfile(text: string) {
  let workdir = "/";
  let command: string | undefined;
  const variables: Record<string, string> = {};
  const copies: { readonly from: string; readonly to: string }[] = [];
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const { instruction = "", rest = "" } = /^(?<instruction>[A-Z]+)\s+(?<rest>.*)$/.exec(line)?.groups ?? {};
    switch (instruction) {
      case "ARG":
      case "FROM":
      case "USER":
      case "EXPOSE":
        break;
      case "ENV": {
        const { name, value } = /^(?<name>\w+)=(?<value>\S+)$/.exec(rest)?.groups ?? {};
        if (name === undefined || value === undefined) throw notServed(line);
        variables[name] = value;
        break;
      }
      case "WORKDIR":
        workdir = posix.resolve(workdir, rest);
        break;
      case "COPY": {
        const { from, to } =
          /^(?:--chown=\S+\s+)?(?<from>\w[\w.-]*)\s+(?<to>[\w./-]+)$/.exec(rest)?.groups ?? {};
        if (from === undefined || to === undefined) throw notServed(line);
        const target = posix.resolve(workdir, to);
        copies.push({ from, to: to.endsWith("/") ? posix.join(target, from) : target });
        break;
      }
      case "CMD":
        command = Command.safeParse(jsonOf(rest)).data?.[1];
        if (command === undefined) throw notServed(line);
        break;
      default:
        throw notServed(line);
    }
  }
  if (command === undefined) throw notServed("an image without CMD");
  return { copies, workdir, command, variables };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const notServed = (what: string): AwsError =>
  new AwsError("NotImplemented", `The embedded account does not serve this of a Dockerfile: ${what}`, 501);
