import { z } from "zod";

import { CHUNK_FIELDS, TENANT_TAG } from "../contract/names.ts";
import type { RegistryItem } from "../contract/registry.ts";
import type { CallOptions } from "./deadline.ts";
import { within } from "./deadline.ts";
import { DEPENDENCIES } from "./dependencies.ts";
import type { Env } from "./environment.ts";
import { IsolationFault } from "./errors.ts";
import type { SearchEndpoint } from "./opensearch.ts";
import { asked, searchAnswer, searchClient } from "./opensearch.ts";
import { fuse } from "./rank-fusion.ts";
import type { TenantContext } from "./tenant-context.ts";

/** A piece of a document that was found. */
export interface Passage {
  readonly id: string;
  /** The document's `s3://` address. */
  readonly uri: string;
  readonly text: string;
}

export interface StoreQuery {
  readonly text: string;
  /** The text's embedding. */
  readonly vector: readonly number[];
  /** How many passages to return at most. */
  readonly size: number;
}

/** A tenant's own knowledge, searched with the tenant's own credentials; the same for every tier. */
export interface TenantStore {
  /** Best first. Only what this user's groups may see. */
  search(context: TenantContext, query: StoreQuery, signal: AbortSignal): Promise<readonly Passage[]>;
}

/** Metadata that a knowledge base's ingestion puts beside a chunk's text and vector. */
export const SOURCE_URI_FIELD = "x-amz-bedrock-kb-source-uri";
export const GROUPS_FIELD = "groups";

/** In a pool's index, on the records of documents; chunks don't have it. */
export const RECORD_FIELD = "record";

/** Candidates per query and wanted passage: rank fusion needs more than it returns. */
const OVERSAMPLING = 4;

/** Where a tenant's chunks are: all that differs between the tiers. */
export interface StorePlace extends SearchEndpoint {
  readonly index: string;
}

export function placeOf({ store }: Pick<RegistryItem, "store">): StorePlace {
  const { endpoint, index } = store;
  return { service: store.kind === "silo" ? "aoss" : "es", endpoint, index };
}

/** The store that the tenant's registry item routes to. */
export function openStore(env: Env, region: string, item: RegistryItem): TenantStore {
  return new SearchStore(env, region, placeOf(item));
}

/** Sends one `POST /<index>/_search`, the only request that a pool's data role may send, as the context's tenant. */
export function searchAs(
  context: TenantContext,
  env: Env,
  region: string,
  place: StorePlace,
  body: Readonly<Record<string, unknown>>,
  options: CallOptions,
): Promise<unknown> {
  const client = context.once(`opensearch ${place.service} ${place.endpoint}`, (credentials) =>
    searchClient(env, region, place, credentials, DEPENDENCIES.tenantStore),
  );
  return asked(DEPENDENCIES.tenantStore, options, () => client.search({ index: place.index, body }));
}

class SearchStore implements TenantStore {
  readonly #env: Env;
  readonly #region: string;
  readonly #place: StorePlace;

  constructor(env: Env, region: string, place: StorePlace) {
    this.#env = env;
    this.#region = region;
    this.#place = place;
  }

  async search(context: TenantContext, query: StoreQuery, signal: AbortSignal): Promise<readonly Passage[]> {
    const filter = visibleTo(context);
    const size = query.size * OVERSAMPLING;
    const knn = { knn: { [CHUNK_FIELDS.vector]: { vector: query.vector, k: size, filter } } };
    const words = { bool: { must: [{ match: { [CHUNK_FIELDS.text]: query.text } }], filter: [filter] } };
    const lists = await within(DEPENDENCIES.tenantStore, signal, (options) => {
      const find = async (clause: object) => {
        const body = { size, query: clause, _source: SHOWN_FIELDS };
        return readHits(
          await searchAs(context, this.#env, this.#region, this.#place, body, options),
          context,
        );
      };
      return Promise.all([knn, words].map(find));
    });
    return fuse(lists, query.size);
  }
}

/**
 * What a user may see: chunks of the own tenant that are limited to no group or to one of the user's. The store's own policies
 * already keep other tenants out; this is the line behind them, and the only one between groups. Records of documents are no chunks.
 */
export function visibleTo(context: TenantContext) {
  const unlimited = { bool: { must_not: [{ exists: { field: GROUPS_FIELD } }] } };
  const own = context.user.groups.length > 0 ? [{ terms: { [GROUPS_FIELD]: context.user.groups } }] : [];
  return {
    bool: {
      filter: [
        { term: { [TENANT_TAG]: context.tenantId } },
        { bool: { should: [unlimited, ...own], minimum_should_match: 1 } },
      ],
      must_not: [{ exists: { field: RECORD_FIELD } }],
    },
  };
}

const SHOWN_FIELDS = [CHUNK_FIELDS.text, SOURCE_URI_FIELD, TENANT_TAG, GROUPS_FIELD];

const oneOrMany = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const chunks = searchAnswer(
  z.object({
    [CHUNK_FIELDS.text]: z.string(),
    [SOURCE_URI_FIELD]: z.string().min(1),
    [TENANT_TAG]: z.unknown(),
    [GROUPS_FIELD]: oneOrMany.optional(),
  }),
);

/**
 * Passages of a search's answer.
 * @throws IsolationFault if it holds a chunk of another tenant or of a group that the user isn't in, which the query asked it not to
 */
export function readHits(body: unknown, context: TenantContext): readonly Passage[] {
  const answer = chunks.parse(body);
  return answer.hits.hits.map(({ _id: id, _source: source }) => {
    if (source[TENANT_TAG] !== context.tenantId)
      throw new IsolationFault("the tenant's store returned a chunk that is not the tenant's");
    const groups = source[GROUPS_FIELD];
    if (groups !== undefined && !groups.some((group) => context.user.groups.includes(group)))
      throw new IsolationFault("the tenant's store returned a chunk of a group that the user is not in");
    return { id, uri: source[SOURCE_URI_FIELD], text: source[CHUNK_FIELDS.text] };
  });
}
