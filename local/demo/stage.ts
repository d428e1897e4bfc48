import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import type { BrokerGrant, BrokerResponse } from "../../runtime/contract/api.ts";
import { platformNames, tenantNames, type Place } from "../../runtime/contract/names.ts";
import type { RegistryItem } from "../../runtime/contract/registry.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION, OPERATOR } from "../account/identity.ts";
import { ApiClient } from "./api-client.ts";
import { clientConfig, type Deployment } from "./operator.ts";
import type { RunningGateway } from "../gateway/index.ts";

/** A tenant as attacker or victim: a member's token, an object that it has, a word only its documents have. */
export interface Party {
  readonly id: string;
  readonly token: string;
  /** A key below the tenant's prefix at which there is a document. */
  readonly objectKey: string;
  readonly canary: string;
}

/** Two tenants of a deployment, and a way to stand in compromised places. */
export class Stage {
  readonly gateway: RunningGateway;
  readonly deployment: Deployment;
  readonly attacker: Party;
  readonly victim: Party;
  readonly place: Place;
  readonly #grants = new Map<string, BrokerGrant>();

  constructor(parts: {
    readonly gateway: RunningGateway;
    readonly deployment: Deployment;
    readonly environment: string;
    readonly attacker: Party;
    readonly victim: Party;
  }) {
    this.gateway = parts.gateway;
    this.deployment = parts.deployment;
    this.attacker = parts.attacker;
    this.victim = parts.victim;
    this.place = { environment: parts.environment, account: LOCAL_ACCOUNT, region: LOCAL_REGION };
  }

  get platform(): ReturnType<typeof platformNames> {
    return platformNames(this.place);
  }

  names(tenant: string): ReturnType<typeof tenantNames> {
    return tenantNames(this.place, tenant);
  }

  api(token: string): ApiClient {
    return new ApiClient(this.deployment.apiUrl, token);
  }

  /** Client configuration of a compromised role's session: what code running as it could do. */
  asRole(roleArn: string, tags: Readonly<Record<string, string>> = {}) {
    return clientConfig(this.gateway.origin, this.gateway.issueSession(roleArn, "attacker", { tags }));
  }

  /** Client configuration with the data credentials that the broker gives a member. */
  async asTenant(party: Party) {
    let grant = this.#grants.get(party.token);
    if (!grant) {
      const response = await this.askBroker({ token: party.token });
      if (!response.granted) throw new Error(`the broker refused ${party.id}: ${response.code}`);
      grant = response.grant;
      this.#grants.set(party.token, grant);
    }
    return clientConfig(this.gateway.origin, grant.credentials);
  }

  /** Calls the broker as the chat function's role, with any payload. */
  async askBroker(payload: unknown): Promise<BrokerResponse> {
    const lambda = new LambdaClient(this.asRole(this.platform.functionRoleArn("chat")));
    const { Payload, FunctionError } = await lambda.send(
      new InvokeCommand({
        FunctionName: this.platform.functionName("broker"),
        Payload: Buffer.from(JSON.stringify(payload)),
      }),
    );
    const text = Buffer.from(Payload ?? []).toString("utf8");
    if (FunctionError) throw new Error(`the broker failed: ${text}`);
    return JSON.parse(text) as BrokerResponse;
  }

  /** A tenant's registry item, read by the operator. */
  async registryItem(tenant: string): Promise<RegistryItem> {
    const tables = DynamoDBDocumentClient.from(new DynamoDBClient(this.asRole(OPERATOR)));
    const { Item } = await tables.send(
      new GetCommand({
        TableName: this.platform.registryTable,
        Key: { tenant_id: tenant, record: "tenant" },
      }),
    );
    return Item as RegistryItem;
  }
}
