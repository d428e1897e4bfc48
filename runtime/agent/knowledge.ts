import type { Passage } from "../shared/store.ts";
import type { RegistryItem } from "../contract/registry.ts";
import type { SearchReference } from "../shared/reference.ts";
import type { TenantStore } from "../shared/store.ts";
import type { TenantContext } from "../shared/tenant-context.ts";
import type { Models } from "./model.ts";

export interface KnowledgeParts {
  readonly readRoute: (context: TenantContext) => Promise<RegistryItem>;
  readonly openStore: (item: RegistryItem) => TenantStore;
  readonly searchReference: SearchReference;
  readonly models: Pick<Models, "embed">;
}

/** What both corpora hold on a question, best first in each. */
export interface Found {
  readonly tenant: readonly Passage[];
  readonly shared: readonly Passage[];
  /** The tenant's inference profile, from the same item as its store. */
  readonly chatProfile: string;
}

/** Passages that the model is shown of each corpus. */
const PASSAGES = 4;

/** Searches both corpora at once, as the tenant and within the user's groups: always both. */
export async function searchKnowledge(
  parts: KnowledgeParts,
  context: TenantContext,
  text: string,
  signal: AbortSignal,
): Promise<Found> {
  const own = async () => {
    const [item, vector] = await Promise.all([
      parts.readRoute(context),
      parts.models.embed(context, text, signal),
    ]);
    const query = { text, vector, size: PASSAGES };
    return {
      tenant: await parts.openStore(item).search(context, query, signal),
      chatProfile: item.chat_profile,
    };
  };
  const [{ tenant, chatProfile }, shared] = await Promise.all([
    own(),
    parts.searchReference(context, text, PASSAGES, signal),
  ]);
  return { tenant, shared, chatProfile };
}
