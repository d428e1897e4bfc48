/** A provider without an engine: resources by their short names, in a new account. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lifecycle } from "../../../../local/provider/lifecycle.ts";
import { Provider } from "../../../../local/provider/provider.ts";
import type { Outcome, Placed } from "../../../../local/provider/provider.ts";
import { settings } from "../../../../local/provider/settings.ts";
import type { Properties } from "../../../../local/provider/values.ts";
import { memoryGateway } from "./memory-gateway.ts";
import type { MemoryGateway } from "./memory-gateway.ts";

export class Harness {
  readonly folder: string = mkdtempSync(join(tmpdir(), "bulkhead-provider-"));
  readonly gateway: MemoryGateway = memoryGateway(join(this.folder, "account"));
  readonly at: Placed = {
    settings: settings({ region: "us-east-1", defaultTags: '{"tags":{"team":"x"}}' }),
    programFolder: this.folder,
  };
  provider: Provider = new Provider(new Lifecycle(this.gateway));

  urn(type: string, name: string): string {
    return `urn:pulumi:test::project::bulkhead:tenants:Tenant$${type}::${name}`;
  }

  create(type: string, name: string, inputs: Properties, at: Placed = this.at): Promise<Outcome> {
    return this.provider.create(this.urn(type, name), inputs, false, at);
  }

  /** As the engine does for a resource that is in its state. */
  diff(type: string, name: string, made: Outcome, news: Properties) {
    return this.provider.diff(this.urn(type, name), made.id, made.inputs, made.outputs, news, this.at);
  }

  update(type: string, name: string, made: Outcome, news: Properties): Promise<Outcome> {
    return this.provider.update(this.urn(type, name), made.id, made.outputs, news, false, this.at);
  }

  delete(type: string, name: string, made: Outcome): Promise<void> {
    return this.provider.delete(this.urn(type, name), made.id);
  }

  /** A new process on the same account. */
  restart(): void {
    this.provider = new Provider(new Lifecycle(this.gateway));
  }

  close(): void {
    this.gateway.account.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A role that a service may take on. */
export const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
});
