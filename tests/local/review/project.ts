/** A small project under git: tenants as a list, and a pack of one rule. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");

const PROGRAM = `
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
const tenants = JSON.parse(readFileSync(new URL("tenants.json", import.meta.url), "utf8"));
class Tenant extends pulumi.ComponentResource {
  constructor(id, { bucket, tag }) {
    super("bulkhead:tenants:Tenant", id, {});
    new aws.s3.Bucket(id + "-documents", { bucket, tags: tag ? { tenant_id: tag } : {} }, { parent: this });
    new aws.sqs.Queue(id + "-queue", { name: id + "-queue", tags: { tenant_id: id } }, { parent: this });
  }
}
for (const [id, of] of Object.entries(tenants)) new Tenant(id, of);
new aws.sqs.Queue("shared", { name: "shared", tags: { word: new pulumi.Config("small").require("word") } });
if (Object.keys(tenants).includes("warned")) pulumi.log.warn("look at <b>this</b>");
`;

const PACK = `
import { PolicyPack, validateResourceOfType } from "@pulumi/policy";
import * as aws from "@pulumi/aws";
new PolicyPack("small", { policies: [{
  name: "bucket-tag", description: "Buckets carry their tenant.", enforcementLevel: "mandatory", severity: "high",
  configSchema: { properties: { whose: { type: "string" } } },
  validateResource: validateResourceOfType(aws.s3.Bucket, (bucket, args, report) => {
    if (!bucket.tags?.tenant_id) report("has no tenant_id, in " + args.getConfig().whose);
  }),
}] });
`;

export type Tenants = Readonly<Record<string, { readonly bucket: string; readonly tag?: string }>>;

export class SmallProject {
  readonly folder = mkdtempSync(join(tmpdir(), "bulkhead-small-project-"));

  constructor(tenants: Tenants) {
    symlinkSync(join(ROOT, "node_modules"), join(this.folder, "node_modules"), "junction");
    this.write(".gitignore", "node_modules\n");
    this.write("Pulumi.yaml", "name: small\nruntime: {name: nodejs, options: {typescript: false}}\n");
    this.write(
      "Pulumi.dev.yaml",
      "secretsprovider: awskms://alias/none?region=us-east-1\nencryptedkey: bm9uZQ==\nconfig:\n  aws:region: us-east-1\n  small:word:\n    secure: bm90aGluZw==\n",
    );
    this.write("package.json", '{"type":"module","main":"index.mjs"}');
    this.write("package-lock.json", '{"packages":{}}');
    this.write("index.mjs", PROGRAM);
    this.write("policies/PulumiPolicy.yaml", "runtime: {name: nodejs, options: {typescript: false}}\n");
    this.write(
      "policies/package.json",
      '{"name":"small","version":"1.0.0","type":"module","main":"index.mjs"}',
    );
    this.write("policies/index.mjs", PACK);
    this.write("policies/rules/bucket-tag.ts", "");
    this.write("policies/config/dev.json", '{"bucket-tag":{"whose":"an environment of its own"}}');
    this.tenants(tenants);
    this.git("init", "--quiet");
    this.commit();
  }

  tenants(tenants: Tenants): void {
    this.write("tenants.json", JSON.stringify(tenants));
  }

  commit(): void {
    this.git("add", "--all");
    this.git(
      "-c",
      "user.name=a",
      "-c",
      "user.email=a@example.com",
      "-c",
      "commit.gpgsign=false",
      "commit",
      "--quiet",
      "-m",
      "a",
    );
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", args, { cwd: this.folder, encoding: "utf8" }).trim();
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
