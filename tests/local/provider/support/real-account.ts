/** The provider on a running gateway: what it deploys is what the gateway's services decide from. */
import { Lifecycle } from "../../../../local/provider/lifecycle.ts";
import { Provider } from "../../../../local/provider/provider.ts";
import type { Outcome, Placed } from "../../../../local/provider/provider.ts";
import { settings } from "../../../../local/provider/settings.ts";
import type { Properties } from "../../../../local/provider/values.ts";
import { startTestGateway } from "../../gateway/support.ts";
import type { TestGateway } from "../../gateway/support.ts";

type Options = Parameters<typeof startTestGateway>[1];

export class RealAccount {
  readonly test: TestGateway;
  readonly provider: Provider;
  readonly at: Placed;

  private constructor(test: TestGateway) {
    this.test = test;
    this.provider = new Provider(new Lifecycle(test.gateway));
    this.at = { settings: settings({ region: "us-east-1" }), programFolder: test.account.folder };
  }

  static async start(options: Options = {}): Promise<RealAccount> {
    return new RealAccount(await startTestGateway(undefined, options));
  }

  urn(type: string, name: string): string {
    return `urn:pulumi:test::project::${type}::${name}`;
  }

  create(type: string, name: string, inputs: Properties): Promise<Outcome> {
    return this.provider.create(this.urn(type, name), inputs, false, this.at);
  }

  diff(type: string, name: string, made: Outcome, news: Properties) {
    return this.provider.diff(this.urn(type, name), made.id, made.inputs, made.outputs, news, this.at);
  }

  update(type: string, name: string, made: Outcome, news: Properties): Promise<Outcome> {
    return this.provider.update(this.urn(type, name), made.id, made.outputs, news, false, this.at);
  }

  read(type: string, name: string, made: Outcome): Outcome | undefined {
    return this.provider.read(this.urn(type, name), made.id);
  }

  delete(type: string, name: string, made: Outcome): Promise<void> {
    return this.provider.delete(this.urn(type, name), made.id);
  }

  stop(): Promise<void> {
    return this.test.stop();
  }
}
