import { RDSDataClient } from "@aws-sdk/client-rds-data";
import { z } from "zod";

import type { ClaimDetails, ClaimFilter, ClaimList, ClaimTotals } from "../contract/claims.ts";
import { CLAIM_KINDS, CLAIM_STATUSES, CLAIMS_DATABASE, TENANT_SETTING } from "../contract/claims.ts";
import type { RegistryItem } from "../contract/registry.ts";
import { judge } from "../contract/judge.ts";
import { clientSettings } from "./aws-clients.ts";
import {
  claimStatement,
  claimsStatement,
  notesStatement,
  paymentsStatement,
  readClaim,
  readNote,
  readPayment,
  readTotals,
  totalsStatement,
} from "./claims-statements.ts";
import type { Row, Statement } from "./data-api.ts";
import { inTransaction } from "./data-api.ts";
import { within } from "./deadline.ts";
import { DEPENDENCIES } from "./dependencies.ts";
import type { Env } from "./environment.ts";
import { ConfigurationError, DependencyUnavailable, InvalidRequest } from "./errors.ts";
import type { TenantContext } from "./tenant-context.ts";
import type { Wait } from "./wait.ts";
import { NotInTime } from "./wait.ts";

const day = z.iso.date("has to be a day, like 2026-03-31");

/** What may be asked for; no field names a tenant. A tool's input schema is one of these. */
export const claimFilter: z.ZodType<ClaimFilter> = z.strictObject({
  status: z.enum(CLAIM_STATUSES).exactOptional(),
  kind: z.enum(CLAIM_KINDS).exactOptional(),
  text: z.string().trim().min(1).max(100).exactOptional(),
  from: day.exactOptional(),
  to: day.exactOptional(),
});

export const listClaimsInput = z.strictObject({
  filter: claimFilter.exactOptional(),
  limit: z.int().min(1).max(50).exactOptional(),
});
export type ListClaimsInput = z.infer<typeof listClaimsInput>;

export const getClaimInput = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/, "has to be a claim's number, like CLM-A-001")
    .max(40),
});
export type GetClaimInput = z.infer<typeof getClaimInput>;

export const claimTotalsInput = z.strictObject({ filter: claimFilter.exactOptional() });
export type ClaimTotalsInput = z.infer<typeof claimTotalsInput>;

/**
 * A tenant's claims, read as the tenant: with its credentials, its login and its partition. Whose they are is the context's to say and
 * nobody else's.
 *
 * Each may throw InvalidRequest (an input that is not as its schema says), DependencyUnavailable and DependencyTimeout.
 */
export interface Claims {
  /** The newest first; 20 of them unless `limit` says otherwise. */
  list(context: TenantContext, input: ListClaimsInput, signal: AbortSignal): Promise<ClaimList>;
  /** Undefined: the tenant has none of this number. */
  get(context: TenantContext, input: GetClaimInput, signal: AbortSignal): Promise<ClaimDetails | undefined>;
  totals(context: TenantContext, input: ClaimTotalsInput, signal: AbortSignal): Promise<ClaimTotals>;
}

export interface ClaimsParts {
  /** The tenant's own item, read with its credentials: it names the secret of its login. */
  readonly readRoute: (context: TenantContext) => Promise<Pick<RegistryItem, "claims_secret">>;
  readonly clusterArn: string;
  /** For a database that was paused. @default what `DEPENDENCIES.claims` leaves for it */
  readonly resume?: Wait;
}

const DEFAULT_LIMIT = 20;
/** Ends before the dependency's time, so that whoever asked reads why. A database that was paused for longer than a day takes longer. */
const RESUME: Wait = { seconds: 16, everySeconds: 2 };
const RESUMING = "The database of claims was paused and is starting; please ask again in a minute.";

export function createClaims(
  env: Env,
  region: string,
  { readRoute, clusterArn, resume = RESUME }: ClaimsParts,
): Claims {
  /** One transaction, in which the tenant is set and all statements see the same state. */
  const asTenant = async <T>(
    context: TenantContext,
    signal: AbortSignal,
    run: (ask: (statement: Statement) => Promise<readonly Row[]>) => Promise<T>,
  ): Promise<T> => {
    const { claims_secret: secretArn } = await readRoute(context);
    if (secretArn === undefined)
      throw new ConfigurationError("the tenant has no login to the database of claims");
    const client = context.once(
      "rds-data",
      (credentials) => new RDSDataClient(clientSettings(env, region, credentials, DEPENDENCIES.claims)),
    );
    const place = { resourceArn: clusterArn, secretArn, database: CLAIMS_DATABASE };
    return within(DEPENDENCIES.claims, signal, (options) =>
      inTransaction(client, place, options, resume, async (ask) => {
        // Local to the transaction: the next one of the same connection starts without.
        await ask({
          sql: "SELECT set_config(:name, :tenant, true)",
          parameters: { name: TENANT_SETTING, tenant: context.tenantId },
        });
        return run(ask);
      }).catch((cause: unknown) => {
        if (cause instanceof NotInTime)
          throw new DependencyUnavailable(DEPENDENCIES.claims.name, { cause }, RESUMING);
        throw cause;
      }),
    );
  };
  return {
    list: async (context, input, signal) => {
      const { filter = {}, limit = DEFAULT_LIMIT } = checked(listClaimsInput, input);
      const rows = await asTenant(context, signal, (ask) =>
        ask(claimsStatement(context.tenantId, filter, limit + 1)),
      );
      const claims = rows.map((row) => readClaim(context.tenantId, row));
      return { claims: claims.slice(0, limit), more: claims.length > limit };
    },
    get: async (context, input, signal) => {
      const { id } = checked(getClaimInput, input);
      const { tenantId } = context;
      return asTenant(context, signal, async (ask) => {
        const [found] = await ask(claimStatement(tenantId, id));
        if (!found) return undefined;
        const payments = await ask(paymentsStatement(tenantId, id));
        const notes = await ask(notesStatement(tenantId, id));
        return {
          ...readClaim(tenantId, found),
          payments: payments.map((row) => readPayment(tenantId, row)),
          notes: notes.map((row) => readNote(tenantId, row)),
        };
      });
    },
    totals: async (context, input, signal) => {
      const { filter = {} } = checked(claimTotalsInput, input);
      const rows = await asTenant(context, signal, (ask) => ask(totalsStatement(context.tenantId, filter)));
      return readTotals(context.tenantId, rows);
    },
  };
}

function checked<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = judge(schema, input);
  if (parsed.success) return parsed.data;
  throw new InvalidRequest(
    parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "),
  );
}
